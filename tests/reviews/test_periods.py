"""The register of thirty-day periods: what it counts, finds and tells, on pages and as files."""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from io import BytesIO, StringIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from portal import clock, notices
from portal.models import JournalEntry
from portal.models.notices import NoticeRecipient, State
from proposals.models import Proposal
from reviews import periods
from reviews.leafing import END
from reviews.models import Review, Round
from tests import make
from tests.pages import errors_on, soup, words
from tests.reviews.explained import is_ordered_by, plan_of

pytestmark = pytest.mark.django_db

REGISTER = "/register/"
# The answer to what is received then is due on February 20, a Saturday; moved to Monday, the 22nd.
RECEIVED = datetime(2027, 1, 22, 7, 59, tzinfo=UTC)  # January 21, 11:59 PM in California
SATURDAY, MONDAY = date(2027, 2, 20), date(2027, 2, 22)


def outcome(period: Round, state: str) -> None:
    """Every mail of the answer's letter ends this way now, as the worker writes it."""
    when = clock.now() if state in (State.ACCEPTED, State.DELIVERED) else None
    for one in period.answer_notice.recipients.all():
        NoticeRecipient.objects.filter(pk=one.pk).update(state=state, accepted_at=when)
        one.refresh_from_db()
        notices.keep_notified(one)
    period.refresh_from_db()


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 20, tzinfo=UTC)


def told_on(day: date, *, state: str = State.ACCEPTED, **answers) -> Round:
    """A period whose answer, a decision, was made on that day and reached its county then."""
    with clock.travel(RECEIVED):
        review = make.sent(**answers)
    with clock.travel(noon(day)):
        period = make.decided(make.in_review(review)).round
        outcome(period, state)
    return period


def lines_of(browser: Client, query: str = "") -> list[dict[str, str]]:
    """The lines of the CSV."""
    text = browser.get(f"{REGISTER}export/csv/{query}").getvalue().decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text, newline="")))


def rows_on(browser: Client, query: str = "") -> list[str]:
    """The rows of the page, from the top, in words."""
    page = soup(browser.get(f"{REGISTER}{query}"))
    return [" ".join(row.get_text(" ").split()) for row in page.select("#periods tbody tr")]


def shown(browser: Client, query: str = "") -> list[str]:
    """The references on the page with the number of the period, which the file has too."""
    found = [(line["Reference"], line["Period"]) for line in lines_of(browser, query)]
    rows = rows_on(browser, query)
    assert len(rows) == len(found)
    for (reference, number), row in zip(found, rows, strict=True):
        assert row.startswith(reference)
        assert f"Period {number}:" in row
    return [line["Tool"] for line in lines_of(browser, query)]


@pytest.fixture
def at_noon_in_march() -> Iterator[None]:
    with clock.travel(datetime(2027, 3, 1, 20, tzinfo=UTC)):
        yield


# The day of notice, kept beside the period


def test_the_day_of_notice_is_kept_and_goes_when_every_letter_came_back():
    period = make.requested().review.rounds.get()
    assert period.notified_on is None
    outcome(period, State.ACCEPTED)
    assert period.notified_on == clock.today()
    outcome(period, State.BOUNCED)
    assert period.notified_on is None


# What a line tells


@pytest.mark.acl("ACL-6")
def test_a_line_tells_receipt_dates_answer_notice_and_both_counts(client_of, frank):
    with clock.travel(noon(MONDAY)):
        told_on(MONDAY)
        (line,) = lines_of(client_of(frank))
        (row,) = rows_on(client_of(frank))
    told = {
        "County": "Alameda",
        "Tool": "Caseload Compass",
        "Period": "1",
        "Opened by": "the county sent the proposal",
        "Received on": "2027-01-21",
        "Received at (PT)": "23:59",
        "Last day, plain count": "2027-02-20",
        "Due": "2027-02-22",
        "Answered by": "Decision",
        "Answered on": "2027-02-22",
        "Notice": "Accepted",
        "Notified on": "2027-02-22",
        "Notified at (PT)": "12:00",
        "Notified": "Alice Nakamura, alice@alameda.example.gov",
        "Day of notice": "32",
        "By the plain count": "2 days late",
        "Days late, plain count": "2",
        "By the moved date": "In time",
        "Days late, moved date": "0",
        "Periods of the proposal so far": "1",
        "Requested after day 25": "no",
        "Days from first receipt to outcome": "32",
    }
    assert {name: line[name] for name in told} == told
    assert "January 21, 2027, 11:59 PM PT" in row
    assert "February 22, 2027, 12:00 PM PT, day 32" in row
    assert "Plain: 2 days late Moved: In time" in row


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (State.ACCEPTED, "Accepted"),
        (State.DELIVERED, "Delivered"),
        (State.WAITING, "Not yet"),
        (State.BOUNCED, "Came back"),
        (State.FAILED, "Could not be sent"),
        (State.DOUBTFUL, "May not have been sent"),
    ],
)
def test_how_far_the_letter_came_is_told(client_of, frank, state, said):
    with clock.travel(noon(MONDAY + timedelta(days=3))):
        told_on(SATURDAY, state=state)
        (line,) = lines_of(client_of(frank))
    assert line["Notice"] == said
    is_told = state in (State.ACCEPTED, State.DELIVERED)
    assert line["By the moved date"] == ("In time" if is_told else "Overdue by 3 days")
    assert bool(line["Notified on"]) == is_told


def test_a_letter_by_post_is_told_with_its_day(client_of, frank, carol):
    with clock.travel(noon(MONDAY)):
        period = told_on(SATURDAY, state=State.FAILED)
        notices.record_post(period.answer_notice, name="Dana Ruiz", on=MONDAY, by=carol)
        (line,) = lines_of(client_of(frank))
    assert (line["Notice"], line["Notified"]) == ("By post on February 22, 2027", "Dana Ruiz")


def test_a_running_period_says_how_it_stands(client_of, frank):
    with clock.travel(RECEIVED):
        make.sent()
    for day, plain, moved in (
        (SATURDAY, "Not due yet", "Not due yet"),
        (date(2027, 2, 21), "Overdue by 1 day", "Not due yet"),
        (date(2027, 2, 24), "Overdue by 4 days", "Overdue by 2 days"),
    ):
        with clock.travel(noon(day)):
            (line,) = lines_of(client_of(frank))
        assert (line["By the plain count"], line["By the moved date"]) == (plain, moved)
        assert line["Answered by"] == "Not answered yet"


def test_one_that_was_taken_back_stays_without_a_word_of_the_draft(client_of, alice, frank):
    review = make.sent(tool_name="As it was sent")
    review.recall(by=alice)
    make.fill(Proposal.objects.get(), by=alice, tool_name="Not yet said")
    browser = client_of(frank)
    (line,) = lines_of(browser)
    assert line["Tool"] == "As it was sent"
    assert line["Answered by"] == "Void: the county took the proposal back"
    assert line["By the plain count"] == "Void"
    page = browser.get(REGISTER)
    assert "Not yet said" not in page.text
    assert f"/reviews/{review.reference}/" not in page.text


def test_a_void_period_that_ended_after_its_date_is_late(client_of, alice, frank):
    with clock.travel(RECEIVED):
        review = make.sent()
    with clock.travel(noon(MONDAY + timedelta(days=1))):
        review.withdraw(by=alice)
        (line,) = lines_of(client_of(frank))
        assert line["By the moved date"] == "Void, 1 day late"
        assert line["Days from first receipt to outcome"] == "33"
        assert shown(client_of(frank), "?late=both") == ["Caseload Compass"]


def test_requests_late_in_a_period_are_counted(client_of, frank):
    with clock.travel(RECEIVED):
        review = make.in_review()
    with clock.travel(noon(date(2027, 2, 15))):  # day 25
        review = make.responded(make.requested(review))
    with clock.travel(noon(date(2027, 3, 13))):  # day 26 of the second
        make.requested(Review.objects.get(pk=review.pk))
        second, first = lines_of(client_of(frank))
        rows = rows_on(client_of(frank))
    names = ("Period", "Requested after day 25", "Requests after day 25 so far")
    assert [second[name] for name in names] == ["2", "yes", "1"]
    assert [first[name] for name in names] == ["1", "no", "1"]
    assert second["Periods of the proposal so far"] == "2"
    assert "Requested after day 25" in rows[0]
    assert "Requested after day 25" not in rows[1]


def test_corrections_are_told_of_the_period_they_were_made_to(client_of, dana, erin, frank):
    with clock.travel(RECEIVED):
        review = make.in_review()
    with clock.travel(RECEIVED + timedelta(days=2)):
        period = review.open_round()
        period.correct_receipt(by=dana, receipt_at=RECEIVED - timedelta(days=1), why="By fax.")
    with clock.travel(RECEIVED + timedelta(days=3)):
        review = make.responded(make.requested(Review.objects.get(pk=review.pk)))
    with clock.travel(RECEIVED + timedelta(days=4)):
        Review.objects.get(pk=review.pk).open_round().follow_calendar(by=erin)
        second, first = lines_of(client_of(frank))
    names = ("Period", "Times of receipt corrected", "Dates moved by the calendar")
    assert [first[name] for name in names] == ["1", "1", "0"]
    assert [second[name] for name in names] == ["2", "0", "1"]


# Filters and totals


@pytest.fixture
def some(alice, at_noon_in_march) -> None:
    """In time by both; by one; by none; running overdue; void; without a date; not due yet."""
    told_on(SATURDAY, tool_name="In time")
    told_on(MONDAY, tool_name="Between")
    told_on(MONDAY + timedelta(days=1), tool_name="Late")
    with clock.travel(RECEIVED):
        make.sent(tool_name="Overdue")
        make.sent(tool_name="Void").withdraw(by=alice)
        undated = make.sent(tool_name="Undated").rounds
        undated.update(mode="none", day_30=None, due=None, aim=None)
    make.logged(tool_name="Running")


@pytest.mark.parametrize(
    ("query", "tools"),
    [
        ("?late=either", ["Between", "Late", "Overdue"]),
        ("?late=both", ["Late", "Overdue"]),
        ("?late=plain", ["Between"]),
        ("?late=no", ["In time"]),
        ("?late=open", ["Running", "Undated", "Void"]),
        ("?answer=release", ["Between", "In time", "Late"]),
        ("?answer=request", []),
        ("?answer=none", ["Overdue", "Running", "Undated"]),
        ("?answer=void", ["Void"]),
        ("?mode=none", ["Undated"]),
        ("?mode=restart&late=either", ["Between", "Late", "Overdue"]),
        ("?county=04", ["Running"]),
        ("?first=February+1,+2027", ["Running"]),
        ("?last=January+20,+2027", []),
        ("?first=2027-01-21&last=2027-01-21&late=no", ["In time"]),
    ],
)
def test_the_filters_find(client_of, frank, some, query, tools):
    assert sorted(shown(client_of(frank), query)) == tools


def test_every_period_is_on_one_side_or_open(frank, some):
    found = [
        set(periods.keys(periods.found(frank, {"late": late}, clock.today())))
        for late in ("either", "no", "open")
    ]
    assert sum(map(len, found)) == len(set.union(*found)) == Round.objects.count()


def test_the_totals_are_those_of_what_was_found(frank, some):
    everything = periods.totals(periods.found(frank, {}, clock.today()))
    assert (everything.periods, everything.answered, everything.running) == (7, 3, 3)
    assert (everything.void, everything.undated) == (1, 1)
    plain, moved = everything.kept
    assert (plain.in_time, plain.late, plain.share) == (1, 3, "25.0%")
    assert (moved.in_time, moved.late, moved.share) == (2, 2, "50.0%")
    butte = periods.totals(periods.found(frank, {"county": "04"}, clock.today()))
    assert [one.share for one in butte.kept] == ["–", "–"]


def test_a_share_is_never_rounded_up_to_all():
    assert periods.Kept("", 99_999, 1).share == "99.9%"
    assert periods.Kept("", 5, 0).share == "100.0%"


# Pages


def many(number: int) -> Review:
    """So many periods of one proposal, all received at the same moment, all but one void."""
    review = make.in_review()
    first = review.rounds.get()
    for number_of_it in range(2, number + 1):
        first.pk, first.number = None, number_of_it
        first.voided_at, first.voided_by = clock.now(), "recall"
        first.save(force_insert=True)
    return review


def test_pages_hold_every_period_once_both_ways(client_of, frank):
    many(60)
    browser = client_of(frank)

    def walk(rel: str, start: str) -> list[str]:
        found, address = [], start
        while address:
            page = soup(browser.get(address))
            rows = [row.th.get_text(" ", strip=True) for row in page.select("#periods tbody tr")]
            found.append(rows)
            link = page.select_one(f"a[rel={rel}]")
            address = link and link["href"]
        return found

    onwards = walk("next", REGISTER)
    assert [len(rows) for rows in onwards] == [25, 25, 10]
    assert len({row for rows in onwards for row in rows}) == 60
    backwards = walk("prev", f"{REGISTER}?before=end")
    assert [len(rows) for rows in backwards] == [25, 25, 25]
    assert backwards[0][-1] == onwards[-1][-1]
    assert backwards[-1] == onwards[0]


def test_no_page_counts_rows_to_skip(frank):
    many(60)
    found = periods.found(frank, {}, clock.today())
    second = periods.page(found, after=periods.page(found).after)
    with CaptureQueriesContext(connection) as captured:
        periods.page(found, after=second.after)
    assert "OFFSET" not in captured[0]["sql"]


def test_a_page_anywhere_is_read_from_the_index(frank, django_assert_max_num_queries):
    many(60)
    found = periods.found(frank, {}, clock.today())
    mark = periods.page(found).after
    for marks in ({}, {"after": mark}, {"before": mark}, {"before": END}):
        turn = partial(periods.page, found, **marks)
        with django_assert_max_num_queries(2):
            turn()
        plan = plan_of(turn)
        assert is_ordered_by("periods_by_receipt", plan), plan


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?after=forged", "That place in the register is not known"),
        ("?before=x:y", "That place in the register is not known"),
        ("?rows=7", "Choose 25, 50 or 100 rows: “7” is none of them."),
    ],
)
def test_an_odd_address_is_told_and_shows_the_first_page(client_of, frank, query, said):
    many(30)
    page = client_of(frank).get(f"{REGISTER}{query}")
    assert said in words(page)
    assert len(soup(page).select("#periods tbody tr")) == 25


@pytest.mark.parametrize(
    "query", ["?late=sometimes", "?county=99", "?first=soon", "?first=2099-02-02&last=2099-02-01"]
)
def test_an_odd_filter_is_named_and_filters_nothing_else(client_of, frank, query):
    make.sent()
    page = client_of(frank).get(f"{REGISTER}{query}&answer=none")
    assert page.status_code == 200
    assert errors_on(page)
    assert len(soup(page).select("#periods tbody tr")) == (0 if "02-02" in query else 1)


# Files, readers, cost


def test_a_workbook_has_days_as_days_and_no_formula(client_of, frank):
    make.sent(tool_name="=1+1")
    answer = client_of(frank).get(f"{REGISTER}export/xlsx/")
    head, row = load_workbook(BytesIO(answer.getvalue())).active.iter_rows()
    cells = {title.value: cell for title, cell in zip(head, row, strict=True)}
    assert (cells["Tool"].value, cells["Tool"].data_type) == ("=1+1", "s")
    assert cells["Received on"].is_date
    assert lines_of(client_of(frank))[0]["Tool"] == "'=1+1"


def test_that_a_file_was_taken_is_on_record(client_of, frank):
    make.sent()
    lines_of(client_of(frank), "?answer=none&county=01")
    entry = JournalEntry.objects.get(act="export register")
    assert entry.actor == frank
    assert entry.data == {"format": "csv", "rows": 1, "filters": ["answer", "county"]}


def test_a_file_of_no_known_kind_is_not_there(client_of, frank):
    assert client_of(frank).get(f"{REGISTER}export/pdf/").status_code == 404


def test_no_county_reads_it(client_of, alice, frank):
    make.sent()
    assert client_of(alice).get(REGISTER).status_code == 403
    assert not Round.objects.visible_to(alice).exists()
    assert Round.objects.visible_to(frank).exists()


def test_what_was_asked_for_stands_on_the_page_and_on_paper(client_of, frank):
    make.sent()
    browser = client_of(frank)
    lead = soup(browser.get(REGISTER)).select_one(".lead").text
    assert lead.startswith("Every thirty-day period of every county")
    lead = soup(browser.get(f"{REGISTER}?county=01&answer=none")).select_one(".lead").text
    assert "of every county" not in lead and "county “Alameda” and " in lead


def test_an_empty_register_says_when_a_period_begins(client_of, frank):
    assert "A period begins when a county’s proposal is received." in words(
        client_of(frank).get(REGISTER)
    )
    assert lines_of(client_of(frank)) == []


def test_it_asks_the_database_the_same_with_five_as_with_fifty(client_of, frank):
    def asked(query: str) -> int:
        browser = client_of(frank)
        browser.get("/help/")
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(f"{REGISTER}{query}").status_code == 200
        return len(captured)

    queries = ("?rows=50", "?rows=50&late=open", "?rows=50&county=01", "?before=end")
    make.decided()
    make.requested()
    few = [asked(query) for query in queries]
    for _ in range(20):
        make.decided()
        make.responded()
    assert [asked(query) for query in queries] == few
    assert max(few) <= 10


def test_queue_and_statewide_page_lead_to_it(client_of, carol):
    for page in ("/reviews/", "/statewide/"):
        assert soup(client_of(carol).get(page)).select_one(f"main a[href='{REGISTER}']")


def test_the_auditor_finds_it_in_the_navigation(client_of, frank, carol):
    nav = soup(client_of(frank).get("/help/")).select_one("nav")
    assert nav.select_one(f"a[href='{REGISTER}']").text.strip() == "Register"
