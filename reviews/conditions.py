"""The conditions of approvals on one list for CDSS: which are late, to come, confirmed."""

from __future__ import annotations

from datetime import date

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal import clock
from portal.access import reads_cases
from reviews.leafing import Pages, rows_on_a_page
from reviews.models import Condition, Review
from reviews.queue import in_words

VIEWS = {"late": "Late", "ahead": "To come", "confirmed": "Confirmed"}
PAGES = Pages("conditions_list", "this list", "by", earliest_first=True)
COUNTED = 250  # How far each list is counted: one more says "more than that".
PROPOSAL = "decision__review__proposal"
SHOWN = (
    "number",
    "text",
    "by",
    "shown",
    "confirmed_at",
    "evidence",
    f"{PROPOSAL}__reference",
    f"{PROPOSAL}__tool_name",
    f"{PROPOSAL}__county__name",
    f"{PROPOSAL}__county__official_name",
)


@reads_cases
@require_safe
def conditions(request: HttpRequest) -> HttpResponse:
    """Conditions in force by their date.

    `?view=` chooses one of three lists; without it, it is the first in which something stands.
    """
    today = clock.today()
    visible = Review.objects.visible_to(request.user)
    found = Condition.objects.in_force().filter(decision__review__in=visible)
    lists = {key: found.filter(_of(key, today)) for key in VIEWS}
    counts = {key: rows[: COUNTED + 1].count() for key, rows in lists.items()}
    usual = next((key for key, count in counts.items() if count), "late")
    chosen = request.GET.get("view", "")
    view = chosen if chosen in VIEWS else usual
    size, odd = rows_on_a_page(request.GET)
    rows = lists[view].select_related(f"{PROPOSAL}__county").only(*SHOWN)
    page, forged = PAGES.asked(rows, request.GET, size)
    context = {
        "faults": odd + forged,
        "lines": page.rows,
        "found": in_words(counts[view], COUNTED),
        "size": size,
        "view": view,
        "views": [(key, name, in_words(counts[key], COUNTED)) for key, name in VIEWS.items()],
        "today": today,
        **PAGES.turns({"view": view}, size, page),
    }
    return render(request, "reviews/desk/conditions.html", context)


def _of(view: str, today: date) -> Q:
    if view == "confirmed":
        return Q(confirmed_at__isnull=False)
    when = Q(by__lt=today) if view == "late" else Q(by__gte=today)
    return when & Q(confirmed_at__isnull=True)
