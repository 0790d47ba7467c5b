import logging
import signal
import threading
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, connection

from portal import chores, outbox
from portal.away import is_away
from portal.models import NoticeRecipient

log = logging.getLogger(__name__)

BEAT_SECONDS = 5
LOOK_SECONDS = 1


class Command(BaseCommand):
    help = "Sends the notices that wait, until it is told to stop (SIGTERM or Ctrl-C)."
    requires_system_checks = ()  # The worker serves no pages, and is to be back quickly.

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="send what is due now, one by one, and end"
        )
        parser.add_argument(
            "--senders", type=int, default=8, help="how many mails may be in hand at once"
        )

    def handle(self, *, once: bool, senders: int, **options: Any) -> None:
        if once:
            outbox.sweep_leases()
            outbox.deliver_due()
            chores.do_all()
            return
        worker = Worker(max(1, senders))
        signal.signal(signal.SIGTERM, worker.stop)
        signal.signal(signal.SIGINT, worker.stop)
        worker.run()


class Worker:
    """Keeps several mails in hand at once, so that a server that hangs holds up no other mail.

    No more than half of them go to one domain: its server may hang for all of its people.
    """

    def __init__(self, senders: int):
        self.senders = senders
        self.share = max(1, senders // 2)
        self.pool = ThreadPoolExecutor(senders, thread_name_prefix="sender")
        self.in_hand: dict[Future, str] = {}
        self.stopping = threading.Event()
        self.wake = threading.Event()
        self.next_beat = 0.0
        self.chores_wait = False

    def stop(self, *signal_and_frame: Any) -> None:
        self.stopping.set()
        self.wake.set()

    def run(self) -> None:
        """Works until stopped, and lets the mails in hand end first."""
        while not self.stopping.is_set():
            self.wake.clear()
            try:
                self.look()
            except Error as problem:
                if not is_away(problem):
                    raise
                log.error("The database is away, the worker waits for it: %s", problem)
                connection.close()
            self.wake.wait(LOOK_SECONDS)
        self.pool.shutdown(wait=True)

    def look(self) -> None:
        """One look at the outbox: the beat, lost leases, and as many mails as there are hands."""
        if time.monotonic() >= self.next_beat:
            outbox.beat()
            outbox.sweep_leases()
            self.chores_wait = True
            self.next_beat = time.monotonic() + BEAT_SECONDS
        self.in_hand = {job: domain for job, domain in self.in_hand.items() if not job.done()}
        while len(self.in_hand) < self.senders and not self.stopping.is_set():
            crowded = [
                domain
                for domain, count in Counter(self.in_hand.values()).items()
                if count >= self.share
            ]
            claimed = outbox.claim(avoid=crowded)
            if not claimed:
                break
            job = self.pool.submit(self.send, claimed[0])
            self.in_hand[job] = claimed[0].email.rpartition("@")[2]
            job.add_done_callback(lambda _: self.wake.set())
        if self.chores_wait and not self.stopping.is_set():
            # After the mails are in hand: no letter waits for what is done aside.
            self.chores_wait = False
            chores.do_all()

    def send(self, recipient: NoticeRecipient) -> None:
        try:
            outbox.deliver(recipient)
        except Exception:
            # Its lease runs out and a person finds it as doubtful.
            log.exception("The outcome of %s could not be kept", recipient.key)
            connection.close()
