"""Fills the benchmark's database: the demonstration's proposals, copied until there are enough.

Each copy has a reference, a county and dates of its own, and everything that belongs to a
proposal: periods, requests, decisions, signed copies, letters with their outcomes, history.
"""

import copy
import itertools
import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

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
    Words,
)
from reviews.search import stored
from tools.bench_multiply import Multiplier

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
    Words: "review__proposal__reference",
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
FIRST = 116  # So many are copied one by one.
MOST_TIMES = 900  # How often the database copies those, at most: references have room for no more.
YEAR = 2001  # No proposal of the demonstration is from that year.
SPREAD = 10  # Over how many days the copies of one proposal lie.


class Copier:
    """Copies whole proposals, and writes them to the database many at a time."""

    def __init__(self, year: int) -> None:
        self.year = year
        self.starts = {
            model: (model._default_manager.aggregate(last=models.Max("pk"))["last"] or 0) + 1
            for model in ALL
        }
        self.ids = {model: itertools.count(start) for model, start in self.starts.items()}
        self.made: dict[type[models.Model], list[Any]] = {model: [] for model in ALL}
        self.numbers = itertools.count(1001)
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

    def copy_some(self, there: list[tuple[str, str]], wanted: int) -> None:
        """So many copies of the proposals that are there, each round in the next counties."""
        counties = list(County.objects.order_by("number"))
        places = [county.number for county in counties]
        for number in range(wanted):
            reference, county = there[number % len(there)]
            turn = number // len(there) + 1
            place = (places.index(county) + turn) % len(counties)
            self.copy(reference, counties[place])

    def spans(self) -> dict[type[models.Model], range]:
        """The keys of what was copied, by table."""
        return {
            model: range(start, start + len(self.made[model]))
            for model, start in self.starts.items()
        }

    def copy(self, reference: str, county: County, *, whole: bool = True, **changes: Any) -> str:
        """One more proposal like that one; not `whole`, only what its county wrote."""
        number = next(self.numbers)
        fresh = f"CIP-{self.year}-{number:04}"
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
                elif isinstance(new, Review):
                    new.county_id = county.pk
                elif isinstance(new, Words):
                    text = row.text.replace(stored([reference]), stored([fresh]))
                    new.text = text + stored([county.name])
                elif isinstance(new, SignedCopy):
                    new.content |= {"county": county.pk}
                    new.sha256 = contents.fingerprint(new.content)
                elif isinstance(new, Document):
                    new.stored = f"{row.stored}-{self.year}-{number}"
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
    """Copies what is there; `spare` of the copies are drafts to be sent, and as many to be decided.

    Returns the references of both, and how many rows were copied. On PostgreSQL a first few are
    copied here, and all of them many times over by the database itself.
    """
    there = list(Proposal.objects.order_by("pk").values_list("reference", "county"))
    to_decide, to_send = _one_to_decide(), _one_to_send()
    wanted = max(0, rows - len(there) - 2 * spare)
    times = min(max(1, wanted // FIRST), MOST_TIMES) if connection.vendor == "postgresql" else 1
    first = Copier(YEAR)
    first.copy_some(there, wanted // times)
    spans = first.spans()
    copied = first.write()
    if times > 1:
        copied += Multiplier(f"CIP-{YEAR}-", spans, times - 1).run()
    last = Copier(YEAR + 1)
    last.copy_some(there, wanted % times)
    bob = User.objects.get(email="bob@butte.example.gov")
    mine = bob.county_list[0]
    begun = {"sent_at": None, "created_by": bob, "revises": None}
    drafts = [last.copy(to_send, mine, whole=False, **begun) for _ in range(spare)]
    counties = itertools.cycle(County.objects.order_by("number"))
    decidable = [last.copy(to_decide, next(counties)) for _ in range(spare)]
    return drafts, decidable, copied + last.write()


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
