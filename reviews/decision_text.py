"""The text of the decision letter as the portal drafts it; a reviewer edits it before it goes.

It is written from the template in force for its kind of outcome (`models/templates.py`), by filling
each placeholder. What is still missing stands in brackets: a blank. So is a line to write on, which
a person drew with underscores or dots.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from portal.models import GoverningLetter
from portal.wording import plain_day
from proposals import screening
from reviews.letter_kinds import CONDITIONS, DRAWN, IN_BRACKETS, LISTS, PLACEHOLDER, is_drawn
from reviews.models.templates import LetterTemplate
from reviews.stationery import program_contact, tool

if TYPE_CHECKING:
    from reviews.models import Review

# A word in brackets or braces waits to be replaced; a mere number there doesn't.
_NAMED = rf"{IN_BRACKETS}|[{{\uff5b] *+[^\W\d_][\w ]*+[}}\uff5d]"
_BLANK = re.compile(rf"(?P<named>{_NAMED})|{DRAWN}")
LINE = re.compile(DRAWN)
# How much of a letter says where a line to write on stands, on either side; how long it is shown.
NEAR, SHOWN = 40, 9


@dataclass(frozen=True)
class Standard:
    """The letter as the portal writes it, from which version of which template.

    `known` is what the county calls its tool and its people: brackets in there are no blanks.
    """

    text: str
    template: LetterTemplate
    known: str


def standard_letter(
    review: Review, outcome: str, reasons: list[str], conditions: list[dict[str, Any]]
) -> Standard:
    """The decision letter as a draft to edit; what is still missing stands in brackets.

    `conditions` are mappings of `text` and `by` (a date, or nothing yet), and `shown`: how it is
    shown that the condition is met, which may be missing.
    """
    kind = CONDITIONS if conditions and outcome == "approved" else outcome
    template = LetterTemplate.objects.in_force(kind)
    facts = facts_of(review)
    lists = {
        "reasons": _numbered(f"{_open(one)}." for one in reasons if one.strip()) or "[reasons]",
        "conditions": _numbered(_condition(at, one) for at, one in enumerate(conditions, start=1)),
        "allowed": "\n".join(_instead(review)) if outcome == "not_approved" else "",
    }
    return Standard(filled(template.text, facts | lists), template, "\n".join(facts.values()))


def decision_text(
    review: Review, outcome: str, reasons: list[str], conditions: list[dict[str, Any]]
) -> str:
    """The text of the standard letter alone."""
    return standard_letter(review, outcome, reasons, conditions).text


def filled(template: str, values: dict[str, str]) -> str:
    """A template with its placeholders filled, each once: what was filled in is never read again.

    A paragraph whose list has nothing in it is left out, with its heading.
    """
    paragraphs = re.split(r"\n[ \t]*\n", template.strip())
    kept = [one for one in paragraphs if all(values[name] for name in LISTS if _has(one, name))]
    return PLACEHOLDER.sub(lambda found: values[found[1]], "\n\n".join(kept)).strip()


def known_of(review: Review) -> str:
    """What the county calls its tool and its people: brackets in there are no blanks."""
    return "\n".join(facts_of(review).values())


def blanks_in(text: str, known: str = "") -> Iterator[re.Match[str]]:
    """Where something is still to be filled in, in the order of the letter."""
    for found in _BLANK.finditer(text):
        if found[0] not in known if found["named"] else _is_left(found, known):
            yield found


def _is_left(line: re.Match[str], known: str) -> bool:
    """Whether it is a line to write on, and stands in no name that the county wrote so."""
    return is_drawn(line[0]) and not any(
        _is_part_of(name, same.start(), line)
        for name in known.splitlines()
        for same in LINE.finditer(name)
    )


def _is_part_of(name: str, place: int, line: re.Match[str]) -> bool:
    """Whether the line is the one at that place of the name; a full stop may follow the name."""
    text, start = line.string, line.start() - place
    if start < 0 or not text.startswith(name, start):
        return False
    rest = LINE.match(text, start + len(name), line.end())
    return not (rest and is_drawn(rest[0]))


def blanks(text: str, known: str = "") -> list[str]:
    """What is still to be filled in, like "date of condition 2", in the order of the letter; for a
    line to write on the words around it."""
    return [_name_of(one) for one in blanks_in(text, known)]


def unfilled(text: str, known: str = "") -> str:
    """The first blank left in a letter, as `blanks` names it; empty when there is none."""
    return next(map(_name_of, blanks_in(text, known)), "")


def unfilled_of(review: Review, text: str) -> str:
    """The same of a text for this proposal's county, in whose names brackets are no blanks."""
    return unfilled(text) and unfilled(text, known_of(review))


def line_left_of(review: Review, text: str) -> str:
    """The first line to write on in a text that no template wrote: brackets are the writer's."""
    if not any(_is_left(one, "") for one in LINE.finditer(text)):
        return ""
    known = known_of(review)
    return next((_around(one) for one in LINE.finditer(text) if _is_left(one, known)), "")


def which_blank(name: str) -> str:
    """A blank in a sentence that says why the letter can't go."""
    return f"blank in “{name}”" if LINE.search(name) else f"blank “{name}”"


def to_fill(name: str) -> str:
    """The same where a page leads to it; one with a name is called by that alone."""
    return which_blank(name) if LINE.search(name) else name


def _name_of(found: re.Match[str]) -> str:
    return (found[0][1:-1].strip() or found[0]) if found["named"] else _around(found)


def _around(found: re.Match[str]) -> str:
    """A line to write on among the words that say where it stands."""
    text, first, last = found.string, found.start(), found.end()
    before = text[max(0, first - NEAR) : first].replace("\n", " ")
    after = text[last : last + NEAR].replace("\n", " ")
    # No word is cut in two.
    if first > NEAR:
        before = before.partition(" ")[2]
    if last + NEAR < len(text):
        after = after.rpartition(" ")[0]
    return " ".join(f"{before}{found[0][:SHOWN]}{after}".split())


def _has(paragraph: str, name: str) -> bool:
    return f"{{{name}}}" in paragraph


def facts_of(review: Review) -> dict[str, str]:
    """What a letter says of the proposal, by the placeholder it stands for."""
    person = program_contact(review)
    contact = review.proposal.contacts.filter(kind="program").first()
    is_same = person and contact and person.email == contact.email.strip()
    letter = GoverningLetter.objects.current()
    county = review.proposal.county
    name = person.name if person else ""
    title = contact.title if is_same else ""
    address = contact.address.strip() if is_same else ""
    addressee = (", ".join(part for part in (name, title) if part), county.ihss_department, address)
    return {
        "addressee": "\n".join(line for line in addressee if line),
        "contact": name or "colleague",
        "county": county.official_name,
        "tool": tool(review),
        "received": plain_day(review.received_at),
        "reference": review.reference,
        "mailbox": letter.mailbox,
    }


def _numbered(lines: Iterable[str]) -> str:
    return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, start=1))


def _condition(number: int, one: dict[str, Any]) -> str:
    text = _open(one["text"]) or f"[condition {number}]"
    by = plain_day(one["by"]) or f"[date of condition {number}]"
    shown = _open(one.get("shown") or "")
    return f"{text}, by {by}." + (f" How you show it: {shown}." if shown else "")


def _open(text: str) -> str:
    """A typed sentence on one line and without its full stop, so that it can go on."""
    return " ".join(text.split()).rstrip(".")


def _instead(review: Review) -> Iterable[str]:
    """What the letter allows in place of the prohibited methods of this proposal (ACL-9)."""
    found = screening.findings(review.proposal.cmips_methods)
    return dict.fromkeys(finding.method.instead for finding in found)
