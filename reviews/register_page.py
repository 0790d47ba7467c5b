"""The register as CDSS and auditors read it: a page of thirty-day periods, and all as a file."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from portal import clock, journal
from portal.access import reads_cases
from portal.spreadsheets import WRITERS
from reviews import period_lines, periods
from reviews.forms.periods import PeriodFilters
from reviews.models import Round


@reads_cases
@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """Every thirty-day period that the filters leave, the newest receipt first."""
    filters = PeriodFilters(request.GET)
    found = periods.found(request.user, filters.asked(), clock.today())
    size, odd = _size(request.GET.get("rows", ""))
    page, forged = _page(request, found, size)
    context = {
        "filters": filters,
        "faults": odd + forged,
        "totals": periods.totals(found),
        "lines": period_lines.lines(found, page.keys),
        "size": size,
        "today": clock.today(),
    }
    return render(request, "reviews/desk/register.html", context | _links(filters, size, page))


def _size(text: str) -> tuple[int, list[str]]:
    """How many rows a page has, and what to say about an odd number."""
    if text and text not in map(str, periods.ROWS):
        choices = ", ".join(map(str, periods.ROWS[:-1]))
        words = f"Choose {choices} or {periods.ROWS[-1]} rows: “{text[:20]}” is none of them."
        return periods.ROWS[0], [words]
    return int(text or periods.ROWS[0]), []


def _page(
    request: HttpRequest, found: QuerySet[Round], size: int
) -> tuple[periods.Page, list[str]]:
    """The page that the address asks for; for a forged mark the first, and a sentence."""
    marks = {name: request.GET.get(name, "") for name in ("after", "before")}
    try:
        return periods.page(found, size=size, **marks), []
    except periods.ForgedMark as forged:
        return periods.page(found, size=size), [str(forged)]


def _links(filters: PeriodFilters, size: int, page: periods.Page) -> dict[str, Any]:
    """The addresses around this page: filters live in the address, so Back keeps them."""
    chips = filters.chips()
    chosen = {name: filters.data[name] for name, _, _ in chips}
    full = chosen | {"rows": size if size != periods.ROWS[0] else ""}
    return {
        "chips": [(label, words, _address(full | {name: ""})) for name, label, words in chips],
        "first": _address(full) if page.before else "",
        "previous": _address(full | {"before": page.before}) if page.before else "",
        "next": _address(full | {"after": page.after}) if page.after else "",
        "last": _address(full | {"before": periods.END}) if page.after else "",
        "sizes": [(rows, _address(chosen | {"rows": rows})) for rows in periods.ROWS],
        "files": [
            (kind.upper(), reverse("export_register", args=[kind]) + _query(chosen))
            for kind in WRITERS
        ],
    }


def _address(parts: dict[str, Any]) -> str:
    return reverse("register") + _query(parts)


def _query(parts: dict[str, Any]) -> str:
    kept = urlencode({name: value for name, value in parts.items() if value})
    return f"?{kept}" if kept else ""


@reads_cases
@require_safe
def export_register(request: HttpRequest, kind: str) -> HttpResponse:
    """All periods that the filters leave, as a file; that it was taken is on record."""
    if kind not in WRITERS:
        raise Http404
    user, today = request.user, clock.today()
    asked = PeriodFilters(request.GET).asked()
    found = periods.found(user, asked, today)
    keys = periods.keys(found)
    lines = period_lines.in_file(found, keys)
    answer = WRITERS[kind](f"register-{today.isoformat()}", period_lines.TITLES, lines)
    with transaction.atomic():
        data = {"format": kind, "rows": len(keys), "filters": sorted(asked)}
        journal.record("export register", by=user, subject=("person", user.email), data=data)
    return answer
