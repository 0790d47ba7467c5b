"""The queue as a file: what the view shows, all of it, once, while others work."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from portal import clock
from portal.models import JournalEntry
from proposals.models import Proposal
from reviews import queue, queue_files
from reviews.models import Message, Note, Review
from tests import make
from tests.pages import soup

pytestmark = pytest.mark.django_db


def rows(client, query: str = "view=all") -> list[dict[str, str]]:
    answer = client.get(f"/reviews/export/csv/?{query}")
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def sheet(client, query: str = "view=all") -> list[tuple[Any, ...]]:
    answer = client.get(f"/reviews/export/xlsx/?{query}")
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    return list(book.active.iter_rows(values_only=True))


@pytest.fixture
def some(carol, dana, bob, alice) -> dict[str, Review]:
    with clock.travel(clock.now() - timedelta(days=40)):
        late = make.in_review(
            make.sent(tool_name="=HYPERLINK(1)", vendor_name="Northstar", cmips_methods=["writes"])
        )
    return {
        "late": late,
        "waiting": make.requested(make.in_review(make.sent(tool_name="Waiting"))).review,
        "new": make.sent(by=bob, tool_name="New"),
        "decided": make.decided(make.in_review(make.sent(tool_name="Decided"))).review,
    }


def test_the_file_has_the_rows_of_the_view_in_its_order(some, client_of, carol):
    client = client_of(carol)
    for query in ("view=all", "view=mine", "view=all&q=new&county=04", "view=all&status=closed"):
        page = soup(client.get(f"/reviews/?{query}"))
        shown = [link.text for link in page.select("tbody th a")]
        assert [row["Reference"] for row in rows(client, query)] == shown != []
        assert [row[0] for row in sheet(client, query)[1:]] == shown


def test_all_pages_are_in_it_and_the_links_stand_beneath_the_rows(client_of, carol):
    for _ in range(27):
        make.sent()
    client = client_of(carol)
    page = soup(client.get("/reviews/?view=unassigned&rows=25"))
    link = page.select_one("a[href*='/reviews/export/csv/']")
    assert link["href"] == "/reviews/export/csv/?view=unassigned"
    assert " ".join(link.text.split()) == "Download 27 proposals as CSV"
    assert len(rows(client, link["href"].partition("?")[2])) == 27


def test_a_row_tells_what_the_page_tells(some, client_of, carol, alice):
    late = some["late"]
    Message.objects.write(late, by=alice, text="Any news?")
    first = rows(client_of(carol))[0]
    period = late.current_round()
    assert first == {
        "Reference": late.reference,
        "County": "Alameda",
        "Tool": "'=HYPERLINK(1)",
        "Vendor": "Northstar",
        "Status": "In review",
        "Waits for": "Waits for CDSS",
        "Assigned": carol.name,
        "Received": clock.pacific_date(late.received_at).isoformat(),
        "Day 30": period.day_30.isoformat(),
        "Answer due": late.due.isoformat(),
        "Days overdue": str((clock.today() - late.due).days),
        "County answers by": "",
        "Closed": "",
        "Flags": "Prohibited method",
        "New from the county": "Yes",
        "Thirty-day period": "1",
    }


def test_days_are_days_and_text_is_text_in_a_workbook(some, client_of, carol):
    titles, first, *_ = sheet(client_of(carol))
    assert titles == queue_files.TITLES
    assert first[2] == "=HYPERLINK(1)"
    assert first[9].date() == some["late"].due


def test_a_closed_one_says_when_and_is_never_overdue(some, client_of, carol):
    row = next(one for one in rows(client_of(carol)) if one["Tool"] == "Decided")
    assert (row["Answer due"], row["Days overdue"]) == ("", "")
    assert row["Closed"] == clock.today().isoformat()


def test_internal_notes_stand_in_no_file(some, client_of, carol):
    Note.objects.write(some["late"], by=carol, text="Planted internal words.")
    client = client_of(carol)
    assert "Planted" not in str(rows(client)) + str(sheet(client))


def test_drafts_and_what_was_taken_back_are_not_in_it(client_of, carol, alice):
    make.draft()
    make.sent().recall(by=alice)
    assert rows(client_of(carol)) == []


def test_that_it_was_taken_is_on_record_but_not_what_was_searched_for(some, client_of, carol):
    rows(client_of(carol), "view=all&q=new&county=04")
    entry = JournalEntry.objects.get(act="export queue")
    assert (entry.actor, entry.data) == (
        carol,
        {"format": "csv", "rows": 1, "view": "all", "filters": ["county", "q"]},
    )


def test_auditors_and_administrators_take_it_too_and_counties_never(
    some, client_of, erin, frank, alice
):
    for person in (erin, frank):
        assert len(rows(client_of(person))) == 4
    assert client_of(alice).get("/reviews/export/csv/").status_code == 403


@pytest.mark.parametrize("kind", ["pdf", "docx", "x"])
def test_another_kind_of_file_is_not_there(client_of, carol, kind):
    assert client_of(carol).get(f"/reviews/export/{kind}/").status_code == 404


@pytest.mark.parametrize(
    "query", ["view=nothing&rows=7", "county=99", "after=forged&sort=x", "received_from=31/31"]
)
def test_odd_filters_are_left_out_as_on_the_page(some, client_of, carol, query):
    assert len(rows(client_of(carol), query)) == 4


def many(number: int, carol) -> list[str]:
    """So many proposals, in the order of the queue."""
    review = make.sent()
    made = []
    for place in range(number - 1):
        proposal = Proposal.objects.get(pk=review.proposal_id)
        proposal.pk, proposal.reference = None, f"CIP-2031-{place:04d}"
        proposal.save(force_insert=True)
        made.append(
            Review(
                proposal=proposal,
                county=proposal.county,
                status="submitted",
                received_at=review.received_at,
                due=make.in_days(place % 7),
                moved="send",
                moved_at=review.moved_at,
            )
        )
    Review.objects.bulk_create(made)
    found = queue.page(carol, "all", {}, clock.today(), size=number)
    return [one.reference for one in found.rows]


def while_it_is_written(monkeypatch, meanwhile: Callable[[], None]) -> None:
    """Something happens when the first rows are written and the others are not yet read."""
    monkeypatch.setattr(queue_files, "CHUNK", 10)
    whole = queue_files.Lines.__iter__

    def lines(self: Any) -> Iterator[Any]:
        for number, line in enumerate(whole(self)):
            if number == 15:
                meanwhile()
            yield line

    monkeypatch.setattr(queue_files.Lines, "__iter__", lines)


def test_while_rows_change_none_stands_there_twice_and_none_is_left_out(
    client_of, carol, dana, alice, monkeypatch
):
    order = many(40, carol)

    def meanwhile() -> None:
        # What was written moves to the end of the order, what follows to its beginning.
        later = Review.objects.filter(proposal__reference__in=order[:5])
        Review.objects.filter(pk__in=later.values("pk")).update(due=make.in_days(90))
        earlier = Review.objects.filter(proposal__reference__in=order[-5:])
        Review.objects.filter(pk__in=earlier.values("pk")).update(due=make.in_days(-90))
        Review.objects.get(proposal__reference=order[30]).take(by=dana)
        make.sent(tool_name="Sent meanwhile")

    while_it_is_written(monkeypatch, meanwhile)
    found = rows(client_of(carol))
    assert [row["Reference"] for row in found] == order
    taken = found[30]
    assert (taken["Status"], taken["Assigned"]) == ("In review", dana.name)
    assert all(len(row) == len(queue_files.TITLES) and None not in row for row in found)


def test_what_a_county_takes_back_meanwhile_is_left_out(client_of, carol, alice, monkeypatch):
    order = many(30, carol)
    gone = Review.objects.get(proposal__reference=order[25])

    def meanwhile() -> None:
        Review.objects.filter(pk=gone.pk).update(status="draft", due=None)
        Proposal.objects.filter(pk=gone.proposal_id).update(sent_at=None)

    while_it_is_written(monkeypatch, meanwhile)
    assert [row["Reference"] for row in rows(client_of(carol))] == order[:25] + order[26:]
    assert JournalEntry.objects.get(act="export queue").data["rows"] == 29


def test_it_asks_once_for_the_order_and_once_for_each_chunk(client_of, carol, monkeypatch):
    many(40, carol)
    client = client_of(carol)
    rows(client)
    asked = {}
    for size in (10, 20):
        monkeypatch.setattr(queue_files, "CHUNK", size)
        with CaptureQueriesContext(connection) as queries:
            assert len(rows(client)) == 40
        asked[size] = len(queries)
    assert asked[10] - asked[20] == 2


def test_rows_are_read_as_they_are_written_and_never_all_at_once(carol, monkeypatch):
    many(40, carol)
    monkeypatch.setattr(queue_files, "CHUNK", 10)
    today = clock.today()
    wanted = queue_files.keys(carol, "all", {}, today)
    assert wanted.itemsize * len(wanted) == 8 * 40
    lines = iter(queue_files.Lines(carol, wanted, today))
    with CaptureQueriesContext(connection) as queries:
        for _ in range(10):
            next(lines)
        assert len(queries) == 1
        next(lines)
        assert len(queries) == 2
