"""A county's register of all its proposals: a page of it, and the same as a file."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from portal import clock, taking
from portal.access import county_staff, signed_in
from portal.spreadsheets import WRITERS
from reviews import register
from reviews.forms.filters import RegisterFilters
from reviews.leafing import address_of

PER_PAGE = 50


@signed_in
@require_safe
def proposals(request: HttpRequest) -> HttpResponse:
    """Every proposal of the county that the filters leave, 50 to a page."""
    if request.user.reads_cases:
        return redirect("queue")
    if not request.user.current_memberships:
        return render(request, "reviews/county/no_county.html")
    filters = RegisterFilters(request.GET, user=request.user)
    found = register.found(request.user, filters.asked()).values_list("pk", flat=True)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    chosen = {name: filters.data[name] for name, _, _ in filters.chips()}
    context = {
        "filters": filters,
        "page": page,
        "rows": register.rows(request.user, list(page)),
        "query": urlencode(chosen),
        "chips": [
            (label, words, address_of("proposals", {**chosen, name: ""}))
            for name, label, words in filters.chips()
        ],
        "files": [(kind.upper(), address_of("export_proposals", chosen, kind)) for kind in WRITERS],
    }
    return render(request, "reviews/county/proposals.html", context)


@county_staff
@require_safe
def export_proposals(request: HttpRequest, kind: str) -> HttpResponse:
    """All that the filters leave, as a file; that it was taken is on record.

    What was searched for is not: a search may hold what the portal should never keep.
    """
    write = taking.writer_of(kind)
    user = request.user
    asked = RegisterFilters(request.GET, user=user).asked()
    keys = list(register.found(user, asked).values_list("pk", flat=True))
    name = f"proposals-{clock.today().isoformat()}"
    answer = write(name, register.TITLES, register.lines(user, keys))
    counties = [county.name for county in user.county_list]
    data = {"format": kind, "rows": len(keys), "filters": sorted(asked), "counties": counties}
    taking.on_record("export proposals", by=user, data=data)
    return answer
