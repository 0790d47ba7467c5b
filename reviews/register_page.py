"""The register as CDSS and auditors read it: a page of thirty-day periods, and all as a file."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal import clock, taking
from portal.access import reads_cases
from reviews import period_files, period_lines, periods
from reviews.forms.periods import PeriodFilters
from reviews.leafing import rows_on_a_page


@reads_cases
@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """Every thirty-day period that the filters leave, the newest receipt first."""
    filters = PeriodFilters(request.GET)
    found = periods.found(request.user, filters.asked(), clock.today())
    size, odd = rows_on_a_page(request.GET)
    page, forged = periods.page_asked(found, request.GET, size)
    context = {
        "filters": filters,
        "faults": odd + forged,
        "totals": periods.totals(found),
        "lines": period_lines.lines(found, [row.pk for row in page.rows]),
        "size": size,
        "today": clock.today(),
        **periods.PAGES.links(filters, size, page, file="export_register"),
    }
    return render(request, "reviews/desk/register.html", context)


@reads_cases
@require_safe
def export_register(request: HttpRequest, kind: str) -> HttpResponse:
    """All periods that the filters leave, as a file; that it was taken is on record."""
    write = taking.writer_of(kind)
    user, today = request.user, clock.today()
    asked = PeriodFilters(request.GET).asked()
    found = periods.found(user, asked, today)
    keys = periods.keys(found)
    lines = period_files.in_file(found, keys)
    answer = write(f"register-{today.isoformat()}", period_files.TITLES, lines)
    data = {"format": kind, "rows": len(keys), "filters": sorted(asked)}
    taking.on_record("export register", by=user, data=data)
    return answer
