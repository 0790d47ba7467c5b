"""What a reviewer sees in the queue: named views, filters, search, order and pages; no HTTP.

Overdue is a query, not a status: the date is stored, and today is an argument. A page is found
from the row before or after it (a mark), so that the last page costs what the first one costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core import signing
from django.db.models import Count, F, OrderBy, Q

from portal import clock
from portal.models import User
from reviews.models import Decision, Review
from reviews.models.receipts import FLAGS
from reviews.moves import CLOSED, DECIDED, OPEN, Status

SOON = timedelta(days=5)
ROWS = (25, 50, 100)
MOST_WORDS = 8
END = "end"
FORGED = "That place in the queue is not known, so this is the first page."


# Named views


@dataclass(frozen=True)
class View:
    """One named view: what is in it for this person today, and what an empty one means."""

    key: str
    label: str
    holds: Callable[[User, date], Q]
    empty: str


def _mine(user: User, today: date) -> Q:
    return Q(assignee=user, status__in=OPEN)


def _unassigned(user: User, today: date) -> Q:
    return Q(assignee=None, status__in=OPEN)


def _due_soon(user: User, today: date) -> Q:
    return Q(due__gte=today, due__lte=today + SOON)


def _overdue(user: User, today: date) -> Q:
    return Q(due__lt=today)


def _waiting(user: User, today: date) -> Q:
    return Q(status=Status.DOCUMENTS_REQUESTED)


def _to_approve(user: User, today: date) -> Q:
    return Q(status=Status.IN_REVIEW, pk__in=Decision.objects.pending().values("review"))


def _decided(user: User, today: date) -> Q:
    return Q(status__in=DECIDED)


def _all(user: User, today: date) -> Q:
    return Q()


VIEWS: dict[str, View] = {
    view.key: view
    for view in (
        View("mine", "Mine", _mine, "You review no open proposal. Take one of the unassigned."),
        View("unassigned", "Unassigned", _unassigned, "Every open proposal has a reviewer."),
        View("due-soon", "Due soon", _due_soon, "No answer is due within the next five days."),
        View("overdue", "Overdue", _overdue, "No answer is late."),
        View("waiting", "Waiting for county", _waiting, "CDSS waits for no county now."),
        View("approve", "To approve", _to_approve, "No drafted decision waits for an approver."),
        View("decided", "Decided", _decided, "CDSS has decided on no proposal yet."),
        View("all", "All", _all, "No county has sent a proposal yet."),
    )
}


# Filters

GROUPS = {"open": OPEN, "closed": CLOSED}
STATUSES: tuple[tuple[str, str], ...] = (
    ("open", "Open"),
    *((status.value, status.label) for status in Status if status != Status.DRAFT),
    ("closed", "Closed"),
)
NOBODY = "nobody"
SEARCHED = (
    "proposal__reference",
    "proposal__tool_name",
    "proposal__vendor_name",
    "proposal__county__name",
    "proposal__purpose",
    "proposal__users",
    "proposal__business_needs",
)


def filtered(asked: Mapping[str, Any]) -> Q:
    """The condition for the filters that were chosen; what is empty or missing filters nothing.

    The words of `q` must all be there, each anywhere, in capitals or not.
    """
    found = Q()
    for name, condition in FILTERS.items():
        if value := asked.get(name):
            found &= condition(value)
    return found


def _by_status(value: str) -> Q:
    return Q(status__in=GROUPS[value]) if value in GROUPS else Q(status=value)


def _by_assignee(value: str) -> Q:
    return Q(assignee=None) if value == NOBODY else Q(assignee=int(value))


def _by_words(text: str) -> Q:
    found = Q()
    for word in text.split()[:MOST_WORDS]:
        anywhere = Q()
        for name in SEARCHED:
            anywhere |= Q(**{f"{name}__icontains": word})
        found &= anywhere
    return found


FILTERS: dict[str, Callable[[Any], Q]] = {
    "q": _by_words,
    "county": lambda number: Q(proposal__county=number),
    "status": _by_status,
    "assignee": _by_assignee,
    "flag": lambda flag: Q(flags__contains=f"|{flag}|"),
    "vendor": lambda text: Q(proposal__vendor_name__icontains=text),
    "received_from": lambda day: Q(received_at__gte=clock.instant(day, time.min)),
    "received_to": lambda day: Q(received_at__lt=clock.instant(day + timedelta(days=1), time.min)),
}


@dataclass(frozen=True)
class Flag:
    """Something about a proposal that a reviewer should see before opening it."""

    words: str
    shape: str
    red: bool = False


SHAPES = {"prohibited": "warn", "ssn": "lock", "research": "flag", "begun": "clock"}


def flags(review: Review) -> list[Flag]:
    """The flags of a row."""
    names = [name for name in review.flags.strip("|").split("|") if name in FLAGS]
    return [Flag(FLAGS[name], SHAPES.get(name, "info"), name == "prohibited") for name in names]


def waits_for(review: Review) -> str:
    """What stands beneath the status: whom it waits for, or what a bare status leaves out."""
    if review.is_drafted and review.status == Status.IN_REVIEW:
        return "To approve"
    if review.status == Status.DOCUMENTS_REQUESTED:
        return "Waits for the county"
    if review.status in OPEN:
        return "Waits for CDSS"
    return review.label if review.label != review.where.label else ""


# Counts


def counts(
    user: User, asked: Mapping[str, Any], today: date, *, views: Iterable[str]
) -> dict[str, int]:
    """How many proposals each view holds; for `views` also how many the filters leave of it.

    All in one query; the latter are named "mine, found".
    """
    wanted = {key: view.holds(user, today) for key, view in VIEWS.items()}
    wanted |= {f"{key}, found": wanted[key] & filtered(asked) for key in views}
    names = {f"c{number}": key for number, key in enumerate(wanted)}
    counted = Review.objects.visible_to(user).aggregate(
        **{name: Count("pk", filter=wanted[key]) for name, key in names.items()}
    )
    return {names[name]: count for name, count in counted.items()}


# Order and pages


@dataclass(frozen=True)
class Key:
    """One part of an order; empty values stand last. `read` undoes how a mark writes a value."""

    name: str
    read: Callable[[Any], Any]
    descending: bool = False

    def ordering(self, backwards: bool) -> OrderBy:
        column = F(self.name)
        side = {"nulls_first": True} if backwards else {"nulls_last": True}
        return column.asc(**side) if self.descending == backwards else column.desc(**side)

    def beyond(self, value: Any, backwards: bool) -> Q:
        """Rows strictly after this value, or going backwards strictly before it."""
        if value is None:
            return Q(**{f"{self.name}__isnull": False}) if backwards else Q(pk__in=[])
        side = "gt" if self.descending == backwards else "lt"
        found = Q(**{f"{self.name}__{side}": value})
        return found if backwards else found | Q(**{f"{self.name}__isnull": True})

    def same(self, value: Any) -> Q:
        return Q(**{f"{self.name}__isnull": True} if value is None else {self.name: value})


DUE_FIRST = (
    Key("due", date.fromisoformat),
    Key("county_by", date.fromisoformat),
    Key("id", int),
)
NEWEST_FIRST = (Key("moved_at", datetime.fromisoformat, descending=True), Key("id", int, True))


def order_of(view: str) -> tuple[Key, ...]:
    """Overdue first, then by date, paused and closed last; decided ones newest first."""
    return NEWEST_FIRST if view == "decided" else DUE_FIRST


class ForgedMark(ValueError):
    """The mark was not made by the queue, or for another order."""


_signer = signing.Signer(salt="reviews.queue")


def mark(review: Review, view: str) -> str:
    """A row's place in the order of a view, for the address of the next or previous page."""
    values = [getattr(review, key.name) for key in order_of(view)]
    written = [one if one is None or isinstance(one, int) else one.isoformat() for one in values]
    return _signer.sign_object([view == "decided", *written])


def _place(text: str, view: str) -> list[Any]:
    try:
        decided, *values = _signer.unsign_object(text)
    except signing.BadSignature as forged:
        raise ForgedMark(FORGED) from forged
    if decided != (view == "decided"):
        raise ForgedMark(FORGED)
    return [
        None if value is None else key.read(value)
        for key, value in zip(order_of(view), values, strict=True)
    ]


def _past(view: str, place: list[Any], backwards: bool) -> Q:
    """All rows past a place in the order."""
    found, so_far = Q(pk__in=[]), Q()
    for key, value in zip(order_of(view), place, strict=True):
        found |= so_far & key.beyond(value, backwards)
        so_far &= key.same(value)
    return found


@dataclass
class Page:
    """The rows of one page, and the marks of the pages around it (empty where there is none)."""

    rows: list[Review]
    before: str = ""
    after: str = ""


def page(
    user: User,
    view: str,
    asked: Mapping[str, Any],
    today: date,
    *,
    size: int = ROWS[0],
    after: str = "",
    before: str = "",
) -> Page:
    """One page of a view: the first, or the one after or before a mark; `before=END` is the last.

    Raises ForgedMark for a mark that the queue did not make.
    """
    backwards = bool(before)
    held = (
        Review.objects.visible_to(user)
        .for_lists()
        .filter(VIEWS[view].holds(user, today), filtered(asked))
        .order_by(*(key.ordering(backwards) for key in order_of(view)))
    )
    marked = "" if before == END else before or after
    if marked:
        held = held.filter(_past(view, _place(marked, view), backwards))
    rows = list(held[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
        if not more and marked:
            # Fewer rows are left before the mark than a page holds: that is the first page.
            return page(user, view, asked, today, size=size)
    here = Page(rows)
    if rows and (more if backwards else bool(marked)):
        here.before = mark(rows[0], view)
    if rows and (bool(marked) if backwards else more):
        here.after = mark(rows[-1], view)
    return here
