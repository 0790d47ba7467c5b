"""What holds for every request: text that can be read, sessions that end, pages that stay private.

In this order in the settings: EveryAnswer before all others, RefuseBrokenText before anything that
reads the request, SessionLimits after the sessions, SignInFirst after who is signed in is known,
PrivatePages last, next to the views.
"""

from collections.abc import Callable
from math import inf
from typing import Any
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import (
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    UnreadablePostError,
)
from django.middleware.gzip import GZipMiddleware
from django.urls import reverse

from portal import clock, errors, journal, kept
from portal.access import client_address
from portal.models import User
from portal.sign_off import BEGAN, ENDED, SEEN

Next = Callable[[HttpRequest], HttpResponse]

METHODS = ("GET", "HEAD", "POST")


class EveryAnswer:
    """Answers the methods that forms and links use, no other; never without protective headers.

    Django adds these headers itself, but not to its refusal of a foreign host over http.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", settings.SECURE_REFERRER_POLICY)
        response.headers.setdefault(
            "Cross-Origin-Opener-Policy", settings.SECURE_CROSS_ORIGIN_OPENER_POLICY
        )
        return response

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> HttpResponse | None:
        return None if request.method in METHODS else HttpResponseNotAllowed(METHODS)


REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class ThinLine(GZipMiddleware):
    """Sends pages compressed, for counties on a thin line; files travel as they are.

    Django blurs the length of each page with random bytes, and the CSRF token differs on each, so
    that a length tells nobody what is in a page (BREACH).
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        return response if response.streaming else super().process_response(request, response)


class RefuseBrokenText:
    """Answers 400 to NUL and to bytes that aren't UTF-8, which no database column takes.

    The address is read at once. Form fields and file names are read when a view was found, in
    the place where Django would read them for the CSRF token anyway: so an address that doesn't
    exist costs no parsing, and a form that is too large gets its own sentence.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _address_is_broken(request):
            return errors.bad_request(request, sentence=errors.BROKEN_TEXT)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> HttpResponse | None:
        if request.method != "POST":
            return None
        if _length(request) > settings.REQUEST_MAX:
            return errors.too_large(request)
        try:
            broken = _form_is_broken(request)
        except UnreadablePostError:
            return errors.bad_request(request, sentence=errors.CUT_SHORT)
        except OSError as fault:
            return errors.no_room(request, fault)
        except RequestDataTooBig:
            return errors.too_large(request)
        except (TooManyFieldsSent, TooManyFilesSent):
            return errors.bad_request(request, sentence=errors.TOO_MANY_FIELDS)
        return errors.bad_request(request, sentence=errors.BROKEN_TEXT) if broken else None


def _length(request: HttpRequest) -> int:
    """How much is announced. More than that is never read; nothing announced is nothing read."""
    announced = request.META.get("CONTENT_LENGTH") or "0"
    return int(announced) if announced.isdecimal() and announced.isascii() else 0


def _address_is_broken(request: HttpRequest) -> bool:
    # Another charset would have everything after it decoded in a way that this can't foresee.
    # Django writes the broken bytes of a path as %XX again; nothing of ours has a percent sign.
    query = request.META.get("QUERY_STRING", "").encode("latin-1", "replace")
    return (
        request.content_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8")
        or _is_broken(unquote_to_bytes(request.path_info))
        or _is_broken(unquote_to_bytes(query))
        or any("\0" in value for value in request.COOKIES.values())
    )


def _form_is_broken(request: HttpRequest) -> bool:
    if request.content_type == "application/x-www-form-urlencoded":
        return _is_broken(unquote_to_bytes(request.body))
    # The bytes of a multipart form can't be kept beside its files. Django has put a replacement
    # character where they were broken; one that was typed was broken before it came to us. A part
    # whose own name is broken never arrives.
    texts = [text for name, values in request.POST.lists() for text in (name, *values)]
    files = [(name, file.name or "") for name, file in _files(request)]
    texts += [text for pair in files for text in pair]
    return any("\0" in text or REPLACEMENT in text for text in texts)


def _files(request: HttpRequest) -> list[tuple[str, Any]]:
    return [(name, file) for name, files in request.FILES.lists() for file in files]


def _is_broken(raw: bytes) -> bool:
    if b"\0" in raw:
        return True
    try:
        raw.decode()
    except UnicodeDecodeError:
        return True
    return False


NOTE_EVERY = 60

IDLE_SENTENCE = "You were signed out because nothing happened for 30 minutes. Sign in to go on."
SIGNED_OUT_SENTENCE = "You were signed out. Sign in to go on."
TOTAL_SENTENCE = "You were signed out after 12 hours, as a precaution. Sign in to go on."


class SessionLimits:
    """Ends a session after half an hour of silence, and after twelve hours in any case.

    The sign-in page says why (`request.session.ended`). That the session is alive is noted at
    most once a minute, so that most pages cost no write; a page's script that asks how long it
    lives isn't a person who does something, and *Stay signed in* is noted at once.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.session_of = request.session.get(SESSION_KEY, "")
        if request.session_of:
            self._keep_or_end(request)
        return self.get_response(request)

    def _keep_or_end(self, request: HttpRequest) -> None:
        session = request.session
        now = clock.now().timestamp()
        began = session.setdefault(BEGAN, now)
        seen = session.setdefault(SEEN, now)
        if now - began > settings.SESSION_TOTAL_SECONDS:
            self._end(request, TOTAL_SENTENCE)
        elif now - seen > settings.SESSION_IDLE_SECONDS:
            self._end(request, IDLE_SENTENCE)
        elif now - seen >= self._note_after(request):
            session[SEEN] = now

    def _note_after(self, request: HttpRequest) -> float:
        """After how many seconds of silence this request counts as activity."""
        if request.path_info != reverse("session"):
            return NOTE_EVERY
        return 0 if request.method == "POST" else inf

    def _end(self, request: HttpRequest, sentence: str) -> None:
        secrets = request.session.get(kept.SECRETS, [])
        request.session.flush()
        request.session[ENDED] = sentence
        kept.remember(request, request.session_of, secrets)


def _is_about_an_account(request: HttpRequest) -> bool:
    """Pages where people sign in or set a password are as private as those behind them."""
    found = request.resolver_match
    return found is not None and (found.url_name or "").startswith("account_")


class SignInFirst(LoginRequiredMiddleware):
    """Asks a stranger to sign in, and leads back to a page that can be shown.

    Who pressed a button after the session ended comes back to the page with the button: many
    addresses take a press and nothing else. What they typed there comes back, too.
    """

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponse:
        is_form = request.method == "POST"
        if is_form and request.session_of and ENDED not in request.session:
            self._note_who_was_here(request)
        if is_form and (typed := kept.late(request)):
            return errors.sign_in_first(request, typed)
        page = kept.page_of(request) if is_form else ""
        if not page:
            return super().handle_no_permission(request, view_func)
        field = self.get_redirect_field_name(view_func)
        return redirect_to_login(page, self.get_login_url(view_func), field)

    def _note_who_was_here(self, request: HttpRequest) -> None:
        """A new password elsewhere ended the session of someone who may sign in again."""
        if User.objects.filter(pk=request.session_of, is_active=True).exists():
            request.session[ENDED] = SIGNED_OUT_SENTENCE
            kept.remember(request, request.session_of, [])


class PrivatePages:
    """Keeps what a signed-in person saw out of every cache, and tells the journal who asks."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        signed_in = SESSION_KEY in request.session
        with journal.coming_from(client_address(request)):
            response = self.get_response(request)
        if signed_in or SESSION_KEY in request.session or _is_about_an_account(request):
            response["Cache-Control"] = "no-store"
        response["Permissions-Policy"] = (
            "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"
        )
        return response
