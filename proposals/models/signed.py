"""What a county sent, word for word, as it stood when it was signed (UETA, Civ. Code 1633)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Max

from portal import clock
from portal.append_only import AppendOnlyModel, AppendOnlyQuerySet
from portal.models import GoverningLetter, User
from proposals import content as contents
from proposals.models.proposal import Proposal

STATEMENT = (
    "By signing I state, for my county, that this proposal is complete as far as I know, "
    "and that I may sign it."
)


class SignedCopyManager(models.Manager.from_queryset(AppendOnlyQuerySet)):
    def take(
        self,
        proposal: Proposal,
        *,
        signer: User | None,
        name: str = "",
        title: str = "",
        agreements: list[dict[str, Any]] | None = None,
        letter: GoverningLetter,
        says: contents.Content | None = None,
        is_first: bool = False,
    ) -> SignedCopy:
        """Copy the proposal's content as it is now; part of *send*, *log* and *respond*.

        One that came by email or post has no signature of the portal's: `signer` is None. `says`
        is the content, where it is at hand; `is_first`, where no copy can be there yet.
        """
        content = {
            **(says or proposal.content()),
            "reference": proposal.reference,
            "county": proposal.county.number,
            "signature": {"name": name, "title": title, "statement": STATEMENT if name else ""},
            "agreements": agreements or [],
            "governing_letter": letter.version,
        }
        last = (
            0 if is_first else self.filter(proposal=proposal).aggregate(last=Max("number"))["last"]
        )
        return self.create(
            proposal=proposal,
            number=(last or 0) + 1,
            content=content,
            sha256=contents.fingerprint(content),
            signer=signer,
            signer_name=name,
            signer_title=title,
            signed_at=clock.now(),
            governing_letter=letter,
        )


class SignedCopy(AppendOnlyModel):
    """An unchangeable copy of what was sent, with who signed it and its SHA-256.

    The database refuses to change or delete it (a trigger); any later change is a new copy.
    """

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="copies")
    number = models.PositiveSmallIntegerField()
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    signer = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    signer_name = models.TextField(blank=True)
    signer_title = models.TextField(blank=True)
    signed_at = models.DateTimeField()
    governing_letter = models.ForeignKey(GoverningLetter, models.PROTECT, related_name="+")

    objects = SignedCopyManager()

    class Meta:
        ordering = ("proposal", "number")
        verbose_name_plural = "signed copies"
        constraints = (
            models.UniqueConstraint(fields=["proposal", "number"], name="one_copy_of_a_number"),
        )

    def __str__(self) -> str:
        return f"{self.proposal_id} copy {self.number}"

    def is_whole(self) -> bool:
        """Whether the content still has the fingerprint it was signed with."""
        return contents.fingerprint(self.content) == self.sha256
