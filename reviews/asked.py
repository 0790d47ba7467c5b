"""The requests of a case with their items and what the county gave for each, in one query."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from django.db.models import F

from reviews import reading
from reviews.models import Item, Request, Review


@dataclass(frozen=True)
class Given:
    """A document that the county gave for an item."""

    pk: int
    title: str
    size: int


def requests_of(review: Review) -> list[Request]:
    """Oldest first; each with its items as `listed`, and each item with what was `given`."""
    rows = (
        Item.objects.filter(request__review=review)
        .select_related("request__asked_by")
        .annotate(
            given_pk=F("documents__pk"),
            given_title=F("documents__title"),
            given_size=F("documents__size"),
            given_removed=F("documents__removed_at"),
        )
        .order_by("request__number", "number", "documents__pk")
    )
    found = []
    for _, of_one in groupby(rows, key=lambda row: row.request_id):
        items = [_item(list(same)) for _, same in groupby(of_one, key=lambda row: row.pk)]
        asked = items[0].request
        asked.listed = items
        found.append(asked)
    return found


def _item(rows: list[Item]) -> Item:
    """An item from its rows, of which there is one for each document."""
    item = rows[0]
    item.said = reading.said(item)
    item.given = [
        Given(row.given_pk, row.given_title, row.given_size)
        for row in rows
        if row.given_pk and not row.given_removed
    ]
    return item
