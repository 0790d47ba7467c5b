"""What a page asks of the database, and how long it is, doesn't grow with what the portal holds.

Every page of the table of routes is opened by everyone who may see it: with fifty proposals, then
with five thousand, each with all that belongs to it. It must ask exactly the same number of
questions, and may not read or show many times as much. A file that is written chunk by chunk may
ask once more for each chunk.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.db import connection
from django.db.backends.utils import CursorDebugWrapper
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal import clock
from proposals.models import Proposal
from reviews import conditions, period_files, periods, queue, queue_files, register
from reviews.leafing import ROWS
from reviews.models import (
    Review,
    Round,
)
from reviews.models.plans import MOST_OPEN
from tests import make
from tests.copies import Copies, beside, four_more
from tests.house.addresses import Cases, address, filled, post
from tests.house.routes_table import ROUTES, TABLE, Row

pytestmark = pytest.mark.django_db

PEOPLE = ("alice", "amir", "carol", "dana", "erin", "frank")
FEW, MANY = 50, 5000
# What a page of HTML may weigh before it may no longer be twice as long with a hundred times more.
SHORT = 150 * 1024
# As many rows a page may read before it may read no more than twice as many: a search reads up to a
# thousand keys.
LITTLE = 1500
# A page with more on it than this asks more than it should, however few proposals there are.
CEILINGS = {
    "home": 12,
    "proposal": 13,
    "queue": 10,
    "review": 12,
    "statewide": 10,
}
# Files of lists: whose rows they hold, and how many of them are read at once.
FILES: dict[str, tuple[type[Model], int]] = {
    "export_queue": (Review, queue_files.CHUNK),
    "export_register": (Round, period_files.CHUNK),
    "export_proposals": (Proposal, register.CHUNK),
}
ANSWERS = {"GET": (200,), "POST": (302, 422)}
# Of these parts of an address every one is opened; of others the first that there is.
EACH = {"section", "kind", "table", "sheet", "template"}
# Opened for every case, since each shows something else of itself.
EVERY_CASE = ("proposal", "review")
# What begins and ends a transaction asks nothing. That a session keeps the queue's address is
# written when that has changed, whatever the queue holds.
NOT_ASKED = re.compile(r'(?:RELEASE )?SAVEPOINT|UPDATE "django_session"')
# What else a route is asked: each is what stands behind the question mark.
ASKED: dict[str, tuple[str, ...]] = {
    "queue": (
        *(f"view={view}" for view in queue.VIEWS),
        f"view=all&rows={ROWS[-1]}&before=end",
        "view=all&status=in_review&county=01",
        "view=all&q=supervisors",
        "view=all&q=supervisers",
        "view=all&q=0003",
        "view=all&vendor=brightwater&news=yes",
    ),
    "register": ("before=end", f"rows={periods.ROWS[-1]}", "county=01&late=yes&answer=request"),
    "statewide": ("all", "county=01", "count=plain&from=2024-01"),
    "ideas": ("q=report", "county=01&status=open", "rows=100&before=end"),
    "enhancements": ("view=ended",),
    "troubled_notices": ("from=1",),
    "conditions_list": tuple(f"view={view}" for view in conditions.VIEWS),
    "proposals": ("q=compass", "status=approved", "page=last"),
    "copy_earlier": ("q=compass",),
    "saved_views": ("view=all&status=in_review",),
    "admin:portal_journalentry_changelist": ("q=alice", "subject_kind=proposal", "all="),
    "admin:portal_user_changelist": ("q=person", "role=county"),
    "admin:portal_notice_changelist": ("q=CIP",),
    "admin:portal_noticerecipient_changelist": ("q=alice", "state=failed"),
    "admin:proposals_proposal_changelist": ("q=compass", "county=01"),
    "admin:reviews_review_changelist": ("q=compass", "status=in_review"),
    "admin:portal_barrierreport_changelist": ("q=document",),
}


@dataclass(frozen=True)
class Opened:
    """One page as someone was given it: what it asked, how many rows it read, and its bytes."""

    statements: tuple[str, ...]
    rows: int
    size: int
    is_page: bool


class CountingCursor(CursorDebugWrapper):
    """A cursor that counts the rows it gives, of whatever statement."""

    given = 0

    def fetchone(self):
        return self._counted([self.cursor.fetchone()])[0]

    def fetchmany(self, *size: int):
        return self._counted(self.cursor.fetchmany(*size))

    def fetchall(self):
        return self._counted(self.cursor.fetchall())

    @classmethod
    def _counted(cls, rows):
        cls.given += len(rows)
        return rows


def opened(client: Client, method: str, path: str) -> Opened:
    connection.queries_log.clear()  # it is of a fixed length
    before = CountingCursor.given
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(path) if method == "GET" else post(client, path)
        content = b"".join(answer) if answer.streaming else answer.content
    assert answer.status_code in ANSWERS[method], f"{method} {path}: {answer.status_code}"
    return Opened(
        tuple(one["sql"] for one in captured.captured_queries if not NOT_ASKED.match(one["sql"])),
        CountingCursor.given - before,
        len(content),
        answer.headers.get("Content-Type", "").startswith("text/html"),
    )


def every_page(person: str, shown: Cases) -> Iterator[tuple[str, str, str]]:
    """Each route that this person may open, with its addresses; by the table, whole. And each form
    of the work that is read from them, sent empty.

    A file of a list is the same for everyone, so one of each wing opens it.
    """
    for row in TABLE:
        is_files = row.route.startswith("export_") and person not in ("alice", "carol")
        if "GET" in row.methods and row.expected(person, "GET") == "200" and not is_files:
            for path in dict.fromkeys(addresses(row, shown)):
                yield row.route, "GET", path
        if row.is_ours and row.expected(person, "POST") in ("302", "422"):
            yield row.route, "POST", address(row, shown)


def addresses(row: Row, shown: Cases) -> Iterator[str]:
    first = address(row, shown)
    yield first
    parts = re.findall(r"<(?:\w+:)?(\w+)>", ROUTES[row.route].path)
    if EACH & set(parts):
        yield from filled(row.route, parts, shown.get(row.case))
    if row.route in EVERY_CASE and row.case != "draft":
        yield from (
            reverse(row.route, args=[one.reference])
            for case, one in shown.items()
            if case != "draft"
        )
    if row.route == "admin:portal_user_change":
        yield from (reverse(row.route, args=[make.someone(one).pk]) for one in PEOPLE)
    yield from (f"{first}?{query}" for query in ASKED.get(row.route, ()))


# --- Every page, at fifty and at five thousand --------------------------------------------------


def test_no_page_asks_more_or_grows_with_a_hundred_times_more_proposals(
    cases, client_of, monkeypatch
):
    monkeypatch.setattr(
        connection, "make_debug_cursor", lambda cursor: CountingCursor(cursor, connection)
    )
    four_more()
    copies = Copies.of(*Proposal.objects.values_list("reference", flat=True))
    kinds = Proposal.objects.count()
    copies.make(range(1, FEW // kinds))
    beside(people=range(5), others=range(5))
    assert Proposal.objects.count() == FEW
    clients = {person: client_of(make.someone(person)) for person in PEOPLE}
    pages = [(person, *page) for person in PEOPLE for page in every_page(person, cases)]
    with clock.travel(clock.now()):
        for person, _, *page in pages:
            opened(clients[person], *page)  # what is asked but once: a visit put down, a cache
        few = [opened(clients[person], *page) for person, _, *page in pages]
        copies.make(range(100, 100 + (MANY - FEW) // kinds))
        beside(people=range(5, 40), others=range(5, MOST_OPEN))
        assert Proposal.objects.count() == MANY
        many = [opened(clients[person], *page) for person, _, *page in pages]
    own = Proposal.objects.filter(county=cases["draft"].county)
    assert own.count() > MANY // 5  # so that a county's pages have hundreds of each kind
    faults = [
        f"{person}, {method} {path}: {fault}"
        for (person, route, method, path), before, after in zip(pages, few, many, strict=True)
        for fault in faults_of(route, before, after)
    ]
    assert not faults, "\n".join([f"{len(faults)} faults", *faults])


def faults_of(route: str, few: Opened, many: Opened) -> Iterator[str]:
    """What is wrong with a page, from how it was opened with few proposals and with many."""
    asked, now = len(few.statements), len(many.statements)
    more = Counter(map(shape, many.statements)) - Counter(map(shape, few.statements))
    if now != asked and max(more.values(), default=MANY) > chunks(route):
        yield f"asks {now} instead of {asked}: {told(more)}"
    if now > CEILINGS.get(route, now):
        yield f"asks {now}, and may ask {CEILINGS[route]}: {told(Counter(many.statements))}"
    if many.is_page and many.rows > LITTLE and many.rows > 2 * few.rows:
        yield f"reads {many.rows:,} rows instead of {few.rows:,}"
    if many.is_page and many.size > SHORT and many.size > 2 * few.size:
        yield f"is {many.size:,} bytes instead of {few.size:,}"


def chunks(route: str) -> int:
    """In how many pieces a file of a list is read, at most: each of its questions is asked once
    for each piece. A page is none."""
    if route not in FILES:
        return 0
    rows, chunk = FILES[route]
    return rows.objects.count() // chunk + 1


def told(statements: Counter[str]) -> str:
    """The statements, each with how often."""
    return "".join(f"\n    {times} × {text[:400]}" for text, times in statements.items())


def shape(statement: str) -> str:
    """A statement without its values."""
    plain = re.sub(r"'(?:[^']|'')*'|\b\d+\b", "?", statement)
    return re.sub(r"\?(?:, \?)+", "?, …", plain)


LOOK = "SELECT * FROM counties WHERE number = 'A''s'"


@pytest.mark.parametrize(
    ("route", "few", "many", "fault"),
    [
        (
            "load",
            Opened((LOOK,), 1, 900, True),
            Opened((LOOK,) * 2, 1, 900, True),
            "asks 2 instead of 1",
        ),
        (
            "load",
            Opened((LOOK,) * 2, 1, 900, True),
            Opened((LOOK,), 1, 900, True),
            "asks 1 instead of 2",
        ),
        (
            "queue",
            Opened((LOOK,) * 11, 1, 900, True),
            Opened((LOOK,) * 11, 1, 900, True),
            "may ask 10",
        ),
        (
            "load",
            Opened((), 1, SHORT, True),
            Opened((), 1, 2 * SHORT + 1, True),
            "bytes instead of",
        ),
        (
            "load",
            Opened((), LITTLE, 9, True),
            Opened((), 2 * LITTLE + 1, 9, True),
            "reads 3,001 rows instead of 1,500",
        ),
        (
            "export_ideas",
            Opened((), 1, 9, False),
            Opened((LOOK,), 1, SHORT * 3, False),
            "1 instead of 0",
        ),
        (
            "export_queue",
            Opened((LOOK,), 1, 9, False),
            Opened((LOOK,) * 3, 1, 9, False),
            "3 instead of 1",
        ),
    ],
)
def test_growth_would_be_found(route, few, many, fault):
    """The control: what doesn't grow is no fault, and what does is one."""
    assert not list(faults_of("load", few, few))
    (found,) = faults_of(route, few, many)
    assert fault in found


def test_the_values_of_a_statement_do_not_tell_it_from_another():
    assert shape(LOOK) == "SELECT * FROM counties WHERE number = ?"
    assert shape("x IN (1, 2, 'a')") == shape("x IN (1, 3)") != shape("y IN (1, 3)")
