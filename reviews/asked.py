"""The requests of a case with their items and what the county gave for each, in one query.

While a request is open the county settles its items over days: what came is shown as it comes, a
changed answer word by word beside the one it replaces, and what is late says by how many days.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import groupby

from django.db.models import F, QuerySet

from portal import clock
from portal.wording import days
from proposals.content import Content, word_changes
from reviews import reading
from reviews.models import Item, Request, Review


@dataclass(frozen=True)
class Given:
    """A document that the county gave for an item."""

    pk: int
    title: str
    size: int


@cache
def _all_items() -> QuerySet[Item]:
    """Items, each once for every document given for it: a query put together once."""
    rows = Item.objects.select_related("request__asked_by", "settled_by").annotate(
        given_pk=F("documents__pk"),
        given_title=F("documents__title"),
        given_size=F("documents__size"),
        given_removed=F("documents__removed_at"),
    )
    return rows.order_by("request__number", "number", "documents__pk")


def requests_of(review: Review, content: Content) -> list[Request]:
    """Oldest first; each with its items as `listed`, and each item with what was `given`.

    `content` is the latest copy: an answer that will change is compared with it.
    """
    found = []
    rows = _all_items().filter(request__review=review)
    for _, of_one in groupby(rows, key=lambda row: row.request_id):
        items = [_item(list(same)) for _, same in groupby(of_one, key=lambda row: row.pk)]
        asked = items[0].request
        asked.listed = items
        if asked.ended_at is None:
            _say_how_far(asked, items, content)
        found.append(asked)
    return found


def _say_how_far(asked: Request, items: list[Item], content: Content) -> None:
    """What came of an open request, and what is lacking before it can be closed without answer."""
    asked.counted = _counted(items)
    asked.is_left = any(item.state == Item.OPEN for item in items)
    asked.not_closable = asked.why_not_closable(items)
    for item in items:
        if item.said:
            item.change = list(word_changes(reading.said_before(item, content), item.said))


def _item(rows: list[Item]) -> Item:
    """An item from its rows, of which there is one for each document."""
    item = rows[0]
    item.said, item.change = reading.said(item), []
    item.late = _late(item)
    item.given = [
        Given(row.given_pk, row.given_title, row.given_size)
        for row in rows
        if row.given_pk and not row.given_removed
    ]
    return item


def _late(item: Item) -> str:
    """By how many days an item came late, or is late now; empty when it isn't, or isn't wanted."""
    if not item.is_wanted:
        return ""
    came = clock.pacific_date(item.settled_at) if item.settled_at else clock.today()
    late = (came - item.by).days
    return f"{days(late)} late" if late > 0 else ""


def _counted(items: list[Item]) -> str:
    """How far the county is: 2 of 4 arrived, 1 answered with a reason, 1 late."""
    wanted = [item for item in items if item.is_wanted]
    settled = [item for item in wanted if item.state == Item.SETTLED]
    lacking = sum(bool(item.because) for item in settled)
    late = sum(bool(item.late) for item in wanted if item.state == Item.OPEN)
    said = [f"{len(settled) - lacking} of {len(wanted)} arrived"]
    said += [f"{lacking} answered with a reason"] if lacking else []
    said += [f"{late} late"] if late else []
    return ", ".join(said)
