"""The decision on a proposal: drafted by a reviewer, released by an approver (ACL-6)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, F, Max, OuterRef, Q

from portal import clock
from portal.models import GoverningLetter, Notice, User
from proposals import screening
from proposals.models import Document
from reviews import letters
from reviews.decision_text import which_blank
from reviews.letterhead import Frame, frame_of
from reviews.models.drafting import DecisionDraft
from reviews.models.review import Review
from reviews.models.rounds import Round
from reviews.models.templates import LetterTemplate
from reviews.moves import OUTCOMES, MoveRefused, Status, outcome_in_words
from reviews.stationery import Known

APPROVED, NOT_APPROVED, OUT_OF_SCOPE = OUTCOMES
OUTCOME_LABELS = {
    APPROVED: "Approve",
    NOT_APPROVED: "Not approve",
    OUT_OF_SCOPE: "CDSS approval not needed",
}


def has_prohibited_method(review: Review) -> bool:
    """Whether the county chose a method the letter prohibits (ACL-9)."""
    return bool(screening.findings(review.proposal.cmips_methods))


def why_not_possible(review: Review, outcome: str) -> str:
    """Why an outcome can't be drafted now; empty when it can."""
    if outcome == NOT_APPROVED and not (has_prohibited_method(review) or review.requests.exists()):
        return "Not possible yet. CDSS must have requested documents, or found a prohibited method."
    return ""


class DecisionQuerySet(models.QuerySet["Decision"]):
    def pending(self) -> DecisionQuerySet:
        """Drafted and neither released, sent back nor void: what waits for an approver."""
        return self.filter(
            released_at__isnull=True, sent_back_at__isnull=True, voided_at__isnull=True
        )

    def released(self) -> DecisionQuerySet:
        """Those whose letter left."""
        return self.filter(released_at__isnull=False)

    def latest_released(self) -> DecisionQuerySet:
        """Those whose letter left, the latest first: of one proposal, the one that stands."""
        return self.released().order_by("-number")


class DecisionManager(models.Manager.from_queryset(DecisionQuerySet)):
    @transaction.atomic
    def recommend(
        self,
        review: Review,
        *,
        by: User,
        outcome: str,
        reasons: list[str],
        conditions: list[dict[str, Any]],
        letter: str,
        override: str = "",
        seen: int | None = None,
    ) -> Decision:
        """Draft a decision with its letter and hand it to the approvers.

        `conditions` are mappings of `text`, `by` (a date) and perhaps `shown`; `letter` is the
        text as it will leave. Raises MoveRefused for an outcome that isn't possible, no reason, a
        condition in the past, an unfilled blank in the letter, or a stale page.
        """
        self._check(review, outcome, reasons, conditions, override)
        standard = letters.standard_letter(review, outcome, reasons, conditions)
        _check_letter(letter, standard.known)
        review.advance("recommend", by=by, seen=seen, is_drafted=True)
        decision = self.create(
            review=review,
            round=review.open_round(),
            number=(self.filter(review=review).aggregate(last=Max("number"))["last"] or 0) + 1,
            outcome=outcome,
            reasons=reasons,
            letter=letter,
            standard=standard.text,
            template=standard.template if standard.template.pk else None,
            known=standard.known,
            override=override,
            drafted_by=by,
            drafted_at=clock.now(),
        )
        Condition.objects.bulk_create(
            Condition(
                decision=decision,
                number=number,
                text=one["text"],
                by=one["by"],
                shown=one.get("shown", ""),
            )
            for number, one in enumerate(conditions, start=1)
        )
        DecisionDraft.objects.hand_over(review)
        review.record(
            "recommend",
            by=by,
            decision=decision.number,
            outcome=outcome,
            conditions=len(conditions),
        )
        letters.decision_drafted(review, decision)
        return decision

    def _check(
        self,
        review: Review,
        outcome: str,
        reasons: list[str],
        conditions: list[dict[str, Any]],
        override: str,
    ) -> None:
        if why_not := why_not_possible(review, outcome):
            raise MoveRefused(why_not)
        if outcome == APPROVED and has_prohibited_method(review) and not override.strip():
            raise MoveRefused("Write why it is approved in spite of a prohibited method.")
        if not reasons:
            raise MoveRefused("Give at least one reason.")
        if conditions and outcome != APPROVED:
            raise MoveRefused("Only an approval has conditions. Remove them.")
        if any(one["by"] <= clock.today() for one in conditions):
            raise MoveRefused("Give each condition a date that is still ahead.")


def _check_letter(letter: str, known: str) -> None:
    if not letter.strip():
        raise MoveRefused("Write the letter before it can go.")
    if blank := letters.unfilled(letter, known):
        raise MoveRefused(f"Fill the {which_blank(blank)} in the letter before it can go.")


class Decision(models.Model):
    """One drafted decision: outcome, reasons, conditions and the letter exactly as it leaves."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="decisions")
    round = models.ForeignKey(Round, models.PROTECT, related_name="decisions")
    number = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=14, choices=list(OUTCOME_LABELS.items()))
    reasons = models.JSONField(default=list)
    letter = models.TextField()
    # What the portal wrote, from which version of the template (None: as it came with the portal),
    # and what the county calls its tool and people, where brackets are no blank.
    standard = models.TextField(blank=True)
    template = models.ForeignKey(LetterTemplate, models.PROTECT, null=True, related_name="+")
    known = models.TextField(blank=True)
    # What stood around the letter when it left: letterhead, date, reference, signatory.
    frame = models.JSONField(default=dict, blank=True)
    override = models.TextField(blank=True)
    drafted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    sent_back_at = models.DateTimeField(null=True)
    sent_back_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    sent_back_why = models.TextField(blank=True)
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    notice = models.ForeignKey(Notice, models.PROTECT, null=True, related_name="+")
    voided_at = models.DateTimeField(null=True)

    objects = DecisionManager()

    class Meta:
        ordering = ("number",)
        # Which decision is in force is read from this index alone, without the letters.
        indexes = (
            models.Index(
                fields=["id", "review", "number"],
                condition=Q(released_at__isnull=False),
                name="released_decisions",
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=["review", "number"], name="one_decision_of_a_number"),
            models.UniqueConstraint(
                fields=["review"],
                condition=Q(
                    released_at__isnull=True, sent_back_at__isnull=True, voided_at__isnull=True
                ),
                name="one_pending_decision_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["round"],
                condition=Q(released_at__isnull=False),
                name="one_released_decision_of_a_round",
            ),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True, released_by__isnull=True)
                | Q(released_at__isnull=False, released_by__isnull=False),
                name="released_by_with_released_at",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=list(OUTCOMES)), name="outcome_is_one_of_the_table"
            ),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True, sent_back_at__isnull=True)
                | Q(released_at__isnull=True, voided_at__isnull=True)
                | Q(sent_back_at__isnull=True, voided_at__isnull=True),
                name="a_draft_ends_in_one_way",
            ),
            models.CheckConstraint(
                condition=Q(sent_back_at__isnull=True, sent_back_by__isnull=True, sent_back_why="")
                | Q(sent_back_at__isnull=False, sent_back_by__isnull=False) & ~Q(sent_back_why=""),
                name="sent_back_why_with_sent_back_at",
            ),
        )

    def __str__(self) -> str:
        return f"Decision {self.number}"

    @property
    def is_pending(self) -> bool:
        """Whether it waits for an approver."""
        return not (self.released_at or self.sent_back_at or self.voided_at)

    @property
    def outcome_label(self) -> str:
        """The outcome as the county reads it."""
        return outcome_in_words(self.outcome, self.outcome == APPROVED and self.conditions.all())

    @transaction.atomic
    def send_back(self, *, by: User, why: str, seen: int | None = None) -> None:
        """An approver returns the draft to the reviewer with a reason. Raises MoveRefused."""
        if not why.strip():
            raise MoveRefused("Write why the draft is sent back.")
        review = self.review
        review.advance("send_back", by=by, seen=seen, is_drafted=False)
        self.sent_back_at, self.sent_back_by, self.sent_back_why = clock.now(), by, why
        self._keep("sent_back_at", "sent_back_by", "sent_back_why")
        review.record("send back", by=by, decision=self.number, why=why)
        letters.decision_sent_back(review, self)

    @transaction.atomic
    def release(self, *, by: User, seen: int | None = None) -> None:
        """An approver lets the decision go, exactly as drafted: status, letter and round at once.

        Raises MoveRefused for the person who drafted it (unless SECOND_LOOK is off) and when
        someone else was first, for a letter with an unfilled blank, and for a condition whose day
        has passed since it was drafted.
        """
        review = self.review
        if settings.SECOND_LOOK and by.pk == self.drafted_by_id:
            raise MoveRefused("You drafted this decision, so someone else has to release it.")
        status = OUTCOMES[self.outcome]
        review.advance(
            "release", by=by, seen=seen, status=status, due=None, news=False, is_drafted=False
        )
        letter = GoverningLetter.objects.current()
        # The letters ask for them too.
        models.prefetch_related_objects([self], "conditions")
        self._check_again()
        self.released_at, self.released_by = clock.now(), by
        self.frame = frame_of(review, clock.today(), by, letter).as_kept()
        review.record(
            "release",
            by=by,
            period=self.round,
            decision=self.number,
            outcome=self.outcome,
            conditions=len(self.conditions.all()),
        )
        self.notice = letters.decision(review, self, Known(letter=letter))
        self._keep("released_at", "released_by", "frame", "notice")
        self.round.answer("release", self.notice)

    def _keep(self, *names: str) -> None:
        """Write how the draft ended, as long as it waits for an approver; part of a move."""
        pending = Decision.objects.pending().filter(pk=self.pk)
        if not pending.update(**{name: getattr(self, name) for name in names}):
            raise MoveRefused(self.review.overtaken())

    def _check_again(self) -> None:
        """What was right on the day of the draft may not be on the day of release."""
        _check_letter(self.letter, self.known)
        late = next((one for one in self.conditions.all() if one.by < clock.today()), None)
        if late:
            raise MoveRefused(
                f"The date of condition {late.number} has passed since this was drafted. "
                "Send the draft back, so that it gets a date that is still ahead."
            )

    def frame_for(self, person: User | None = None) -> Frame:
        """What stands around the letter: as it left, or as it would if this person released it."""
        if self.frame:
            return Frame.from_kept(self.frame)
        if self.released_at:
            return frame_of(self.review, clock.pacific_date(self.released_at), self.released_by)
        return frame_of(self.review, clock.today(), person)

    @property
    def full_letter(self) -> str:
        """The letter with everything around it, as plain text."""
        return self.frame_for().around(self.letter)


class ConditionQuerySet(models.QuerySet["Condition"]):
    def of_latest_released(self) -> ConditionQuerySet:
        """Those of the latest decision whose letter left."""
        later = Decision.objects.released().filter(
            review=OuterRef("decision__review"), number__gt=OuterRef("decision__number")
        )
        return self.filter(~Exists(later), decision__released_at__isnull=False)

    def in_force(self) -> ConditionQuerySet:
        """Those of the decision by which a proposal is approved now."""
        return self.of_latest_released().filter(decision__review__status=Status.APPROVED)


class Condition(models.Model):
    """What the county must do, and by when, for an approval; later confirmed with evidence."""

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="conditions")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    by = models.DateField()
    shown = models.TextField(blank=True)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    evidence = models.TextField(blank=True)
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+")

    objects = ConditionQuerySet.as_manager()

    class Meta:
        ordering = ("number",)
        indexes = (
            models.Index(
                fields=["by", "id"],
                name="condition_not_confirmed",
                condition=Q(confirmed_at__isnull=True),
            ),
            models.Index(
                fields=["by", "id"],
                name="condition_confirmed",
                condition=Q(confirmed_at__isnull=False),
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["decision", "number"], name="one_condition_of_a_number"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, evidence="")
                | Q(confirmed_at__isnull=False) & ~Q(evidence=""),
                name="evidence_with_confirmed_at",
            ),
        )

    def __str__(self) -> str:
        return f"Condition {self.number}"

    def is_late(self, today: date) -> bool:
        return self.confirmed_at is None and self.by < today

    @transaction.atomic
    def confirm(self, *, by: User, evidence: str, document: Document | None = None) -> None:
        """The county says how it met the condition. Raises MoveRefused."""
        review = self.decision.review
        if not by.belongs_to(review.proposal.county):
            raise MoveRefused("Only the county confirms a condition.")
        if not evidence.strip():
            raise MoveRefused("Write how the condition was met.")
        # News for CDSS, and the lock: of a proposal reopened meanwhile nothing is confirmed.
        held = Review.objects.filter(pk=review.pk, status=Status.APPROVED)
        is_held = held.update(news=True, version=F("version") + 1)
        if not is_held or not Condition.objects.in_force().filter(pk=self.pk).exists():
            raise MoveRefused(review.overtaken())
        confirmed = Condition.objects.filter(pk=self.pk, confirmed_at__isnull=True).update(
            confirmed_at=clock.now(), confirmed_by=by, evidence=evidence, document=document
        )
        if not confirmed:
            raise MoveRefused("This condition was confirmed already.")
        review.record("confirm condition", by=by, condition=self.number, evidence=evidence)
        self.refresh_from_db()
