"""What a page asks of the database doesn't grow with what the page shows.

Each page is opened on a small case and on one with ten times as much of everything, and must ask
the same number of questions; the busiest pages have a ceiling besides.
"""

from collections.abc import Callable, Iterable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.models import User
from proposals.models import Document, Proposal
from proposals.sections import ROWS_LIMIT, SECTIONS
from reviews import queue
from reviews.forms.rows import ROWS_LIMIT as ITEMS_LIMIT
from reviews.models import Message, Note, Review
from tests import make
from tests.reviews import many

pytestmark = pytest.mark.django_db

FEW, MANY = 5, 50
HOME, QUEUE, PROPOSAL, REVIEW = 12, 10, 15, 12

Queries = Callable[[User, Iterable[str]], dict[str, int]]


@pytest.fixture
def queries(client_of: Callable[[User], Client]) -> Queries:
    """queries(alice, ["/"]) is how many questions each page asks her way."""

    def count(person: User, paths: Iterable[str]) -> dict[str, int]:
        client, asked = client_of(person), {}
        client.get("/help/")  # what only the first page of a session asks
        for path in paths:
            with CaptureQueriesContext(connection) as captured:
                answer = client.get(path)
            assert answer.status_code == 200, f"{path}: {answer.status_code}"
            asked[path] = len(captured)
        return asked

    return count


def some_of_each(times: int) -> None:
    """Five sent proposals at different points of their way, and a draft; so many times."""
    for _ in range(times):
        make.draft()
        make.sent()
        make.in_review(make.sent(cmips_methods=["writes"]))
        make.requested()
        make.drafted_decision()
        make.decided()


def test_lists_ask_the_same_with_five_proposals_as_with_fifty(queries, alice, carol):
    lists = ["/", "/proposals/"]
    views = [f"/reviews/?rows=50&view={view}" for view in ("all", "mine", "waiting", "decided")]
    some_of_each(1)
    few = queries(alice, lists) | queries(carol, views)
    some_of_each(MANY // FEW - 1)
    many = queries(alice, lists) | queries(carol, views)
    assert Review.objects.count() == MANY
    assert many == few
    assert many["/"] <= HOME
    assert max(many[view] for view in views) <= QUEUE


def test_the_queue_asks_the_same_with_fifty_proposals_as_with_five_thousand(queries, carol):
    """Every view, filter, search and page of it; that of the session's address is not counted."""
    asked = (
        *(f"view={view}" for view in queue.VIEWS),
        "view=all&rows=50&before=end",
        "view=all&status=in_review&county=04",
        "view=all&q=supervisors",
        "view=all&q=CIP-2031-00007",
        "view=all&vendor=brightwater&news=yes",
    )
    views = [f"/reviews/?{one}" for one in asked for _ in range(2)]
    many.proposals(50, assignee=carol)
    few = queries(carol, views)
    many.proposals(4950, year=2032, assignee=carol)
    assert Review.objects.count() > 5000
    assert queries(carol, views) == few
    assert max(few.values()) <= QUEUE


def busy_draft(number: int) -> Proposal:
    """A complete draft with so many documents, and as many rows of data as that."""
    row = make.full_answers()["data_in"][0]
    rows = [{**row, "what": f"Data {place}"} for place in range(min(number, ROWS_LIMIT))]
    draft = make.draft(data_in=rows, data_out=rows, no_documents_now=False)
    for place in range(number):
        file = make.a_file(f"plan-{place}.txt", f"Plan {place}".encode())
        kinds = {"kind": "security_plan", "label": "internal"}
        Document.objects.add(draft, file, by=make.someone("alice"), **kinds)
    return draft


def busy_review(number: int) -> Review:
    """A case with so many of everything, and a request open: documents, rows of data, messages,
    notes, periods, past requests, drafts sent back, and all the letters about them."""
    alice, carol, dana = map(make.someone, ("alice", "carol", "dana"))
    review = make.in_review(make.sent(busy_draft(number)))
    for place in range(number):
        file = make.a_file(f"message-{place}.txt", f"Message {place}".encode())
        document = make.beside(review.proposal, file, by=alice)
        Message.objects.write(review, by=alice, text="How is it going?", document=document)
        Note.objects.write(review, by=carol, text="The county called.")
        make.requested(review).waive_rest(by=carol, why="It is known.")
        review = Review.objects.get(pk=review.pk)
        make.drafted_decision(review).send_back(by=dana, why="Name the law.")
        review = Review.objects.get(pk=review.pk)
    items = [make.document_item() for _ in range(min(number, ITEMS_LIMIT) - 1)]
    make.settle(make.requested(review, items=[make.answer_item(), *items]))
    return Review.objects.get(pk=review.pk)


def test_a_draft_asks_the_same_with_five_rows_as_with_fifty(queries, alice):
    pages = ["", "send/", "answers/", *(f"edit/{section.key}/" for section in SECTIONS)]
    few, many = (
        counts(queries, alice, f"/proposals/{busy_draft(n).reference}/", pages) for n in (FEW, MANY)
    )
    assert many == few
    assert max(many.values()) <= PROPOSAL


def test_a_case_asks_the_same_with_five_of_everything_as_with_fifty(queries, alice, carol):
    tabs = [
        "answers",
        "documents",
        "messages",
        "correspondents",
        "copies/1",
        "sent",
        "respond",
        "request/1",
        "request/2",
        "withdraw",
    ]
    county = ["", *(f"{tab}/" for tab in tabs)]
    tabs = [
        "changes",
        "documents",
        "messages",
        "notes",
        "notices",
        "history",
        "copies/1",
        "hand-over",
        "waive",
        "reminder",
        "on-behalf/withdraw",
    ]
    desk = ["", *(f"{tab}/" for tab in tabs)]
    few_of, many_of = busy_review(FEW), busy_review(MANY)
    few, many = (
        counts(queries, alice, f"/proposals/{one.reference}/", county) for one in (few_of, many_of)
    )
    assert many == few
    assert many[""] <= PROPOSAL
    few, many = (
        counts(queries, carol, f"/reviews/{one.reference}/", desk) for one in (few_of, many_of)
    )
    assert many == few
    assert many[""] <= REVIEW


@pytest.mark.parametrize("others", [0, MANY])
def test_a_review_asks_the_same_however_many_proposals_its_county_has(queries, carol, others):
    """Counted where most is to be shown: a drafted decision with conditions, past requests with
    documents, notes, and a first visit that is put down."""
    for _ in range(others):
        make.sent()
    review = make.responded()
    for _ in range(3):
        Note.objects.write(review, by=carol, text="The county called.")
    make.drafted_decision(review, conditions=[make.condition(), make.condition()])
    asked = counts(queries, carol, f"/reviews/{review.reference}/", [""])
    assert asked[""] <= REVIEW
    again = counts(queries, carol, f"/reviews/{review.reference}/", [""])
    assert again[""] == asked[""] - 1


def test_a_decision_asks_the_same_with_five_conditions_as_with_fifty(queries, alice, carol):
    def decided(number: int) -> str:
        conditions = [make.condition() for _ in range(number)]
        return make.decided(make.in_review(make.sent()), conditions=conditions).review.reference

    few, many = decided(FEW), decided(MANY)
    for person, start in ((alice, "proposals"), (carol, "reviews")):
        one, other = (counts(queries, person, f"/{start}/{it}/", [""]) for it in (few, many))
        assert other == one
        assert other[""] <= PROPOSAL


def counts(queries: Queries, person: User, start: str, pages: list[str]) -> dict[str, int]:
    """How much each page of one proposal asks, by what follows in its address."""
    asked = queries(person, [f"{start}{page}" for page in pages])
    return {path.removeprefix(start): number for path, number in asked.items()}
