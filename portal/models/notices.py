"""What was told to whom: the letter, one row per recipient, and each attempt to send it."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q


class Notices(models.QuerySet):
    def about(self, kind: str, reference: str) -> "Notices":
        """The notices of one subject, oldest first, with recipients and attempts (3 queries)."""
        return (
            self.filter(subject_kind=kind, subject=reference)
            .order_by("created_at", "pk")
            .prefetch_related("recipients", "recipients__attempts")
        )


class Notice(models.Model):
    """One letter about one event, as it was written. Made by `portal.notices.tell` alone."""

    event = models.CharField(max_length=200, unique=True)
    subject_kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=254)
    heading = models.CharField(max_length=400, help_text="The subject line of the mail.")
    text = models.TextField()
    html = models.TextField(blank=True)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the text.")
    secret = models.BooleanField(
        default=False, help_text="Its text is shown nowhere, and forgotten once it is sent."
    )
    created_at = models.DateTimeField(db_index=True)
    notified_at = models.DateTimeField(
        null=True, help_text="What `portal.notices.notified_at` says, kept for lists and reports."
    )

    objects = Notices.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        verbose_name = "letter"
        indexes = [models.Index(fields=["subject_kind", "subject"], name="notice_subject")]

    def __str__(self):
        return self.event

    @property
    def kind(self) -> str:
        """Which letter it is, like "receipt": what happened, as its event begins."""
        return self.event.partition(":")[0]

    @property
    def shown_text(self) -> str:
        """The text for pages: nothing of a secret letter."""
        return "" if self.secret else self.text

    @property
    def shown_html(self) -> str:
        return "" if self.secret else self.html


class State(models.TextChoices):
    """How far one mail to one recipient has come, in the words that people read."""

    WAITING = "waiting", "Waiting to be sent"
    SENDING = "sending", "Being sent"
    ACCEPTED = "accepted", "Accepted by the mail server"
    DELIVERED = "delivered", "Delivered to the recipient's server"
    BOUNCED = "bounced", "Came back"
    FAILED = "failed", "Could not be sent"
    DOUBTFUL = "doubtful", "May not have been sent"

    @property
    def meaning(self) -> str:
        return MEANINGS[self]


MEANINGS = {
    State.WAITING: "The portal sends it at the next try.",
    State.SENDING: "The portal is handing it to the mail server now.",
    State.ACCEPTED: "The mail server took it on. Whether it was read is not known.",
    State.DELIVERED: "The recipient's own mail server took it on.",
    State.BOUNCED: "The mail server took it on and returned it later: it did not arrive.",
    State.FAILED: "Every try was refused. The portal does not try again: reach this person another"
    " way.",
    State.DOUBTFUL: "The connection broke before the mail server answered. The portal does not"
    " send it again by itself, since it may have arrived: ask the recipient, then say here"
    " whether it did.",
}

# Why someone stands among the recipients who got the letter on paper.
BY_POST = "by post"

# Certainly not arrived, and not tried again by itself; and whatever else a person must look at.
LOST = (State.FAILED, State.BOUNCED)
TROUBLED = (*LOST, State.DOUBTFUL)


class Recipients(models.QuerySet):
    def troubled(self) -> "Recipients":
        """Those that a person must look at: failed, came back, or may not have been sent.

        A letter that went on paper instead is settled, whatever became of its mails. One that came
        back was looked at by whoever put that on record: it waits until its county is notified.
        """
        on_paper = NoticeRecipient.objects.filter(notice=OuterRef("notice"), why=BY_POST)
        waits = ~Q(state=State.BOUNCED) | Q(notice__notified_at__isnull=True)
        return self.filter(~Exists(on_paper), waits, state__in=TROUBLED)

    def due(self, now: datetime) -> "Recipients":
        """Those to be sent at this moment, the longest due first."""
        due = self.filter(state=State.WAITING, next_try_at__lte=now)
        return due.order_by("next_try_at", "pk")


class NoticeRecipient(models.Model):
    """One mail to one address, and its outcome."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="recipients")
    key = models.CharField(max_length=460, unique=True, help_text="Also sent as X-Notice-Key.")
    email = models.CharField(max_length=254)
    name = models.CharField(max_length=200, blank=True)
    part = models.CharField(max_length=200, help_text="For example: program contact, sender.")
    why = models.CharField(max_length=400)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    message_id = models.CharField(max_length=400, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = Recipients.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = "mail"
        indexes = [models.Index(fields=["state", "next_try_at"], name="recipient_due")]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="recipient_state"),
            models.CheckConstraint(
                condition=Q(state=State.SENDING, lease_until__isnull=False)
                | (~Q(state=State.SENDING) & Q(lease_until__isnull=True)),
                name="recipient_sending_has_lease",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.WAITING) | Q(next_try_at__isnull=False),
                name="recipient_waiting_has_next_try",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.ACCEPTED, State.DELIVERED])
                | Q(accepted_at__isnull=False),
                name="recipient_accepted_has_time",
            ),
            models.CheckConstraint(
                condition=Q(settled_by__isnull=True, settled_at__isnull=True)
                | Q(settled_by__isnull=False, settled_at__isnull=False),
                name="recipient_settled_by_and_at",
            ),
        ]

    def __str__(self):
        return self.key

    @property
    def parts(self) -> list[str]:
        """One address may stand for several parts: program contact and sender."""
        return self.part.split(", ")

    @property
    def is_post(self) -> bool:
        """Whether this one went on paper: a person put the day of mailing on record."""
        return self.why == BY_POST

    @property
    def needs_a_look(self) -> bool:
        """Whether a person must look at it: as `troubled` says."""
        if self.state not in TROUBLED or self.state == State.BOUNCED and self.notice.notified_at:
            return False
        return not any(one.is_post for one in self.notice.recipients.all())

    @property
    def is_taken_on(self) -> bool:
        """Whether a mail server has it, as far as is known; a letter on paper never has."""
        return self.state in (State.ACCEPTED, State.DELIVERED) and not self.is_post

    @property
    def is_returned(self) -> bool:
        """Whether it came back after a mail server had taken it on."""
        return self.state == State.BOUNCED

    @property
    def is_lost(self) -> bool:
        """Whether it certainly did not arrive."""
        return self.state in LOST

    @property
    def outcome(self) -> dict[str, Any]:
        """What became of it, as the journal keeps it before something else is put on record."""
        at = self.settled_at.isoformat() if self.settled_at else None
        return {
            "state": str(self.state),
            "last_error": self.last_error,
            "settled_by": self.settled_by_id,
            "settled_at": at,
        }

    @property
    def state_words(self) -> str:
        """How far it has come, as people read it."""
        return "Sent by post" if self.is_post else State(self.state).label

    @property
    def meaning(self) -> str:
        if self.is_post:
            return "Mailed on that day, as someone at CDSS put on record."
        return State(self.state).meaning


class Attempt(models.Model):
    """One try to hand one mail to the mail server."""

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", "The mail server took it on"
        REFUSED = "refused", "Not sent"
        UNSURE = "unsure", "May not have been sent"
        EXPIRED = "expired", "The portal stopped while sending: may not have been sent"

    recipient = models.ForeignKey(NoticeRecipient, models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField()
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    detail = models.TextField(blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["recipient", "number"], name="attempt_number"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, outcome="")
                | (Q(ended_at__isnull=False) & ~Q(outcome="")),
                name="attempt_ended_has_outcome",
            ),
        ]

    def __str__(self):
        return f"{self.recipient_id} {self.number}"


class WorkerBeat(models.Model):
    """When the worker last said that it runs: one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="worker_beat_single")]

    def __str__(self):
        return str(self.at)
