"""Data in and data out as rows of a form (ACL-3, "all inputs and outputs").

Rows are added and removed by buttons that save first, so it works without a script. A row's
fields are named by direction, place and question: `in-0-what`. Blank rows are dropped at saving.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict

from portal.numbers import whole_number
from proposals.content import Content, row_as_read
from proposals.forms.section import IS_NONE, EditorForm, Question, field_of, plain
from proposals.models import Proposal
from proposals.sections import DIRECTIONS, ROWS_LIMIT, Answer, row_answers

PARTS = {direction: [answer.name for answer in row_answers(direction)] for direction in DIRECTIONS}
NAME = re.compile(rf"(in|out)-(\d{{1,6}})-({'|'.join(PARTS['in'])})({IS_NONE})?", re.ASCII)


class TooManyRows(Exception):
    """More rows than a proposal takes; `rows` are those that came, as a person reads them."""

    def __init__(self, direction: str, rows: list[str]) -> None:
        self.direction, self.rows = direction, rows
        super().__init__(
            f"{DIRECTIONS[direction]} has {len(rows):,} rows, and a proposal takes up to "
            f"{ROWS_LIMIT}. Put data of one kind, from or to one place, into one row."
        )


@dataclass
class TypedRow:
    """A row as it came in; `was` is the place of the stored row that it stands for, if any."""

    was: int = -1
    cells: dict[str, str] = field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        return not any(text.strip() for name, text in self.cells.items() if IS_NONE not in name)


Rows = Mapping[str, list[TypedRow]]


def typed_rows(data: Any, *, without: tuple[str, int] | None = None, blanks: bool = False) -> Rows:
    """The rows of a form that came in, in their order, the blank ones and `without` left out.

    `blanks` keeps blank ones in their places, for an answer to a page that stays as it is.
    Raises TooManyRows.
    """
    stored_at = _read_places(data.get("places"))
    found: dict[tuple[str, int], TypedRow] = {}
    for name in data:
        if match := NAME.fullmatch(name):
            direction, digits, part, mark = match.groups()
            place = int(digits)
            row = found.setdefault((direction, place), TypedRow(stored_at(direction, place)))
            row.cells[part + (mark or "")] = data.get(name)
    rows: dict[str, list[TypedRow]] = {direction: [] for direction in DIRECTIONS}
    for (direction, place), row in sorted(found.items()):
        wanted = not row.is_blank or (blanks and place < ROWS_LIMIT)
        if wanted and (direction, place) != without:
            rows[direction].append(row)
    for direction in DIRECTIONS:
        filled = [row for row in rows[direction] if not row.is_blank]
        if len(filled) > ROWS_LIMIT:
            raise TooManyRows(direction, [row_as_read(direction, row.cells) for row in filled])
    return rows


def row_as_text(direction: str, row: TypedRow) -> str:
    """A row as one text that two rows can be compared by."""
    return "\t".join(plain(answer, row.cells.get(answer.name)) for answer in row_answers(direction))


def _read_places(text: str | None) -> Callable[[str, int], int]:
    """Which stored row a row of the page stands for, as the page's form says; -1 for none.

    A row that was emptied is stored no more, and those beneath it move up, while the page goes on
    with the names it was given. Without a word of it, each row stands for the one in its place.
    """
    if text is None:
        return lambda direction, place: place
    pairs = (pair.partition("=") for pair in text.split())
    found = {name: whole_number(place) for name, _, place in pairs}

    def stored_at(direction: str, place: int) -> int:
        at = found.get(f"{direction}-{place}")
        return -1 if at is None else at

    return stored_at


def stored_rows(content: Content) -> Rows:
    """The rows as they are stored."""
    return {
        direction: [
            TypedRow(place, dict(row)) for place, row in enumerate(content[f"data_{direction}"])
        ]
        for direction in DIRECTIONS
    }


@dataclass(frozen=True)
class ShownRow:
    """A row on the page."""

    name: str
    place: int
    title: str
    questions: list[Question]


@dataclass(frozen=True)
class ShownDirection:
    """Data in or data out on the page: its rows, and whether one more may be added."""

    key: str
    title: str
    hint: str
    rows: list[ShownRow]
    full: bool


HINTS = {
    "in": "Everything that comes into the tool. One row for each source.",
    "out": "Everything that leaves the tool, reports too. One row for each place it goes.",
}


class FlowsForm(EditorForm):
    """The section of data in and data out."""

    def __init__(self, proposal: Proposal, rows: Rows, *, blank: str = "") -> None:
        """`blank` names the direction that gets an empty row at its end; an empty one always."""
        self.rows = {
            direction: kept
            + ([TypedRow()] if not kept or (direction == blank and len(kept) < ROWS_LIMIT) else [])
            for direction, kept in rows.items()
        }
        asked: dict[str, Answer] = {}
        data = MultiValueDict()
        for direction, place, row in self._each():
            for answer in row_answers(direction):
                asked[f"{direction}-{place}-{answer.name}"] = answer
            for name, text in row.cells.items():
                data[f"{direction}-{place}-{name}"] = text
        super().__init__(asked, proposal, data)

    def _each(self) -> Iterator[tuple[str, int, TypedRow]]:
        for direction, rows in self.rows.items():
            for place, row in enumerate(rows):
                yield direction, place, row

    def field_of(self, answer: Answer) -> forms.Field:
        """In a row, choices are a list to open: five questions stand in little room."""
        if answer.kind != "choice":
            return field_of(answer)
        return forms.ChoiceField(
            label=answer.label,
            choices=[("", "Choose one"), *answer.choices],
            required=False,
        )

    def spoken(self, name: str) -> str:
        direction, place, _ = name.split("-", 2)
        return f"{DIRECTIONS[direction]} {int(place) + 1}: {super().spoken(name)}"

    def directions(self) -> Iterator[ShownDirection]:
        """Data in, then data out, as the page shows them."""
        for direction, title in DIRECTIONS.items():
            rows = [
                ShownRow(
                    f"{direction}-{place}",
                    place,
                    f"{title} {place + 1}",
                    [self.question(f"{direction}-{place}-{part}") for part in PARTS[direction]],
                )
                for place in range(len(self.rows[direction]))
            ]
            yield ShownDirection(
                direction, title, HINTS[direction], rows, full=len(rows) >= ROWS_LIMIT
            )

    @property
    def places(self) -> str:
        """Which stored row each row of the page stands for, for a hidden field."""
        return " ".join(
            f"{direction}-{place}={row.was}"
            for direction, place, row in self._each()
            if row.was >= 0
        )

    def is_stored(self) -> None:
        """What stands in the form has just been saved: each row stands for itself from now on."""
        counts = dict.fromkeys(DIRECTIONS, 0)
        for direction, _, row in self._each():
            row.was = -1 if row.is_blank else counts[direction]
            counts[direction] += not row.is_blank

    def kept(self) -> tuple[dict[str, Any], dict[str, str]]:
        """What to store. A refused answer leaves what its row has stored, if anything is."""
        flows = list(self.proposal.flows.all())
        stored = {
            direction: [flow.row() for flow in flows if flow.direction == direction]
            for direction in DIRECTIONS
        }
        values: dict[str, Any] = {f"data_{direction}": [] for direction in DIRECTIONS}
        for direction, place, row in self._each():
            if row.is_blank:
                continue
            before = stored[direction]
            was = before[row.was] if 0 <= row.was < len(before) else {}
            values[f"data_{direction}"].append(
                {
                    part: was.get(part, "")
                    if (name := f"{direction}-{place}-{part}") in self.errors
                    else self.cleaned_data[name]
                    for part in PARTS[direction]
                }
            )
        return values, {}

    def parts(self) -> dict[str, str]:
        """Data in and data out, each as one text that two forms can be compared by."""
        read: dict[str, list[str]] = {f"data_{direction}": [] for direction in DIRECTIONS}
        for direction, _, row in self._each():
            if not row.is_blank:
                read[f"data_{direction}"].append(row_as_text(direction, row))
        return {part: "\n".join(rows) for part, rows in read.items()}

    def label_of(self, part: str) -> str:
        return DIRECTIONS[part.removeprefix("data_")]

    def words_of(self, part: str) -> list[str]:
        direction = part.removeprefix("data_")
        return [row_as_read(direction, row.cells) for row in self.rows[direction]]

    def with_parts_of(self, other: FlowsForm, parts: Iterable[str]) -> FlowsForm:
        """This form with the rows of another one, which is stored, in the place of its own.

        Its own rows stood for what is stored no more: they stand for rows that read the same.
        """
        kept: dict[str, list[TypedRow]] = {}
        for direction in DIRECTIONS:
            theirs = [row for row in other.rows[direction] if not row.is_blank]
            stored = {row_as_text(direction, row): row.was for row in reversed(theirs)}
            mine = [
                TypedRow(stored.pop(row_as_text(direction, row), -1), row.cells)
                for row in self.rows[direction]
                if not row.is_blank
            ]
            kept[direction] = theirs if f"data_{direction}" in parts else mine
        return FlowsForm(self.proposal, kept)
