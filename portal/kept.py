"""What was typed when the session had ended: it comes back after signing in again.

The form travels through the sign-in page, signed, and lies in no table, session or log: a text
that nobody has screened may hold case data, which is never stored. It comes back to the person who
typed it, is sent on by their press of a button alone, and is gone with the page, or after 12 hours.

A form is theirs when it bears the CSRF token of their session that ended. Another page can't know
that token, so nothing of a foreign form is ever shown.
"""

from __future__ import annotations

import re
from copy import copy
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from portal.sign_off import sign_of

# The hidden field of the sign-in page.
KEPT = "kept"
# In the session: whose it was, and the CSRF secrets of that person's pages, the oldest first.
WHOSE = "ended_of"
SECRETS = "csrf_before"
MOST_SECRETS = 5

MOST_TEXT = 512 * 1024
_SALT = "portal.kept"
_NEVER = re.compile(r"csrfmiddlewaretoken|passw", re.IGNORECASE)
# What a page sends along by itself: the value of a choice, a number, a token.
_BY_ITSELF = re.compile(r"[a-z0-9_-]*|[\w:.+/=-]{40,}", re.ASCII)


@dataclass(frozen=True)
class Typed:
    """A form that was sent too late: whose, where to, from which page, and what stood in it."""

    of: str
    to: str
    page: str
    fields: list[list[str]]
    files: list[str]

    def packed(self) -> str:
        """As one text that can't be altered."""
        return signing.dumps(asdict(self), salt=_SALT, compress=True)

    @property
    def texts(self) -> list[str]:
        """What a person wrote, without what the page sends along."""
        return [text for _, text in self.fields if not _BY_ITSELF.fullmatch(text.strip())]


def unpacked(text: str) -> Typed | None:
    """The form in such a text; None when it is none of ours, or too old."""
    try:
        given = signing.loads(text, salt=_SALT, max_age=settings.SESSION_TOTAL_SECONDS)
        return Typed(**given)
    except (signing.BadSignature, TypeError):
        return None


def typed_in(request: HttpRequest, of: str) -> Typed | None:
    """The form of this request; None for one about an account, and for one too long to carry."""
    found = request.resolver_match
    if found is None or (found.url_name or "").startswith("account_"):
        return None
    fields = [
        [name, value]
        for name, values in request.POST.lists()
        for value in values
        if not _NEVER.search(name)
    ]
    if sum(len(name) + len(value) for name, value in fields) > MOST_TEXT:
        return None
    files = [file.name or "" for _, several in request.FILES.lists() for file in several]
    return Typed(of, request.get_full_path(), page_of(request) or "/", fields, files)


def page_of(request: HttpRequest) -> str:
    """The page of ours on which a button was pressed; empty when it isn't known."""
    try:
        pressed_on = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        # No address at all, like http://[
        return ""
    if pressed_on.netloc != request.get_host():
        return ""
    page = pressed_on._replace(scheme="", netloc="", fragment="").geturl()
    # A path of two slashes would lead to another host.
    return page if url_has_allowed_host_and_scheme(page, None) else ""


# --- Whose session it was -----------------------------------------------------------------------


def remember(request: HttpRequest, number: str, secrets: list[str]) -> None:
    """Notes in the new session of this browser whose session has just ended."""
    request.session[WHOSE] = sign_of(number)
    request.session[SECRETS] = secrets


def of_before(request: HttpRequest, person: Any) -> list[str]:
    """At sign-in: the CSRF secrets of pages that this person may still have open."""
    if request.session.pop(WHOSE, "") != sign_of(person):
        request.session.pop(SECRETS, None)
        return []
    secrets = [*request.session.pop(SECRETS, []), request.META.get("CSRF_COOKIE") or ""]
    return [secret for secret in secrets if secret][-MOST_SECRETS:]


class _Check(CsrfViewMiddleware):
    """Says whether a form would pass, instead of answering."""

    def _accept(self, request: HttpRequest) -> bool:
        return True

    def _reject(self, request: HttpRequest, reason: str) -> bool:
        return False


def _is_of_before(request: HttpRequest) -> bool:
    """Whether a form was refused only because its person has signed in anew since."""
    then = copy(request)
    for secret in request.session.get(SECRETS, []):
        then.COOKIES = {**request.COOKIES, settings.CSRF_COOKIE_NAME: secret}
        if _Check(lambda request: HttpResponse()).process_view(then, None, (), {}):
            return True
    return False


def _is_from_elsewhere(request: HttpRequest) -> bool:
    """Whether another page sent it. A kept form that someone got hold of comes back from none."""
    origin = request.headers.get("Origin")
    return origin is not None and origin.partition("://")[2] != request.get_host()


# --- Coming back ----------------------------------------------------------------------------------


def late(request: HttpRequest) -> Typed | None:
    """The form of a stranger whose session has ended; None where there is nothing to carry."""
    whose = request.session.get(WHOSE, "")
    # A script that saves by itself keeps its text itself, and wants to be led to sign in.
    by_hand = request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    return typed_in(request, whose) if whose and by_hand else None


def too_old(request: HttpRequest) -> Typed | None:
    """The form that was refused only since its person signed in anew; None for any other."""
    known = request.user.is_authenticated
    if _is_from_elsewhere(request):
        return None
    if KEPT in request.POST:
        # It passed through the sign-in page already; a stranger may be anyone until they sign in.
        return carried(request, request.user) if known else unpacked(request.POST[KEPT])
    if not _is_of_before(request):
        return None
    return typed_in(request, sign_of(request.user)) if known else late(request)


def carried(request: HttpRequest, person: Any) -> Typed | None:
    """What came through the sign-in page, if it was this person who typed it."""
    typed = unpacked(request.POST.get(KEPT, ""))
    return typed if typed and typed.of == sign_of(person) else None


def show(request: HttpRequest, typed: Typed, status: int = 200) -> HttpResponse:
    """The page that gives it back, with a button to go on with it."""
    response = render(request, "portal/kept.html", {"typed": typed}, status=status)
    response["Cache-Control"] = "no-store"
    return response
