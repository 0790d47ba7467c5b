"""The web server as it really runs, killed in the middle of what people send.

Counties send their drafts through gunicorn, signed in as people sign in; its processes, and those
of the worker, get SIGKILL at odd moments. What was acknowledged must be there whole, what was not
must be whole or not there at all, and no letter may leave twice or vanish.
"""

import queue
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from urllib.parse import urlencode

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.hashers import PBKDF2PasswordHasher, make_password
from django.db import connection
from django.urls import reverse

from portal import journal
from portal.demonstration import PASSWORD
from portal.models import FormToken, JournalEntry, Notice, User
from proposals.models import Proposal, SignedCopy
from reviews.models import Review, Round
from reviews.moves import Status
from tests import make
from tests.portal.test_worker_process import (
    nothing_is_open,
    nothing_twice_and_nothing_silently_missing,
)
from tests.processes import Process, WebServer, until
from tests.smtp_server import SmtpServer

pytestmark = [pytest.mark.process, pytest.mark.django_db(transaction=True)]

DRAFTS = 80
BROWSERS = 6
TROUBLE = 15  # seconds at most in which processes are killed; then the rest is sent in peace
GIVE_UP = 180  # seconds more in which all drafts must be tried
SEED = 20270104
ENOUGH = 3


# The processes


@pytest.fixture
def portal(tmp_path: Path) -> Iterator["Portal"]:
    with ExitStack() as stack:
        server = stack.enter_context(SmtpServer(tmp_path / "inbox", "slow", wait=0.1))
        portal = Portal(tmp_path, server)
        stack.callback(portal.web.kill)
        stack.callback(portal.worker.kill)
        yield portal


class Portal:
    """Web server and worker on the test's database, and a mail server for them."""

    def __init__(self, folder: Path, mail: SmtpServer) -> None:
        self.mail = mail
        self.inbox = folder / "inbox"
        self.web = WebServer(
            folder,
            EMAIL_URL=f"smtp://127.0.0.1:{mail.port}",
            MAIL_TIMEOUT=2,
            NOTICE_LEASE=3,
            NOTICE_TRIES=50,
            NOTICE_BACKOFF=0,
        )
        self.worker = Process(self.web.given, folder / "worker.log", "manage.py", "run_worker")


# The counties' browsers


class Cut(Exception):
    """The answer never came, or not wholly: the person doesn't know what happened."""


class Browser:
    """Keeps cookies and follows no redirect: what counts is what it was told."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, url: str, form: dict[str, str] | None = None) -> HTTPResponse:
        """One request on a connection of its own. Raises Cut."""
        headers = {"Cookie": "; ".join(f"{key}={value}" for key, value in self.cookies.items())}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        wire = HTTPConnection("127.0.0.1", self.port, timeout=GIVE_UP)
        try:
            wire.request(method, url, urlencode(form or {}), headers)
            answer = wire.getresponse()
            answer.page = answer.read().decode()
        except (OSError, HTTPException) as broken:
            raise Cut from broken
        finally:
            wire.close()
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    def ask_until_answered(self, url: str) -> HTTPResponse:
        """A page, asked for again while the server is down: reading twice does no harm."""
        end = time.monotonic() + GIVE_UP
        while time.monotonic() < end:
            with suppress(Cut):
                answer = self.ask("GET", url)
                if answer.status == 200:
                    return answer
            time.sleep(0.05)
        raise AssertionError(f"{url} could not be read")

    def sign_in(self, person: User) -> None:
        page = self.ask("GET", "/accounts/login/").page
        form = fields(page) | {"login": person.email, "password": PASSWORD}
        assert self.ask("POST", "/accounts/login/", form).status == 302


def fields(page: str, having: str = "csrfmiddlewaretoken") -> dict[str, str]:
    """What the form on the page would send as it stands."""
    forms = BeautifulSoup(page, "html.parser").select("main form[method=post]")
    form = next(form for form in forms if form.select(f"[name={having}]"))
    return {
        one["name"]: one.get("value", "")
        for one in form.select("input[name]")
        if one.get("type") not in ("radio", "checkbox", "submit")
    }


@dataclass
class Told:
    """What the counties were told, by reference."""

    acknowledged: set[str] = field(default_factory=set)
    unanswered: set[str] = field(default_factory=set)
    odd: list[str] = field(default_factory=list)
    cut: int = 0
    broken: int = 0
    asked_again: int = 0
    # The browsers that wait for the answer to a send.
    waiting: set[int] = field(default_factory=set)


def send_drafts(browser: Browser, drafts: "queue.Queue[str]", told: Told, number: int) -> None:
    """Sends one draft after the other. Cut off, some press the button again and some give up."""
    dice = random.Random(SEED + number)
    while True:
        try:
            reference = drafts.get_nowait()
        except queue.Empty:
            return
        url = reverse("send", args=[reference])
        form = fields(browser.ask_until_answered(url).page, having="token")
        form |= {f"agree_{one}": "agree" for one in range(1, 7)}
        presses_again = dice.random() < 0.6
        while True:
            told.waiting.add(number)
            try:
                answer = browser.ask("POST", url, form)
                told.broken += answer.status >= 500
            except Cut:
                told.cut += 1
                answer = None
            told.waiting.discard(number)
            if answer is None or answer.status >= 500:
                if not presses_again:
                    told.unanswered.add(reference)
                    break
                told.asked_again += 1
                time.sleep(0.1)
                continue
            where = answer.headers.get("Location", "")
            if answer.status == 302 and where == reverse("sent", args=[reference]):
                told.acknowledged.add(reference)
            else:
                told.odd.append(f"{reference}: {answer.status} {where} {words(answer.page)}")
            break


def words(page: str) -> str:
    return re.sub(r"\s+", " ", BeautifulSoup(page, "html.parser").get_text())[:300]


@contextmanager
def browsers_at_work(portal: Portal, alice: User, drafts: list[str]) -> Iterator[Told]:
    """All browsers sending, until every draft was tried."""
    told = Told()
    waiting: queue.Queue[str] = queue.Queue()
    for reference in drafts:
        waiting.put(reference)
    browsers = [Browser(portal.web.port) for _ in range(BROWSERS)]
    for browser in browsers:
        browser.sign_in(alice)
    threads = [
        threading.Thread(target=send_drafts, args=(browser, waiting, told, number))
        for number, browser in enumerate(browsers)
    ]
    told.running = lambda: any(thread.is_alive() for thread in threads)
    for thread in threads:
        thread.start()
    yield told
    for thread in threads:
        thread.join(timeout=GIVE_UP)
        assert not thread.is_alive(), "a browser still waits for its answer"


def until_three_are_hit(told: Told, hits: Callable[[], int], strike: Callable[[], object]) -> None:
    """Strikes when somebody waits for an answer, until three did not get it, on a quick machine
    and on a slow one."""
    while hits() < ENOUGH and told.running():
        if told.waiting:
            strike()
        else:
            time.sleep(0.001)


def kill_at_odd_moments(portal: Portal, told: Told) -> None:
    """While people send: mostly one process of the web server, sometimes all, or the worker."""

    def all_at_once() -> None:
        portal.web.kill()
        portal.web.start()

    until_three_are_hit(told, lambda: told.cut, all_at_once)
    dice = random.Random(SEED)
    end = time.monotonic() + TROUBLE
    while told.running() and time.monotonic() < end:
        time.sleep(dice.uniform(0.2, 0.6))
        what = dice.random()
        if what < 0.7:
            portal.web.kill_a_child(dice)
        elif what < 0.8:
            all_at_once()
        else:
            portal.worker.kill()
            portal.worker.start()


# What must be true afterwards


def trace_of(proposal: Proposal) -> dict[str, int]:
    """How often each part of a send is there for a proposal."""
    reference = proposal.reference
    letters = Notice.objects.filter(subject=reference)
    return {
        "sent": int(proposal.sent_at is not None),
        "submitted": Review.objects.filter(
            proposal=proposal, status=Status.SUBMITTED, version=1
        ).count(),
        "reviews": Review.objects.filter(proposal=proposal).count(),
        "open periods": Round.objects.filter(
            review__proposal=proposal, answered_at=None, voided_at=None
        ).count(),
        "periods": Round.objects.filter(review__proposal=proposal).count(),
        "copies": SignedCopy.objects.filter(proposal=proposal).count(),
        "entries": JournalEntry.objects.filter(act="send", subject=reference).count(),
        "receipts": letters.filter(event__startswith="receipt:").count(),
        "announcements": letters.filter(event__startswith="new_proposal:").count(),
        "tokens": FormToken.objects.filter(act=f"send {reference}").exclude(result="").count(),
    }


def wholly_sent(drafts: list[str]) -> set[str]:
    """Those that were sent, each whole; the others must be drafts without a trace of a send."""
    sent = set()
    for proposal in Proposal.objects.filter(reference__in=drafts):
        trace = trace_of(proposal)
        assert len(set(trace.values())) == 1, f"{proposal.reference} is half sent: {trace}"
        assert set(trace.values()) <= {0, 1}, f"{proposal.reference} is sent twice: {trace}"
        if trace["sent"]:
            sent.add(proposal.reference)
        else:
            assert not Notice.objects.filter(subject=proposal.reference).exists()
    return sent


@pytest.fixture
def drafts(alice: User) -> list[str]:
    """Drafts that lack nothing; Alice's password is kept as the web server checks it."""
    alice.password = make_password(PASSWORD, hasher=PBKDF2PasswordHasher())
    alice.save()
    return [make.draft(by=alice).reference for _ in range(DRAFTS)]


def nothing_is_lost_or_doubled(portal: Portal, drafts: list[str], told: Told) -> None:
    """What was acknowledged is there; everything else is whole or not there; each letter once."""
    portal.web.kill()
    until(nothing_is_open)
    assert told.odd == []
    sent = wholly_sent(drafts)
    assert told.acknowledged - sent == set(), "acknowledged, but not there"
    assert told.acknowledged | told.unanswered == set(drafts)
    assert journal.verify() == []
    nothing_twice_and_nothing_silently_missing(portal.inbox)


def test_no_acknowledged_send_is_lost_and_none_is_doubled_while_processes_are_killed(
    portal, alice, drafts
):
    with browsers_at_work(portal, alice, drafts) as told:
        kill_at_odd_moments(portal, told)
    assert told.cut >= ENOUGH, "the kills hit nobody who was sending"
    assert told.broken == 0
    nothing_is_lost_or_doubled(portal, drafts, told)


@pytest.mark.postgres
def test_a_database_that_breaks_off_while_counties_send_costs_nothing(portal, alice, drafts):
    def break_off() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    dice = random.Random(SEED)
    with browsers_at_work(portal, alice, drafts) as told:
        until_three_are_hit(told, lambda: told.broken, break_off)
        end = time.monotonic() + TROUBLE
        while told.running() and time.monotonic() < end:
            time.sleep(dice.uniform(0.2, 0.6))
            break_off()
    assert told.broken >= ENOUGH, "the breaks hit nobody who was sending"
    assert told.cut == 0
    nothing_is_lost_or_doubled(portal, drafts, told)
