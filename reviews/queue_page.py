"""CDSS's queue as a page: a named view, filtered, with the addresses of all that lies around it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from portal import clock
from portal.access import reads_cases
from portal.models.notices import NoticeRecipient
from reviews import queue
from reviews.case import remember_queue
from reviews.forms.queue import QueueFilters


@reads_cases
@require_safe
def queue_page(request: HttpRequest) -> HttpResponse:
    """The queue: one view of it, filtered, in the order of the dates by which CDSS must answer.

    Without a view in the address it begins with Mine for who has something there, else with All.
    """
    today = clock.today()
    filters = QueueFilters(request.GET)
    asked, chosen = filters.asked(), request.GET.get("view", "")
    views = [chosen] if chosen in queue.VIEWS else ["mine", "all"]
    counts = queue.counts(request.user, asked, today, views=views)
    view = views[0] if counts[views[0]] else views[-1]
    rows, faults = _rows(request.GET.get("rows", ""))
    if chosen and chosen not in queue.VIEWS:
        faults.append("There is no view of that name, so this is the usual one.")
    page, fault = _page(request, view, asked, today, rows)
    remember_queue(request, view)
    links = _links({"view": view, "rows": rows}, filters, page)
    context = {
        "filters": filters,
        "faults": faults + fault,
        "view": queue.VIEWS[view],
        "lines": [(review, queue.waits_for(review), queue.flags(review)) for review in page.rows],
        "views": [(one, counts[key], _address(view=key)) for key, one in queue.VIEWS.items()],
        "found": counts[f"{view}, found"],
        "today": today,
        "size": rows,
        "troubled": NoticeRecipient.objects.troubled().count(),
    }
    return render(request, "reviews/desk/queue.html", context | links)


def _page(
    request: HttpRequest, view: str, asked: dict[str, Any], today: date, rows: int
) -> tuple[queue.Page, list[str]]:
    """The page that the address asks for; for a forged mark the first, and a sentence."""
    marks = {name: request.GET.get(name, "") for name in ("after", "before")}
    try:
        return queue.page(request.user, view, asked, today, size=rows, **marks), []
    except queue.ForgedMark as forged:
        return queue.page(request.user, view, asked, today, size=rows), [str(forged)]


def _rows(text: str) -> tuple[int, list[str]]:
    """How many rows a page has, and what to say about an odd number."""
    if text and text not in map(str, queue.ROWS):
        choices = ", ".join(map(str, queue.ROWS[:-1]))
        words = f"Choose {choices} or {queue.ROWS[-1]} rows: “{text[:20]}” is none of them."
        return queue.ROWS[0], [words]
    return int(text or queue.ROWS[0]), []


def _address(**parts: Any) -> str:
    kept = {name: value for name, value in parts.items() if value and value != queue.ROWS[0]}
    return reverse("queue") + (f"?{urlencode(kept)}" if kept else "")


def _links(here: dict[str, Any], filters: QueueFilters, page: queue.Page) -> dict[str, Any]:
    """The addresses around this page: filters live in the address, so Back keeps them."""
    chips = filters.chips()
    full = {**here, **{name: filters.data[name] for name, _, _ in chips}}
    return {
        "chips": [(label, words, _address(**{**full, name: ""})) for name, label, words in chips],
        "cleared": _address(**here),
        "first": _address(**full) if page.before else "",
        "previous": _address(**full, before=page.before) if page.before else "",
        "next": _address(**full, after=page.after) if page.after else "",
        "last": _address(**full, before=queue.END) if page.after else "",
        "sizes": [(rows, _address(**{**full, "rows": rows})) for rows in queue.ROWS],
    }
