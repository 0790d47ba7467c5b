"""The benchmark's addresses: the portal's own, and the bare twins its pages are compared with.

A twin goes through the same middleware and does the least that a page of its kind can do: a list
of 25 rows of one table with an exact count, one row shown, one row written.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template import engines
from django.urls import path

from portal import clock
from portal.access import signed_in
from portal.models import FormToken, User
from portal.urls import urlpatterns as portal_urls
from proposals.models import Proposal

# Error pages are the portal's own.
handler400 = "portal.errors.bad_request"
handler403 = "portal.errors.forbidden"
handler404 = "portal.errors.not_found"
handler500 = "portal.errors.server_error"

ROWS = 25
LIST = (
    "<!doctype html><title>List</title><h1>{{ count }}</h1><table>{% for row in rows %}"
    "<tr><td>{{ row.reference }}<td>{{ row.tool_name }}<td>{{ row.created_at }}{% endfor %}</table>"
)
DETAIL = (
    "<!doctype html><title>{{ row.reference }}</title><h1>{{ row.tool_name }}</h1>"
    "<p>{{ row.purpose }}<p>{{ row.created_at }}"
)


def _page(template: str, **context: object) -> HttpResponse:
    return HttpResponse(engines["django"].from_string(template).render(context))


@signed_in
def bare_list(request: HttpRequest) -> HttpResponse:
    """25 rows of one table, and how many there are."""
    rows = Proposal.objects.order_by("-pk")[:ROWS]
    return _page(LIST, rows=rows, count=Proposal.objects.count())


@signed_in
def bare_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """One row of one table."""
    return _page(DETAIL, row=get_object_or_404(Proposal, reference=reference))


@signed_in
def bare_post(request: HttpRequest) -> HttpResponse:
    """One row written, then on to another page."""
    assert isinstance(request.user, User)
    FormToken.objects.create(
        token=request.POST["token"], act="bare", user=request.user, used_at=clock.now()
    )
    return redirect("bare_list")


urlpatterns = [
    path("bare/", bare_list, name="bare_list"),
    path("bare/post/", bare_post, name="bare_post"),
    path("bare/<slug:reference>/", bare_detail, name="bare_detail"),
    *portal_urls,
]
