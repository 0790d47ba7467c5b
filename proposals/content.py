"""What a proposal says, as plain data: what is missing, what contradicts itself, how it reads.

A *content* is a JSON-ready mapping, the same for a draft and for a signed copy:

    {"schema": 1, "answers": {field: value}, "unparsed": {field: text},
     "data_in": [row, ...], "data_out": [row, ...], "documents": [document, ...]}

Nothing here reads the database, so a copy signed years ago is read by the same words.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.days import NotADay, parse_day
from proposals import screening
from proposals.sections import (
    ANSWERS,
    DIRECTIONS,
    FLOWS,
    SECTIONS,
    Answer,
    Section,
    row_answers,
    section_of,
)

SCHEMA = 1
MOST_PAIRS = 100_000
# Two texts of 1,000 words each: more than the longest answer has.
MOST_COMPARED = 1_000_000
Content = Mapping[str, Any]

_EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;.]+(\.[^@\s<>,;.]+)+")
_PHONE_DIGITS = re.compile(r"\D")


@dataclass(frozen=True)
class Point:
    """Something the county should do: in which section, at which field, in which words."""

    section: Section
    field: str
    sentence: str


def fingerprint(content: Content) -> str:
    """SHA-256 of a content: equal when, and only when, two people read the same proposal."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def canonical(content: Content) -> str:
    """The one way to write a content as text, so that its fingerprint can be checked anywhere."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def is_blank(value: Any) -> bool:
    """Nothing was answered (an unticked box is an answer only where it is the question)."""
    return value is None or value is False or value == [] or not str(value).strip()


def missing_for_letter(content: Content) -> list[Point]:
    """What the letter asks for and the proposal does not say yet; empty when it may be sent.

    A date that is none and an address that no letter reaches say nothing either, nor do two people
    who are said to be one: then nobody knows who the technical contact is.
    """
    unusable = [
        point
        for point in problems(content)
        if (answer := ANSWERS.get(point.field))
        and (
            answer.name == "same_person"
            or (answer.asked == "letter" and answer.kind in ("day", "email", "phone"))
        )
    ]
    return [*(point for asked, point in _gaps(content) if asked == "letter"), *unusable]


def missing_for_review(content: Content) -> list[Point]:
    """What the county may leave open when it sends, and CDSS's review may ask for later."""
    return [point for asked, point in _gaps(content) if asked == "review"]


def missing_in(section: Section, content: Content) -> list[Point]:
    """What keeps a section from being complete, our further questions included."""
    return [point for _, point in _gaps(content) if point.section is section]


def _gaps(content: Content) -> Iterator[tuple[str, Point]]:
    answers, unparsed = content["answers"], content.get("unparsed", {})
    for section in SECTIONS:
        for answer in section.answers:
            if answer.asked == "optional" or not answer.when(answers) or answer.name in unparsed:
                continue
            if is_blank(answers.get(answer.name)):
                yield answer.asked, Point(section, answer.name, answer.missing)
    for direction, title in DIRECTIONS.items():
        rows = content[f"data_{direction}"]
        if not rows:
            words = "comes into" if direction == "in" else "leaves"
            yield (
                "letter",
                Point(FLOWS, f"{direction}-0-what", f"{title}: add what {words} the tool"),
            )
        for number, row in enumerate(rows):
            for answer in row_answers(direction):
                if answer.asked != "optional" and is_blank(row.get(answer.name)):
                    words = f"{title} {number + 1}: {answer.missing[0].lower()}{answer.missing[1:]}"
                    field = f"{direction}-{number}-{answer.name}"
                    yield answer.asked, Point(FLOWS, field, words)
    answered = bool(content["documents"]) or not is_blank(answers.get("no_documents_now"))
    if not answered:
        documents = section_of("no_documents_now")
        words = "Add a document, or select that you have none to add now"
        yield "review", Point(documents, "no_documents_now", words)


def problems(content: Content) -> list[Point]:
    """Answers that cannot be right as they stand; kept all the same, and shown as a problem."""
    found: list[Point] = []
    answers, unparsed = content["answers"], content.get("unparsed", {})
    for answer in ANSWERS.values():
        if not answer.when(answers):
            continue
        if answer.name in unparsed:
            words = _why_no_day(unparsed[answer.name])
        else:
            words = problem_with(answer, answers.get(answer.name))
        if words:
            found.append(Point(section_of(answer.name), answer.name, words))
        for words in contradictions(answer, answers.get(answer.name) or []):
            found.append(Point(section_of(answer.name), answer.name, words))
    if answers.get("same_person") and (name := answers.get("technical_name")):
        words = (
            f"You selected that both contacts are one person, and named {name}. Clear the box, or "
            "empty the fields beneath"
        )
        found.append(Point(section_of("same_person"), "same_person", words))
    for direction, title in DIRECTIONS.items():
        for number, row in enumerate(content[f"data_{direction}"]):
            for answer in row_answers(direction):
                if words := problem_with(answer, row.get(answer.name)):
                    field = f"{direction}-{number}-{answer.name}"
                    found.append(Point(FLOWS, field, f"{title} {number + 1}: {words}"))
    return found


def _why_no_day(text: str) -> str:
    """Why what was typed is no date; the typed text stays until it is mended."""
    try:
        parse_day(text)
    except NotADay as fault:
        return str(fault)
    return ""


def problem_with(answer: Answer, value: Any) -> str:
    """One sentence that says how to mend an answer; empty when nothing is wrong with it."""
    if is_blank(value) or answer.kind in ("choice", "choices", "tick", "day"):
        return ""
    name = f"“{called(answer)}”"
    over = len(str(value)) - answer.longest
    if over > 0:
        return f"Shorten {name} by {over:,} character{'s' if over > 1 else ''}"
    if answer.kind == "email" and not _EMAIL.fullmatch(str(value).strip()):
        return f"Enter an email address in {name}, like name@county.gov"
    if answer.kind == "phone" and not 10 <= len(_PHONE_DIGITS.sub("", str(value))) <= 20:
        return f"Enter all ten digits in {name}, like 916-555-0142"
    return ""


def called(answer: Answer) -> str:
    """What a question is called away from its page: two contacts are asked the same."""
    if answer.name in ANSWERS and section_of(answer.name).key == "contacts":
        return f"{answer.group}: {answer.label}"
    return answer.label


def contradictions(answer: Answer, chosen: Any) -> list[str]:
    """A sentence for each choice that goes with no other, and was made beside another."""
    if answer.name == "cmips_methods":
        return screening.contradictions(chosen)
    if answer.kind != "choices" or len(chosen) < 2:
        return []
    labels = dict(answer.choices)
    return [
        f"Choose “{labels[key]}” by itself, or clear its box"
        for key in answer.alone
        if key in chosen
    ]


NOT_STARTED, IN_PROGRESS, COMPLETED, PROBLEM = (
    "not_started",
    "in_progress",
    "completed",
    "problem",
)


def status_of(section: Section, content: Content) -> str:
    """Where a section stands on the task list."""
    if any(point.section is section for point in problems(content)):
        return PROBLEM
    if not missing_in(section, content):
        return COMPLETED
    return IN_PROGRESS if _touched(section, content) else NOT_STARTED


def _touched(section: Section, content: Content) -> bool:
    if section.rows and (content["data_in"] or content["data_out"]):
        return True
    return any(not is_blank(content["answers"].get(answer.name)) for answer in section.answers)


def as_read(answer: Answer, value: Any) -> str:
    """An answer as a person reads it; choices in their own words, lists one to a line."""
    if answer.kind == "tick":
        return "Yes" if value else "No"
    if is_blank(value):
        return ""
    if answer.kind == "choice":
        return dict(answer.choices).get(value, str(value))
    if answer.kind == "choices":
        labels = dict(answer.choices)
        return "\n".join(labels.get(key, key) for key in value)
    if answer.kind == "day":
        day = date.fromisoformat(value) if isinstance(value, str) else value
        return f"{day:%A, %B} {day.day}, {day.year}"
    return str(value)


@dataclass(frozen=True)
class Line:
    """One question with its answer, for summaries, letters and comparison."""

    field: str
    label: str
    text: str
    answer: Answer | None = None


def lines(section: Section, content: Content) -> list[Line]:
    """A section as it reads: every question that applies, then the rows of data."""
    answers, unparsed = content["answers"], content.get("unparsed", {})
    found = []
    for answer in section.answers:
        value = answers.get(answer.name)
        # What was typed shows even where the question no longer applies: nothing signed is hidden.
        if is_blank(value) and (answer.kind == "tick" or not answer.when(answers)):
            continue
        if answer.name.startswith("technical_") and not answer.when(answers):
            continue
        text = unparsed.get(answer.name) or as_read(answer, value)
        label = called(answer)
        if answer.kind == "tick":
            label, text = answer.group or section.title, answer.label
        found.append(Line(answer.name, label, text, answer))
    if section.rows:
        for direction, title in DIRECTIONS.items():
            for number, row in enumerate(content[f"data_{direction}"]):
                label = f"{title} {number + 1}"
                found.append(Line(f"{direction}-{number}-what", label, row_as_read(direction, row)))
    return found


def row_as_read(direction: str, row: Mapping[str, Any]) -> str:
    """One row of data as a few words: what, from or to where, how often, how it travels."""
    asked = {answer.name: answer for answer in row_answers(direction)}
    read = {name: as_read(answer, row.get(name)) for name, answer in asked.items()}
    where = f"{'from' if direction == 'in' else 'to'} {read['where']}" if read["where"] else ""
    personal = "personal or confidential" if row.get("sensitive") == "yes" else ""
    parts = [read["what"], where, read["how_often"], read["transport"], personal]
    return " · ".join(part for part in parts if part)


def free_text(content: Content) -> Iterator[tuple[str, str, str]]:
    """Every text a person typed: field, question, text. What screening reads."""
    for name, answer in ANSWERS.items():
        value = content["answers"].get(name)
        if answer.kind in ("line", "text") and not is_blank(value):
            yield name, answer.label, str(value)
    for direction, title in DIRECTIONS.items():
        for number, row in enumerate(content[f"data_{direction}"]):
            for name in ("what", "where"):
                if row.get(name):
                    yield f"{direction}-{number}-{name}", f"{title} {number + 1}", str(row[name])


@dataclass(frozen=True)
class Change:
    """An answer that differs between two copies; `words` marks what went and what came."""

    section: Section
    label: str
    before: str
    after: str
    words: tuple[tuple[str, str], ...]


def changes(before: Content, after: Content) -> list[Change]:
    """What changed from one copy to the next, answer by answer, word by word."""
    found = []
    for section in SECTIONS:
        old = {line.label: line.text for line in lines(section, before)}
        new = {line.label: line.text for line in lines(section, after)}
        for label in [*new, *(label for label in old if label not in new)]:
            was, now = old.get(label, ""), new.get(label, "")
            if was != now:
                found.append(Change(section, label, was, now, tuple(word_changes(was, now))))
    found.extend(_document_changes(before, after))
    return found


def word_changes(before: str, after: str) -> Iterator[tuple[str, str]]:
    """A text in pieces of ("same", "gone" or "new", words); without what went it is the new one."""
    was, now = re.findall(r"\S+\s*", before), re.findall(r"\S+\s*", after)
    old, new = [word.strip() for word in was], [word.strip() for word in now]
    # A text of the same few words over and over has too many ways to be compared.
    # So has one of many words: the time grows with the words of both, multiplied.
    counted = Counter(new)
    pairs = sum(times * counted[word] for word, times in Counter(old).items())
    if pairs > MOST_PAIRS or len(old) * len(new) > MOST_COMPARED:
        yield from (("gone", before), ("new", after))
        return
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield "same", "".join(now[c:d])
            continue
        gone, came = "".join(was[a:b]), "".join(now[c:d])
        if gone:
            yield "gone", gone.rstrip() if came else gone
        if came:
            yield "new", came.rstrip()
        if gap := came[len(came.rstrip()) :]:
            yield "same", gap


def _document_changes(before: Content, after: Content) -> Iterator[Change]:
    documents = section_of("no_documents_now")
    old = {document["sha256"]: document["title"] for document in before["documents"]}
    new = {document["sha256"]: document["title"] for document in after["documents"]}
    # A newer file under the same title is one change: the title stays, the file doesn't.
    gone = {title: digest for digest, title in old.items() if digest not in new}
    for digest, title in list(new.items()):
        if digest not in old and title in gone:
            now = f"{title} (another file)"
            yield Change(documents, "Document", title, now, tuple(word_changes(title, now)))
            del old[gone.pop(title)], new[digest]
    for digest in [*new, *(digest for digest in old if digest not in new)]:
        was, now = old.get(digest, ""), new.get(digest, "")
        if was != now:
            yield Change(documents, "Document", was, now, tuple(word_changes(was, now)))
