"""When a session ends by itself, and by which sign the pages of one person know each other.

Half an hour of silence ends it, and twelve hours in any case (HIPAA 45 CFR 164.312, automatic
sign-off). `portal.middleware.SessionLimits` does so; here is how much is left.
"""

from dataclasses import dataclass
from math import ceil

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sessions.backends.base import SessionBase
from django.utils.crypto import salted_hmac

from portal import clock

BEGAN = "began_at"
SEEN = "seen_at"
# Why the session before this one ended, for the sign-in page.
ENDED = "ended"


@dataclass(frozen=True)
class Left:
    """Seconds until a session ends; `last` when no activity can put that off any more."""

    seconds: int
    last: bool


def left(session: SessionBase) -> Left:
    """What is left of a signed-in session."""
    now = clock.now().timestamp()
    silence = session.get(SEEN, now) + settings.SESSION_IDLE_SECONDS
    total = session.get(BEGAN, now) + settings.SESSION_TOTAL_SECONDS
    return Left(max(0, ceil(min(silence, total) - now)), total <= silence)


def sign_of(person: AbstractBaseUser | str) -> str:
    """A person for the browser: the same each time, and nothing about them. Empty for nobody.

    Takes the person, or their number as a session keeps it.
    """
    number = person if isinstance(person, str) else str(person.pk or "")
    return salted_hmac("portal.sign_off", number).hexdigest()[:12] if number else ""
