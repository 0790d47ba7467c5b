"""Texts that lost when two colleagues wrote the same answer: kept for the county, to copy back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models

from portal import clock
from portal.models import User

if TYPE_CHECKING:
    from proposals.models.proposal import Proposal


@dataclass(frozen=True)
class Lost:
    """An answer that another one takes the place of: which, in words, whose, and written when."""

    field: str
    label: str
    text: str
    written_by: User
    written_at: datetime


class SetAsideManager(models.Manager["SetAside"]):
    def of(self, proposal: Proposal, section: str) -> models.QuerySet[SetAside]:
        """The texts set aside in a section, the latest first, with their people."""
        found = self.filter(proposal=proposal, section=section)
        return found.select_related("written_by", "set_aside_by")

    def keep(self, proposal: Proposal, section: str, lost: Iterable[Lost], *, by: User) -> None:
        """Keep what was lost in a section; part of the save that it loses to. A text that is kept
        already is not kept twice, so that a save may be repeated.
        """
        kept = set(
            self.filter(proposal=proposal, section=section).values_list(
                "field", "text", "written_by"
            )
        )
        self.bulk_create(
            SetAside(
                proposal=proposal,
                section=section,
                field=one.field,
                label=one.label,
                text=one.text,
                written_by=one.written_by,
                written_at=one.written_at,
                set_aside_by=by,
                set_aside_at=clock.now(),
            )
            for one in lost
            if (one.field, one.text, one.written_by.pk) not in kept
        )


class SetAside(models.Model):
    """A text that was written into a draft and gave way to a colleague's.

    The county reads it in its section and may copy it back. It is no part of what the proposal
    says: neither signed nor sent, and CDSS never sees it.
    """

    proposal = models.ForeignKey("proposals.Proposal", models.CASCADE, related_name="set_aside")
    section = models.CharField(max_length=20)
    field = models.CharField(max_length=40)
    label = models.TextField()
    text = models.TextField()
    written_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    set_aside_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    set_aside_at = models.DateTimeField()

    objects = SetAsideManager()

    class Meta:
        ordering = ("-set_aside_at", "-pk")
        indexes = (models.Index(fields=["proposal", "section"], name="set_aside_in_a_section"),)

    def __str__(self) -> str:
        return f"{self.label}, by {self.written_by}"
