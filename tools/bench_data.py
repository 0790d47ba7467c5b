"""Fills the benchmark's database: the demonstration's proposals, copied until there are enough.

Each copy has a reference, a county and dates of its own, and everything that belongs to a
proposal: periods, requests, decisions, signed copies, letters with their outcomes, history.
"""

import copy
import itertools
import json
from collections.abc import Iterable
from datetime import timedelta
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, models, transaction

from portal.models import (
    Attempt,
    County,
    JournalEntry,
    JournalHead,
    Notice,
    NoticeRecipient,
    User,
)
from proposals import content as contents
from proposals.models import Contact, DataFlow, Document, Proposal, SectionState, SignedCopy
from reviews.models import (
    Condition,
    Correspondent,
    Decision,
    Finding,
    Item,
    Message,
    Note,
    Request,
    Review,
    Round,
)

# What belongs to a proposal, each with the way to its reference; nobody stands before what it
# points to.
WRITTEN: dict[type[models.Model], str] = {
    Proposal: "reference",
    Contact: "proposal__reference",
    DataFlow: "proposal__reference",
    SectionState: "proposal__reference",
}
ALL: dict[type[models.Model], str] = {
    Notice: "subject",
    NoticeRecipient: "notice__subject",
    Attempt: "recipient__notice__subject",
    **WRITTEN,
    Document: "proposal__reference",
    SignedCopy: "proposal__reference",
    Review: "proposal__reference",
    Round: "review__proposal__reference",
    Correspondent: "review__proposal__reference",
    Request: "review__proposal__reference",
    Item: "request__review__proposal__reference",
    Item.documents.through: "item__request__review__proposal__reference",
    Decision: "review__proposal__reference",
    Condition: "decision__review__proposal__reference",
    Message: "review__proposal__reference",
    Note: "review__proposal__reference",
    Finding: "review__proposal__reference",
    JournalEntry: "subject",
}
YEAR = 2001  # No proposal of the demonstration is from that year.
SPREAD = 10  # Over how many days the copies of one proposal lie.


class Copier:
    """Copies whole proposals, and writes them to the database many at a time."""

    def __init__(self) -> None:
        self.ids = {
            model: itertools.count(
                (model._default_manager.aggregate(last=models.Max("pk"))["last"] or 0) + 1
            )
            for model in ALL
        }
        self.made: dict[type[models.Model], list[Any]] = {model: [] for model in ALL}
        self.numbers = itertools.count(1)
        self.found: dict[tuple[str, bool], dict[type[models.Model], list[Any]]] = {}

    def rows_of(self, reference: str, *, whole: bool) -> dict[type[models.Model], list[Any]]:
        key = (reference, whole)
        if key not in self.found:
            parts = ALL if whole else WRITTEN
            self.found[key] = {
                model: list(model._default_manager.filter(**{way: reference}).order_by("pk"))
                for model, way in parts.items()
            }
        return self.found[key]

    def copy(self, reference: str, county: County, *, whole: bool = True, **changes: Any) -> str:
        """One more proposal like that one; not `whole`, only what its county wrote."""
        number = next(self.numbers)
        fresh = f"CIP-{YEAR}-{number:04}"
        rows = self.rows_of(reference, whole=whole)
        ids = {
            (model, row.pk): next(self.ids[model]) for model, found in rows.items() for row in found
        }
        for model, found in rows.items():
            for row in found:
                new = self.like(row, ids, reference, fresh, timedelta(days=number % SPREAD))
                if isinstance(new, Proposal):
                    new.county_id = county.pk
                    new.tool_name = f"{row.tool_name} {county.name}"
                    for name, value in changes.items():
                        setattr(new, name, value)
                elif isinstance(new, SignedCopy):
                    new.content |= {"county": county.pk}
                    new.sha256 = contents.fingerprint(new.content)
                elif isinstance(new, Document):
                    new.stored = f"{row.stored}-{number}"
                self.made[model].append(new)
        return fresh

    def like(
        self,
        row: models.Model,
        ids: dict[tuple[type[models.Model], Any], int],
        reference: str,
        fresh: str,
        earlier: timedelta,
    ) -> models.Model:
        """A row with a key of its own, that points to its siblings and names the new reference."""
        new = copy.copy(row)
        new._state = models.base.ModelState()
        new.pk = ids[type(row), row.pk]
        for field in row._meta.concrete_fields:
            value = getattr(row, field.attname)
            if value is None or field.primary_key:
                continue
            if isinstance(field, models.ForeignKey):
                value = ids.get((field.related_model, value), value)
            elif isinstance(field, models.DateField):
                value = value - earlier
            elif isinstance(field, models.JSONField):
                value = json.loads(json.dumps(value).replace(reference, fresh))
            elif isinstance(value, str):
                value = value.replace(reference, fresh)
            setattr(new, field.attname, value)
        return new

    @transaction.atomic
    def write(self) -> int:
        """Puts all copies into the database; returns how many rows they are."""
        self.chain(self.made[JournalEntry])
        for model, rows in self.made.items():
            model._default_manager.bulk_create(rows, batch_size=500)
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), list(ALL)):
                cursor.execute(statement)
        return sum(len(rows) for rows in self.made.values())

    def chain(self, entries: Iterable[JournalEntry]) -> None:
        """Gives the entries their numbers and hashes, each following the one before."""
        head = JournalHead.objects.get()
        for entry in entries:
            entry.number, entry.previous_hash = head.number + 1, head.hash
            entry.hash = entry.computed_hash()
            head.number, head.hash = entry.number, entry.hash
        head.save()


def fill(rows: int, spare: int) -> tuple[list[str], list[str], int]:
    """Makes the data; `spare` of the proposals are drafts to be sent, and as many to be decided.

    Returns the references of both, and how many rows were copied.
    """
    call_command("load_demo", stdout=StringIO())
    there = list(Proposal.objects.order_by("pk").values_list("reference", "county"))
    counties = list(County.objects.order_by("number"))
    places = [county.number for county in counties]
    bob = User.objects.get(email="bob@butte.example.gov")
    copier = Copier()
    to_decide = _one_to_decide()
    to_send = _one_to_send()
    drafts = [
        copier.copy(
            to_send, bob.county_list[0], whole=False, sent_at=None, created_by=bob, revises=None
        )
        for _ in range(spare)
    ]
    decidable = [copier.copy(to_decide, counties[n % len(counties)]) for n in range(spare)]
    for number in range(max(0, rows - len(there) - 2 * spare)):
        reference, county = there[number % len(there)]
        turn = number // len(there) + 1
        place = (places.index(county) + turn) % len(counties)
        copier.copy(reference, counties[place])
    return drafts, decidable, copier.write()


def _one_to_decide() -> str:
    """A proposal whose decision waits for Dana."""
    waiting = Decision.objects.pending().exclude(drafted_by__email="dana@cdss.example.gov")
    return waiting.values_list("review__proposal__reference", flat=True)[0]


def _one_to_send() -> str:
    """A proposal that lacks nothing the letter asks for."""
    sent = Proposal.objects.filter(sent_at__isnull=False, arrived_by="portal").whole()
    documents = Document.objects.filter(proposal=models.OuterRef("pk"))
    for proposal in sent.filter(~models.Exists(documents)):
        if not contents.missing_for_letter(proposal.content()):
            return proposal.reference
    raise LookupError("No demonstration proposal could be sent as it stands.")
