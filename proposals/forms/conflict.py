"""Two colleagues saved one section: what each wrote, side by side, and nothing dropped.

The page that is edited carries a short mark of every answer as it was shown. So what only the
colleague changed can be taken over into the form, and what only the writer changed stays. For what
both changed the page shows both texts and asks which to keep; what gives way is set aside, where
the county finds it again (`SetAside`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.forms import BoundField

from portal import clock
from portal.forms import OneOf, PortalForm
from portal.models import User
from portal.wording import lately
from proposals import content as contents
from proposals import screening
from proposals.forms.pages import stored_form
from proposals.forms.rows import FlowsForm, TooManyRows, TypedRow, row_as_text
from proposals.forms.section import SectionForm
from proposals.models import Lost, SectionState
from proposals.sections import ANSWERS, DIRECTIONS, ROWS_LIMIT, Section

Form = SectionForm | FlowsForm

# What to keep of an answer that both changed, and the mark of the text it was chosen against. No
# question and no row has a name with these beginnings.
KEEP, OF = "keep-", "of-"
MINE, THEIRS, BOTH = "mine", "theirs", "both"


def marks(form: Any) -> str:
    """A short mark of every answer in the form, for a hidden field."""
    return json.dumps({part: _mark(text) for part, text in form.parts().items()})


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def read_marks(text: str) -> dict[str, str]:
    """The marks that came back with a form; none when they can't be read."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


# The page that shows both texts

Pieces = list[tuple[bool, str]]


@dataclass(frozen=True)
class Both:
    """An answer that both changed: the texts in pieces, each marked when only one of them says it,
    and the choice between them."""

    part: str
    label: str
    mine: Pieces
    theirs: Pieces
    choice: BoundField
    of: str


@dataclass(frozen=True)
class Conflict:
    """What stands on the page after a save that came second.

    `form` holds what the writer typed, and where only the colleague changed an answer, theirs.
    """

    form: Form
    both: list[Both]
    taken_over: list[str]
    state: SectionState
    by: User

    @property
    def is_own(self) -> bool:
        """The same person saved the section in another window."""
        return self.state.saved_by == self.by

    @property
    def happened(self) -> str:
        """Who saved when, in a sentence."""
        when = lately(self.state.saved_at)
        if self.state.saved_by is None:
            return "This page is not the one that was opened last."
        if self.is_own:
            return f"You saved this section {when} in another window."
        return f"{self.state.saved_by.name} saved this section {when}, while you had it open."

    @property
    def whose(self) -> str:
        """What stands above the text that was saved first."""
        if self.state.saved_by is None:
            return "Saved before"
        who = "You, in another window" if self.is_own else self.state.saved_by.name
        return f"{who}, {lately(self.state.saved_at)}"


class Choosing(PortalForm):
    """For each answer that both changed, which text to keep."""

    def __init__(self, choices: Mapping[str, list[tuple[str, str]]], picked: Mapping[str, str]):
        self.base_fields = {
            KEEP + part: OneOf(label="Which text to keep", choices=named, required=False)
            for part, named in choices.items()
        }
        super().__init__(initial={KEEP + part: picked[part] for part in choices})


def settle(typed: Form, stored: Form, data: Any, state: SectionState, *, by: User) -> Conflict:
    """Lay what was typed beside what the colleague saved; `data` is the page as it came in.

    What a choice was made about before stays one, chosen as it was while the other text is the
    same.
    """
    shown = read_marks(data.get("shown", ""))
    mine, theirs = typed.parts(), stored.parts()
    both: list[str] = []
    taken_over: list[str] = []
    for part in theirs:
        if mine[part] == theirs[part]:
            continue
        if KEEP + part in data:
            both.append(part)
        elif shown.get(part) == _mark(mine[part]):
            taken_over.append(part)
        elif shown.get(part) != _mark(theirs[part]):
            both.append(part)
    labels = [typed.label_of(part) for part in taken_over]
    conflict = Conflict(typed.with_parts_of(stored, taken_over), [], labels, state, by)
    picked = {
        part: data.get(KEEP + part) if data.get(OF + part) == _mark(theirs[part]) else MINE
        for part in both
    }
    named = {part: _named(conflict, typed, stored, part) for part in both}
    choosing = Choosing(named, picked)
    for part in both:
        own, other = _shown(typed, part), _shown(stored, part)
        pieces = _pieces(other, own), _pieces(own, other)
        choice, of = choosing[KEEP + part], _mark(theirs[part])
        conflict.both.append(Both(part, typed.label_of(part), *pieces, choice, of))
    return conflict


def _shown(form: Form, part: str) -> str:
    return "\n".join(form.words_of(part)).strip()


def _pieces(other: str, own: str) -> Pieces:
    """A text in pieces; those that the other one doesn't have are marked."""
    return [
        (kind == "new", words)
        for kind, words in contents.word_changes(other, own)
        if kind != "gone"
    ]


def _named(conflict: Conflict, typed: Form, stored: Form, part: str) -> list[tuple[str, str]]:
    """What can be kept of an answer, in words."""
    saved_by = conflict.state.saved_by
    theirs = "what was saved before"
    if saved_by and not conflict.is_own:
        theirs = f"{saved_by.name}’s"
    named = [(MINE, "Keep mine"), (THEIRS, f"Keep {theirs}")]
    if isinstance(typed, FlowsForm):
        if len(_both_rows(typed, stored, part)) <= ROWS_LIMIT:
            named.append((BOTH, "Keep the rows of both"))
    elif typed.asked[part].kind == "text":
        named.append((BOTH, "Keep both, one after the other"))
    return named


# What was chosen


@dataclass(frozen=True)
class Chosen:
    """What to store after a choice, and what gives way to it."""

    form: Form
    lost: list[Lost] = field(default_factory=list)
    pending: list[tuple[str, str]] = field(default_factory=list)


def choose(typed: Form, here: Section, data: Any, *, by: User) -> Chosen:
    """What came in from a page of two texts, with what was chosen there. Raises TooManyRows.

    It may come twice: an answer that reads by now as it was chosen stays as it is. `pending` is
    what the page must ask again about an answer that is refused.
    """
    if not any(name.startswith(KEEP) for name in data):
        return Chosen(typed)
    proposal = typed.proposal
    stored = stored_form(proposal, here)
    theirs = stored.parts()
    asked = {part: data.get(OF + part, "") for part in theirs if KEEP + part in data}
    picked = {part: data[KEEP + part] for part in asked}
    form = _as_chosen(typed, stored, picked, asked)
    before, state = _stored_words(proposal), proposal.states.get(section=here.key)
    lost: list[Lost] = []
    for part, choice in picked.items():
        label = typed.label_of(part)
        if choice == THEIRS:
            words = _left_over(part, _words(typed)[part], before[part])
            words = _without_case_data(part, words)
            lost.append(Lost(part, label, words, by, clock.now()))
        elif asked[part] == _mark(theirs[part]) and part not in form.refused and state.saved_by:
            words = _left_over(part, before[part], _words(form)[part])
            lost.append(Lost(part, label, words, state.saved_by, state.saved_at))
    pending = [(part, of) for part, of in asked.items() if part in form.refused]
    return Chosen(
        form,
        [one for one in lost if one.text],
        [pair for part, of in pending for pair in ((KEEP + part, MINE), (OF + part, of))],
    )


def _as_chosen(
    typed: Form, stored: Form, picked: Mapping[str, str], asked: Mapping[str, str]
) -> Form:
    """The form with the answers that were chosen, where they aren't the writer's own."""
    take = [part for part, choice in picked.items() if choice == THEIRS]
    join = [part for part, choice in picked.items() if choice == BOTH]
    if isinstance(typed, FlowsForm):
        rows = dict(typed.rows)
        for part in [*take, *join]:
            direction = part.removeprefix("data_")
            rows[direction] = _filled(stored, direction)
            if part in join:
                rows[direction] = _both_rows(typed, stored, part)
            if len(rows[direction]) > ROWS_LIMIT:
                read = [contents.row_as_read(direction, row.cells) for row in rows[direction]]
                raise TooManyRows(direction, read)
        return FlowsForm(typed.proposal, rows)
    form = typed.with_parts_of(stored, take)
    for part in join:
        if typed.asked[part].kind == "text":
            form.data[part] = _together(stored.parts()[part], typed.parts()[part], asked[part])
    return form


def _together(theirs: str, mine: str, of: str) -> str:
    """Both texts, one after the other, or the one that has the other one in it."""
    end = f"\n\n{mine}"
    if mine in theirs or (theirs.endswith(end) and _mark(theirs.removesuffix(end)) == of):
        return theirs
    return mine if theirs in mine else theirs + end


def _filled(form: FlowsForm, direction: str) -> list[TypedRow]:
    return [row for row in form.rows[direction] if not row.is_blank]


def _both_rows(typed: FlowsForm, stored: FlowsForm, part: str) -> list[TypedRow]:
    """The rows that are stored, then those of the writer that read otherwise."""
    direction = part.removeprefix("data_")
    rows = _filled(stored, direction)
    there = {row_as_text(direction, row) for row in rows}
    mine = (TypedRow(cells=row.cells) for row in _filled(typed, direction))
    return rows + [row for row in mine if row_as_text(direction, row) not in there]


# What gives way, in words


def _stored_words(proposal: Any) -> dict[str, str]:
    content = proposal.content()
    rows = {part: content[part] for part in ("data_in", "data_out")}
    return _read({**content["answers"], **rows}, content["unparsed"])


def _words(form: Form) -> dict[str, str]:
    """What of a form is fit to be stored: a refused answer is no words at all."""
    values, unparsed = form.kept()
    return _read({**dict.fromkeys(form.parts(), ""), **values}, unparsed)


def _read(values: Mapping[str, Any], unparsed: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for part, value in values.items():
        direction = part.removeprefix("data_")
        if direction in DIRECTIONS:
            found[part] = "\n".join(contents.row_as_read(direction, row) for row in value)
        elif part in unparsed:
            found[part] = unparsed[part]
        else:
            found[part] = "" if contents.is_blank(value) else contents.as_read(ANSWERS[part], value)
    return found


def _left_over(part: str, text: str, other: str) -> str:
    """What the other text doesn't have: of rows those that are missing, else all or nothing."""
    if part.removeprefix("data_") in DIRECTIONS:
        there = set(other.split("\n"))
        return "\n".join(line for line in text.split("\n") if line and line not in there)
    is_there = text in other if ANSWERS[part].kind == "text" else text == other
    return "" if is_there else text


def _without_case_data(part: str, text: str) -> str:
    """Never what looks like case-level data: it was not stored either."""
    is_rows = part.removeprefix("data_") in DIRECTIONS
    texts = text.split("\n") if is_rows else [text]
    return "\n".join(one for one in texts if not screening.case_data(one))
