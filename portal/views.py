"""Pages of the portal as a whole: how it is doing, and those that never change."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal import kept, notices
from portal.access import public, signed_in
from portal.wording import after_a_request

# Beyond these many seconds without a beat the worker is taken for gone, and mail for stuck.
BEAT_LIMIT = 60
WAIT_LIMIT = 15 * 60


@public("A load balancer asks whether the process is up; says nothing else.")
@require_safe
@never_cache
def health(request: HttpRequest) -> HttpResponse:
    """Whether this process answers at all."""
    return HttpResponse("ok\n", content_type="text/plain")


@public("Monitoring asks whether the portal can do its work; figures only, no names.")
@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """Whether database, worker and mail queue do their work; 503 when one of them doesn't."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        mail = notices.health()
    except DatabaseError:
        return JsonResponse({"ready": False, "database": False}, status=503)
    beat, oldest = mail["worker_beat_age"], mail["oldest_waiting_age"] or 0
    worker = beat is not None and beat <= BEAT_LIMIT
    queue = oldest <= WAIT_LIMIT
    state = {"ready": worker and queue, "database": True, "worker": worker, "mail_queue": queue}
    return JsonResponse({**state, **mail}, status=200 if state["ready"] else 503)


@public("Which version runs is no secret, and helps whoever reports a fault.")
@require_safe
def version(request: HttpRequest) -> JsonResponse:
    """The version of the portal, as the footer and the changelog name it."""
    return JsonResponse({"version": settings.VERSION})


@public("Everyone must be able to read how to report a barrier.")
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """How accessible the portal is, and whom to tell about a barrier."""
    page = urlsplit(kept.page_of(request)).path
    return render(request, "portal/accessibility.html", {"page": page})


@public("The notice on collection must be readable before anything is given.")
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """The privacy notice and notice on collection (Gov. Code 11015.5; Civ. Code 1798.17)."""
    return render(request, "portal/privacy.html")


@public("Conditions must be readable before they are met.")
@require_safe
def conditions(request: HttpRequest) -> HttpResponse:
    """The conditions of use."""
    return render(request, "portal/conditions.html")


@public("Help must be there for those who can't sign in.")
@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """How a proposal comes about, and where to ask."""
    return render(request, "portal/help.html", {"after_a_request": after_a_request()})


@public("Leads to the one page where everyone signs in.")
def admin_sign_in(request: HttpRequest) -> HttpResponseRedirect:
    """Administrators sign in where everyone does; 403 to whoever is signed in and is none."""
    if request.user.is_authenticated and not request.user.is_administrator:
        raise PermissionDenied
    query = urlencode({"next": request.GET.get("next") or reverse("admin:index")})
    return redirect(f"{reverse('account_login')}?{query}")


@signed_in
def admin_password(request: HttpRequest) -> HttpResponseRedirect:
    """The admin's own page for a new password leads to the one that everyone uses."""
    return redirect("account_change_password")
