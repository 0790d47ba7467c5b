"""What the frame of every page shows: whose portal it is, who is signed in, where one can go."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from portal import clock
from portal.models import GoverningLetter, User
from portal.sign_off import left, sign_of

DEPARTMENT = {"long": "California Department of Social Services", "short": "CDSS"}
DIVISION = {"long": "Adult Programs Division", "short": "Adult Programs"}

PROPOSALS = ("Proposals", "/", ("/proposals/",))
BEFORE_STARTING = ("/proposals/guide/", "/proposals/copy/", "/proposals/questions/")
START = ("Start a proposal", "/proposals/new/", BEFORE_STARTING)
QUEUE = ("Queue", "/reviews/", ("/",))
REGISTER = ("Register", "/register/", ())
STATEWIDE = ("Statewide", "/statewide/", ())
LOAD = ("Workload", "/reviews/load/", ())
LOG = ("Log a proposal", "/reviews/log/", ())
ADMIN = ("Admin", "/admin/", ())
HELP = ("Help", "/help/", ())


def frame(request: HttpRequest) -> dict[str, Any]:
    """The frame of the page, and the governing letter, read only where a page names it."""
    user = getattr(request, "user", None)
    person = user if user is not None and user.is_authenticated else None
    return {
        "frame": {
            "demo": settings.DEMO,
            "version": settings.VERSION,
            "session_cookie": settings.SESSION_COOKIE_NAME,
            "csrf_cookie": settings.CSRF_COOKIE_NAME,
            "printed": clock.today(),
            "width": "cdss" if person and person.reads_cases else "county",
            "slots": [DEPARTMENT, second_slot(person)],
            "person": person.name if person else "",
            "sign": sign_of(person) if person else "",
            "left": SimpleLazyObject(lambda: left(request.session)),
            "warn": settings.SESSION_WARN_SECONDS,
            "belongs": belongs(person) if person else "",
            "nav": navigation(person, request.path) if person else [],
        },
        "letter": SimpleLazyObject(GoverningLetter.objects.current),
    }


def second_slot(person: User | None) -> dict[str, str]:
    """Beside the department stands the county of the person, else the division."""
    if person is None or not person.county_list:
        return DIVISION
    name = belongs(person)
    return {"long": name, "short": name}


def belongs(person: User) -> str:
    """For whom the person acts here: Alameda County, 3 counties, CDSS."""
    counties = person.county_list
    if len(counties) > 2:
        return f"{len(counties)} counties"
    if counties:
        return " and ".join(county.official_name for county in counties)
    if person.is_auditor:
        return "auditor"
    return "no county yet" if person.is_county else "CDSS"


def navigation(person: User, path: str) -> list[dict[str, str]]:
    """At most five places, by role, the present one marked."""
    items = [PROPOSALS] if person.is_county else [QUEUE, STATEWIDE]
    if person.is_county and person.county_list:
        items.append(START)
    if person.is_reviewer:
        items.append(LOG)
    if not person.is_county:
        items.append(LOAD)
    if person.is_auditor:
        items.append(REGISTER)
    if person.is_administrator:
        items.append(ADMIN)
    items.append(HELP)
    hits = {href: here(path, href, also) for _, href, also in items}
    nearest = max(hits.values())
    return [
        {"label": label, "href": href, "current": current(path, href, hits[href], nearest)}
        for label, href, _ in items
    ]


def here(path: str, href: str, also: tuple[str, ...]) -> int:
    """How closely a place covers the path, 0 for not at all: the longest match is the present."""
    places = [place for place in (href, *also) if place != "/"]
    return max(
        [len(place) for place in places if path.startswith(place)] or [path in (href, *also)]
    )


def current(path: str, href: str, hit: int, nearest: int) -> str:
    """The value of aria-current: the page itself, or the part of the portal it lies in."""
    if not hit or hit < nearest:
        return ""
    return "page" if path == href else "true"
