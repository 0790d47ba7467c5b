"""How PostgreSQL reads the queue: by an index in its order, and never all proposals or a sort."""

import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from portal import clock
from portal.models import User
from reviews import finding, marks, queue
from reviews.models import KnownWord, Review
from tests.reviews import many

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]

MANY, PAGE = 4000, 26
INDEX = {
    "mine": "queue_of_a_reviewer",
    "unassigned": "queue_unassigned",
    "due-soon": "queue_all",
    "overdue": "queue_all",
    "waiting": "queue_by_status",
    "approve": "queue_to_approve",
    "decided": "queue_decided",
    "all": "queue_all",
}
SORTS = {"Sort", "Incremental Sort"}


@pytest.fixture
def thousands(carol) -> User:
    """Carol, and four thousand proposals, some of which are hers."""
    many.proposals(MANY, assignee=carol)
    return carol


class Plan:
    """What PostgreSQL did for a statement, step by step."""

    def __init__(self, statement: str, params: Any = None) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", params)
            (found,) = cursor.fetchone()
        whole = json.loads(found) if isinstance(found, str) else found
        self.steps = list(self._steps(whole[0]["Plan"]))

    @classmethod
    def of(cls, rows: QuerySet[Review]) -> "Plan":
        return cls(*queue.lines(rows)[:PAGE].query.sql_with_params())

    def _steps(self, node: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """A step and those beneath it; not what is asked of each row that was found."""
        yield node
        for part in node.get("Plans", []):
            if part.get("Parent Relationship") != "SubPlan":
                yield from self._steps(part)

    @property
    def indexes(self) -> set[str]:
        return {step["Index Name"] for step in self.steps if "Index Name" in step}

    @property
    def sorted(self) -> int:
        """How many rows were put in order after they were read."""
        sorts = [step["Plans"][0] for step in self.steps if step["Node Type"] in SORTS]
        return max((step["Actual Rows"] for step in sorts), default=0)

    @property
    def read(self) -> int:
        """How many reviews were read, those thrown away included."""
        return sum(
            (step["Actual Rows"] + step.get("Rows Removed by Filter", 0)) * step["Actual Loops"]
            for step in self.steps
            if step.get("Relation Name") == "reviews_review"
        )


def test_every_view_has_its_index():
    assert INDEX.keys() == queue.VIEWS.keys()


def reads_only_its_page(plan: Plan, view: str, count: int) -> bool:
    """Whether a view is read in its index's order; one of few proposals may be read whole."""
    if count < MANY / 10:
        return plan.read <= count + PAGE and plan.sorted <= count
    in_order = {INDEX[view], "queue_all"} & plan.indexes
    return bool(in_order) and plan.read <= PAGE and not plan.sorted


def test_a_page_of_a_view_reads_its_rows_by_an_index_in_its_order(thousands):
    for view, backwards in product(INDEX, (False, True)):
        rows = queue.found(thousands, view, {}, clock.today(), backwards=backwards)
        assert reads_only_its_page(Plan.of(rows), view, rows.count()), view


def test_a_page_far_into_a_view_is_gone_to_at_once(thousands):
    for view, backwards in product(INDEX, (False, True)):
        order, rows = marks.order_of(view), queue.found(thousands, view, {}, clock.today())
        count = rows.count()
        place = [getattr(rows[count // 2], name) for name in order.columns]
        rows = queue.found(thousands, view, {}, clock.today(), backwards=backwards)
        plan = Plan.of(rows.filter(order.beyond(place, backwards)))
        assert reads_only_its_page(plan, view, count), view


def test_all_counts_together_read_what_they_count(thousands, monkeypatch):
    monkeypatch.setattr(queue, "MOST", 40)
    with CaptureQueriesContext(connection) as asked:
        counts = queue.counts(thousands, {}, clock.today(), views=["all"])
    assert counts["all"] == 41
    # Whoever counts to the end reads each view's rows, and there are ten counts.
    assert Plan(asked.captured_queries[0]["sql"]).read <= MANY / 2


def test_a_filter_is_read_by_its_index(thousands):
    for asked in (
        {"county": "04"},
        {"county": "04", "status": "in_review"},
        {"status": "approved"},
        {"status": "open"},
        {"status": "closed"},
        {"assignee": thousands.pk},
        {"assignee": queue.NOBODY, "status": "open"},
        {"news": "yes"},
        {"flag": queue.IDEA},
    ):
        rows = queue.found(thousands, "all", asked, clock.today())
        plan = Plan.of(rows)
        few = rows.count() if rows.count() < MANY / 10 else 0
        assert plan.sorted <= few, asked
        assert plan.read <= few + 4 * PAGE, asked


def test_a_word_of_few_proposals_is_found_by_the_index_of_words(thousands):
    with CaptureQueriesContext(connection) as asked:
        wanted = queue.looked_up({"q": "CIP-2031-01234"})
    assert "words_by_vector" in Plan(asked.captured_queries[0]["sql"]).indexes
    plan = Plan.of(queue.found(thousands, "all", wanted, clock.today()))
    assert "reviews_review_pkey" in plan.indexes
    assert plan.read == 1


def test_a_word_of_all_proposals_is_asked_of_the_rows_as_they_come(thousands, monkeypatch):
    monkeypatch.setattr(finding, "FEW", 100)
    wanted = queue.looked_up({"q": "supervisors"})
    for view in ("all", "decided", "mine"):
        plan = Plan.of(queue.found(thousands, view, wanted, clock.today()))
        assert INDEX[view] in plan.indexes, view
        assert not plan.sorted, view
        assert plan.read <= 2 * PAGE, view


def test_words_spelled_alike_are_found_by_their_letters(thousands):
    beginnings = [f"{one}{two}{three}" for one in "bcdfg" for two in "aeiou" for three in "lmnpr"]
    KnownWord.objects.learn(
        one + two + end for one in beginnings for two in beginnings for end in "abcdef"
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE reviews_knownword")
    with CaptureQueriesContext(connection) as asked:
        assert KnownWord.objects.near(["caseloda"]) == {"caseloda": ["caseload"]}
    assert "known_words_by_letters" in Plan(asked.captured_queries[0]["sql"]).indexes


def test_no_word_waits_to_be_indexed():
    """What waits is read whole at each search, and PostgreSQL empties that list when it likes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, reloptions FROM pg_class JOIN pg_am ON pg_am.oid = relam"
            " WHERE amname = 'gin'"
        )
        found = dict(cursor.fetchall())
    assert {"words_by_vector", "known_words_by_letters"} <= found.keys()
    assert all("fastupdate=off" in (options or []) for options in found.values())
