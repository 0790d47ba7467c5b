"""The concept proposal as a county writes it, until it is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import models, transaction
from django.db.models import F, Q

from portal import clock, journal
from portal.models import County, User
from proposals import content as contents
from proposals import copying
from proposals.models.parts import (
    CONTACT_PARTS,
    ROW_PARTS,
    Contact,
    DataFlow,
    SectionState,
)
from proposals.models.set_aside import Lost, SetAside
from proposals.models.starting import EditRefused, ProposalManager, ProposalQuerySet
from proposals.sections import ANSWERS, BY_KEY

CONTACTS = frozenset(Contact.Kind.values)


def as_row(row: Mapping[str, Any]) -> dict[str, str]:
    """A row of data with all its parts, as it is stored."""
    return {part: row.get(part) or "" for part in ROW_PARTS}


class StaleSection(Exception):
    """A colleague saved the section since this page was opened. Carries who and when."""

    def __init__(self, state: SectionState) -> None:
        self.state = state
        super().__init__(state.section)


class Proposal(models.Model):
    """A county's concept proposal (ACL-1): one field for everything the letter asks (ACL-3).

    Answers are kept as the county gave them, whole or not; what a typed field cannot hold
    (February 30) stays in `unparsed` beside it. `sent_at` locks editing; only the moves *send*
    and *recall* set and clear it.
    """

    class Arrived(models.TextChoices):
        PORTAL = "portal", "in the portal"
        EMAIL = "email", "by email"
        POST = "post", "by post"

    reference = models.CharField(max_length=16, unique=True)
    county = models.ForeignKey(County, models.PROTECT, related_name="proposals")
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    discarded_at = models.DateTimeField(null=True, blank=True)
    revises = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="revisions"
    )
    copied_from = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="copied_to"
    )
    arrived_by = models.CharField(max_length=8, choices=Arrived, default=Arrived.PORTAL)
    unparsed = models.JSONField(default=dict, blank=True)
    # Texts the writer said are no case data though they look like it: field -> SHA-256 of the
    # text. Who said so and when stands in the journal.
    not_case_data = models.JSONField(default=dict, blank=True)

    same_person = models.BooleanField(default=False)
    tool_name = models.TextField(blank=True)
    tool_state = models.CharField(max_length=20, blank=True)
    work_begun = models.CharField(max_length=20, blank=True)
    work_begun_detail = models.TextField(blank=True)
    builder = models.CharField(max_length=20, blank=True)
    vendor_name = models.TextField(blank=True)
    vendor_contact_name = models.TextField(blank=True)
    vendor_contact_phone = models.TextField(blank=True)
    vendor_contact_email = models.TextField(blank=True)
    subcontractors = models.TextField(blank=True)
    vendor_access = models.TextField(blank=True)
    vendor_return = models.TextField(blank=True)
    purpose = models.TextField(blank=True)
    business_needs = models.TextField(blank=True)
    technical_component = models.TextField(blank=True)
    reached_from = models.CharField(max_length=20, blank=True)
    multi_factor = models.CharField(max_length=20, blank=True)
    cmips_methods = models.JSONField(default=list, blank=True)
    data_elements = models.JSONField(default=list, blank=True)
    data_elements_other = models.TextField(blank=True)
    other_use = models.CharField(max_length=20, blank=True)
    other_use_detail = models.TextField(blank=True)
    hosting = models.TextField(blank=True)
    data_location = models.TextField(blank=True)
    outside_us = models.CharField(max_length=20, blank=True)
    mobile = models.TextField(blank=True)
    outside_services = models.TextField(blank=True)
    retention = models.TextField(blank=True)
    automated_decisions = models.CharField(max_length=20, blank=True)
    automated_decisions_detail = models.TextField(blank=True)
    research = models.CharField(max_length=20, blank=True)
    research_detail = models.TextField(blank=True)
    privacy_program_date = models.DateField(null=True, blank=True)
    users = models.TextField(blank=True)
    implementation_date = models.DateField(null=True, blank=True)
    no_documents_now = models.BooleanField(default=False)

    objects = ProposalManager()

    class Meta:
        ordering = ("-created_at", "-pk")
        indexes = (
            models.Index(fields=["county", "-created_at"]),
            models.Index(
                fields=["county", "-created_at"],
                condition=Q(sent_at__isnull=True, discarded_at__isnull=True),
                name="drafts_of_a_county",
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(discarded_at__isnull=True),
                name="a_sent_proposal_is_not_discarded",
            ),
        )

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    @property
    def title(self) -> str:
        """The tool's name, or words that stand for it while there is none."""
        return self.tool_name.strip() or "Tool without a name"

    @property
    def subject(self) -> tuple[str, str]:
        """How journal and notices name this proposal."""
        return ("proposal", self.reference)

    @property
    def is_draft(self) -> bool:
        return self.sent_at is None

    def content(self) -> dict[str, Any]:
        """Everything the proposal says, as plain data (see proposals.content)."""
        answers: dict[str, Any] = {}
        contacts = {contact.kind: contact for contact in self.contacts.all()}
        for name in ANSWERS:
            kind, _, part = name.partition("_")
            if kind in CONTACTS and part in CONTACT_PARTS:
                answers[name] = getattr(contacts[kind], part) if kind in contacts else ""
            else:
                value = getattr(self, name)
                answers[name] = value.isoformat() if isinstance(value, date) else value
        flows = list(self.flows.all())
        return {
            "schema": contents.SCHEMA,
            "answers": answers,
            "unparsed": dict(self.unparsed),
            "data_in": [flow.row() for flow in flows if flow.direction == "in"],
            "data_out": [flow.row() for flow in flows if flow.direction == "out"],
            "documents": [document.row() for document in self.documents.all() if document.is_part],
        }

    @transaction.atomic
    def save_section(
        self,
        key: str,
        values: Mapping[str, Any],
        *,
        by: User,
        seen: int,
        unparsed: Mapping[str, str] | None = None,
        not_case_data: Mapping[str, str] | None = None,
        partly: bool = False,
        lost: Iterable[Lost] = (),
    ) -> SectionState:
        """Keep what a person typed in one section, complete or not.

        `values` holds answers by name, and for data flows `data_in` and `data_out` as lists of
        rows; `seen` is the version of the section the page showed. What is stored already, word
        for word, is no change: it makes no new version and nobody its author, however old the
        page. So a save whose answer was lost may be repeated. `partly` says that the page holds
        answers which are not among the values; `lost` are texts that give way to these. Raises
        EditRefused once the proposal is sent, StaleSection when a colleague saved meanwhile.
        """
        section = BY_KEY[key]
        # The draft's own row is the lock; the guard on sent_at stands in the same UPDATE.
        if not self.editable().update(reference=self.reference):
            raise EditRefused(self.why_not_editable())
        # Others may have saved since the page was read.
        self.refresh_from_db()
        columns, people = self._by_place(values)
        names = {answer.name for answer in section.answers}
        kept = {name: text for name, text in self.unparsed.items() if name not in names}
        columns["unparsed"] = {**kept, **(unparsed or {})}
        if not_case_data:
            columns["not_case_data"] = {**self.not_case_data, **not_case_data}
        states = SectionState.objects.filter(proposal=self, section=key)
        state = states.select_related("saved_by").get()
        says_so = self._says(columns, people, values)
        if state.version != seen and (partly or not says_so):
            raise StaleSection(state)
        if lost:
            SetAside.objects.keep(self, key, lost, by=by)
        if says_so:
            return state
        states.update(version=F("version") + 1, saved_by=by, saved_at=clock.now())
        Proposal.objects.filter(pk=self.pk).update(**columns)
        self._keep_parts(people, values)
        if not_case_data:
            data = {"section": key, "fields": sorted(not_case_data)}
            journal.record("say it is no case data", by=by, subject=self.subject, data=data)
        self.refresh_from_db()
        return states.select_related("saved_by").get()

    def _says(
        self,
        columns: Mapping[str, Any],
        people: Mapping[str, Mapping[str, Any]],
        values: Mapping[str, Any],
    ) -> bool:
        """Whether all of this is stored already."""
        if any(getattr(self, name) != value for name, value in columns.items()):
            return False
        contacts = {contact.kind: contact for contact in self.contacts.all()} if people else {}
        for kind, parts in people.items():
            if any(getattr(contacts.get(kind), part, "") != parts[part] for part in parts):
                return False
        asked = [direction for direction in ("in", "out") if f"data_{direction}" in values]
        flows = list(self.flows.all()) if asked else []
        return all(
            [flow.row() for flow in flows if flow.direction == direction]
            == [as_row(row) for row in values[f"data_{direction}"]]
            for direction in asked
        )

    def note_saved(self, key: str, *, by: User) -> None:
        """That a section was saved now, by whom, when it is saved in parts (documents)."""
        SectionState.objects.filter(proposal=self, section=key).update(
            version=F("version") + 1, saved_by=by, saved_at=clock.now()
        )

    def _by_place(
        self, values: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        """Answers sorted into the proposal's own columns and its contacts'."""
        columns: dict[str, Any] = {}
        people: dict[str, dict[str, Any]] = {}
        for name, value in values.items():
            kind, _, part = name.partition("_")
            if name in ("data_in", "data_out"):
                continue
            if kind in CONTACTS and part in CONTACT_PARTS:
                people.setdefault(kind, {})[part] = value
            elif name in ANSWERS:
                columns[name] = value
            else:
                raise KeyError(name)
        return columns, people

    def _keep_rows(self, direction: str, rows: list[Mapping[str, Any]]) -> None:
        self.flows.filter(direction=direction).delete()
        DataFlow.objects.bulk_create(
            DataFlow(
                proposal=self,
                direction=direction,
                position=position,
                **as_row(row),
            )
            for position, row in enumerate(rows)
        )

    def take_in(self, values: Mapping[str, Any]) -> None:
        """Write answers the county changed for CDSS into the proposal; part of *respond*.

        The caller holds the review of this proposal and signs anew in the same transaction.
        """
        columns, people = self._by_place(values)
        columns["unparsed"] = {
            name: text for name, text in self.unparsed.items() if name not in values
        }
        Proposal.objects.filter(pk=self.pk).update(**columns)
        self._keep_parts(people, values)
        self.refresh_from_db()

    @transaction.atomic
    def copy(self, *, by: User) -> Proposal:
        """A new draft of the county that begins with this proposal's answers, and remembers so.

        Raises EditRefused when the person writes for another county.
        """
        draft = Proposal.objects.start(self.county, by=by, copied_from=self)
        left_out = draft.take_over(self)
        data = {"from": self.reference, "left_out": left_out}
        journal.record("copy", by=by, subject=draft.subject, data=data)
        return draft

    def take_over(self, original: Proposal) -> list[str]:
        """Write the answers, contacts and rows of another proposal into this new draft.

        Never its signature, agreements, documents, what could not be read as a date, or what its
        writers stated of a text: so a text with the shape of case data is left out, until someone
        states it of this draft too. Returns the names of the fields that were left out.
        """
        answers, left_out = copying.carried_over(original.content())
        self.take_in(answers)
        return left_out

    def _keep_parts(
        self, people: Mapping[str, Mapping[str, Any]], values: Mapping[str, Any]
    ) -> None:
        for kind, parts in people.items():
            Contact.objects.update_or_create(proposal=self, kind=kind, defaults=parts)
        for direction in ("in", "out"):
            if f"data_{direction}" in values:
                self._keep_rows(direction, values[f"data_{direction}"])

    def editable(self) -> ProposalQuerySet:
        """This proposal while it may be edited: the guard of every save, in the same UPDATE."""
        return Proposal.objects.filter(pk=self.pk, sent_at__isnull=True, discarded_at__isnull=True)

    def why_not_editable(self) -> str:
        """The sentence for someone whose save came too late."""
        self.refresh_from_db(fields=["sent_at", "discarded_at"])
        if self.discarded_at:
            return "This draft was discarded, so nothing was saved."
        return (
            "This proposal was sent to CDSS, so its answers can't be edited any more. "
            "Nothing you typed here was saved."
        )

    @transaction.atomic
    def discard(self, *, by: User) -> None:
        """Put a draft out of sight; it is kept (Gov. Code 12275). Raises EditRefused."""
        if self.revisions.filter(sent_at__isnull=False).exists():
            raise EditRefused("A later proposal stands on this one, so it can't be discarded.")
        if not self.editable().update(discarded_at=clock.now()):
            raise EditRefused(self.why_not_editable())
        journal.record("discard", by=by, subject=self.subject)
        self.refresh_from_db()
