"""CDSS's queue as a page: a view, its filters and pages, a person's own views, files, assigning."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from portal import clock
from portal.access import reads_cases
from portal.models import User
from portal.models.notices import NoticeRecipient
from portal.spreadsheets import WRITERS
from reviews import queue
from reviews.composed import composed
from reviews.forms.queue import Assign, name_box
from reviews.forms.queue_address import Asked, address, query_of
from reviews.leafing import END, ROWS, ForgedMark, Page
from reviews.models import SavedView
from reviews.queue_rows import written


@reads_cases
@require_safe
def queue_page(request: HttpRequest) -> HttpResponse:
    """The queue: one view of it, filtered, in the order of the dates by which CDSS must answer.

    Without a view in the address it begins with Mine for who has something there, else with All.
    """
    return shown(request, request.GET)


def shown(
    request: HttpRequest, data: QueryDict, assign: Assign | None = None, *, status: int = 200
) -> HttpResponse:
    """The page of the queue that an address asks for; with what was ticked, if that was refused."""
    today, asked = clock.today(), Asked(data)
    wanted = queue.looked_up(asked.chosen)
    views = [asked.view] if asked.view else queue.usual(request.user, filtered=bool(wanted))
    beside = {"troubled": composed("troubled", _troubled)}
    counts = queue.counts(request.user, wanted, today, views=views, beside=beside)
    view = next((one for one in views if counts[one]), views[-1])
    found, most = counts[f"{view}, found"], queue.most(wanted)
    page, fault = _page(request.user, view, asked, wanted, today)
    own = _own(request.user, asked, view, assign)
    context = {
        "filters": asked.filters,
        "faults": asked.faults() + fault + queue.read_as(wanted),
        "view": queue.VIEWS[view],
        "rows": written(page.rows, today, boxes=bool(own["assign"]), ticked=own["picked"]),
        "views": [
            (one, queue.in_words(counts[key]), address(view=key))
            for key, one in queue.VIEWS.items()
        ],
        "news": counts[f"{view}, news"],
        "found": found,
        "found_in_words": queue.in_words(found, most),
        "today": today,
        "which": which(page, found, most),
        "size": asked.rows,
        "troubled": counts["troubled"],
        **_links(asked, view, page),
        **own,
    }
    return render(request, "reviews/desk/queue.html", context, status=status)


def _troubled() -> QuerySet[NoticeRecipient, int]:
    return NoticeRecipient.objects.troubled().order_by().values_list("pk", flat=True)[: queue.MOST]


def _page(
    user: User, view: str, asked: Asked, wanted: Mapping[str, Any], today: date
) -> tuple[Page, list[str]]:
    """The page that the address asks for; for a forged mark the first, and a sentence."""
    try:
        return queue.page(user, view, wanted, today, size=asked.rows, **asked.marks), []
    except ForgedMark as forged:
        return queue.page(user, view, wanted, today, size=asked.rows), [str(forged)]


def which(page: Page, found: int, most: int = queue.MOST) -> str:
    """Which rows these are: their numbers on the first page and the last, else how many."""
    here, whole = len(page.rows), queue.in_words(found, most)
    if not page.before:
        return f"1 to {here} of {whole}" if here > 1 else f"{here} of {whole}"
    if not page.after and here < found <= most:
        return f"{found - here + 1} to {found} of {whole}" if here > 1 else f"{found} of {whole}"
    return f"{here} of {whole}"


def _links(asked: Asked, view: str, page: Page) -> dict[str, Any]:
    """The addresses around this page: filters live in the address, so Back keeps them."""
    full = asked.parts(view)
    files = {name: value for name, value in full.items() if name != "rows"}
    return {
        "chips": [
            (label, words, address(**{**full, name: ""}))
            for name, label, words in asked.filters.chips
        ],
        "cleared": address(view=view, rows=asked.rows),
        "first": address(**full) if page.before else "",
        "previous": address(**full, before=page.before) if page.before else "",
        "next": address(**full, after=page.after) if page.after else "",
        "last": address(**full, before=END) if page.after else "",
        "sizes": [(rows, address(**{**full, "rows": rows})) for rows in ROWS],
        "files": [
            (kind.upper(), f"{reverse('export_queue', args=[kind])}?{query_of(**files)}")
            for kind in WRITERS
        ],
        "news_url": address(**{**full, "news": "yes"}),
    }


def _own(user: User, asked: Asked, view: str, assign: Assign | None) -> dict[str, Any]:
    """What a reviewer has here besides: views of their own, and whom to give the ticked rows."""
    if not user.is_reviewer:
        return {"assign": None, "picked": set(), "saved": [], "name_box": ""}
    here = query_of(**asked.parts(view))
    first = {
        "to": "" if view == "mine" else user.pk,
        "query": query_of(**asked.parts(view), **asked.marks),
    }
    views = SavedView.objects.of
    saved = composed(("saved", user.pk), lambda: views(user).values_list("name", "query"))
    assign = assign or Assign(user=user, act="assign", initial=first)
    assign.offer(one for one in asked.choices.people if one.can_review)
    return {
        "assign": assign,
        "picked": assign.picked(),
        "saved": [(name, query, query == here) for name, query in saved.ask()],
        "here": here,
        "name_box": name_box(),
    }
