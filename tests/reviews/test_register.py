"""A county's register: all its proposals, found by words, status, year and who prepared them, on
pages and as a file."""

import csv
import time
from datetime import UTC, date, datetime, timedelta
from io import BytesIO, StringIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from portal import clock
from portal.models import JournalEntry, User
from proposals.models import Proposal
from reviews import register
from reviews.models import Review
from reviews.moves import Status
from tests import make
from tests.pages import errors_on, soup, words

pytestmark = pytest.mark.django_db

LIST = "/proposals/"


def tools_on(browser: Client, query: str = "") -> list[str]:
    """The tools on a page of the register, from the top."""
    page = soup(browser.get(f"{LIST}{query}"))
    return [row.th.get_text(strip=True) for row in page.select("tbody tr")]


def lines_of(browser: Client, query: str = "") -> list[dict[str, str]]:
    """The lines of the CSV."""
    answer = browser.get(f"{LIST}export/csv/{query}")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text, newline="")))


def on(year: int, month: int, day: int, hour: int = 20) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


@pytest.fixture
def some(alice, amir) -> None:
    """Five of Alameda's in two years: a draft, one of each outcome on the way, and a logged one."""
    with clock.travel(on(2026, 11, 3)):
        make.decided(make.in_review(make.sent(make.draft(by=alice, tool_name="Hours Overview"))))
    with clock.travel(on(2027, 1, 12)):
        plans = {"tool_name": "Visit Planner", "vendor_name": "Wayfold Routing"}
        make.requested(make.in_review(make.sent(make.draft(by=amir, **plans))))
        make.logged(make.county("Alameda"), tool_name="Timesheet Check")
        make.sent(make.draft(by=alice, tool_name="Caller Log", purpose="Who telephoned, and why."))
    with clock.travel(on(2027, 1, 20)):
        Proposal.objects.start(make.county("Alameda"), by=amir, tool_name="Half done")


# What the page shows


def test_all_are_listed_the_newest_first_with_their_count(client_of, alice, some):
    browser = client_of(alice)
    assert tools_on(browser) == [
        "Half done",
        "Caller Log",
        "Timesheet Check",
        "Visit Planner",
        "Hours Overview",
    ]
    assert "5 proposals" in words(browser.get(LIST))


def test_a_row_tells_dates_status_and_who_prepared_it(client_of, alice, some):
    with clock.travel(on(2027, 1, 25)):
        page = soup(client_of(alice).get(LIST))
    rows = [" ".join(row.get_text(" ").split()) for row in page.select("tbody tr")]
    draft, sent, logged, asked, decided = rows
    assert "Draft Not sent Amir Haddad" in draft
    assert "Submitted January 12, 2027 By February 11, 2027 Alice Nakamura" in sent
    assert "CDSS, from email or post" in logged
    assert "Wayfold Routing" in asked
    assert "Documents requested January 12, 2027 Amir Haddad" in asked
    assert "Approved November 3, 2026 November 3, 2026 Alice Nakamura" in decided
    assert page.select_one("tbody tr").find("a", href=lambda href: href.endswith("/copy/"))


@pytest.mark.acl("ACL-6")
def test_a_date_that_has_passed_is_said_in_words(client_of, alice):
    review = make.in_review()
    rows = f"By {review.due:%B} {review.due.day}, {review.due.year}"
    assert rows in words(client_of(alice).get("/proposals/"))
    with clock.travel(clock.instant(review.due + timedelta(days=1), datetime.min.time())):
        shown = words(client_of(alice).get("/proposals/"))
    assert f"{rows}: this date has passed" in shown


def test_a_proposal_that_was_taken_back_is_a_draft_without_dates(client_of, alice):
    review = make.sent(by=alice)
    review.recall(by=alice)
    (row,) = lines_of(client_of(alice))
    assert row["Status"] == "Draft"
    empty = ("Received", "Day 30", "Answer due", "Decided", "Thirty-day periods", "Sent by")
    assert [row[name] for name in empty] == [""] * len(empty)
    assert tools_on(client_of(alice), "?status=draft") == ["Caseload Compass"]
    assert tools_on(client_of(alice), "?status=submitted") == []


# Filters


@pytest.mark.parametrize(
    ("query", "tools"),
    [
        ("?q=planner", ["Visit Planner"]),
        ("?q=WAYFOLD+visit", ["Visit Planner"]),
        ("?q=telephoned", ["Caller Log"]),
        ("?q=zebra", []),
        ("?q=%25", []),
        ("?q=_", []),
        ("?status=draft", ["Half done"]),
        ("?status=submitted", ["Caller Log", "Timesheet Check"]),
        ("?status=open", ["Caller Log", "Timesheet Check", "Visit Planner"]),
        ("?status=decided", ["Hours Overview"]),
        ("?status=approved", ["Hours Overview"]),
        ("?status=withdrawn", []),
        ("?year=2026", ["Hours Overview"]),
        ("?year=2027&status=draft", ["Half done"]),
        ("?by=cdss", ["Timesheet Check"]),
        ("?year=2027&q=brightwater", ["Caller Log", "Timesheet Check"]),
    ],
)
def test_the_filters_find(client_of, alice, some, query, tools):
    browser = client_of(alice)
    assert tools_on(browser, query) == tools
    assert [line["Tool"] for line in lines_of(browser, query)] == tools


def test_a_reference_is_found(client_of, alice, some):
    one = Proposal.objects.get(tool_name="Visit Planner")
    assert tools_on(client_of(alice), f"?q={one.reference.lower()}") == ["Visit Planner"]


def test_who_prepared_it_is_a_filter(client_of, alice, amir, some):
    assert tools_on(client_of(alice), f"?by={amir.pk}") == ["Half done", "Visit Planner"]
    options = soup(client_of(alice).get(LIST)).select("#id_by option")
    assert [option.text for option in options] == [
        "Anyone",
        "Alice Nakamura",
        "Amir Haddad",
        "CDSS, from email or post",
    ]


def test_the_year_is_that_of_receipt_in_california(client_of, alice):
    """Sent on New Year's Eve at 11:30 PM there, when it is 2027 in Greenwich; begun in 2026 too."""
    with clock.travel(on(2027, 1, 1, 7)):
        make.sent(make.draft(by=alice, tool_name="Old year"))
    with clock.travel(on(2027, 1, 1, 9)):
        make.sent(make.draft(by=alice, tool_name="New year"))
    browser = client_of(alice)
    assert tools_on(browser, "?year=2026") == ["Old year"]
    assert tools_on(browser, "?year=2027") == ["New year"]
    options = soup(browser.get(LIST)).select("#id_year option")
    assert [option.text for option in options] == ["Any", "2027", "2026"]


def test_a_proposal_begun_in_one_year_and_received_in_the_next_is_of_the_next(client_of, alice):
    with clock.travel(on(2026, 12, 20)):
        draft = make.draft(by=alice)
    with clock.travel(on(2027, 1, 5)):
        assert tools_on(client_of(alice), "?year=2026") == ["Caseload Compass"]
        make.sent(draft, by=alice)
        assert tools_on(client_of(alice), "?year=2026") == []
        assert tools_on(client_of(alice), "?year=2027") == ["Caseload Compass"]


def test_every_status_can_be_chosen_and_none_that_is_not_there():
    chosen = [key for key, _ in register.STATUSES]
    assert sorted(chosen) == sorted([*register.GROUPS, *(status.value for status in Status)])


def test_each_filter_is_a_chip_that_takes_it_away(client_of, alice, some):
    page = soup(client_of(alice).get(f"{LIST}?q=planner&status=open&year=2027"))
    chips = {chip.get_text(" ", strip=True): chip["href"] for chip in page.select("a.chip")}
    assert chips == {
        "Words: planner (remove this filter)": f"{LIST}?status=open&year=2027",
        "Status: All that are open (remove this filter)": f"{LIST}?q=planner&year=2027",
        "Year: 2027 (remove this filter)": f"{LIST}?q=planner&status=open",
    }
    assert page.find("a", string="Clear filters")["href"] == LIST
    assert page.select_one("#id_q")["value"] == "planner"


def test_no_match_repeats_the_filters_and_offers_to_clear_them(client_of, alice, some):
    answer = client_of(alice).get(f"{LIST}?q=zebra&status=draft")
    text = words(answer)
    assert "0 proposals" in text
    assert "No proposal matches Nothing matches words “zebra” and status “Draft”." in text
    assert soup(answer).select_one(f".empty a[href='{LIST}']").text == "Clear filters"
    assert "export" not in str(soup(answer).main)


@pytest.mark.parametrize(
    ("query", "words_of_it"),
    [
        ("?status=purple", "Choose “Status” from the list"),
        ("?year=1066", "Choose “Year” from the list"),
        ("?year=%F0%9F%8E%89", "Choose “Year” from the list"),
        ("?by=999999999999999999999999", "Choose “Prepared by” from the list"),
        ("?by=-1", "Choose “Prepared by” from the list"),
        ("?q=" + "a+" * 9, "Search for up to 8 words"),
        ("?q=" + "a" * 300, "Shorten “Words in tool, vendor, purpose or reference” by 100"),
    ],
)
def test_an_odd_filter_is_named_and_left_out(client_of, alice, some, query, words_of_it):
    answer = client_of(alice).get(f"{LIST}{query}")
    assert answer.status_code == 200
    assert errors_on(answer)[0].startswith(words_of_it)
    assert len(tools_on(client_of(alice), query)) == 5
    assert len(lines_of(client_of(alice), query)) == 5


@pytest.mark.parametrize("page", ["0", "999", "x", "-1", "9" * 30])
def test_an_odd_page_shows_a_page(client_of, alice, some, page):
    assert len(tools_on(client_of(alice), f"?page={page}")) == 5


def test_pages_keep_the_filters_and_no_proposal_stands_on_two(client_of, alice):
    at = clock.now()
    Proposal.objects.bulk_create(
        Proposal(
            reference=f"CIP-2026-{number:04d}",
            county=make.county("Alameda"),
            created_by=alice,
            created_at=at,
            tool_name=f"Tool {number}",
        )
        for number in range(1, 121)
    )
    browser = client_of(alice)
    seen = [tool for page in (1, 2, 3) for tool in tools_on(browser, f"?status=draft&page={page}")]
    assert seen == [f"Tool {number}" for number in range(120, 0, -1)]
    page = soup(browser.get(f"{LIST}?status=draft&page=2"))
    links = {link.text: link["href"] for link in page.select("nav.pages a")}
    assert links["Next"] == "?status=draft&page=3"
    assert "51 to 100 of 120" in page.select_one("nav.pages").get_text()
    assert len(lines_of(browser, "?status=draft")) == 120


# Files


def test_a_file_has_a_line_for_each_proposal_with_all_its_dates(client_of, alice):
    with clock.travel(on(2027, 1, 12)):
        review = make.in_review(make.sent(make.draft(by=alice), by=alice))
    with clock.travel(on(2027, 1, 29)):
        decision = make.decided(review, conditions=[make.condition()])
        decision.notice.recipients.filter(part__contains="program contact").update(
            state="accepted", accepted_at=on(2027, 1, 30, 2)
        )
    (line,) = lines_of(client_of(alice))
    assert line == {
        "Reference": review.reference,
        "County": "Alameda",
        "Tool": "Caseload Compass",
        "Vendor": "Brightwater Systems",
        "Status": "Approved with conditions",
        "Begun": "2027-01-12",
        "Received": "2027-01-12",
        "Day 30": "2027-02-11",
        "Answer due": "2027-02-11",
        "Decided": "2027-01-29",
        "Outcome": "Approved with conditions",
        "County notified": "2027-01-29",
        "Thirty-day periods": "1",
        "Prepared by": "Alice Nakamura",
        "Sent by": "Alice Nakamura",
    }


def test_a_file_tells_the_latest_period_and_how_many_there_were(client_of, alice):
    with clock.travel(on(2027, 1, 12)):
        request = make.requested(make.in_review(make.sent(make.draft(by=alice), by=alice)))
    with clock.travel(on(2027, 2, 2)):
        make.responded(request)
    (line,) = lines_of(client_of(alice))
    assert (line["Received"], line["Thirty-day periods"]) == ("2027-01-12", "2")
    assert (line["Day 30"], line["Answer due"]) == ("2027-03-04", "2027-03-04")


def test_a_withdrawn_one_has_no_date_that_is_due(client_of, alice):
    review = make.sent(by=alice)
    review.withdraw(by=alice)
    (line,) = lines_of(client_of(alice))
    assert (line["Status"], line["Day 30"], line["Answer due"]) == ("Withdrawn", "", "")
    assert (line["Decided"], line["Outcome"], line["Thirty-day periods"]) == ("", "", "1")


def test_a_reopened_one_is_not_decided(client_of, alice, dana):
    review = make.decided().review
    review = Review.objects.get(pk=review.pk)
    review.reopen(by=dana, why="A new law.")
    (line,) = lines_of(client_of(alice))
    assert (line["Status"], line["Decided"], line["Outcome"]) == ("In review", "", "")
    assert line["County notified"] == ""


def test_a_logged_one_says_how_it_came(client_of, alice):
    make.logged(make.county("Alameda"))
    (line,) = lines_of(client_of(alice))
    assert (line["Prepared by"], line["Sent by"]) == ("CDSS, from email or post", "Came by email")


def test_the_workbook_has_the_same_lines_with_days_that_are_days(client_of, alice, some):
    answer = client_of(alice).get(f"{LIST}export/xlsx/?status=open")
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active
    titles, *lines = [[cell.value for cell in row] for row in sheet]
    assert tuple(titles) == register.TITLES
    assert [line[2] for line in lines] == ["Caller Log", "Timesheet Check", "Visit Planner"]
    received = sheet["G2"]
    assert received.is_date and received.value.date() == date(2027, 1, 12)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_tool_called_like_a_formula_stays_a_text(client_of, alice, kind):
    make.draft(by=alice, tool_name="=HYPERLINK(1)", vendor_name="@evil")
    answer = client_of(alice).get(f"{LIST}export/{kind}/")
    file = b"".join(answer.streaming_content)
    if kind == "csv":
        assert b",'=HYPERLINK(1),'@evil," in file
    else:
        sheet = load_workbook(BytesIO(file)).active
        assert (sheet["C2"].value, sheet["C2"].data_type) == ("=HYPERLINK(1)", "s")


def test_a_file_is_named_by_the_day_alone_and_kept_by_nobody(client_of, alice, some):
    with clock.travel(on(2027, 1, 28)):
        answer = client_of(alice).get(f"{LIST}export/csv/?q=planner")
    assert answer["Content-Disposition"] == 'attachment; filename="proposals-2027-01-28.csv"'
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_each_file_is_on_record_without_what_was_searched_for(client_of, alice, some):
    browser = client_of(alice)
    lines_of(browser, "?q=123-45-6789&status=open")
    entry = JournalEntry.objects.latest("number")
    assert (entry.act, entry.actor, entry.subject) == ("export proposals", alice, alice.email)
    assert entry.data == {
        "format": "csv",
        "rows": 0,
        "filters": ["q", "status"],
        "counties": ["Alameda"],
    }
    assert "6789" not in str(entry.data)


def test_the_page_links_to_files_of_what_is_filtered(client_of, alice, some):
    page = soup(client_of(alice).get(f"{LIST}?status=open&year=nonsense"))
    links = [link["href"] for link in page.main.select("a[href*=export]")]
    assert links == [f"{LIST}export/csv/?status=open", f"{LIST}export/xlsx/?status=open"]


def test_there_is_no_other_kind_of_file(client_of, alice):
    assert client_of(alice).get(f"{LIST}export/pdf/").status_code == 404


# Whose they are


def test_another_countys_proposals_are_in_no_count_filter_or_file(client_of, bob, some):
    browser = client_of(bob)
    text = words(browser.get(LIST))
    assert "CIP-" not in text and "Your county has no proposals yet" in text
    assert lines_of(browser) == []
    make.draft(by=bob, tool_name="Of Butte")
    page = soup(browser.get(f"{LIST}?q=planner"))
    assert "0 proposals" in page.main.get_text()
    assert [option.text for option in page.select("#id_by option")][1:-1] == ["Bob Lindqvist"]
    assert [line["Tool"] for line in lines_of(browser)] == ["Of Butte"]


def test_someone_of_two_counties_sees_both(client_of, amir, bob, some):
    make.draft(by=bob, tool_name="Of Butte")
    make.membership(amir, make.county("Butte"))
    browser = client_of(User.objects.get(pk=amir.pk))
    assert {line["County"] for line in lines_of(browser)} == {"Alameda", "Butte"}


# What it costs


def test_a_file_asks_the_same_for_ten_as_for_a_hundred(client_of, alice):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert lines_of(client_of(alice))
        return len(asked)

    for _ in range(3):
        make.decided()
        make.draft(by=alice)
    few = queries()
    for _ in range(10):
        make.decided()
        make.requested()
    assert queries() == few


def test_a_page_of_five_thousand_comes_about_as_quickly_as_one_of_fifty(client_of, alice, bob):
    """Both in one run, in turns: a busy machine slows both."""
    at = clock.now()
    for person, name, count in ((alice, "Alameda", 5000), (bob, "Butte", 50)):
        county = make.county(name)
        Proposal.objects.bulk_create(
            Proposal(
                reference=f"CIP-20{county.number}-{number:05d}",
                county=county,
                created_by=person,
                created_at=at - timedelta(minutes=number),
                sent_at=at,
                tool_name=f"Tool {number}",
                purpose="Shows supervisors how many cases each worker has. " * 8,
            )
            for number in range(count)
        )
    Review.objects.bulk_create(
        Review(proposal=one, county=one.county, status="approved", received_at=at, moved_at=at)
        for one in Proposal.objects.all()
    )
    # As a database does by itself when it has been filled.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    browsers = {"many": client_of(alice), "few": client_of(bob)}
    this_year = f"?status=approved&year={clock.today().year}"
    for query in ("", "?q=worker+zebra", "?q=tool+49", this_year):
        times: dict[str, list[float]] = {"many": [], "few": []}
        for _ in range(5):
            for which, browser in browsers.items():
                began = time.perf_counter()
                assert browser.get(f"{LIST}{query}").status_code == 200
                times[which].append(time.perf_counter() - began)
        many, few = min(times["many"]), min(times["few"])
        print(f"register, {query or 'all'}: {many * 1000:.0f} ms of 5,000, {few * 1000:.0f} of 50")
        assert many < 12 * few
