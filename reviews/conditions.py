"""The conditions of approvals on one list for CDSS: which are late, to come, confirmed."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from portal import clock
from portal.access import reads_cases
from portal.numbers import whole_number
from reviews.models import Condition, Review

VIEWS = {"late": "Late", "ahead": "To come", "confirmed": "Confirmed"}
ROWS = 50


@reads_cases
@require_safe
def conditions(request: HttpRequest) -> HttpResponse:
    """Conditions in force by their date; those whose date has passed unconfirmed come first.

    `?view=` chooses one of three lists, `?after=` goes on after a row.
    """
    today = clock.today()
    chosen = request.GET.get("view", "")
    view = chosen if chosen in VIEWS else "late"
    visible = Review.objects.visible_to(request.user)
    found = Condition.objects.in_force().filter(decision__review__in=visible)
    lists = {key: _of(key, found, today) for key in VIEWS}
    rows = list(_after(lists[view], request.GET.get("after", ""))[: ROWS + 1])
    context = {
        "rows": rows[:ROWS],
        "view": view,
        "views": [(key, name, lists[key].count()) for key, name in VIEWS.items()],
        "next": _address(view, rows[ROWS - 1]) if len(rows) > ROWS else "",
        "today": today,
    }
    return render(request, "reviews/desk/conditions.html", context)


def _of(view: str, found: QuerySet[Condition], today: date) -> QuerySet[Condition]:
    if view == "confirmed":
        return found.filter(confirmed_at__isnull=False)
    not_yet = found.filter(confirmed_at__isnull=True)
    return not_yet.filter(by__lt=today) if view == "late" else not_yet.filter(by__gte=today)


def _after(found: QuerySet[Condition], mark: str) -> QuerySet[Condition]:
    """The rows after that one, in the order of their dates; from the first for any other mark."""
    rows = found.select_related("decision__review__proposal__county").order_by("by", "pk")
    last = Condition.objects.filter(pk=whole_number(mark) or 0).values_list("by", "pk").first()
    if last is None:
        return rows
    by, pk = last
    return rows.filter(by__gte=by).exclude(by=by, pk__lte=pk)


def _address(view: str, last: Any) -> str:
    return f"{reverse('conditions_list')}?{urlencode({'view': view, 'after': last.pk})}"
