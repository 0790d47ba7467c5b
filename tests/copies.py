"""Thousands of proposals with all that belongs to them, copied inside the database.

A few are made by the real moves. Whatever points to one of them is copied with it, table by table,
so that a table which comes later is filled without a word here: each copy with keys, a reference,
a county and days of its own. The journal's copies keep their hashes: only `verify` would mind.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, models

from portal import clock, outbox
from portal.models import (
    BarrierReport,
    County,
    JournalEntry,
    JournalHead,
    Membership,
    Notice,
    NoticeRecipient,
    Role,
    User,
)
from portal.models.notices import State
from proposals.models import Proposal, SetAside
from proposals.models.set_aside import Lost
from reviews.models import (
    Asking,
    DecisionDraft,
    Enhancement,
    Finding,
    Idea,
    Message,
    Note,
    SavedView,
    StandardWording,
    ToolTraits,
    Visit,
    Words,
)
from reviews.models.saved_views import MOST as MOST_VIEWS
from reviews.search import stored
from tests import make
from tests.house.rules import WINGS

TURNS = "turns_of_copying"
# Tables that name a proposal by its reference, not by its key.
BY_REFERENCE = (Notice, JournalEntry)
# What a letter looks like in HTML stands on one page, and would be most of the bytes.
LEFT_OUT = {(Notice, "html")}
# Originals are numbered below a hundred; copies from here on.
FIRST = 100
# One turn in so many copies into the county of the originals, which so has hundreds.
OWN = 5

Table = type[models.Model]


def tables() -> list[Table]:
    """Every table whose rows belong to proposals; none stands before one that it points to."""
    every = [
        model
        for wing in WINGS
        for model in apps.get_app_config(wing).get_models(include_auto_created=True)
    ]
    found: set[Table] = {Proposal, *BY_REFERENCE}
    while more := {model for model in every if model not in found and found & points_to(model)}:
        found |= more
    order = TopologicalSorter({model: points_to(model) & found - {model} for model in found})
    return list(order.static_order())


def points_to(model: Table) -> set[Table]:
    return {field.related_model for field in model._meta.concrete_fields if field.is_relation}


@dataclass(frozen=True)
class Copies:
    """The originals that a database holds before any copy, and how they are copied."""

    prefix: str
    spans: dict[Table, range]

    @classmethod
    def of(cls, *references: str) -> Copies:
        """References are those of all proposals that there are, fewer than a hundred."""
        (prefix,) = {reference[:-2] for reference in references}
        return cls(prefix, {model: cls._span(model) for model in tables()})

    @staticmethod
    def _span(model: Table) -> range:
        ends = model._default_manager.aggregate(
            first=models.Min("pk"), last=models.Max("pk"), number=models.Count("pk")
        )
        assert ends["number"], f"There is no {model.__name__} to copy: let one of the cases have it"
        return range(ends["first"], ends["last"] + 1)

    @property
    def stride(self) -> int:
        """How far the keys of one turn lie from those of the next, in every table."""
        return max(span.stop - span.start for span in self.spans.values())

    def make(self, turns: range) -> None:
        """Copies all originals once for each turn; no turn may be made twice."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"CREATE TEMPORARY TABLE {TURNS} (turn integer, county varchar(2), days integer)"
            )
            rows = list(self._rows(turns))
            cursor.executemany(f"INSERT INTO {TURNS} VALUES (%s, %s, %s)", rows)
            for model in self.spans:
                cursor.execute(self._statement(model))
            cursor.execute(f"DROP TABLE {TURNS}")
            for statement in connection.ops.sequence_reset_sql(no_style(), list(self.spans)):
                cursor.execute(statement)
            # As a database does by itself when it has been filled.
            cursor.execute("ANALYZE")
        last = JournalEntry.objects.latest("number")
        JournalHead.objects.update(number=last.number, hash=last.hash)

    def _rows(self, turns: range) -> Iterator[tuple[int, str, int]]:
        """Each turn with its county, and how many days earlier all of it lies."""
        counties = list(County.objects.order_by("number").values_list("number", flat=True))
        own = Proposal.objects.values_list("county", flat=True).earliest("pk")
        for turn in turns:
            county = counties[turn % len(counties)] if turn % OWN else own
            yield turn, county, turn % 40 if turn % 3 else turn * 7 % 1000

    def _statement(self, model: Table) -> str:
        fields = [field for field in model._meta.concrete_fields if not field.generated]
        columns = ", ".join(quoted(field.column) for field in fields)
        values = ", ".join(self._value(model, field) for field in fields)
        table, key, span = model._meta.db_table, model._meta.pk.column, self.spans[model]
        return (
            f"INSERT INTO {quoted(table)} ({columns}) SELECT {values} "
            f"FROM {quoted(table)} AS one, {TURNS} AS other "
            f"WHERE one.{quoted(key)} BETWEEN {span.start} AND {span.stop - 1}"
        )

    def _value(self, model: Table, field: models.Field) -> str:
        """What stands in a column of a copy, in SQL."""
        column = f"one.{quoted(field.column)}"
        is_key = field.primary_key or field.related_model in self.spans
        if is_key or (model, field.name) == (JournalEntry, "number"):
            return f"{column} + other.turn * {self.stride}"
        if (model, field.name) in LEFT_OUT:
            return "''"
        if field.related_model is County:
            return "other.county"
        if isinstance(field, models.DateField):
            return _earlier(column, field)
        if isinstance(field, models.JSONField):
            renamed = self._renamed(model, f"CAST({column} AS text)")
            return f"CAST({renamed} AS {field.db_type(connection)})" if _is_postgres() else renamed
        if isinstance(field, models.CharField | models.TextField) and not field.choices:
            renamed = self._renamed(model, column)
            is_own = field.unique and field.name != "reference"
            return f"{renamed} || '-' || other.turn" if is_own else renamed
        return column

    def _renamed(self, model: Table, text: str) -> str:
        """A text that names the copy where the original's names the original."""
        prefix, fresh = self.prefix, self.prefix[:-2]
        if model is Words:
            prefix, fresh = stored([prefix]), stored([fresh]) + " "
        return f"replace({text}, '{prefix}', '{fresh}' || ({FIRST} + other.turn))"


def _earlier(column: str, field: models.Field) -> str:
    """A date or an instant, so many days before."""
    if _is_postgres():
        kind = field.db_type(connection)
        return f"CAST({column} - make_interval(days => other.days) AS {kind})"
    kind = "%Y-%m-%d %H:%M:%f" if isinstance(field, models.DateTimeField) else "%Y-%m-%d"
    return f"strftime('{kind}', {column}, '-' || other.days || ' days')"


def _is_postgres() -> bool:
    return connection.vendor == "postgresql"


def quoted(name: str | None) -> str:
    return connection.ops.quote_name(name or "")


# --- What is copied, and what stands beside it ----------------------------------------------------


def four_more() -> None:
    """To the cases of the table of routes four more, and on one of them what only busy ones have,
    so that each table has a row; all letters sent but two, and each tool compared."""
    alice, amir, carol = map(make.someone, ("alice", "amir", "carol"))
    asked = make.draft(by=amir)
    Asking.objects.ask(asked, by=amir, signer=alice, note="By Friday, please.")
    lost = Lost("hosting", "Hosting", "The county's cellar.", amir, clock.now())
    SetAside.objects.keep(asked, "technical", [lost], by=alice)
    answered = make.responded()
    for _ in range(3):
        file = make.beside(answered.proposal, make.a_file(), by=alice)
        Message.objects.write(answered, by=alice, text="How is it going?", document=file)
        Note.objects.write(answered, by=carol, text="The county called.")
    checked = {"complete": {"choice": "yes", "note": "All is there."}}
    Finding.objects.save_checklist(answered, by=carol, values=checked)
    DecisionDraft.objects.keep(answered, by=carol, typed={"outcome": "approved"}, seen=0)
    Visit.objects.create(review=answered, user=make.someone("dana"), at=clock.now())
    Idea.objects.mark(answered, by=carol, why="Every county reports it.")
    make.decided(outcome="not_approved")
    make.logged()
    outbox.deliver_due()
    ToolTraits.objects.compare_waiting()
    troubled = NoticeRecipient.objects.filter(notice__subject=answered.reference)[:2]
    NoticeRecipient.objects.filter(pk__in=troubled).update(state=State.FAILED)


def beside(*, people: range, others: range) -> None:
    """What grows with the years, but belongs to no proposal: people; reports of barriers, plans,
    wordings, and a reviewer's views."""
    carol, now = make.someone("carol"), clock.now()
    joined = User.objects.bulk_create(
        User(
            email=f"person-{place}@example.gov",
            name=f"Person {place}",
            role=Role.REVIEWER if place % 4 == 0 else Role.COUNTY,
        )
        for place in people
    )
    counties = list(County.objects.order_by("number")[:10])
    Membership.objects.bulk_create(
        Membership(user=one, county=counties[one.pk % 10], since=now)
        for one in joined
        if one.role == Role.COUNTY
    )
    BarrierReport.objects.bulk_create(
        BarrierReport(
            year=2025,
            number=1 + place,
            token=f"report-{place}",
            wanted="Add a document.",
            obstacle="The button can't be reached by keyboard.",
            reported_at=now,
            answer_by=clock.today(),
        )
        for place in others
    )
    Enhancement.objects.bulk_create(
        Enhancement(
            title=f"Caseload report {place}",
            what="Counts the cases of each worker, for supervisors.",
            state=Enhancement.State.PLANNED,
            added_by=carol,
            changed_by=carol,
            changed_at=now,
            ended_by=carol if place % 3 == 0 else None,
            ended_at=now if place % 3 == 0 else None,
        )
        for place in others
    )
    StandardWording.objects.bulk_create(
        StandardWording(
            what="document:risk_assessment",
            title=f"Wording {place}",
            text="To see which risks the county found.",
            added_by=carol,
            added_at=now,
        )
        for place in others
    )
    for place in others[: MOST_VIEWS - SavedView.objects.count()]:
        SavedView.objects.keep(by=carol, name=f"View {place}", query="view=overdue")
