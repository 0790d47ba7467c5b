"""How a proposal begins: its reference, and a new draft, empty or copied from an earlier one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models import F, Q

from portal import clock, journal
from portal.models import County, User
from proposals.models.parts import SectionState
from proposals.sections import SECTIONS

if TYPE_CHECKING:
    from proposals.models.proposal import Proposal

# Where a county's search looks, and how many words it takes.
SEARCHED = ("reference", "tool_name", "vendor_name", "purpose")
MOST_WORDS = 8


class EditRefused(Exception):
    """The proposal cannot be edited now; the message says why and what to do instead."""


class ReferenceCounter(models.Model):
    """The last number given to a proposal in a year, so that references never repeat."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"

    @classmethod
    def next(cls, year: int) -> str:
        """The next reference of the year, like CIP-2027-0042. Gaps are allowed."""
        cls.objects.get_or_create(year=year)
        cls.objects.filter(year=year).update(last=F("last") + 1)
        return f"CIP-{year}-{cls.objects.get(year=year).last:04d}"


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def visible_to(self, user: User) -> ProposalQuerySet:
        """A county's people see all of its proposals; CDSS and auditors only what was sent."""
        if not user.is_authenticated:
            return self.none()
        if user.reads_cases:
            return self.filter(sent_at__isnull=False)
        return self.of_counties([one.county_id for one in user.current_memberships])

    def of_counties(self, numbers: Iterable[str]) -> ProposalQuerySet:
        """All that people of these counties may see."""
        return self.filter(county__in=numbers, discarded_at__isnull=True)

    def searched(self, text: str) -> ProposalQuerySet:
        """Those in which every word of the text stands somewhere, in capitals or not."""
        found = Q()
        for word in text.split()[:MOST_WORDS]:
            anywhere = Q()
            for name in SEARCHED:
                anywhere |= Q(**{f"{name}__icontains": word})
            found &= anywhere
        return self.filter(found)

    def named(self) -> ProposalQuerySet:
        """Which proposals they are, without anything they say."""
        names = ("reference", "county", "created_by", "sent_at", "discarded_at")
        return self.select_related("county").only(*names, "county__name", "county__official_name")

    def written(self) -> ProposalQuerySet:
        """With everything that belongs to its content, in a fixed number of queries."""
        return self.select_related("county").prefetch_related("contacts", "flows", "documents")

    def whole(self) -> ProposalQuerySet:
        """With its content, and who finished which section."""
        return (
            self.written()
            .select_related("county", "created_by")
            .prefetch_related("states__saved_by")
        )


class ProposalManager(models.Manager.from_queryset(ProposalQuerySet)):
    @transaction.atomic
    def start(
        self,
        county: County,
        *,
        by: User,
        tool_name: str = "",
        arrived_by: str = "portal",
        revises: Proposal | None = None,
        copied_from: Proposal | None = None,
        answers: Mapping[str, Any] | None = None,
    ) -> Proposal:
        """A new draft of the county, with its reference; the first entry in its history.

        `answers` are those that the county gave already, by name. Raises EditRefused
        when the person writes for another county.
        """
        if not by.is_reviewer and not by.belongs_to(county):
            raise EditRefused("You can start proposals only for your own county.")
        now = clock.now()
        proposal = self.create(
            reference=ReferenceCounter.next(clock.pacific(now).year),
            county=county,
            created_by=by,
            created_at=now,
            tool_name=tool_name,
            arrived_by=arrived_by,
            revises=revises,
            copied_from=copied_from,
            **(answers or {}),
        )
        SectionState.objects.bulk_create(
            SectionState(proposal=proposal, section=section.key) for section in SECTIONS
        )
        data = {"county": county.name, "tool": tool_name, "arrived_by": arrived_by}
        journal.record("start", by=by, subject=proposal.subject, data=data)
        return proposal
