"""The way back from a proposal to the queue as its reader last saw it, filters and all; and on to
the next, once something was done with this one.

The browser keeps it, so that looking at a list writes nothing. It is gone when the browser is
closed, holds for whom it was made and no longer than the longest session, and leads to the queue
whatever stands in it. A search that looks like case-level data is not kept.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.html import format_html

from portal import clock
from proposals import screening
from reviews import queue
from reviews.marks import mark
from reviews.models import Review

SEEN = "queue_seen"
LONGEST = 2000
TYPED = ("q", "vendor")
# What may stand in the address of a whole view.
NO_FILTER = {"view", "rows", "after", "before"}


def remember(request: HttpRequest, response: HttpResponse, view: str) -> None:
    """Keep the address of the queue that is being shown, where it isn't the one kept."""
    typed = " ".join(request.GET.get(name, "") for name in TYPED)
    query = request.META.get("QUERY_STRING", "")
    # A part of an address may be none: a sign of another script takes several bytes.
    is_fit = len(query) <= LONGEST and not screening.case_data(typed)
    seen = (query if is_fit else f"view={view}", view)
    if seen != _kept(request):
        response.set_cookie(
            SEEN,
            signing.dumps(seen, salt=_salt(request), compress=True),
            path=reverse("queue"),
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


def queue_seen(request: HttpRequest) -> dict[str, str]:
    """The address and the view's name of the queue as this person last saw it."""
    query, view = _kept(request)
    label = queue.VIEWS[view].label if view in queue.VIEWS else ""
    return {"url": reverse("queue") + (f"?{query}" if query else ""), "label": label}


def with_next(request: HttpRequest, review: Review, done: str) -> Callable[[], str]:
    """What to say once an act is done: that, and the case that came after this one in the view of
    the queue in which it was chosen (1 query). A view that was filtered isn't gone on with."""
    query, view = _kept(request)
    filters = {name for name, value in QueryDict(query).items() if value} - NO_FILTER
    if view not in queue.VIEWS or filters:
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


def _kept(request: HttpRequest) -> tuple[str, str]:
    """The query and the view's key; empty where nothing is kept for this person."""
    text, oldest = request.COOKIES.get(SEEN, ""), settings.SESSION_TOTAL_SECONDS
    try:
        query, view = signing.loads(text, salt=_salt(request), max_age=oldest)
    except signing.BadSignature:
        return "", ""
    return query, view


def _salt(request: HttpRequest) -> str:
    return f"queue seen by {request.user.pk}"
