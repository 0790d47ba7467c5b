"""What a reviewer sees in the queue: named views, filters, search, order and pages; no HTTP.

Overdue is a query, not a status: the date is stored, and today is an argument. A page is found
from the row before or after it (a mark), so that the last page costs what the first one costs.
Each view is read from an index of its own (`reviews/models/review.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core import signing
from django.db.models import F, Field, Func, IntegerField, Lookup, Q, QuerySet, Subquery, Value
from django.db.models.lookups import GreaterThan, LessThan

from portal import clock
from portal.models import User
from reviews import search
from reviews.finding import look_up
from reviews.models import Review
from reviews.models.receipts import FLAGS
from reviews.models.review import PLACE
from reviews.moves import CLOSED, DECIDED, OPEN, Status

SOON = timedelta(days=5)
ROWS = (25, 50, 100)
MOST = 1000
MOST_WORDS = search.MOST_WORDS
END = "end"
FOUND = "found"
# What the queue's table shows of each proposal, and what its marks are made of.
SHOWN = (
    *PLACE,
    "status",
    "due",
    "county_by",
    "received_at",
    "moved_at",
    "moved",
    "is_drafted",
    "news",
    "flags",
    "version",
    "assignee__name",
    "proposal__reference",
    "proposal__tool_name",
    "proposal__county__name",
)
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
    return Q(assignee=user, status__in=sorted(OPEN))


def _unassigned(user: User, today: date) -> Q:
    return Q(assignee=None, status__in=sorted(OPEN))


def _due_soon(user: User, today: date) -> Q:
    return Q(due_or_far__gte=today, due_or_far__lte=today + SOON)


def _overdue(user: User, today: date) -> Q:
    return Q(due_or_far__lt=today)


def _waiting(user: User, today: date) -> Q:
    return Q(status=Status.DOCUMENTS_REQUESTED)


def _to_approve(user: User, today: date) -> Q:
    return Q(status=Status.IN_REVIEW, is_drafted=True)


def _decided(user: User, today: date) -> Q:
    return Q(status__in=sorted(DECIDED))


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


def filtered(asked: Mapping[str, Any]) -> Q:
    """The condition for the filters that were chosen; what is empty or missing filters nothing.

    The words of `q` must all be there, and those of `vendor` in the vendor's name; both are
    looked up first, unless that was done before (`looked_up`).
    """
    asked = looked_up(asked)
    found = asked[FOUND].condition if FOUND in asked else Q()
    for name, condition in FILTERS.items():
        if value := asked.get(name):
            found &= condition(value)
    return found


def looked_up(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    """The filters with their words looked up (`Found`), so that counts and page ask but once."""
    if FOUND in asked or not any(asked.get(name) for name in ("q", "vendor")):
        return asked
    return {**asked, FOUND: look_up(asked.get("q") or "", asked.get("vendor") or "")}


def read_as(asked: Mapping[str, Any]) -> list[str]:
    """What to say of words that stand in no proposal, for which others like them were read."""
    meant = asked[FOUND].meant if FOUND in asked else {}
    return [
        f"No proposal has the word “{word}”. These have {' or '.join(f'“{one}”' for one in near)}."
        for word, near in meant.items()
    ]


def _by_status(value: str) -> Q:
    if value == "closed":
        # Nobody waits for what is closed: so the rows that have a date need not be passed by.
        return Q(status__in=sorted(CLOSED), due_or_far=date.max, county_by_or_far=date.max)
    return Q(status__in=sorted(GROUPS[value])) if value in GROUPS else Q(status=value)


def _by_assignee(value: str) -> Q:
    return Q(assignee=None) if value == NOBODY else Q(assignee=int(value))


FILTERS: dict[str, Callable[[Any], Q]] = {
    "county": lambda number: Q(county=number),
    "status": _by_status,
    "assignee": _by_assignee,
    "flag": lambda flag: Q(flags__contains=f"|{flag}|"),
    "news": lambda only: Q(news=True),
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


class HowMany(Subquery):
    """How many rows a query gives, as a number to select."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()
    empty_result_set_value = 0


def counts(
    user: User,
    asked: Mapping[str, Any],
    today: date,
    *,
    views: Iterable[str],
    beside: Mapping[str, QuerySet[Any]] | None = None,
) -> dict[str, int]:
    """How many proposals each view holds; for `views` also how many the filters leave of it, and
    in how many the county wrote or answered what nobody has read yet.

    All in one query; the latter are named "mine, found" and "mine, news". Nothing is counted
    further than MOST, so that a count costs the same in ten years: MOST + 1 says "more than MOST"
    (`in_words`). What a page counts `beside` them is counted along.
    """
    asked = looked_up(asked)
    seen = Review.objects.visible_to(user)
    wanted: dict[str, QuerySet[Any]] = {
        key: seen.filter(view.holds(user, today)) for key, view in VIEWS.items()
    }
    filters = filtered(asked)
    for key in views:
        wanted[f"{key}, news"] = wanted[key].filter(news=True)
        if filters:
            wanted[f"{key}, found"] = wanted[key].filter(filters)
    wanted |= beside or {}
    names = {f"c{number}": key for number, key in enumerate(wanted)}
    columns = {name: HowMany(_few(wanted[key])) for name, key in names.items()}
    counted = User.objects.filter(pk=user.pk).values(**columns).get()
    numbers = {names[name]: count for name, count in counted.items()}
    return {f"{key}, found": numbers[key] for key in views} | numbers


def _few(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.order_by().values("pk")[: MOST + 1]


def in_words(count: int) -> str:
    """A count as a page shows it: "25", "1,000+"."""
    return f"{MOST:,}+" if count > MOST else f"{count:,}"


# Order and pages


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


class ForgedMark(ValueError):
    """The mark was not made by the queue, or for another order."""


_signer = signing.Signer(salt="reviews.queue")


def mark(review: Review, view: str) -> str:
    """A row's place in the order of a view, for the address of the next or previous page."""
    values = [getattr(review, name) for name in order_of(view).columns]
    written = [one if isinstance(one, int) else one.isoformat() for one in values]
    return _signer.sign_object([view == "decided", *written])


def _place(text: str, view: str) -> list[Any]:
    try:
        decided, *values = _signer.unsign_object(text)
    except signing.BadSignature as forged:
        raise ForgedMark(FORGED) from forged
    order = order_of(view)
    # A mark of another order, or from before the queue wrote marks like these.
    if decided != (view == "decided") or len(values) != len(order.read) or None in values:
        raise ForgedMark(FORGED)
    return [read(value) for read, value in zip(order.read, values, strict=True)]


@dataclass
class Page:
    """The rows of one page, and the marks of the pages around it (empty where there is none)."""

    rows: list[Review]
    before: str = ""
    after: str = ""


def found(
    user: User, view: str, asked: Mapping[str, Any], today: date, *, backwards: bool = False
) -> QuerySet[Review]:
    """All proposals of a view that the filters leave, in its order, with what a list shows."""
    return (
        Review.objects.visible_to(user)
        .for_lists()
        .filter(VIEWS[view].holds(user, today), filtered(asked))
        .order_by(*order_of(view).by(backwards))
    )


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

    Its rows bear what the queue's table shows; anything else of them costs a query.
    Raises ForgedMark for a mark that the queue did not make.
    """
    backwards = bool(before)
    asked = looked_up(asked)
    held = found(user, view, asked, today, backwards=backwards).only(*SHOWN)
    marked = "" if before == END else before or after
    if marked:
        held = held.filter(order_of(view).beyond(_place(marked, view), backwards))
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
