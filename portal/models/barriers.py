"""Reports of barriers: what kept someone from using the portal, tracked to its answer.

The accessibility page takes them from anyone (Gov. Code 11546.7; 28 CFR part 35). An administrator
answers within ten working days.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Max, Q

from portal import clock, journal
from portal.models.calendar import OfficeClosure
from portal.models.people import User

WORKING_DAYS = 10
SATURDAY = 5
# More than can report at the same moment.
TRIES = 100


class AlreadyAnswered(Exception):
    """The report has its answer; the message says who gave it."""


class BarrierState(models.TextChoices):
    """How far a report has come."""

    NEW = "new", "New"
    LOOKING = "looking", "Being looked at"
    ANSWERED = "answered", "Answered"


def answer_by(day: date) -> date:
    """The tenth day after a report on which state offices are open."""
    closed = OfficeClosure.objects.closed()
    left = WORKING_DAYS
    while left:
        day += timedelta(days=1)
        if day.weekday() < SATURDAY and day not in closed:
            left -= 1
    return day


class BarrierReports(models.QuerySet["BarrierReport"]):
    def unanswered(self) -> BarrierReports:
        """Those that wait, the longest first."""
        return self.exclude(state=BarrierState.ANSWERED).order_by("reported_at", "pk")

    def overdue(self) -> BarrierReports:
        """Those whose ten working days are over."""
        return self.unanswered().filter(answer_by__lt=clock.today())

    @transaction.atomic
    def report(
        self, *, by: User | None, token: str, stated: tuple[str, ...] = (), **given: str
    ) -> BarrierReport:
        """Takes in one report, gives it its number and tells every administrator.

        `token` is the form's: the same form sent again is the same report. `stated` names the
        fields whose writer said that they hold no case data. `by` is None for a stranger.
        """
        # Imported here: the letters speak of this model.
        from portal import barrier_letters

        if first := self.filter(token=token).first():
            return first
        now = clock.now()
        known = {"token": token, "reported_by": by, "reported_at": now, **given}
        report = self._numbered(known | {"answer_by": answer_by(clock.pacific_date(now))})
        if report is None:
            return self.get(token=token)
        data = {"stated_no_case_data": sorted(stated)} if stated else {}
        journal.record("report barrier", by=by, subject=report.subject, data=data)
        barrier_letters.reported(report)
        return report

    def _numbered(self, known: dict[str, Any]) -> BarrierReport | None:
        """With the next number of the year, whoever else reports at once; None for a repeat."""
        year = clock.pacific(known["reported_at"]).year
        for _ in range(TRIES):
            last = self.filter(year=year).aggregate(last=Max("number"))["last"] or 0
            try:
                with transaction.atomic():
                    return self.create(year=year, number=last + 1, **known)
            except IntegrityError:
                # Someone had that number first, and has committed by now.
                if self.filter(token=known["token"]).exists():
                    return None
        raise IntegrityError("No number could be given to the report.")


class BarrierReport(models.Model):
    """What someone wanted to do, what stood in the way, and what CDSS answered. Never deleted."""

    year = models.PositiveSmallIntegerField(editable=False)
    number = models.PositiveIntegerField(editable=False)
    token = models.CharField(max_length=64, unique=True, editable=False)
    wanted = models.TextField("what they wanted to do")
    obstacle = models.TextField("what stood in the way")
    page = models.CharField("page", max_length=200, blank=True)
    aids = models.CharField("browser and aids", max_length=200, blank=True)
    email = models.EmailField("where to answer", blank=True)
    reported_at = models.DateTimeField("reported")
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    answer_by = models.DateField()
    state = models.CharField(max_length=10, choices=BarrierState, default=BarrierState.NEW)
    taken_at = models.DateTimeField(null=True, blank=True)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField("answered", null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = BarrierReports.as_manager()

    class Meta:
        ordering = ["-reported_at", "-pk"]
        verbose_name = "barrier report"
        constraints = [
            models.UniqueConstraint(fields=["year", "number"], name="barrier_number_of_the_year"),
            models.CheckConstraint(
                condition=Q(state__in=BarrierState.values), name="barrier_state"
            ),
            models.CheckConstraint(
                condition=Q(
                    ~Q(answer=""),
                    state=BarrierState.ANSWERED,
                    answered_at__isnull=False,
                    answered_by__isnull=False,
                )
                | Q(
                    ~Q(state=BarrierState.ANSWERED),
                    answer="",
                    answered_at__isnull=True,
                    answered_by__isnull=True,
                ),
                name="barrier_answered_by_at_and_how",
            ),
            models.CheckConstraint(
                condition=Q(taken_at__isnull=True, taken_by__isnull=True)
                | Q(taken_at__isnull=False, taken_by__isnull=False),
                name="barrier_taken_by_and_at",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """How people name it, like BAR-2026-0007."""
        return f"BAR-{self.year}-{self.number:04d}"

    @property
    def subject(self) -> tuple[str, str]:
        """How the journal and the letters name it."""
        return ("barrier", self.reference)

    @property
    def is_overdue(self) -> bool:
        return self.state != BarrierState.ANSWERED and self.answer_by < clock.today()

    @transaction.atomic
    def look_into(self, *, by: User) -> None:
        """An administrator takes it on, so that others know; nothing when someone has already."""
        new = BarrierReport.objects.filter(pk=self.pk, state=BarrierState.NEW)
        if new.update(state=BarrierState.LOOKING, taken_by=by, taken_at=clock.now()):
            journal.record("look into barrier", by=by, subject=self.subject)
        self.refresh_from_db()

    @transaction.atomic
    def give_answer(self, text: str, *, by: User) -> None:
        """Answers it once and for all, and mails the answer where an address was given.

        `AlreadyAnswered` when someone was first.
        """
        from portal import barrier_letters

        open_one = BarrierReport.objects.filter(pk=self.pk).exclude(state=BarrierState.ANSWERED)
        answered = open_one.update(
            state=BarrierState.ANSWERED, answer=text, answered_by=by, answered_at=clock.now()
        )
        self.refresh_from_db()
        if not answered:
            raise AlreadyAnswered(f"{self.answered_by} has answered {self.reference} already.")
        journal.record(
            "answer barrier", by=by, subject=self.subject, data={"mailed": bool(self.email)}
        )
        barrier_letters.answered(self)
