"""The review of one proposal: where it stands, whose it is, and the moves that change that."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import models, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from portal import clock, journal
from portal.models import County, User
from portal.wording import moment
from proposals import content as contents
from proposals.models import Document, Proposal
from reviews import letters
from reviews.models.orders import INDEXES
from reviews.models.receipts import ReviewManager, ReviewQuerySet
from reviews.models.rounds import Round
from reviews.models.similar import ToolTraits
from reviews.models.words import Words
from reviews.moves import (
    DECIDED,
    INSIDE,
    MOVES,
    OPEN,
    REVISABLE,
    WITH_CDSS,
    Facts,
    Move,
    MoveRefused,
    Status,
    Who,
)


def _or_far(name: str) -> models.GeneratedField:
    """A date that is never empty, for the order of the queue: without one, a proposal is last."""
    far = Value(date.max, output_field=models.DateField())
    return models.GeneratedField(
        expression=Coalesce(F(name), far), output_field=models.DateField(), db_persist=True
    )


class Review(models.Model):
    """What happens to a proposal after sending: status, assignee, dates; one per proposal.

    `due` is the date by which CDSS must answer, empty while no period runs; `county_by`, by which
    the county is asked to. `version` grows with every move: one from a stale page is refused.
    County, drafted decision and idea are repeated here: each view of the queue has its index.
    """

    proposal = models.OneToOneField(Proposal, models.PROTECT, related_name="review")
    county = models.ForeignKey(County, models.PROTECT, related_name="+", db_index=False)
    status = models.CharField(
        max_length=20, choices=[(status.value, status.label) for status in Status]
    )
    assignee = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="assigned", db_index=False
    )
    received_at = models.DateTimeField()
    due = models.DateField(null=True)
    county_by = models.DateField(null=True)
    due_or_far = _or_far("due")
    county_by_or_far = _or_far("county_by")
    is_drafted = models.BooleanField(default=False)
    flags = models.CharField(max_length=120, blank=True)
    news = models.BooleanField(default=False)
    is_idea = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=0)
    moved = models.CharField(max_length=20, blank=True)
    moved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    moved_at = models.DateTimeField()

    objects = ReviewManager()

    class Meta:
        indexes = INDEXES
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=[status.value for status in Status]),
                name="status_is_one_of_the_table",
            ),
            models.CheckConstraint(
                condition=Q(is_drafted=False) | Q(status=Status.IN_REVIEW.value),
                name="a_decision_is_drafted_only_in_review",
            ),
            models.CheckConstraint(
                condition=Q(due__isnull=True) | Q(status__in=[Status.SUBMITTED, Status.IN_REVIEW]),
                name="a_date_is_due_only_while_with_cdss",
            ),
            models.CheckConstraint(
                condition=Q(county_by__isnull=True) | Q(status=Status.DOCUMENTS_REQUESTED.value),
                name="a_county_has_a_date_only_while_asked",
            ),
        )

    def __str__(self) -> str:
        return str(self.proposal)

    @property
    def reference(self) -> str:
        return self.proposal.reference

    @property
    def where(self) -> Status:
        """The status as one of the table's."""
        return Status(self.status)

    @property
    def is_open(self) -> bool:
        return self.where in OPEN

    @property
    def label(self) -> str:
        """The status in words, with what a bare status leaves out."""
        if self.where == Status.WITHDRAWN and self.moved == "close":
            return "Withdrawn: no answer"
        if self.where == Status.APPROVED and getattr(self, "has_conditions", False):
            return "Approved with conditions"
        return self.where.label

    def facts(self) -> Facts:
        """What the table of moves asks besides the status."""
        revised = getattr(self, "is_revised", None)
        if revised is None:
            revisions = self.proposal.revisions.filter(sent_at__isnull=False)
            revised = self.where in DECIDED and revisions.exists()
        return Facts(
            assigned=self.assignee_id is not None,
            drafted=self.is_drafted,
            logged=self.proposal.arrived_by != Proposal.Arrived.PORTAL,
            revised=revised,
        )

    def moves_for(self, user: User) -> list[Move]:
        """The moves this person can make now: what the page draws its buttons from."""
        facts = self.facts()
        return [
            move
            for move in MOVES.values()
            if move.is_open(self.where, facts) and self._is_one(user, move)
        ]

    def _is_one(self, user: User, move: Move) -> bool:
        if user.is_reviewer and (move.on_behalf or move.who == Who.REVIEWER):
            return True
        if move.who == Who.APPROVER:
            return user.is_approver
        if move.who == Who.SIGNER:
            return user.may_sign_for(self.proposal.county)
        return False

    def advance(self, name: str, *, by: User, seen: int | None = None, **changes: Any) -> None:
        """Make a move of the table: one conditional UPDATE, which is also the lock.

        `seen` is the version the person's page showed. Raises MoveRefused: with who did what
        meanwhile, when the page is stale or someone else was first; and when it is not this
        person's move.
        """
        move = MOVES[name]
        if seen is not None and seen != self.version:
            raise MoveRefused(self.overtaken(by))
        if not self._is_one(by, move):
            raise MoveRefused("This move isn't yours to make.")
        if not move.is_open(self.where, self.facts()):
            raise MoveRefused(self.overtaken(by))
        changes |= {"moved": name, "moved_by": by, "moved_at": clock.now()}
        if not self._unmoved(move).update(version=F("version") + 1, **changes):
            raise MoveRefused(self.overtaken(by))
        self.became(version=self.version + 1, **changes)

    def became(self, **changes: Any) -> None:
        """Take over what was just written. The version at hand was the one that is held now, so
        nothing of a move has changed besides, and nothing need be read again."""
        for name, value in changes.items():
            setattr(self, name, value.value if isinstance(value, Status) else value)
        for field in self._meta.concrete_fields:
            if field.generated:  # by the database: read again when somebody asks for it
                self.__dict__.pop(field.attname, None)

    def _unmoved(self, move: Move) -> ReviewQuerySet:
        """This review as long as nobody moved it: the guard that lets one of two people win."""
        return Review.objects.filter(
            pk=self.pk, version=self.version, status__in=[status.value for status in move.origins]
        )

    def touch(self, *, statuses: Iterable[Status]) -> None:
        """Hold the review for a recorded act, and make pages opened before it stale.

        Raises MoveRefused when it was moved since it was read, or stands elsewhere.
        """
        held = Review.objects.filter(
            pk=self.pk, version=self.version, status__in=[status.value for status in statuses]
        )
        if not held.update(version=F("version") + 1):
            raise MoveRefused(self.overtaken())
        self.became(version=self.version + 1)

    def hold(self) -> None:
        """Hold the review from here on, where an act writes into the journal before it moves: it
        is always held before the journal, or two acts could wait for each other."""
        Review.objects.filter(pk=self.pk).update(status=F("status"))

    @transaction.atomic
    def mark_read(self, *, by: User, seen: str = "") -> None:
        """A reviewer has read what is new from the county; answering a message says so too.

        `seen` is the `reading_token` of the page. Raises MoveRefused where more came meanwhile.
        """
        if not by.is_reviewer:
            raise MoveRefused("Only a reviewer marks what is new as read.")
        if not Review.objects.filter(pk=self.pk, news=True).update(news=False):
            return
        version = Review.objects.values_list("version", flat=True).get(pk=self.pk)
        if seen and seen != reading_token(version, self.messages.count()):
            raise MoveRefused(
                "Something came or was done since you opened the page, so the proposal stays "
                "marked as new. Read it as it is now, then mark it as read."
            )
        self.record("mark read", by=by)
        self.news = False

    def set_dates(self, period: Round, *, received_at: datetime | None = None) -> None:
        """Copy the running period's date to where the queue sorts by it."""
        changes = {"due": period.due} | ({"received_at": received_at} if received_at else {})
        Review.objects.filter(pk=self.pk).update(**changes)
        self.became(**changes)

    def ask_county_by(self, day: date) -> None:
        """Copy the latest date of the open request to where the queue shows it."""
        Review.objects.filter(pk=self.pk).update(county_by=day)
        # The request alone is held, whatever page it came from; the proposal at hand stays.
        names = [field.name for field in self._meta.concrete_fields if field.name != "proposal"]
        self.refresh_from_db(fields=names)

    def keep_words(self, content: contents.Content) -> None:
        """The queue's search finds the proposal by what was signed last; part of a receipt, after
        the journal, whose lock keeps two of them apart."""
        proposal = self.proposal
        Words.objects.keep(self, proposal.reference, proposal.county.name, content["answers"])
        ToolTraits.objects.await_comparison(self)

    def overtaken(self, reader: User | None = None) -> str:
        """Who did what meanwhile, for someone whose move came too late. Of what stays inside CDSS,
        such as a drafted decision, nobody is told but who reads its cases."""
        now = Review.objects.select_related("moved_by").get(pk=self.pk)
        move = MOVES.get(now.moved)
        who = now.moved_by.name if now.moved_by else "The portal"
        did = move.past if move else "changed the proposal"
        told = f"{who} {did} on {moment(now.moved_at)}"
        if now.moved in INSIDE and not (reader and reader.reads_cases):
            told = "CDSS is at work on the proposal"
        return (
            f"{told}, so your page was out of date and nothing of yours was changed. Look at the "
            "proposal as it is now."
        )

    def record(
        self, act: str, *, by: User | None, period: Round | None = None, **data: Any
    ) -> None:
        """Write the act into the journal, with the status and period it left behind."""
        data["status"] = self.status
        if period:
            data |= {"round": period.number, "due": period.due.isoformat() if period.due else None}
        journal.record(act, by=by, subject=self.proposal.subject, data=data)

    def current_round(self) -> Round | None:
        """The period that runs now, or the last one."""
        return self.rounds.order_by("-number").first()

    def open_round(self) -> Round:
        """The period that runs now. Raises Round.DoesNotExist when none does."""
        return self.rounds.get(answered_at__isnull=True, voided_at__isnull=True)

    @transaction.atomic
    def recall(self, *, by: User, seen: int | None = None) -> None:
        """The county takes a sent proposal back to change it, until someone takes it."""
        self.advance("recall", by=by, seen=seen, status=Status.DRAFT, due=None, news=False)
        Proposal.objects.filter(pk=self.proposal_id).update(sent_at=None)
        period = self.open_round()
        period.void("recall")
        self.proposal.refresh_from_db()
        self.record("recall", by=by, period=period)
        letters.recalled(self, period)

    @transaction.atomic
    def take(self, *, by: User, seen: int | None = None) -> None:
        """A reviewer begins the review, or takes on one that nobody holds."""
        self.advance("take", by=by, seen=seen, status=Status.IN_REVIEW, assignee=by)
        self.record("take", by=by)

    @transaction.atomic
    def hand_over(self, *, by: User, to: User, seen: int | None = None) -> None:
        """Give it to another reviewer; a submitted one begins with that. Raises MoveRefused."""
        if not (to.is_reviewer and to.is_active):
            raise MoveRefused("Choose a reviewer who can sign in.")
        status = Status.IN_REVIEW if self.where == Status.SUBMITTED else self.where
        self.advance("hand_over", by=by, seen=seen, status=status, assignee=to)
        self.record("hand over", by=by, to=to.email)
        if to != by:
            letters.assigned(self, to)

    @transaction.atomic
    def put_back(self, *, by: User, seen: int | None = None) -> None:
        """Leave the review for someone else to take."""
        self.advance("put_back", by=by, seen=seen, assignee=None)
        self.record("put back", by=by)

    @transaction.atomic
    def withdraw(
        self,
        *,
        by: User,
        why: str = "",
        seen: int | None = None,
        original: Document | None = None,
        received_at: datetime | None = None,
    ) -> None:
        """The county takes its proposal out of review; a drafted decision is void.

        A reviewer who does it for a county by email gives the true time and the original.
        """
        was_with_cdss = self.where in WITH_CDSS
        needs_original(by, original)
        self.advance(
            "withdraw",
            by=by,
            seen=seen,
            status=Status.WITHDRAWN,
            due=None,
            county_by=None,
            is_drafted=False,
        )
        self.decisions.pending().update(voided_at=clock.now())
        period = self.open_round() if was_with_cdss else None
        if period:
            period.void("withdraw")
        self.requests.open().update(ended_at=clock.now(), ended_how="withdrawn")
        self.record(
            "withdraw",
            by=by,
            period=period,
            why=why,
            original=original.pk if original else None,
            received_at=received_at.isoformat() if received_at else None,
        )
        letters.withdrawn(self, why)

    @transaction.atomic
    def revise(self, *, by: User) -> Proposal:
        """Begin a revised proposal from one that was not approved or was withdrawn: its answers in
        a new draft, without documents and signature, linked to the first.

        Raises MoveRefused; also when a revised one was begun already, which is carried on instead.
        """
        statuses = [status.value for status in REVISABLE]
        if not Review.objects.filter(pk=self.pk, status__in=statuses).update(version=F("version")):
            raise MoveRefused("Only a proposal that was not approved or withdrawn can be revised.")
        if not by.belongs_to(self.proposal.county):
            raise MoveRefused("Only the county revises its proposal.")
        if begun := self.proposal.revisions.filter(discarded_at__isnull=True).first():
            raise MoveRefused(
                f"{begun.created_by} began {begun.reference} already, which revises this proposal. "
                "Go on with that one."
            )
        draft = Proposal.objects.start(
            self.proposal.county,
            by=by,
            tool_name=self.proposal.tool_name,
            revises=self.proposal,
        )
        draft.take_over(self.proposal)
        return draft

    @transaction.atomic
    def reopen(self, *, by: User, why: str, seen: int | None = None) -> None:
        """An approver takes a decision up again; a new period starts. Raises MoveRefused."""
        if not why.strip():
            raise MoveRefused("Write why the proposal is reopened.")
        self.advance("reopen", by=by, seen=seen, status=Status.IN_REVIEW)
        period = Round.objects.open(self, receipt_at=clock.now(), why="reopen")
        self.set_dates(period)
        self.record("reopen", by=by, period=period, why=why)
        letters.reopened(self, period, why)


def reading_token(version: int, messages: int) -> str:
    """What somebody saw who read a proposal, as its page carries it to notice what came since."""
    return f"{version}.{messages}"


def needs_original(by: User, original: Document | None) -> None:
    """What a reviewer does for a county needs the county's own words. Raises MoveRefused."""
    if by.is_reviewer and original is None:
        raise MoveRefused("Attach the county's email or letter.")
