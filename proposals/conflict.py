"""Two colleagues saved one section: what each wrote, side by side, and nothing dropped.

The page that is edited carries a short mark of every answer as it was shown. So what only the
colleague changed can be taken over into the form, and what only the writer changed stays; for what
both changed the page shows both texts.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from proposals.models import SectionState


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


@dataclass(frozen=True)
class Both:
    """An answer that both changed."""

    label: str
    mine: list[str]
    theirs: list[str]


@dataclass(frozen=True)
class Conflict:
    """What stands on the page after a save that came second.

    `form` holds what the writer typed, and where only the colleague changed an answer, theirs.
    """

    form: Any
    both: list[Both]
    taken_over: list[str]
    state: SectionState


def settle(typed: Any, stored: Any, shown: dict[str, str], state: SectionState) -> Conflict:
    """Lay what was typed beside what the colleague saved; `shown` are the marks of the page."""
    mine, theirs = typed.parts(), stored.parts()
    both, taken_over = [], []
    for part in mine.keys() | theirs.keys():
        if mine.get(part) == theirs.get(part):
            continue
        if shown.get(part) == _mark(mine.get(part, "")):
            taken_over.append(part)
        elif shown.get(part) != _mark(theirs.get(part, "")):
            both.append(part)
    order = list(theirs)
    form = typed.with_parts_of(stored, taken_over)
    return Conflict(
        form,
        [
            Both(typed.label_of(part), typed.words_of(part), stored.words_of(part))
            for part in sorted(both, key=order.index)
        ],
        [typed.label_of(part) for part in sorted(taken_over, key=order.index)],
        state,
    )
