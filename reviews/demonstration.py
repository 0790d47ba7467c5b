"""The demonstration's data: thirty counties' proposals, brought where they stand by the real moves.

Each story (`reviews/demonstration_stories.py`) tells when its steps happen; here all of them are
made in the order of time, each under a travelled clock, so that dates, letters and the journal
are what they would be had people done it. Everything in it is invented.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db import transaction

from portal import clock, journal, mail, outbox
from portal.demonstration import ACCOUNTS, PASSWORD
from portal.models import County, Membership, OfficeClosure, Role, User
from proposals.models import Proposal
from reviews.demonstration_days import Step, Working
from reviews.demonstration_plans import plan_and_compare
from reviews.demonstration_stories import Draft, Story
from reviews.models import SavedView

DATA = Path(__file__).parent / "data" / "demonstration.json"
BEGINS = timedelta(days=200)
MAIL_TAKES = timedelta(seconds=20)


class DemonstrationRefused(Exception):
    """The demonstration's data can't be loaded here; the message says why."""


def is_loaded() -> bool:
    """Whether the demonstration's people and proposals are there already."""
    emails = [account.email for account in ACCOUNTS]
    return User.objects.filter(email__in=emails).exists() and Proposal.objects.exists()


def load() -> int:
    """Loads all of it or nothing; returns how many proposals there are then.

    Raises DemonstrationRefused outside a demonstration, and where proposals exist.
    """
    if not settings.DEMO:
        raise DemonstrationRefused(
            "This portal is no demonstration, so no invented data is loaded. Set DEMO=1 to try it."
        )
    if Proposal.objects.exists():
        raise DemonstrationRefused("There are proposals already, so nothing invented is added.")
    now = clock.now()
    with _all_or_nothing():
        with clock.travel(_opening(clock.pacific_date(now) - BEGINS)):
            call_command("load_state_data", stdout=StringIO())
            data = json.loads(DATA.read_text(encoding="utf-8"))
            _add_people(data["proposals"])
            journal.record("load demonstration", by=None, subject=("portal", "demonstration"))
        _live(_steps(data), now)
        _keep_views()
        seven = [one.email for one in ACCOUNTS]
        plan_and_compare(User.objects.get(role=Role.REVIEWER, email__in=seven))
    return Proposal.objects.count()


def _keep_views() -> None:
    """What the reviewer looks at often, so that the queue shows how a view of one's own looks."""
    reviewer = User.objects.get(role=Role.REVIEWER, email__in=[one.email for one in ACCOUNTS])
    views = {
        "Mine that are new": "view=mine&news=yes",
        "Prohibited methods": "view=all&flag=prohibited",
    }
    for name, query in views.items():
        SavedView.objects.keep(by=reviewer, name=name, query=query)


@contextmanager
def _all_or_nothing() -> Iterator[None]:
    """One transaction; what a failure leaves of the uploaded files goes too.

    Mail files stay: the next run of that day writes the same ones again.
    """
    before = _uploads()
    try:
        with transaction.atomic():
            yield
    except BaseException:
        for path in _uploads() - before:
            path.unlink(missing_ok=True)
        raise


def _uploads() -> set[Path]:
    return {path for path in Path(settings.MEDIA_ROOT).glob("documents/**/*") if path.is_file()}


# People


def _add_people(entries: Iterable[dict[str, Any]]) -> None:
    """The seven accounts, and for each county who signs and who prepares."""
    # Hashing is slow on purpose, and the password is the same for all.
    password = make_password(PASSWORD)
    seven = {
        account: _person(account.email, account.name, account.title, account.role, password)
        for account in ACCOUNTS
    }
    erin = next(person for person in seven.values() if person.is_administrator)
    for account, person in seven.items():
        if account.county:
            _join(person, account.county, may_sign=account.may_sign, granted_by=erin)
    for entry in entries:
        answers = entry["answers"]
        for part, may_sign in (("program", True), ("technical", False)):
            person = _person(
                answers[f"{part}_email"],
                answers[f"{part}_name"],
                answers[f"{part}_title"],
                Role.COUNTY,
                password,
                phone=answers[f"{part}_phone"],
            )
            _join(person, entry["county"], may_sign=may_sign, granted_by=erin)


def _person(
    email: str, name: str, title: str, role: str, password: str, *, phone: str = ""
) -> User:
    person, _ = User.objects.get_or_create(
        email=email,
        defaults={"name": name, "title": title, "role": role, "password": password},
    )
    if phone and not person.phone:
        person.phone = phone
        person.save(update_fields=["phone"])
    return person


def _join(person: User, number: str, *, may_sign: bool, granted_by: User) -> None:
    signs = {"may_sign_from": clock.today(), "may_sign_granted_by": granted_by}
    Membership.objects.get_or_create(
        user=person,
        county=County.objects.get(number=number),
        defaults={"since": clock.now(), **(signs if may_sign else {})},
    )


# Time


def _opening(day: date) -> datetime:
    return clock.instant(day, time(8))


def _steps(data: dict[str, Any]) -> list[Step]:
    """Everything that happens in all proposals, in the order of time."""
    working = Working(clock.today(), OfficeClosure.objects.closed())
    people = {person.email: person for person in User.objects.all()}
    stories: list[Story | Draft] = [
        Story(entry, number, people, working) for number, entry in enumerate(data["proposals"])
    ]
    stories += [Draft(entry, people, working) for entry in data["drafts"]]
    return sorted((step for story in stories for step in story.steps()), key=lambda step: step.at)


def _live(steps: Iterable[Step], now: datetime) -> None:
    """Makes each step at its time; nothing happens later than now.

    Each letter leaves a moment after its act, and never to a real mail server. Those of today
    wait for the worker, so that one can watch it work.
    """
    today = clock.pacific_date(now)
    for step in steps:
        with clock.travel(min(step.at, now)), transaction.atomic():
            step.do()
        if clock.pacific_date(step.at) < today:
            with clock.travel(step.at + MAIL_TAKES):
                outbox.deliver_due(accept=mail.file_away)
