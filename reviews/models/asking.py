"""That a colleague was asked to sign a draft and send it, and what became of that.

County staff who may not sign prepare a proposal and ask for the signature; whoever was asked
sends it, or returns it with a comment. All of it stays inside the county: CDSS sees no draft.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import models, transaction
from django.db.models import FilteredRelation, Q

from portal import clock, journal
from portal.models import User
from portal.wording import lately
from proposals import content as contents
from proposals.models import Proposal
from reviews import colleague_letters
from reviews.colleagues import may_sign, signers_of
from reviews.moves import MoveRefused

if TYPE_CHECKING:
    from reviews.models.review import Review

NOT_COMPLETE = (
    "The proposal lacks something the All County Letter asks for, so nobody was asked. "
    "Complete it first."
)


class How(models.TextChoices):
    """How an asking ended."""

    SENT = "sent", "Sent"
    RETURNED = "returned", "Returned with a comment"
    TAKEN_BACK = "taken_back", "Taken back"
    SUPERSEDED = "superseded", "Somebody else was asked"
    DISCARDED = "discarded", "The draft was discarded"


# What matters now: an open asking, and a returned one whose comment still shows.
STANDS = Q(how__in=["", How.RETURNED.value], put_aside_at__isnull=True)


class AskingManager(models.Manager["Asking"]):
    def standing(self) -> models.QuerySet[Asking]:
        """The askings that matter now: open ones, and returned ones whose comment still shows."""
        return self.filter(STANDS)

    def standing_for(self, proposal: Proposal) -> Asking | None:
        """The one asking that matters for a draft now, if there is one."""
        people = self.standing().select_related("asked_by", "signer")
        found = people.filter(proposal=proposal).first()
        if found:
            found.proposal = proposal
        return found

    def beside(self, drafts: models.QuerySet[Proposal], today: date) -> models.QuerySet[Proposal]:
        """Drafts, each with its `standing` asking and whether that signer still may sign, in the
        drafts' own query."""
        conditions = Q(**{f"askings__{name}": value for name, value in STANDS.children})
        standing = FilteredRelation("askings", condition=conditions)
        return (
            drafts.annotate(standing=standing)
            .annotate(signer_can=may_sign("standing__signer", "county", today))
            .select_related("standing__signer", "standing__asked_by")
        )

    @transaction.atomic
    def ask(
        self, proposal: Proposal, *, by: User, signer: User, note: str = "", seen: int = 0
    ) -> Asking:
        """Ask a colleague who may sign to sign this draft and send it.

        `seen` is the standing asking that the page showed, 0 for none: of several people who ask
        at once one wins. Asking somebody else ends the asking before. Raises MoveRefused.
        """
        _hold(proposal)
        if not by.belongs_to(proposal.county):
            raise MoveRefused("Only the county asks for a signature.")
        if signer == by:
            raise MoveRefused("You may sign it yourself, so you need to ask nobody.")
        if signer not in signers_of(proposal.county, clock.today()):
            raise MoveRefused(
                f"{signer.name} may not sign for {proposal.county.official_name} now, so nobody "
                "was asked. Choose somebody else."
            )
        before = self.standing_for(proposal)
        if (before.pk if before else 0) != seen or (before and before.waits_for(signer)):
            raise MoveRefused(before.told() if before else "Your page was out of date. Ask again.")
        content = Proposal.objects.written().get(pk=proposal.pk).content()
        if contents.missing_for_letter(content):
            raise MoveRefused(NOT_COMPLETE)
        self._end(proposal, How.SUPERSEDED, by=by)
        asking = self.create(
            proposal=proposal,
            asked_by=by,
            asked_at=clock.now(),
            signer=signer,
            note=note,
            fingerprint=contents.fingerprint(content),
        )
        data = {"signer": signer.name, "email": signer.email}
        journal.record("ask to sign", by=by, subject=proposal.subject, data=data)
        colleague_letters.asked_to_sign(asking)
        return asking

    def conclude_sent(self, proposal: Proposal, *, by: User) -> None:
        """Nobody is asked any more, because it was sent; part of *send*."""
        self._end(proposal, How.SENT, by=by)

    @transaction.atomic
    def discard(self, proposal: Proposal, *, by: User) -> None:
        """Put a draft out of sight, and with it what was asked. Raises EditRefused."""
        proposal.discard(by=by)
        self._end(proposal, How.DISCARDED, by=by)

    def _end(self, proposal: Proposal, how: str, *, by: User) -> None:
        """End the open asking of a draft that the caller holds; a comment that shows is done."""
        now = clock.now()
        mine = self.standing().filter(proposal=proposal)
        mine.filter(ended_at__isnull=False).update(put_aside_at=now)
        mine.filter(ended_at__isnull=True).update(ended_at=now, ended_by=by, how=how)


class Asking(models.Model):
    """One request for a signature: by whom, of whom, with which note, and how it ended.

    `fingerprint` is what the draft said when it was asked for or, once returned, when that was
    done: so a page can say that it changed since. A returned one shows its comment until it is
    put aside, or somebody is asked again.
    """

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="askings")
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    signer = models.ForeignKey(User, models.PROTECT, related_name="asked_to_sign")
    note = models.TextField(blank=True)
    fingerprint = models.CharField(max_length=64)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    how = models.CharField(max_length=12, choices=How, blank=True)
    comment = models.TextField(blank=True)
    put_aside_at = models.DateTimeField(null=True, blank=True)

    objects = AskingManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["proposal"],
                condition=STANDS,
                name="one_asking_stands_for_a_draft",
            ),
            models.CheckConstraint(
                condition=Q(how__in=["", *How.values]),
                name="how_an_asking_ended_is_known",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True, how="")
                | (Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(how="")),
                name="an_asking_ended_by_someone_somehow",
            ),
            models.CheckConstraint(
                condition=(Q(how="returned") & ~Q(comment=""))
                | (~Q(how="returned") & Q(comment="", put_aside_at__isnull=True)),
                name="only_a_returned_asking_has_a_comment",
            ),
        )

    def __str__(self) -> str:
        return f"{self.proposal}: {self.asked_by} asks {self.signer}"

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    def waits_for(self, person: User) -> bool:
        """Whether this person is asked and has not answered yet."""
        return self.is_open and self.signer_id == person.pk

    @property
    def asker_is_there(self) -> bool:
        """Whether who asked still works for the county: only then do they get letters about it."""
        return self.asked_by.is_active and self.asked_by.belongs_to(self.proposal.county)

    def told(self) -> str:
        """What stands now, for someone whose page was older than that."""
        if self.is_open:
            return (
                f"{self.asked_by.name} asked {self.signer.name} to sign it "
                f"{lately(self.asked_at)}, so nobody else was asked."
            )
        return (
            f"{self.signer.name} returned it with a comment {lately(self.ended_at)}. Read the "
            "comment first."
        )

    @transaction.atomic
    def give_back(self, comment: str, *, by: User) -> None:
        """Whoever was asked returns it with a comment instead of signing. Raises MoveRefused."""
        _hold(self.proposal)
        if by.pk != self.signer_id:
            raise MoveRefused("Only the person who was asked to sign returns it.")
        if not comment.strip():
            raise MoveRefused("Write what should be changed.")
        content = Proposal.objects.written().get(pk=self.proposal_id).content()
        fingerprint = contents.fingerprint(content)
        self._end(How.RETURNED, by=by, comment=comment, fingerprint=fingerprint)
        data = {"asked_by": self.asked_by.name}
        journal.record("return to preparer", by=by, subject=self.proposal.subject, data=data)
        if self.asker_is_there:
            colleague_letters.returned_to_preparer(self)

    @transaction.atomic
    def take_back(self, *, by: User) -> None:
        """Ask for the signature no more; anyone of the county may. Raises MoveRefused."""
        _hold(self.proposal)
        self._of_county(by)
        self._end(How.TAKEN_BACK, by=by)
        data = {"signer": self.signer.name}
        journal.record("take back asking", by=by, subject=self.proposal.subject, data=data)

    @transaction.atomic
    def put_aside(self, *, by: User) -> None:
        """The comment was read and needn't show any more; twice is once. Raises MoveRefused."""
        self._of_county(by)
        shown = Asking.objects.filter(STANDS, pk=self.pk, how=How.RETURNED)
        if shown.update(put_aside_at=clock.now()):
            subject = self.proposal.subject
            journal.record("put aside comment", by=by, subject=subject)

    def _of_county(self, by: User) -> None:
        if not by.belongs_to(self.proposal.county):
            raise MoveRefused("Only the county takes back what it asked.")

    def _end(self, how: str, *, by: User, **more: str) -> None:
        """End it, if nobody did so meanwhile: the guard that lets one of two people win."""
        is_open = Asking.objects.filter(pk=self.pk, ended_at__isnull=True)
        if not is_open.update(ended_at=clock.now(), ended_by=by, how=how, **more):
            raise MoveRefused(self.overtaken())
        self.refresh_from_db()

    def overtaken(self) -> str:
        """How it ended meanwhile, for someone who came too late."""
        now = Asking.objects.select_related("ended_by").get(pk=self.pk)
        who, when = now.ended_by, lately(now.ended_at)
        did = {
            How.SENT: f"sent the proposal to CDSS {when}",
            How.RETURNED: f"returned it with a comment {when}",
            How.TAKEN_BACK: f"took the request to sign back {when}",
            How.SUPERSEDED: f"asked somebody else to sign it {when}",
            How.DISCARDED: f"discarded the draft {when}",
        }[How(now.how)]
        return f"{who} {did}, so nothing of yours was changed."


def _hold(proposal: Proposal) -> None:
    """Hold the draft's row, as every save does, while something is asked about it."""
    if proposal.editable().update(reference=proposal.reference):
        return
    review: Review | None = getattr(proposal, "review", None)
    if review and Proposal.objects.filter(pk=proposal.pk, sent_at__isnull=False).exists():
        raise MoveRefused(review.overtaken())
    raise MoveRefused(proposal.why_not_editable())
