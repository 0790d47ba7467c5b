"""What people see when a page can't be shown: plain words, and what became of their answers."""

import logging
import secrets
import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.html import format_html

from portal import kept
from portal.account_forms import SignIn
from portal.away import is_away

log = logging.getLogger(__name__)

BROKEN_TEXT = (
    "The request has text that can't be read: it was damaged on the way, or holds characters "
    "that aren't letters. Nothing was saved. Go back, remove what looks odd, and try again."
)
CUT_SHORT = "The connection broke before everything had arrived. Nothing was saved. Try again."
TOO_MANY_FIELDS = (
    "The form holds more fields or files than any of ours. Nothing was saved. Go back and send "
    "it in smaller parts."
)


def bad_request(
    request: HttpRequest, exception: Exception | None = None, *, sentence: str = ""
) -> HttpResponse:
    """400: the request itself is broken; `sentence` says how, where that is known."""
    return render(request, "400.html", {"sentence": sentence}, status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: a page for people of another role."""
    return render(request, "403.html", status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: a form that didn't come from a page of this portal, or from one that is too old."""
    log.info("A form without a valid token was refused at %s: %s", request.path, reason)
    typed = kept.too_old(request)
    if typed and request.user.is_authenticated:
        return kept.show(request, typed, status=403)
    if typed:
        return sign_in_first(request, typed)
    return render(request, "403_csrf.html", status=403)


def sign_in_first(request: HttpRequest, typed: kept.Typed) -> HttpResponse:
    """403: the session ended before the form was sent. The sign-in page carries what was typed."""
    context = {
        "form": SignIn(request=request, initial={kept.KEPT: typed.packed()}),
        "redirect_field": format_html('<input type="hidden" name="next" value="{}">', typed.page),
    }
    response = render(request, "account/login.html", context, status=403)
    response["Cache-Control"] = "no-store"
    return response


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: nothing there, or nothing this person may see."""
    return render(request, "404.html", status=404)


def too_large(request: HttpRequest) -> HttpResponse:
    """413: more text or larger files than any form takes."""
    return render(request, "413.html", status=413)


def no_room(request: HttpRequest, fault: OSError) -> HttpResponse:
    """507: the disk is full, so a form with a file could not be taken in."""
    log.error("An upload at %s could not be taken in: %s", request.path, fault)
    return render(request, "507.html", status=507)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """429: too many attempts in a short time from one address."""
    return render(request, "429.html", status=429)


def server_error(request: HttpRequest) -> HttpResponse:
    """500 with an incident number that stands in the log too, or 503 while the database is away.

    These two pages are drawn without the request, since even to say who is signed in would ask
    the database.
    """
    incident = secrets.token_hex(4).upper()
    problem = sys.exc_info()[1]
    log.error("Incident %s at %s %s", incident, request.method, request.path, exc_info=problem)
    if is_away(problem):
        away = HttpResponse(render_to_string("503.html"), status=503)
        away["Retry-After"] = "10"
        return away
    return HttpResponse(render_to_string("500.html", {"incident": incident}), status=500)
