"""How a proposal is received: sent by its county, or logged by CDSS (ACL-1, ACL-4)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Subquery
from django.db.models.lookups import IsNull

from portal import clock
from portal.models import GoverningLetter, User
from portal.once import add_once
from proposals import content as contents
from proposals import screening
from proposals.models import Document, Proposal, SignedCopy
from proposals.sections import BEGUN
from reviews import letters
from reviews.models.asking import Asking
from reviews.models.rounds import Round, not_in_the_future
from reviews.moves import MoveRefused, Status
from reviews.stationery import Known

if TYPE_CHECKING:
    from reviews.models.review import Review

FLAGS = {
    "prohibited": "Prohibited method",
    "ssn": "SSN",
    "research": "Research",
    "other_use": "Other use of data",
    "begun": "Work has begun",
}


def flags_of(content: contents.Content) -> str:
    """What a reviewer should see in the queue, and after *prohibited* the methods that are, which
    the state counts by year: like "|prohibited|direct|ssn|"."""
    answers = content["answers"]
    methods = [one.method.key for one in screening.findings(answers["cmips_methods"])]
    found = [
        ("prohibited", bool(methods)),
        *((key, True) for key in methods),
        ("ssn", "ssn" in answers["data_elements"]),
        ("research", answers["research"] == "yes"),
        ("other_use", answers["other_use"] == "yes"),
        ("begun", answers["work_begun"] in BEGUN),
    ]
    names = [name for name, holds in found if holds]
    return f"|{'|'.join(names)}|" if names else ""


def signed_under(content: contents.Content, letter: GoverningLetter) -> str:
    """The fingerprint of all that a signer reads: the answers, and the letter whose
    responsibilities stand beneath them."""
    return contents.fingerprint({**content, "governing_letter": letter.version})


class Lacking(MoveRefused):
    """The proposal says less than the letter asks for."""


class ReviewQuerySet(models.QuerySet["Review"]):
    def visible_to(self, user: User) -> ReviewQuerySet:
        """The reviews of the proposals this person may see."""
        if user.is_authenticated and user.reads_cases:
            return self.received()
        return self.filter(proposal__in=Proposal.objects.visible_to(user))

    def received(self) -> ReviewQuerySet:
        """Those that CDSS has: what was sent has left the status of a draft."""
        return self.exclude(status=Status.DRAFT)

    def for_lists(self) -> ReviewQuerySet:
        """With what a list shows of each, in one query."""
        from reviews.models.decisions import Decision

        # Of the latest decision that left, some condition; asked of each row that is shown, where
        # EXISTS would have PostgreSQL gather those of all proposals.
        released = Decision.objects.latest_released().filter(review=OuterRef("pk"))
        condition = released.values("conditions")[:1]
        return self.select_related("proposal__county", "assignee").annotate(
            has_conditions=IsNull(Subquery(condition), False)
        )


class ReviewManager(models.Manager.from_queryset(ReviewQuerySet)):
    @transaction.atomic
    def send(
        self,
        proposal: Proposal,
        *,
        by: User,
        name: str,
        title: str,
        agreements: list[dict[str, Any]],
        letter: GoverningLetter | None = None,
        seen: str = "",
    ) -> Review:
        """The county sends its concept proposal (ACL-1); CDSS has received it (ACL-4).

        `letter` is the one whose responsibilities were agreed to, the current one unless given;
        `seen` the fingerprint of what the signer read, by `signed_under`. Raises MoveRefused when
        it was sent already, changed since, or this person may not sign, and Lacking where
        something is missing that the letter asks for.
        """
        if not by.may_sign_for(proposal.county):
            raise MoveRefused("Only someone who may sign for your county can send a proposal.")
        now = clock.now()
        if not proposal.editable().update(sent_at=now):
            raise MoveRefused(_sent_already(self.filter(proposal=proposal).first(), proposal))
        proposal = self._held(proposal, by)
        content = proposal.content()
        letter = letter or GoverningLetter.objects.current()
        if contents.missing_for_letter(content):
            raise Lacking("The proposal lacks something the letter asks for, so it was not sent.")
        if seen and seen != signed_under(content, letter):
            raise MoveRefused(
                "A colleague changed an answer, or CDSS the All County Letter, since you opened "
                "this page, so it was not sent. Read it once more, then sign."
            )
        review, period = self._received(proposal, content, by=by, act="send", receipt_at=now)
        copy = SignedCopy.objects.take(
            proposal,
            signer=by,
            name=name,
            title=title,
            agreements=agreements,
            letter=letter,
            says=content,
            is_first=period.number == 1,
        )
        if proposal.was_asked:
            Asking.objects.conclude_sent(proposal, by=by)
        self._tell(review, period, copy, by=by)
        return review

    @transaction.atomic
    def log(
        self, proposal: Proposal, *, by: User, receipt_at: datetime, original: Document
    ) -> Review:
        """CDSS enters a proposal that came by email or post, with its true time of receipt.

        The period opens at that time and may be born overdue. Raises MoveRefused for a time in
        the future, or when it was logged already.
        """
        if not by.is_reviewer:
            raise MoveRefused("Only a reviewer can log a proposal.")
        not_in_the_future(receipt_at)
        if not proposal.editable().update(sent_at=receipt_at):
            raise MoveRefused("This proposal was logged already.")
        proposal = self._held(proposal, by)
        content = proposal.content()
        review, period = self._received(proposal, content, by=by, act="log", receipt_at=receipt_at)
        letter = GoverningLetter.objects.current()
        copy = SignedCopy.objects.take(proposal, signer=None, letter=letter, says=content)
        data = {"original": original.pk, "arrived_by": proposal.arrived_by}
        self._tell(review, period, copy, by=by, **data)
        return review

    def _held(self, proposal: Proposal, by: User) -> Proposal:
        """The proposal as it stands now that its row is held, and whether somebody was asked to
        sign it."""
        asked = Exists(Asking.objects.filter(proposal=OuterRef("pk")))
        held = Proposal.objects.prefetch_related("contacts").annotate(was_asked=asked)
        held = held.get(pk=proposal.pk)
        held.county = proposal.county
        if held.created_by_id == by.pk:
            held.created_by = by
        return held

    def _received(
        self,
        proposal: Proposal,
        content: contents.Content,
        *,
        by: User,
        act: str,
        receipt_at: datetime,
    ) -> tuple[Review, Round]:
        """What *send* and *log* share: the review with its new status, and its next period. One
        that was taken back goes on with the review it has."""
        review = self.model(proposal=proposal, county=proposal.county)
        period = Round.objects.begun(review, receipt_at=receipt_at, why=act)
        changes = {
            "status": Status.SUBMITTED,
            "received_at": receipt_at,
            "due": period.due,
            "flags": flags_of(content),
            "moved_by": by,
            "moved_at": clock.now(),
            "moved": act,
        }
        review.became(version=1, **changes)
        if not add_once(review):
            review = self.get(proposal=proposal)
            draft = self.filter(pk=review.pk, version=review.version, status=Status.DRAFT)
            if not draft.update(version=F("version") + 1, **changes):
                raise MoveRefused(_sent_already(review, proposal))
            review.became(version=review.version + 1, proposal=proposal, **changes)
            period = Round.objects.begun(review, receipt_at=receipt_at, why=act)
        period.save()
        return review, period

    def _tell(
        self, review: Review, period: Round, copy: SignedCopy, *, by: User, **data: Any
    ) -> None:
        """To whom letters go from now on, the journal, the words it is found by, the letters."""
        from reviews.models.conversation import Correspondent

        people = Correspondent.objects.copy_from(
            review.proposal,
            review,
            sender=by if period.why == "send" else None,
            is_first=period.number == 1,
        )
        review.record(
            period.why, by=by, period=period, copy=copy.number, sha256=copy.sha256, **data
        )
        review.keep_words(copy.content)
        known = Known(people, copy.governing_letter)
        letters.receipt(review, period, known)
        letters.new_proposal(review, period, known)


def _sent_already(review: Review | None, proposal: Proposal) -> str:
    return review.overtaken() if review else proposal.why_not_editable()
