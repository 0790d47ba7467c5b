"""Who may open which page. Every view wears one of these decorators, or stands in FOREIGN.

A page with a reference answers 404 to the wrong role, as if it weren't there; other pages answer
403. A disabled person counts as nobody. A system check names each view that wears none.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.checks import Error
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.http import urlencode

from portal import clock

View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Access:
    """Who a page is for, and for a public one why it is public."""

    who: str
    why: str = ""


# Pages that aren't ours: by name, or by namespace with a colon at its end.
FOREIGN: dict[str, Access] = {
    "admin:": Access("administrator", "Django's admin asks User.is_staff, which is that role."),
    "account_login": Access("public", "People sign in here."),
    "account_logout": Access("public", "Signing out twice is no error."),
    "admin_sign_out": Access("public", "The admin's button leads to the same page."),
    "account_signup": Access("public", "Says that accounts come from an administrator."),
    "account_inactive": Access("public", "Tells a disabled person that they are disabled."),
    "account_reset_password": Access("public", "Someone who forgot it can't sign in."),
    "account_reset_password_done": Access("public", "The page after asking for a new password."),
    "account_reset_password_from_key": Access("public", "The key in the letter is the proof."),
    "account_reset_password_from_key_done": Access("public", "The page after a new password."),
    "account_change_password": Access("signed in", "One's own password."),
    "account_reauthenticate": Access("signed in", "Asks for one's own password again."),
}


def _is_known(request: HttpRequest) -> bool:
    return request.user.is_authenticated and request.user.is_active


def _role(who: str, allows: Callable[[Any], bool]) -> Callable[[View], View]:
    """A decorator that lets in the people for whom `allows` is true."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not _is_known(request):
                return redirect_to_login(request.get_full_path())
            if not allows(request.user):
                if "reference" in kwargs:
                    raise Http404
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.access = Access(who)  # type: ignore[attr-defined]
        return guarded

    return decorate


signed_in = _role("signed in", lambda user: True)
county_staff = _role("county staff", lambda user: user.is_county and bool(user.current_memberships))
reviewer = _role("reviewer", lambda user: user.is_reviewer)
approver = _role("approver", lambda user: user.is_approver)
administrator = _role("administrator", lambda user: user.is_administrator)
reads_cases = _role("reads cases", lambda user: user.reads_cases)


def public(why: str) -> Callable[[View], View]:
    """For a page that anyone may open; says why."""

    def decorate(view: View) -> View:
        @wraps(view)
        def open_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            return view(request, *args, **kwargs)

        open_view.access = Access("public", why)  # type: ignore[attr-defined]
        return login_not_required(open_view)

    return decorate


@dataclass(frozen=True)
class Route:
    """One page of the URLconf: where it is, its full name, and its access if it has any."""

    path: str
    name: str
    view: View
    access: Access | None


def routes(
    patterns: list[URLPattern | URLResolver] | None = None,
    path: str = "/",
    space: str = "",
) -> Iterator[Route]:
    """Every page that the portal serves, however deep it is included."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        here = path + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from routes(pattern.url_patterns, here, inner)
        else:
            name = space + (pattern.name or "")
            view = pattern.callback
            yield Route(here, name, view, getattr(view, "access", None) or _foreign(name, view))


def _foreign(name: str, view: View) -> Access | None:
    """The row of FOREIGN for a page that isn't ours; our own must wear a decorator."""
    ours = {
        app.name for app in apps.get_app_configs() if Path(app.path).parent == settings.BASE_DIR
    }
    if view.__module__.split(".")[0] in ours:
        return None
    return FOREIGN.get(name) or FOREIGN.get(name.partition(":")[0] + ":")


def every_view_has_access(app_configs: object = None, **kwargs: object) -> list[Error]:
    """Names each view that says neither who may open it nor why it is public."""
    return [
        Error(
            f"The view at {route.path} ({_name(route.view)}) doesn't say who may open it.",
            hint="Put a decorator of portal.access on it.",
            id="portal.E001",
        )
        for route in routes()
        if route.access is None
    ]


def _name(view: View) -> str:
    shown = getattr(view, "view_class", view)
    return f"{shown.__module__}.{shown.__qualname__}"


PASSWORD_AT = "password_given_at"


def remember_password(request: HttpRequest) -> None:
    """Notes in the session that this person has just given their password."""
    request.session[PASSWORD_AT] = clock.now().timestamp()


def signed_in_lately(request: HttpRequest) -> bool:
    """Whether this person gave their password within the last few minutes (REAUTH_SECONDS).

    A signature asks for it, so that an unattended screen can't sign (Civ. Code 1633).
    """
    given = request.session.get(PASSWORD_AT)
    return given is not None and 0 <= clock.now().timestamp() - given <= settings.REAUTH_SECONDS


def ask_again(request: HttpRequest, back_to: str = "") -> HttpResponseRedirect:
    """Sends the person to give their password again, and from there back to this page."""
    query = urlencode({"next": back_to or request.get_full_path()})
    return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{query}")


def client_address(request: HttpRequest) -> str:
    """The network address a request came from; "unknown" where there is none, as on a socket.

    Behind the one proxy that TRUSTED_PROXY announces it is what that proxy added last; whatever
    the client claimed before stays unread.
    """
    if settings.TRUSTED_PROXY:
        address = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    else:
        address = request.META.get("REMOTE_ADDR", "")
    return address[:64] or "unknown"
