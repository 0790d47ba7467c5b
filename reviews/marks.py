"""The order of the queue's views, and marks: places in it, from which a page goes on.

A page is found from the row before or after it, so that the last page costs what the first costs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core import signing
from django.db.models import F, Field, Func, Lookup, Value
from django.db.models.lookups import GreaterThan, LessThan

from reviews.leafing import ForgedMark
from reviews.models import Review
from reviews.models.orders import PLACE

FORGED = "That place in the queue is not known, so this is the first page."


@dataclass(frozen=True)
class Order:
    """An order of the queue, by columns that are never empty; `read` undoes how a mark writes."""

    columns: tuple[str, ...]
    read: tuple[Callable[[Any], Any], ...]
    descending: bool = False

    def by(self, backwards: bool) -> list[str]:
        """What to order by, forwards or backwards."""
        sign = "-" if self.descending != backwards else ""
        return [f"{sign}{name}" for name in self.columns]

    def beyond(self, place: list[Any], backwards: bool) -> Lookup:
        """Rows strictly after a place, or going backwards strictly before it.

        The columns are compared as a row, at once: so the database goes to the place by its
        index, however far it is.
        """
        fields = [Review._meta.get_field(name) for name in self.columns]
        here = [Value(one, output_field=field) for one, field in zip(place, fields, strict=True)]
        compare = LessThan if self.descending != backwards else GreaterThan
        return compare(Row(*map(F, self.columns)), Row(*here))


class Row(Func):
    """Several values that are compared as one, in their order."""

    function = ""
    output_field = Field()


DUE_FIRST = Order(PLACE, (date.fromisoformat, date.fromisoformat, int))
NEWEST_FIRST = Order(("moved_at", "id"), (datetime.fromisoformat, int), descending=True)


def order_of(view: str) -> Order:
    """Overdue first, then by date, paused and closed last; decided ones newest first."""
    return NEWEST_FIRST if view == "decided" else DUE_FIRST


_signer = signing.Signer(salt="reviews.queue")


def mark(row: Any, view: str) -> str:
    """A row's place in the order of a view, for the address of the next or previous page."""
    values = [getattr(row, name) for name in order_of(view).columns]
    written = [one if isinstance(one, int) else one.isoformat() for one in values]
    return _signer.sign_object([view == "decided", *written])


def place_of(text: str, view: str) -> list[Any]:
    """What a mark says. Raises ForgedMark for one that the queue did not make."""
    try:
        decided, *values = _signer.unsign_object(text)
    except signing.BadSignature as forged:
        raise ForgedMark(FORGED) from forged
    order = order_of(view)
    # A mark of another order, or from before the queue wrote marks like these.
    if decided != (view == "decided") or len(values) != len(order.read) or None in values:
        raise ForgedMark(FORGED)
    return [read(value) for read, value in zip(order.read, values, strict=True)]
