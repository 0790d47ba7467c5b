"""The thirty-day period of each receipt: its dates, their reasons, and what answered it (ACL-6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q

from portal import clock, notices
from portal.models import Notice, OfficeClosure, User
from reviews import deadlines
from reviews.moves import WITH_CDSS, MoveRefused

if TYPE_CHECKING:
    from reviews.models.review import Review

RESTART, RESUME, NONE = "restart", "resume", "none"
OPENED_BY = {
    "send": "the county sent the proposal",
    "log": "the county's proposal was logged",
    "respond": "the county responded",
    "waive": "CDSS waived what was left",
    "reopen": "CDSS reopened the proposal",
}
RECEIPTS = ("send", "log", "respond")


class RoundQuerySet(models.QuerySet["Round"]):
    def visible_to(self, user: User) -> RoundQuerySet:
        """CDSS and auditors see every period, also of a proposal that its county took back since:
        what was received was received. Of that proposal they see no more than they did then."""
        return self.all() if user.is_authenticated and user.reads_cases else self.none()


class RoundManager(models.Manager.from_queryset(RoundQuerySet)):
    def open(
        self, review: Review, *, receipt_at: datetime, why: str, after_request: bool = False
    ) -> Round:
        """Open the next period of a review from the instant of receipt."""
        period = self.begun(review, receipt_at=receipt_at, why=why, after_request=after_request)
        period.save()
        return period

    def begun(
        self, review: Review, *, receipt_at: datetime, why: str, after_request: bool = False
    ) -> Round:
        """The next period of a review with its dates, not saved yet.

        After a request the setting CLOCK_MODE decides: thirty new days (restart), the days that
        were left (resume), or no date (none). Every other receipt gives thirty days.
        """
        is_first = review._state.adding
        last = None if is_first else self.filter(review=review).order_by("-number").first()
        mode = settings.CLOCK_MODE if after_request else RESTART
        days = deadlines.ANSWER_DAYS
        if mode == RESUME and last and last.day_30 and last.answered_at:
            days = deadlines.resume_days(last.day_30, clock.pacific_date(last.answered_at))
        period = Round(
            review=review,
            number=last.number + 1 if last else 1,
            why=why,
            mode=mode,
            days=days,
            opened_at=clock.now(),
        )
        period.count_from(receipt_at)
        return period


# The order of the register; the others hold all that the statewide page counts of its periods.
_DATES = ("due", "day_30", "received_on")
_KEPT, _OPEN = Q(voided_at__isnull=True), Q(voided_at__isnull=True, answered_at__isnull=True)
INDEXES = (
    models.Index(fields=["receipt_at", "id"], name="periods_by_receipt"),
    models.Index(fields=["review", "number"], condition=Q(number__gt=1), name="further_periods"),
    models.Index(fields=["review", "notified_on", *_DATES], condition=_KEPT, name="kept_periods"),
    models.Index(fields=["review", *_DATES], condition=_OPEN, name="open_periods"),
    models.Index(
        fields=["answered_at", "received_on", "review"],
        condition=Q(answered_by="request"),
        name="periods_answered_by_request",
    ),
    models.Index(
        fields=["voided_at", "review"],
        condition=Q(voided_at__isnull=False),
        name="voided_periods",
    ),
)


class Round(models.Model):
    """One thirty-day period: opened by a receipt, ended by an answer or voided, never deleted.

    `day_30` is the plain count, `due` the date moved off days when offices are closed, `aim` the
    last working day on or before day 30. All three are empty where the setting gives no date.
    """

    review = models.ForeignKey("reviews.Review", models.PROTECT, related_name="rounds")
    number = models.PositiveSmallIntegerField()
    why = models.CharField(max_length=40)
    mode = models.CharField(max_length=8)
    days = models.PositiveSmallIntegerField()
    opened_at = models.DateTimeField()
    receipt_at = models.DateTimeField()
    received_on = models.DateField()
    day_30 = models.DateField(null=True)
    due = models.DateField(null=True)
    aim = models.DateField(null=True)
    reasons = models.JSONField(default=list)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=20, blank=True)
    answer_notice = models.ForeignKey(Notice, models.PROTECT, null=True, related_name="+")
    # The day in California on which the answer's letter notified the county; kept by `keep_day`.
    notified_on = models.DateField(null=True)
    voided_at = models.DateTimeField(null=True)
    voided_by = models.CharField(max_length=20, blank=True)

    objects = RoundManager()

    class Meta:
        ordering = ("review", "number")
        indexes = INDEXES
        constraints = (
            models.UniqueConstraint(fields=["review", "number"], name="one_round_of_a_number"),
            models.UniqueConstraint(
                fields=["review"],
                condition=Q(answered_at__isnull=True, voided_at__isnull=True),
                name="one_open_round_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answered_by="")
                | Q(answered_at__isnull=False) & ~Q(answered_by=""),
                name="answered_by_with_answered_at",
            ),
            models.CheckConstraint(
                condition=Q(voided_at__isnull=True, voided_by="")
                | Q(voided_at__isnull=False) & ~Q(voided_by=""),
                name="voided_by_with_voided_at",
            ),
            models.CheckConstraint(
                condition=Q(mode=NONE, day_30__isnull=True, due__isnull=True, aim__isnull=True)
                | Q(
                    mode__in=[RESTART, RESUME],
                    day_30__isnull=False,
                    due__isnull=False,
                    aim__isnull=False,
                ),
                name="dates_unless_the_setting_gives_none",
            ),
            models.CheckConstraint(
                condition=Q(why__in=list(OPENED_BY)), name="a_round_is_opened_by_a_known_act"
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True) | Q(voided_at__isnull=True),
                name="a_round_is_answered_or_voided",
            ),
            models.CheckConstraint(
                condition=Q(notified_on__isnull=True) | Q(answer_notice__isnull=False),
                name="a_county_is_notified_by_an_answer",
            ),
        )

    def __str__(self) -> str:
        return f"Period {self.number}"

    def count_from(self, receipt_at: datetime) -> None:
        """Work out the dates from the instant of receipt, without saving."""
        self.receipt_at = receipt_at
        self.received_on = clock.pacific_date(receipt_at)
        if self.mode == NONE:
            self.day_30 = self.due = self.aim = None
            self.reasons = ["After a request for documents no new date runs, by CDSS's setting."]
            return
        found = deadlines.answer_by(self.received_on, OfficeClosure.objects.closed(), self.days)
        self.day_30, self.due, self.aim = found.day_30, found.due, found.aim
        self.reasons = found.reasons

    @property
    def is_open(self) -> bool:
        return self.answered_at is None and self.voided_at is None

    @property
    def is_of_a_receipt(self) -> bool:
        """Whether something of the county opened it; CDSS itself waives and reopens."""
        return self.why in RECEIPTS

    @property
    def opening(self) -> str:
        """What opened the period, and with how many days by the setting of that time."""
        days = {RESTART: "new days", RESUME: "days that were left", NONE: "no date"}[self.mode]
        count = "" if self.mode == NONE else f"{self.days} "
        return f"{OPENED_BY[self.why]}: {count}{days}"

    def day_number(self, today: date) -> int:
        """Which day of the period it is, or on which it stopped."""
        end = self.answered_at or self.voided_at
        return deadlines.day_number(self.received_on, clock.pacific_date(end) if end else today)

    @property
    def moved_days(self) -> int:
        """By how many days the due date moved past day 30."""
        return (self.due - self.day_30).days if self.due and self.day_30 else 0

    def notified_at(self) -> datetime | None:
        """When the answer's letter was accepted for the program contact or the sender."""
        return notices.notified_at(self.answer_notice) if self.answer_notice else None

    def answer(self, act: str, notice: Notice | None) -> None:
        """End the period with CDSS's answer; part of a move."""
        self.answered_at, self.answered_by = clock.now(), act
        self.answer_notice = notice
        self.notified_on = _day_of(notice) if notice else None
        self.save(update_fields=["answered_at", "answered_by", "answer_notice", "notified_on"])

    def void(self, act: str) -> None:
        """End the period without an answer, because the county took the proposal away."""
        self.voided_at, self.voided_by = clock.now(), act
        self.save(update_fields=["voided_at", "voided_by"])

    @transaction.atomic
    def correct_receipt(self, *, by: User, receipt_at: datetime, why: str) -> None:
        """An approver corrects when it was received; the dates are computed anew, on record.

        Raises MoveRefused for anyone else, without a reason, for a time in the future or before
        the request it answers, when this period runs no more, or was opened by CDSS itself.
        """
        if not by.is_approver:
            raise MoveRefused("Only an approver can correct a time of receipt.")
        if not self.is_of_a_receipt:
            raise MoveRefused("CDSS opened this period itself, so nothing was received then.")
        not_in_the_future(receipt_at)
        before = self.review.rounds.filter(number__lt=self.number).last()
        if before and before.answered_at and receipt_at < before.answered_at:
            raise MoveRefused("The response can't have come before the request.")
        if not why.strip():
            raise MoveRefused("Write why the time of receipt is corrected.")
        review = self.review
        review.touch(statuses=WITH_CDSS)
        if not self.is_open:
            raise MoveRefused("This period has ended, so its time of receipt stays as it is.")
        was = {"receipt_at": self.receipt_at.isoformat(), "due": str(self.due)}
        was_first = self.receipt_at == review.received_at
        self.count_from(receipt_at)
        self.save()
        review.set_dates(self, received_at=receipt_at if was_first else None)
        now = {"receipt_at": receipt_at.isoformat(), "due": str(self.due)}
        review.record("correct receipt", by=by, why=why, before=was, after=now)

    def due_by_calendar(self, closed: Mapping[date, str]) -> date | None:
        """By when CDSS would answer by these closures; the stored date stays until it is moved."""
        if self.due is None:
            return None
        return deadlines.answer_by(self.received_on, closed, self.days).due

    @transaction.atomic
    def follow_calendar(self, *, by: User) -> None:
        """An administrator moves the dates to where the office calendar, as it is now, has them.

        Raises MoveRefused for anyone else, or when this period runs no more.
        """
        if not by.is_administrator:
            raise MoveRefused("Only an administrator moves dates after a change of the calendar.")
        review = self.review
        review.touch(statuses=WITH_CDSS)
        self.refresh_from_db()
        if not self.is_open:
            raise MoveRefused("This period has ended, so its dates stay as they are.")
        before = str(self.due)
        self.count_from(self.receipt_at)
        self.save()
        review.set_dates(self)
        review.record("follow calendar", by=by, before=before, after=str(self.due))


def not_in_the_future(receipt_at: datetime) -> None:
    """Raises MoveRefused for a time of receipt that has not come yet."""
    if receipt_at > clock.now():
        raise MoveRefused("The time of receipt can't be in the future.")


def _day_of(notice: Notice) -> date | None:
    return clock.pacific_date(notice.notified_at) if notice.notified_at else None


def keep_day(notice: Notice) -> None:
    """Keeps beside a period the day on which its answer notified the county, for the register.

    In the transaction in which the letter's outcome changes; a letter that came back empties it.
    """
    Round.objects.filter(answer_notice=notice).update(notified_on=_day_of(notice))
