"""The way back from a proposal to the queue as its reader last saw it, filters and all; and on to
the next, once something was done with this one.

The browser says from which address a page was opened. The queue's is kept in the session when a
proposal is opened from it: looking at the queue itself writes nothing, and there is no cookie of
its own. A search that looks like case-level data is not kept.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.html import format_html

from portal import clock
from portal.models import User
from proposals import screening
from reviews import queue
from reviews.marks import mark
from reviews.models import Review
from reviews.models.saved_views import LONGEST

SEEN = "queue_seen"
MOST_PARTS = 50
TYPED = ("q", "vendor")
# What may stand in the address of a whole view.
NO_FILTER = {"view", "rows", "after", "before"}


def queue_seen(request: HttpRequest, review: Review) -> dict[str, str]:
    """The address and the view's name of the queue from which this person last opened a proposal,
    this one included."""
    query = _opened_from(request)
    if query is not None and (seen := _kept_as(query, review, request.user)) != _kept(request):
        request.session[SEEN] = seen
    query, view = _kept(request)
    label = queue.VIEWS[view].label if view in queue.VIEWS else ""
    return {"url": reverse("queue") + (f"?{query}" if query else ""), "label": label}


def _opened_from(request: HttpRequest) -> str | None:
    """What the queue was asked for when this page was opened from it; None from anywhere else."""
    try:
        address = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return None
    is_queue = (address.netloc, address.path) == (request.get_host(), reverse("queue"))
    return address.query if is_queue and request.method == "GET" else None


def _kept_as(query: str, review: Review, user: User) -> list[str]:
    """The query as it may be kept, and the view's key."""
    is_read = query.count("&") <= MOST_PARTS
    asked = QueryDict(query if is_read else "")
    view = asked.get("view", "")
    if view not in queue.VIEWS:
        view = _usual(asked, review, user)
    # A part of an address may be none: a sign of another script takes several bytes.
    is_fit = is_read and len(query) <= LONGEST
    typed = " ".join(asked.get(name, "") for name in TYPED)
    return [query if is_fit and not screening.case_data(typed) else f"view={view}", view]


def _usual(asked: QueryDict, review: Review, user: User) -> str:
    """The view in which a proposal stood, where the address names none."""
    holds = {
        "mine": review.is_open and review.assignee_id == user.pk,
        "approve": review.is_drafted,
        "all": True,
    }
    return next(view for view in queue.usual(user, filtered=bool(_filters(asked))) if holds[view])


def _filters(asked: QueryDict) -> set[str]:
    return {name for name, value in asked.items() if value} - NO_FILTER


def _kept(request: HttpRequest) -> list[str]:
    return request.session.get(SEEN, ["", ""])


def with_next(request: HttpRequest, review: Review, done: str) -> Callable[[], str]:
    """What to say once an act is done: that, and the case that came after this one in the view of
    the queue in which it was chosen (1 query). A view that was filtered isn't gone on with."""
    query, view = _kept(request)
    if view not in queue.VIEWS or _filters(QueryDict(query)):
        return lambda: done
    # The act moves it to another place.
    place = mark(review, view)

    def words() -> str:
        # Two, as it may be the first of them now.
        after = queue.page(request.user, view, {}, clock.today(), size=2, after=place).rows
        for line in after:
            if line.reference != review.reference:
                url, label = reverse("review", args=[line.reference]), queue.VIEWS[view].label
                link = '{} <a href="{}">Next in {}: {}</a>'
                return format_html(link, done, url, label, line.reference)
        return done

    return words
