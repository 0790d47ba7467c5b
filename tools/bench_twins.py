"""The benchmark's addresses: the portal's own, and the bare twins its pages are compared with.

A twin goes through the same middleware, stands in the same frame, and does the least that a page of
its kind can do: 25 rows of one table with exact counts, one row shown, one row written by a form.

A queue says how many stand in each of its views, so the bare list counts by status, too. What a
list costs that says one number only is measured beside it.
"""

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.forms import modelform_factory
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template import engines
from django.urls import path

from portal.access import signed_in
from portal.urls import urlpatterns as portal_urls
from proposals.models import Proposal
from reviews.models import Review

# Error pages are the portal's own.
handler400 = "portal.errors.bad_request"
handler403 = "portal.errors.forbidden"
handler404 = "portal.errors.not_found"
handler500 = "portal.errors.server_error"

ROWS = 25
FRAME = '{% extends "base.html" %}{% block title %}{{ title }}{% endblock %}{% block main %}'
LIST = engines["django"].from_string(
    FRAME + "<h1>{{ title }}</h1><p>{{ count }}</p>"
    "{% for status, count in counts %}<p>{{ status }} {{ count }}</p>{% endfor %}"
    "<table>{% for row in rows %}<tr>"
    "<td>{{ row.pk }}</td><td>{{ row.status }}</td><td>{{ row.received_at }}</td></tr>"
    "{% endfor %}</table>{% endblock %}"
)
DETAIL = engines["django"].from_string(
    FRAME + "<h1>{{ row.tool_name }}</h1><p>{{ row.purpose }}</p><p>{{ row.created_at }}</p>"
    "{% endblock %}"
)
WRITTEN = ("tool_name", "vendor_name", "purpose", "users", "business_needs")
BareForm = modelform_factory(Proposal, fields=WRITTEN)


def _list(request: HttpRequest, counts: Any = ()) -> HttpResponse:
    rows = Review.objects.order_by("-pk")[:ROWS]
    context = {"title": "Bare list", "rows": rows, "count": Review.objects.count()}
    return HttpResponse(LIST.render(context | {"counts": counts}, request))


@signed_in
def bare_list(request: HttpRequest) -> HttpResponse:
    """25 rows of one table, how many there are, and how many of each status."""
    counts = Review.objects.order_by("status").values_list("status").annotate(rows=Count("pk"))
    return _list(request, counts)


@signed_in
def one_count(request: HttpRequest) -> HttpResponse:
    """25 rows of one table, and how many there are."""
    return _list(request)


@signed_in
def bare_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """One row of one table."""
    row = get_object_or_404(Proposal, reference=reference)
    return HttpResponse(DETAIL.render({"title": reference, "row": row}, request))


@signed_in
def bare_post(request: HttpRequest, reference: str) -> HttpResponse:
    """A form of five fields checked, one row of one table written, then on to another page."""
    form = BareForm(request.POST, instance=get_object_or_404(Proposal, reference=reference))
    if form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("bare_detail", reference=reference)
    return HttpResponse(form.errors.as_text(), status=422)


urlpatterns = [
    path("bare/", bare_list, name="bare_list"),
    path("bare/one-count/", one_count, name="one_count"),
    path("bare/<slug:reference>/", bare_detail, name="bare_detail"),
    path("bare/<slug:reference>/edit/", bare_post, name="bare_post"),
    *portal_urls,
]
