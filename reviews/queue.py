"""What a reviewer sees in the queue: named views, filters, search, counts and pages; no HTTP.

Overdue is a query, not a status: the date is stored, and today is an argument. Each view is read
from an index of its own (`reviews/models/review.py`) in its order (`reviews/marks.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from portal import clock
from portal.models import User
from proposals.models import Proposal
from reviews import search
from reviews.composed import Composed, composed, how_many
from reviews.finding import look_up
from reviews.leafing import END, ROWS, Page, leaf
from reviews.marks import mark, order_of, place_of
from reviews.models import Review
from reviews.models.orders import PLACE
from reviews.models.receipts import FLAGS
from reviews.moves import CLOSED, DECIDED, OPEN, Status

SOON = timedelta(days=5)
# How far proposals are counted; and where each must be asked for the words that are searched for.
MOST, MOST_ASKED = 1000, 250
MOST_WORDS = search.MOST_WORDS
FOUND = "found"
# What the queue's table shows of each proposal, and what its marks are made of: see `Line`.
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
    "is_idea",
    "version",
    "assignee__name",
    "proposal__reference",
    "proposal__tool_name",
    "proposal__county__name",
)


# Named views


@dataclass(frozen=True)
class View:
    """One named view: what is in it for this person today, and what an empty one means; `own`
    where that is something else for each person."""

    key: str
    label: str
    holds: Callable[[User, date], Q]
    empty: str
    own: bool = False


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
        View(
            "mine", "Mine", _mine, "You review no open proposal. Take one of the unassigned.", True
        ),
        View("unassigned", "Unassigned", _unassigned, "Every open proposal has a reviewer."),
        View("due-soon", "Due soon", _due_soon, "No answer is due within the next five days."),
        View("overdue", "Overdue", _overdue, "No answer is late."),
        View("waiting", "Waiting for county", _waiting, "CDSS waits for no county now."),
        View("approve", "To approve", _to_approve, "No drafted decision waits for an approver."),
        View("decided", "Decided", _decided, "CDSS has decided on no proposal yet."),
        View("all", "All", _all, "No county has sent a proposal yet."),
    )
}


def usual(user: User, *, filtered: bool) -> list[str]:
    """The views with which the queue begins, where its address names none: the first of them that
    holds something. Who reviews nothing but approves begins with what waits for that; a search
    looks everywhere."""
    waiting = ["approve"] if user.is_approver and not filtered else []
    return ["mine", *waiting, "all"]


# Filters

GROUPS = {"open": OPEN, "closed": CLOSED}
STATUSES: tuple[tuple[str, str], ...] = (
    ("open", "Open"),
    *((status.value, status.label) for status in Status if status != Status.DRAFT),
    ("closed", "Closed"),
)
NOBODY = "nobody"
# What a reviewer marked stands with the flags of what the county wrote.
IDEA = "idea"
MARKED = {**FLAGS, IDEA: "Idea for CMIPS"}


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


def _by_flag(value: str) -> Q:
    return Q(is_idea=True) if value == IDEA else Q(flags__contains=f"|{value}|")


FILTERS: dict[str, Callable[[Any], Q]] = {
    "county": lambda number: Q(county=number),
    "status": _by_status,
    "assignee": _by_assignee,
    "flag": _by_flag,
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


def flags(review: Review | Line) -> list[Flag]:
    """The flags of a row."""
    names = [name for name in review.flags.strip("|").split("|") if name in FLAGS]
    if review.is_idea:
        names.append(IDEA)
    return [Flag(MARKED[name], SHAPES.get(name, "info"), name == "prohibited") for name in names]


def waits_for(review: Review | Line) -> str:
    """What stands beneath the status: whom it waits for, or what a bare status leaves out."""
    if review.is_drafted and review.status == Status.IN_REVIEW:
        return "To approve"
    if review.status == Status.DOCUMENTS_REQUESTED:
        return "Waits for the county"
    if review.status in OPEN:
        return "Waits for CDSS"
    return review.label if review.label != review.where.label else ""


class Line(NamedTuple):
    """What the queue knows of one proposal of a page, in the order of SHOWN."""

    due_or_far: date
    county_by_or_far: date
    id: int
    status: str
    due: date | None
    county_by: date | None
    received_at: datetime
    moved_at: datetime
    moved: str
    is_drafted: bool
    news: bool
    flags: str
    is_idea: bool
    version: int
    assignee: str | None
    reference: str
    tool_name: str
    county: str
    has_conditions: bool

    # It says of itself what a review and a proposal say.
    where, label, is_open = Review.where, Review.label, Review.is_open
    title = Proposal.title


def lines(rows: QuerySet[Review]) -> QuerySet[Review, tuple[Any, ...]]:
    """What the queue's table shows of these, without the objects around it: each makes a `Line`."""
    return rows.values_list(*SHOWN, "has_conditions")


# Counts


def counts(
    user: User,
    asked: Mapping[str, Any],
    today: date,
    *,
    views: Iterable[str],
    beside: Mapping[str, Composed] | None = None,
) -> dict[str, int]:
    """How many proposals each view holds; for `views` also how many the filters leave of it, and
    in how many the county wrote or answered what nobody has read yet.

    All in one query; the latter are named "mine, found" and "mine, news". Nothing is counted
    further than MOST, or `most` of what is found, so that a count costs the same in ten years: one
    more says "more than that" (`in_words`). What a page counts `beside` them is counted along.
    """
    asked = looked_up(asked)
    wanted = {key: _keys(user, key, {}, today) for key in VIEWS}
    for key in views:
        wanted[f"{key}, news"] = _keys(user, key, {"news": "yes"}, today)
        if _chosen(asked):
            wanted[f"{key}, found"] = _keys(user, key, asked, today)
    numbers = how_many(wanted | (beside or {}))
    return {f"{key}, found": numbers[key] for key in views} | numbers


def _keys(user: User, view: str, asked: Mapping[str, Any], today: date) -> Composed:
    limit = most(asked) + 1

    def rows() -> QuerySet[Review, int]:
        return _held(user, view, asked, today).values_list("pk", flat=True)[:limit]

    return _composed(user, view, ("keys", _chosen(asked), today, limit), rows)


def _held(user: User, view: str, asked: Mapping[str, Any], today: date) -> QuerySet[Review]:
    held = Review.objects.visible_to(user)
    return held.filter(VIEWS[view].holds(user, today), filtered(asked))


def _chosen(asked: Mapping[str, Any]) -> tuple[Hashable, ...]:
    """The filters in force, as what a query is kept under."""
    words = (asked[FOUND].key,) if FOUND in asked else ()
    return (*words, *((name, asked[name]) for name in FILTERS if asked.get(name)))


def _composed(
    user: User,
    view: str,
    key: tuple[Hashable, ...],
    rows: Callable[[], QuerySet[Review, Any]],
) -> Composed:
    """A query for who reads every county's cases, the same for all of a role; that of another
    person is never kept, since the counties whose cases they see may change."""
    if not user.reads_cases:
        return Composed(rows())
    return composed((user.role, user.pk if VIEWS[view].own else None, view, *key), rows)


def most(asked: Mapping[str, Any]) -> int:
    """How far the proposals are counted that these filters leave."""
    return MOST_ASKED if FOUND in asked and asked[FOUND].few is None else MOST


def in_words(count: int, most: int = 0) -> str:
    """A count as a page shows it: "25", "1,000+"; `most` is how far it was counted, if not MOST."""
    most = most or MOST
    return f"{most:,}+" if count > most else f"{count:,}"


# Pages


def found(
    user: User, view: str, asked: Mapping[str, Any], today: date, *, backwards: bool = False
) -> QuerySet[Review]:
    """All proposals of a view that the filters leave, in its order, with what a list shows."""
    held = _held(user, view, asked, today)
    return held.for_lists().order_by(*order_of(view).by(backwards))


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
    asked = looked_up(asked)
    marked = "" if before == END else before or after
    place = place_of(marked, view) if marked else []

    def rows() -> QuerySet[Review, tuple[Any, ...]]:
        held = found(user, view, asked, today, backwards=backwards)
        if place:
            held = held.filter(order_of(view).beyond(place, backwards))
        return lines(held)[: size + 1]

    key = ("page", _chosen(asked), today, backwards, *place, size)
    read = [Line._make(row) for row in _composed(user, view, key, rows).ask()]
    here = leaf(
        read,
        size,
        backwards=backwards,
        is_marked=bool(marked),
        mark=lambda line: mark(line, view),
    )
    return here or page(user, view, asked, today, size=size)
