"""The way back from a proposal to the queue as its reader last saw it, filters and all.

The browser keeps it, so that looking at a list writes nothing. It is gone when the browser is
closed, holds for whom it was made and no longer than the longest session, and leads to the queue
whatever stands in it. A search that looks like case-level data is not kept.
"""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from proposals import screening
from reviews import queue

SEEN = "queue_seen"
LONGEST = 2000
TYPED = ("q", "vendor")


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
