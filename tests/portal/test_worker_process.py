"""The worker as it really runs: a process of its own, killed, doubled, and cut off.

The mail server is real too. It counts what arrived by X-Notice-Key: nothing may arrive twice, and
nothing may be missing without a person seeing it.
"""

import signal
import subprocess
import sys
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction

from portal import clock
from portal.models import NoticeRecipient, State, WorkerBeat
from portal.notices import To, tell
from tests.processes import ROOT, environment, until
from tests.smtp_server import SmtpServer, received

pytestmark = [pytest.mark.process, pytest.mark.django_db(transaction=True)]

OPEN = (State.WAITING, State.SENDING)


@pytest.fixture
def inbox(tmp_path):
    return tmp_path / "inbox"


@pytest.fixture
def start(tmp_path):
    """start(server) is a running worker; whatever it is told to, it ends with the test.

    It has patience enough for a busy machine; a test in which patience must end gives it less.
    """
    with ExitStack() as running:

        def run(server: SmtpServer, **settings: int) -> subprocess.Popen:
            given = environment(
                tmp_path,
                **{
                    "EMAIL_URL": f"smtp://127.0.0.1:{server.port}",
                    "MAIL_TIMEOUT": 20,
                    "NOTICE_LEASE": 30,
                    "NOTICE_TRIES": 50,
                    "NOTICE_BACKOFF": 0,
                    **settings,
                },
            )
            log = running.enter_context(open(tmp_path / "worker.log", "ab"))
            worker = subprocess.Popen(
                [sys.executable, "manage.py", "run_worker"], cwd=ROOT, env=given, stderr=log
            )
            running.callback(worker.wait)
            running.callback(worker.kill)
            return worker

        yield run


def tell_many(count: int, domain: str = "county.example.gov") -> None:
    with transaction.atomic():
        for number in range(count):
            tell(
                f"receipt:{domain}:{number}",
                subject=("proposal", f"CIP-2027-{number:04}"),
                to=[To(f"person{number}@{domain}", "A Person", "sender", "you sent it")],
                heading=f"CIP-2027-{number:04}: CDSS received your proposal",
                text="CDSS received your proposal.",
                html="",
            )


def nothing_is_open() -> bool:
    return not NoticeRecipient.objects.filter(state__in=OPEN).exists()


def count(*states: State) -> int:
    return NoticeRecipient.objects.filter(state__in=states).count()


def give_up_leases() -> None:
    """The time is over for which the dead worker held its mails, without waiting for it."""
    held = NoticeRecipient.objects.filter(state=State.SENDING)
    held.update(lease_until=clock.now() - timedelta(seconds=1))


def nothing_twice_and_nothing_silently_missing(inbox: Path) -> None:
    arrived = received(inbox)
    assert [key for key, times in arrived.items() if times > 1] == []
    for recipient in NoticeRecipient.objects.all():
        if recipient.state == State.ACCEPTED:
            assert arrived[recipient.key] == 1, f"{recipient} is accepted but did not arrive"
        else:
            assert recipient.state in (State.DOUBTFUL, State.FAILED)
            assert recipient.state == State.DOUBTFUL or not arrived[recipient.key]


def test_a_worker_killed_in_the_middle_sends_nothing_twice_and_loses_nothing(start, inbox):
    # Letters that the server keeps and doesn't answer are in hand until the kill.
    with SmtpServer(inbox, "hang-data-kept") as server:
        tell_many(12)
        worker = start(server)
        for _ in range(3):
            assert server.letters_begun.acquire(timeout=90)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        assert count(State.SENDING) > 0, "the kill hit no mail in hand"
        server.mode = "ok"
        give_up_leases()
        start(server)
        until(nothing_is_open)
    assert count(State.DOUBTFUL) > 0
    assert count(State.ACCEPTED, State.DOUBTFUL) == 12
    nothing_twice_and_nothing_silently_missing(inbox)


def test_of_500_notices_to_a_flaky_server_none_arrives_twice_or_is_lost(start, inbox):
    with SmtpServer(inbox, "flaky", seed=7) as server:
        tell_many(500)
        worker = start(server)
        until(lambda: count(State.ACCEPTED) > 100)
        worker.kill()
        worker.wait()
        give_up_leases()
        start(server)
        until(nothing_is_open)
    assert count(State.ACCEPTED, State.DOUBTFUL) == 500
    assert count(State.ACCEPTED) > 250
    assert count(State.DOUBTFUL) > 25
    nothing_twice_and_nothing_silently_missing(inbox)


def test_two_workers_at_once_send_each_mail_once(start, inbox):
    with SmtpServer(inbox, "slow", wait=0.05) as server:
        workers = [start(server), start(server)]
        until(WorkerBeat.objects.exists)
        tell_many(100)
        until(nothing_is_open)
        assert [worker.poll() for worker in workers] == [None, None]
    assert count(State.ACCEPTED) == 100
    assert set(received(inbox).values()) == {1}
    nothing_twice_and_nothing_silently_missing(inbox)


def test_a_server_that_hangs_holds_up_no_other_mail_and_is_given_up(start, inbox):
    with SmtpServer(inbox) as server:
        tell_many(20, "hanging.example.gov")
        tell_many(20, "county.example.gov")
        others = NoticeRecipient.objects.filter(email__endswith="@county.example.gov")
        hanging = NoticeRecipient.objects.filter(email__endswith="@hanging.example.gov")
        start(server, MAIL_TIMEOUT=10, NOTICE_LEASE=60, NOTICE_BACKOFF=600)
        until(lambda: others.filter(state=State.ACCEPTED).count() == 20)
        assert set(hanging.values_list("tries", flat=True)) <= {0, 1}
        assert not hanging.exclude(last_error="").exists(), "the others had to wait for it"
        until(hanging.exclude(last_error="").exists)
    given_up = hanging.exclude(last_error="").first()
    assert "did not answer within 10 seconds" in given_up.last_error
    assert given_up.state == State.WAITING
    attempt = given_up.attempts.get()
    assert 9.9 < (attempt.ended_at - attempt.began_at).total_seconds() < 40


def test_a_worker_told_to_stop_ends_the_mails_in_hand_first(start, inbox):
    with SmtpServer(inbox, "slow", wait=0.7) as server:
        tell_many(12)
        worker = start(server)
        assert server.letters_begun.acquire(timeout=90)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=90) == 0
    assert count(State.SENDING) == 0
    assert count(State.DOUBTFUL) == 0
    assert count(State.ACCEPTED) == received(inbox).total() > 0
    assert count(State.WAITING) == 12 - count(State.ACCEPTED)


@pytest.mark.postgres
def test_a_database_that_breaks_off_while_mails_are_in_hand_costs_nothing(start, inbox):
    with SmtpServer(inbox, "slow", wait=0.7) as server:
        tell_many(12)
        worker = start(server)
        for _ in range(3):
            assert server.letters_begun.acquire(timeout=90)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert cursor.fetchone()[0] > 0
        until(nothing_is_open)
        assert worker.poll() is None
    assert count(State.ACCEPTED) == 12
    assert set(received(inbox).values()) == {1}
