"""What a reviewer reads beside the checklist: the answers with the words that deserve a look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.forms import BoundField
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from proposals import screening
from proposals.content import Content, row_as_read
from proposals.content import as_read as as_words
from proposals.models import SignedCopy
from proposals.sections import ANSWERS, DIRECTIONS, section_of
from proposals.summary import SectionAsRead, as_read
from reviews.checklist import RULES, Rule, suggestions
from reviews.models import Finding, Item

RESPONSIBILITIES = "responsibilities"
MOST_SUGGESTIONS = 6
NAMES_A_WORD = " has the word “"


def marked(text: str) -> SafeString:
    """A text with the words marked that may mean a prohibited method."""
    parts, at = [], 0
    for hint in screening.hints(text):
        parts += [(text[at : hint.start], ""), ("", text[hint.start : hint.end])]
        at = hint.end
    parts.append((text[at:], ""))
    return format_html_join("", "{}{}", ((plain, _mark(word)) for plain, word in parts))


def _mark(word: str) -> SafeString | str:
    return format_html("<mark>{}</mark>", word) if word else ""


def answers(content: Content, reference: str) -> list[SectionAsRead]:
    """The sections of a copy, each answer a target for the checklist's links."""
    sections = as_read(content, reference)
    for section in sections:
        section.rows = [
            replace(
                row,
                text=format_html('<span id="{}">{}</span>', _anchor(row.field), marked(row.text)),
            )
            if row.text
            else row
            for row in section.rows
        ]
    return sections


def _anchor(field: str) -> str:
    return f"answer-{field}"


def anchors(sections: Iterable[SectionAsRead]) -> dict[str, str]:
    """Where the checklist's link for a field leads: to its answer, or else to its section."""
    found = {row.field: _anchor(row.field) for one in sections for row in one.rows if row.text}
    return {rule.field: found.get(rule.field) or _section_anchor(rule.field) for rule in RULES}


def _section_anchor(field: str) -> str:
    return f"section-{field if field == RESPONSIBILITIES else section_of(field).key}"


def said(item: Item) -> str:
    """A changed answer as the county would send it; empty for any other item."""
    if not item.is_changed_answer:
        return ""
    direction = item.field.removeprefix("data_")
    if item.field == f"data_{direction}" and direction in DIRECTIONS:
        return "\n".join(row_as_read(direction, row) for row in item.value)
    return as_words(ANSWERS[item.field], item.value)


@dataclass(frozen=True)
class Row:
    """One row of the checklist: the rule, what is found, what the system suggests."""

    rule: Rule
    anchor: str
    suggested: list[SafeString]
    more: int
    finding: Finding | None
    choice: BoundField | None = None
    note: BoundField | None = None
    on_record: Finding | None = None


def rows(
    copy: SignedCopy,
    findings: dict[str, Finding],
    sections: Iterable[SectionAsRead],
    form: Any = None,
) -> Iterator[Row]:
    """The checklist, one row for each rule of the letter, beside the answers of a copy."""
    targets = anchors(sections)
    found = suggestions(copy.content, copy.governing_letter.sentences)
    stale = getattr(form, "overtaken", {})
    for rule in RULES:
        sentences = list(dict.fromkeys(found[rule.key]))
        yield Row(
            rule,
            targets[rule.field],
            [_with_its_word(sentence) for sentence in sentences[:MOST_SUGGESTIONS]],
            max(0, len(sentences) - MOST_SUGGESTIONS),
            findings.get(rule.key),
            form[f"{rule.key}-choice"] if form else None,
            form[f"{rule.key}-note"] if form else None,
            stale.get(rule.key),
        )


def _with_its_word(sentence: str) -> SafeString:
    """A suggestion with the word that caused it marked, as it is in the answer."""
    before, names, rest = sentence.partition(NAMES_A_WORD)
    if not names:
        return format_html("{}", sentence)
    word, end, after = rest.partition("”")
    return format_html("{}{}{}{}{}", before, names, _mark(word), end, after)
