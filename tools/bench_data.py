"""Fills the benchmark's database: the demonstration's proposals, copied until there are enough.

Each copy has a reference, a county and dates of its own, and everything that belongs to a
proposal: periods, requests, decisions, signed copies, letters with their outcomes, history.
"""

import itertools
import json
from collections.abc import Iterable
from datetime import timedelta
from io import StringIO
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
from tools.bench_multiply import (
    FEW,
    LEFT_OUT,
    Multiplier,
    columns,
    copy_in,
    line,
    one_line,
    two_lines,
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
FIRST = 58  # So many are copied one by one: as many as there are counties.
MOST_TIMES = 900  # How often the database copies those, at most: references have room for no more.
YEAR = 2001  # No proposal of the demonstration is from that year.
SPREAD = 10  # Over how many days the copies of one proposal lie.


Found = dict[str, dict[type[models.Model], list[Any]]]


class Copier:
    """Copies whole proposals, and writes them to the database many at a time. `found` is what was
    read of them already."""

    def __init__(self, year: int, found: Found | None = None) -> None:
        self.year = year
        self.starts = {
            model: (model._default_manager.aggregate(last=models.Max("pk"))["last"] or 0) + 1
            for model in ALL
        }
        self.ids = {model: itertools.count(start) for model, start in self.starts.items()}
        self.made: dict[type[models.Model], list[Any]] = {model: [] for model in ALL}
        self.numbers = itertools.count(1001)
        self.found = {} if found is None else found

    def look_up(self, references: Iterable[str]) -> None:
        """Reads all that belongs to these proposals, each table once."""
        wanted = [one for one in references if one not in self.found]
        for reference in wanted:
            self.found[reference] = {model: [] for model in ALL}
        for model, way in ALL.items() if wanted else ():
            rows = model._default_manager.filter(**{f"{way}__in": wanted})
            for row in rows.annotate(whose=models.F(way)).order_by("pk"):
                self.found[row.whose][model].append(row)

    def copy_some(self, there: list[tuple[str, str]], wanted: range) -> None:
        """Copies of the proposals that are there, each round in the next counties."""
        self.look_up(reference for reference, _ in there[: wanted.stop])
        counties = list(County.objects.order_by("number"))
        places = [county.number for county in counties]
        for number in wanted:
            reference, county = there[number % len(there)]
            turn = number // len(there) + 1
            place = (places.index(county) + turn) % len(counties)
            self.copy(reference, counties[place])

    def spans(self) -> dict[type[models.Model], range]:
        """The keys of what was copied so far, by table."""
        return {
            model: range(start, start + len(self.made[model]))
            for model, start in self.starts.items()
        }

    def copy(self, reference: str, county: County, *, whole: bool = True, **changes: Any) -> str:
        """One more proposal like that one; not `whole`, only what its county wrote."""
        number = next(self.numbers)
        fresh = f"CIP-{self.year}-{number:04}"
        self.look_up([reference])
        rows = {model: self.found[reference][model] for model in (ALL if whole else WRITTEN)}
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
        values = []
        for name, field in columns(type(row)):
            value = row.__dict__[name]
            if value is None or name == LEFT_OUT.get(type(row)):
                value = None if value is None else ""
            elif field.primary_key:
                value = ids[type(row), value]
            elif isinstance(field, models.ForeignKey):
                value = ids.get((field.related_model, value), value)
            elif isinstance(field, models.DateField):
                value = value - earlier
            elif isinstance(value, str):
                value = value.replace(reference, fresh)
            elif isinstance(field, models.JSONField) and value:
                value = json.loads(json.dumps(value).replace(reference, fresh))
            values.append(value)
        return type(row).from_db(None, [name for name, _ in columns(type(row))], values)

    def write(self) -> int:
        """Puts all copies into the database; returns how many rows they are."""
        self.chain(self.made[JournalEntry])
        if not _multiplies():
            with transaction.atomic():
                return sum(self.keep(model) for model in self.made)
        if sum(len(rows) for rows in self.made.values()) < FEW:
            return one_line(iter(self.made), self.keep)
        return two_lines(self.made, self.keep)

    def keep(self, model: type[models.Model]) -> int:
        """Puts the copies of one table into the database."""
        rows = self.made[model]
        if _multiplies():
            copy_in(model, StringIO("".join("\t".join(line(row)) + "\n" for row in rows)))
        else:
            model._default_manager.bulk_create(rows, batch_size=500)
        return len(rows)

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
    found: Found = {}
    copied = _many(there, max(0, rows - len(there) - 2 * spare), found)
    bob = User.objects.get(email="bob@butte.example.gov")
    begun = {"sent_at": None, "created_by": bob, "revises": None}
    drafts, more = _spare(
        Copier(YEAR + 1, found), to_send, bob.county_list, spare, whole=False, **begun
    )
    copied += more
    everywhere = list(County.objects.order_by("number"))
    decidable, more = _spare(Copier(YEAR + 2, found), to_decide, everywhere, spare)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(ALL)):
            cursor.execute(statement)
    return drafts, decidable, copied + more


def _many(there: list[tuple[str, str]], wanted: int, found: Found) -> int:
    """So many copies of the proposals that are there; returns how many rows they are."""
    size = max(FIRST, -(-wanted // MOST_TIMES)) if _multiplies() else wanted
    first = Copier(YEAR, found)
    # Of the last turn, only as many as are left.
    times, rest = divmod(wanted, size) if wanted > size else (1, 0)
    first.copy_some(there, range(rest))
    part = first.spans()
    first.copy_some(there, range(rest, min(size, wanted)))
    spans, copied = first.spans(), first.write()
    if times > 1 or rest:
        copied += Multiplier(f"CIP-{YEAR}-", spans, part=part).run(times)
    return copied


def _spare(
    copier: Copier, reference: str, counties: list[County], wanted: int, **how: Any
) -> tuple[list[str], int]:
    """So many copies of one proposal, each in the next county; their references, and how many rows
    they are."""
    here = range(1 if _multiplies() else wanted)
    names = [copier.copy(reference, counties[number % len(counties)], **how) for number in here]
    spans, copied = copier.spans(), copier.write()
    if len(here) < wanted:
        numbers = [county.number for county in counties]
        copied += Multiplier(f"CIP-{copier.year}-", spans, counties=numbers).run(wanted)
        names += [f"CIP-{copier.year}-{turn + 1}001" for turn in range(1, wanted)]
    return names, copied


def _multiplies() -> bool:
    """Whether the database copies what was copied here."""
    return connection.vendor == "postgresql"


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
