"""What a reviewer reads beside the checklist: the answers with the words that deserve a look."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from django.forms import BaseForm, BoundField
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from portal import clock
from proposals import screening
from proposals.content import Change, Content, row_as_read
from proposals.content import as_read as as_words
from proposals.models import SignedCopy
from proposals.sections import ANSWERS, DIRECTIONS, section_of
from proposals.summary import Row as ReadRow
from proposals.summary import SectionAsRead, as_read
from reviews.checklist import RULES, Rule, Suggestion, suggestions
from reviews.differences import Span, Was, by_section, taken
from reviews.models import Finding, Item

RESPONSIBILITIES = "responsibilities"
MOST_SUGGESTIONS = 6
LONGEST_QUOTE = 240


def marked(text: str, new: Iterable[Span] = ()) -> SafeString:
    """A text with the words marked that may mean a prohibited method, and those that are new."""
    hints = [(hint.start, hint.end) for hint in screening.hints(text)]
    new = list(new)
    cuts = sorted({0, len(text), *(end for span in (*hints, *new) for end in span)})
    return format_html_join(
        "",
        "{}",
        ((_piece(text[a:b], _within(a, hints), _within(a, new)),) for a, b in pairwise(cuts)),
    )


def _within(at: int, spans: Iterable[Span]) -> bool:
    return any(start <= at < end for start, end in spans)


def _piece(words: str, is_hint: bool, is_new: bool) -> SafeString | str:
    piece = _mark(words) if is_hint else words
    return format_html("<ins>{}</ins>", piece) if is_new else piece


def _mark(word: str) -> SafeString | str:
    return format_html("<mark>{}</mark>", word) if word else ""


@dataclass(frozen=True)
class Answer:
    """One answer as a reviewer reads it, with what it was in the copy before."""

    label: str
    text: SafeString | str
    anchor: str = ""
    field: str = ""
    was: tuple[Was, ...] = ()


@dataclass(frozen=True)
class Answers:
    """A section's answers; `changed` counts those that differ from the copy before."""

    heading: SectionAsRead
    rows: list[Answer]

    @property
    def changed(self) -> list[Answer]:
        return [row for row in self.rows if row.was]

    @property
    def changed_words(self) -> str:
        """1 answer changed, 3 answers changed"""
        count = len(self.changed)
        return f"{count} answer{'' if count == 1 else 's'} changed"


def answers(content: Content, reference: str, before: Content | None = None) -> list[Answers]:
    """The sections of a copy, each answer a target for the checklist's links."""
    changes = by_section(before, content) if before else {}
    return [
        _section(section, changes.get(section.section.key, []))
        for section in as_read(content, reference)
    ]


def _section(section: SectionAsRead, changes: list[Change]) -> Answers:
    rows = [_answer(row, taken(changes, row.label)) for row in section.rows]
    # What is left is no answer any more, or a document.
    for place, change in enumerate(changes):
        anchor = f"changed-{section.section.key}-{place}"
        words = change.after or "Not there any more"
        rows.append(Answer(change.label, words, anchor, was=tuple(taken([change], change.label))))
    return Answers(section, rows)


def _answer(row: ReadRow, was: list[Was]) -> Answer:
    new = [span for one in was for span in one.new]
    anchor = _anchor(row.field) if row.text or was else ""
    return Answer(row.label, marked(row.text, new), anchor, row.field, tuple(was))


def _anchor(field: str) -> str:
    return f"answer-{field}"


def anchors(sections: Iterable[Answers]) -> dict[str, str]:
    """Where the checklist's link for a field leads: to its answer, or else to its section."""
    found = {row.field: row.anchor for one in sections for row in one.rows if row.anchor}
    return {rule.field: found.get(rule.field) or _section_anchor(rule.field) for rule in RULES}


def _section_anchor(field: str) -> str:
    return f"section-{field if field == RESPONSIBILITIES else section_of(field).key}"


def said(item: Item) -> str:
    """A changed answer as the county would send it; empty for any other item."""
    return _as_said(item.field, item.value) if item.is_changed_answer else ""


def said_before(item: Item, content: Content) -> str:
    """The answer that an item asks to change, as a copy has it."""
    rows = item.field.startswith("data_") and item.field not in ANSWERS
    return _as_said(item.field, content[item.field] if rows else content["answers"][item.field])


def _as_said(field: str, value: Any) -> str:
    direction = field.removeprefix("data_")
    if field == f"data_{direction}" and direction in DIRECTIONS:
        return "\n".join(row_as_read(direction, row) for row in value)
    return as_words(ANSWERS[field], value)


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


@dataclass
class Reading:
    """What a reviewer reads of a case: the answers of its newest signed copy, and the checklist.

    A copy never changes, so its answers look alike whenever they are read: the page keeps how they
    looked, by the copy's fingerprint, and the checklist by its findings too. What is written here
    is worked out only for what isn't kept.
    """

    reference: str
    copy: SignedCopy
    before: SignedCopy | None
    how: str
    findings: dict[str, Finding]
    form: BaseForm | None = None
    new_form: Callable[[], BaseForm] | None = None

    @cached_property
    def sections(self) -> list[Answers]:
        """The answers, section by section."""
        return answers(self.copy.content, self.reference, self.before and self.before.content)

    @property
    def changed(self) -> list[Answer]:
        """The answers that differ from the copy before."""
        return [answer for section in self.sections for answer in section.changed]

    @property
    def which_answers(self) -> tuple[Any, ...]:
        """All that the look of the answers hangs on, by which it is kept."""
        copies = [
            (one.proposal_id, one.number, one.sha256, one.signed_at, one.governing_letter.version)
            for one in (self.copy, self.before)
            if one
        ]
        # A day of this year is written without it.
        return self.reference, copies, self.how, clock.today().year

    @property
    def which_checklist(self) -> tuple[Any, ...]:
        """All that the look of a checklist hangs on into which nobody has typed."""
        found = [(one.rule, one.choice, one.note, one.at) for one in self.findings.values()]
        return *self.which_answers, self.is_asked, found

    @property
    def rules(self) -> int:
        """How many rules the checklist asks about."""
        return len(RULES)

    @property
    def is_asked(self) -> bool:
        """Whether the checklist is a form for this reader."""
        return bool(self.form or self.new_form)

    @property
    def is_kept(self) -> bool:
        """Whether nobody has typed into the checklist yet, so that it looks as it was kept."""
        return self.form is None

    @cached_property
    def checklist(self) -> BaseForm | None:
        """The form as it was typed into, or else a new one."""
        return self.form or (self.new_form and self.new_form())

    def rows(self) -> Iterator[Row]:
        """The checklist, one row for each rule of the letter, beside the answers."""
        form = self.checklist
        targets = anchors(self.sections)
        found = suggestions(self.copy.content, self.copy.governing_letter.sentences)
        stale = getattr(form, "overtaken", {})
        for rule in RULES:
            told = list(dict.fromkeys(found[rule.key]))
            yield Row(
                rule,
                targets[rule.field],
                [_with_its_words(one) for one in told[:MOST_SUGGESTIONS]],
                max(0, len(told) - MOST_SUGGESTIONS),
                self.findings.get(rule.key),
                form[f"{rule.key}-choice"] if form else None,
                form[f"{rule.key}-note"] if form else None,
                stale.get(rule.key),
            )


def _with_its_words(suggestion: Suggestion) -> SafeString:
    """A suggestion with the words that caused it marked, as they are in the answer."""
    if not suggestion.words:
        return format_html("{}", suggestion.before)
    words = Truncator(suggestion.words.strip()).chars(LONGEST_QUOTE)
    after = suggestion.after.removeprefix(".") if words.endswith(".") else suggestion.after
    return format_html("{}“{}”{}", suggestion.before, _mark(words), after)
