"""Time goes by for someone who is signed in: on the server, and on the clock of their browser."""

from datetime import timedelta

from django.contrib.sessions.models import Session
from playwright.sync_api import BrowserContext

from portal import clock
from portal.models import User
from portal.sign_off import BEGAN, SEEN


def on_the_server(person: User, minutes: float, *keys: str) -> None:
    """So many minutes pass for each session of this person."""
    for row in Session.objects.all():
        given = row.get_decoded()
        if given.get("_auth_user_id") == str(person.pk):
            for key in keys or (SEEN, BEGAN):
                was = given.get(key, clock.now().timestamp())
                given[key] = was - timedelta(minutes=minutes).total_seconds()
            row.session_data = Session.objects.encode(given)
            row.save()


def everywhere(context: BrowserContext, person: User, minutes: float) -> None:
    """They pass for the browser, too, at once, as for a computer that slept."""
    on_the_server(person, minutes)
    context.clock.fast_forward(int(minutes * 60_000))


def seen_ago(person: User) -> float:
    """How many seconds ago this person did something, as the server has it."""
    found = [row.get_decoded() for row in Session.objects.all()]
    (seen,) = [one[SEEN] for one in found if one.get("_auth_user_id") == str(person.pk)]
    return clock.now().timestamp() - seen
