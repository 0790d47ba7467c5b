"""The statewide page: who opens it, what it says of a small portal, its files, its addresses."""

import csv
from datetime import UTC, date, datetime
from io import StringIO

import pytest
from bs4 import BeautifulSoup, Tag
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal import clock, outbox
from portal.models import JournalEntry
from reviews.forms.statewide import usual_spans
from reviews.models import Review
from reviews.tabled import FILES, TABLES
from tests import make
from tests.pages import soup

pytestmark = pytest.mark.django_db

# What is received then is due on Saturday, February 20; moved, on Monday the 22nd.
RECEIVED = datetime(2027, 1, 21, 20, tzinfo=UTC)
SATURDAY, MONDAY, TUESDAY = date(2027, 2, 20), date(2027, 2, 22), date(2027, 2, 23)
LATER = datetime(2027, 3, 2, 20, tzinfo=UTC)
MOST_QUERIES = 10


def words(part: Tag) -> str:
    return " ".join(part.get_text(" ").split())


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 20, tzinfo=UTC)


def decided_on(day: date, *, mailed: bool = True, **more) -> Review:
    """A proposal of January 21, decided that day; its letters leave then or never."""
    with clock.travel(RECEIVED):
        review = make.in_review()
    with clock.travel(noon(day)):
        make.decided(review, **more)
        if mailed:
            outbox.deliver_due()
    return review


def page(browser: Client, query: str = "") -> BeautifulSoup:
    with clock.travel(LATER):
        return soup(browser.get(f"/statewide/{query}"))


def tiles(shown: BeautifulSoup) -> dict[str, list[str]]:
    """Each tile by its term: the figure, and the line beneath it."""
    found = {}
    for tile in shown.select(".tiles > div"):
        found[words(tile.dt)] = [words(one) for one in tile.select("dd")]
    return found


def figure(shown: BeautifulSoup, measure: str) -> tuple[str, dict[str, list[str]]]:
    """The finding of a chart, and the rows of its table."""
    one = next(one for one in shown.select("figure") if measure in words(one.figcaption))
    rows = one.select("tbody tr")
    return words(one.h3), {words(row.th): [words(cell) for cell in row("td")] for row in rows}


class TestWho:
    def test_all_who_read_cases_have_it_among_their_places(
        self, client_of, carol, dana, erin, frank
    ):
        for person in (carol, dana, erin, frank):
            answer = client_of(person).get("/statewide/")
            assert answer.status_code == 200
            here = soup(answer).select_one(".nav [aria-current=page]")
            assert words(here) == "Statewide"

    def test_a_county_is_refused_the_page_and_its_files(self, client_of, alice, amir):
        for person in (alice, amir):
            browser = client_of(person)
            assert browser.get("/statewide/").status_code == 403
            assert browser.get("/statewide/export/counties/").status_code == 403
            assert "Statewide" not in browser.get("/").content.decode()


@pytest.mark.acl("ACL-6")
class TestThirtyDays:
    def test_an_answer_on_the_last_day_is_in_time_by_either_count_of_that_day(
        self, client_of, carol
    ):
        decided_on(SATURDAY)
        browser = client_of(carol)
        for query in ("", "?count=plain"):
            assert tiles(page(browser, query))["Notified within 30 days"] == [
                "100%",
                "1 of 1 period",
            ]

    def test_an_answer_on_the_moved_day_is_late_when_plain_days_are_counted(self, client_of, carol):
        decided_on(MONDAY)
        browser = client_of(carol)
        moved = page(browser)
        assert tiles(moved)["Notified within 30 days"] == ["100%", "1 of 1 period"]
        plain = page(browser, moved.find("a", string="Count plain days instead")["href"][11:])
        assert tiles(plain)["Notified within 30 days"] == ["0%", "0 of 1 period"]
        assert "Counted to plain day 30" in words(plain.main)
        back = plain.find("a", string="Count to the date moved past weekends and closures")
        assert back["href"] == "/statewide/"

    def test_an_answer_a_day_later_is_late_by_either_count(self, client_of, carol):
        decided_on(TUESDAY)
        assert tiles(page(client_of(carol)))["Notified within 30 days"] == ["0%", "0 of 1 period"]
        assert figure(page(client_of(carol)), "Share notified")[1]["February 2027"][:2] == [
            "1",
            "0",
        ]

    def test_a_decision_whose_letter_never_left_is_no_answer(self, client_of, carol):
        decided_on(date(2027, 2, 1), mailed=False)
        shown = page(client_of(carol))
        assert tiles(shown)["Notified within 30 days"] == ["0%", "0 of 1 period"]
        assert tiles(shown)["Median days to answer"] == ["–", "no answer yet"]

    def test_the_median_is_of_the_last_month_and_says_what_it_was(self, client_of, carol):
        for day in (1, 3, 11):
            decided_on(date(2027, 2, day))
        with clock.travel(datetime(2027, 2, 27, 20, tzinfo=UTC)):
            late = make.in_review()
        with clock.travel(LATER):
            make.decided(late)
            outbox.deliver_due()
        shown = page(client_of(carol))
        assert tiles(shown)["Median days to answer"] == ["3", "in March; 13 in February"]
        finding, rows = figure(shown, "Median days")
        assert finding == "Too few answers to tell how the wait moved"
        assert rows["February 2027"] == ["3", "13"]
        assert rows["January 2027"] == ["0", "–"]

    def test_what_is_open_overdue_and_soon_due_is_counted_today(self, client_of, carol, bob):
        with clock.travel(RECEIVED):
            make.sent()
            make.requested()
        with clock.travel(datetime(2027, 2, 3, 20, tzinfo=UTC)):
            make.sent(make.draft(by=bob), by=bob)
        shown = page(client_of(carol))
        assert tiles(shown)["Open"] == ["3", "1 waits for a county"]
        assert tiles(shown)["Due in 5 days"] == ["1", "See them"]
        assert tiles(shown)["Overdue"] == ["1", "by 8 days, Alameda"]
        links = [one["href"] for one in shown.select(".tiles a")]
        assert links == ["/reviews/?county=&view=due-soon", "/reviews/?county=01&view=overdue"]
        assert figure(shown, "day of their period") == (
            "One has waited for more than 30 days",
            {
                "Day 0 to 10": ["0"],
                "Day 11 to 20": ["0"],
                "Day 21 to 25": ["0"],
                "Day 26 to 30": ["1"],
                "Over 30 days": ["1"],
                "Waiting for the county": ["1"],
            },
        )


class TestWhatCouldHideALateAnswer:
    def test_rounds_late_requests_and_voided_periods_are_told(self, client_of, carol, alice):
        with clock.travel(RECEIVED):
            asked, taken_back = make.in_review(), make.sent()
        with clock.travel(noon(date(2027, 2, 16))):
            request = make.requested(asked)
            make.decided(make.responded(request))
            taken_back.withdraw(by=alice)
        _, rows = figure(page(client_of(carol)), "From first receipt")
        assert rows == {
            "Decided or withdrawn": ["2"],
            "Median days from first receipt": ["26"],
            "Longest, in days": ["26"],
            "Thirty-day periods each": ["1.5"],
            "Most periods of one": ["2"],
            "With more than one period": ["1"],
            "Requests after day 25": ["1"],
            "Voided periods": ["1"],
        }

    def test_outcomes_stand_as_they_are_now(self, client_of, carol, dana):
        decided_on(date(2027, 2, 1), conditions=[{"text": "Show it.", "by": MONDAY}])
        reopened = decided_on(date(2027, 2, 1))
        with clock.travel(LATER):
            Review.objects.get(pk=reopened.pk).reopen(by=dana, why="A new fact.")
        _, rows = figure(page(client_of(carol)), "by outcome")
        assert rows["Approved with conditions"] == ["1"]
        assert rows["Approved"] == ["0"]

    @pytest.mark.acl("ACL-9")
    def test_prohibited_methods_are_counted_by_year(self, client_of, carol):
        with clock.travel(RECEIVED):
            make.sent(cmips_methods=["writes", "direct"])
            make.sent(cmips_methods=["writes", "ddl"])
            make.sent()
        _, rows = figure(page(client_of(carol)), "Prohibited methods")
        assert rows["2027: writes to CMIPS by itself"] == ["2"]
        assert rows["2027: connects to CMIPS directly"] == ["1"]
        assert rows["2027: any of them"] == ["2"]
        assert rows["2026: any of them"] == ["0"]


class TestAddress:
    def test_the_last_twelve_months_of_all_counties_unless_asked(self, client_of, carol):
        make.sent()
        shown = page(client_of(carol))
        assert words(shown.select_one(".lead")) == "April 2026 to March 2027 · all 58 counties"

    @pytest.mark.parametrize(
        "query",
        [
            "?from=2026-02&to=2027-01&county=04",
            "?from=February+2026&to=1/2027&county=04",
            "?from=feb+2026&to=01/2027&county=04&count=moved&all=1",
        ],
    )
    def test_months_and_county_are_read_as_people_write_them(self, client_of, carol, query):
        shown = page(client_of(carol), query)
        assert words(shown.select_one(".lead")) == "February 2026 to January 2027 · Butte County"

    @pytest.mark.parametrize(
        ("query", "sentence"),
        [
            ("?from=2026-13", "Enter the month like January 2027"),
            ("?from=" + "9" * 500, "Enter the month like January 2027"),
            ("?to=Smarch+2026", "Enter the month like January 2027"),
            ("?from=2027-02&to=2026-01", "Enter a last month that isn’t before the first"),
            ("?from=1990-01&to=2027-01", "Enter a last month within 10 years of the first"),
            ("?county=99", "Choose “County” from the list"),
            ("?count=backwards", "Choose “How days are counted” from the list"),
        ],
    )
    def test_an_odd_value_is_named_and_the_usual_is_shown(self, client_of, carol, query, sentence):
        make.sent()
        shown = page(client_of(carol), query)
        assert sentence in words(shown.select_one(".errors"))
        assert words(shown.select_one(".lead")) == "April 2026 to March 2027 · all 58 counties"
        assert shown.title.text.startswith("Error: ")

    @pytest.mark.parametrize("query", ["?from=1990-01&to=1990-01", "?to=1990-01", "?from=2100-12"])
    def test_the_first_and_the_last_month_there_are_do_no_harm(self, client_of, carol, query):
        make.sent()
        assert "Nothing happened in these months" in words(page(client_of(carol), query).main)

    def test_a_county_stays_while_the_count_changes(self, client_of, carol):
        shown = page(client_of(carol), "?county=04&from=2026-12")
        link = shown.find("a", string="Count plain days instead")["href"]
        assert link == "/statewide/?from=2026-12&county=04&count=plain"

    @pytest.mark.parametrize(
        ("today", "months"),
        [
            ((2027, 1, 31), "2027-01 2027-01, 2026-10 2026-12, 2026-07 2027-01, 2025-07 2026-06"),
            ((2027, 6, 30), "2027-04 2027-06, 2027-01 2027-03, 2026-07 2027-06, 2025-07 2026-06"),
            ((2027, 7, 1), "2027-07 2027-07, 2027-04 2027-06, 2027-07 2027-07, 2026-07 2027-06"),
            ((2028, 2, 29), "2028-01 2028-02, 2027-10 2027-12, 2027-07 2028-02, 2026-07 2027-06"),
        ],
    )
    def test_the_usual_periods_are_quarters_and_the_years_of_the_state(self, today, months):
        spans = usual_spans(date(*today))
        found = ", ".join(f"{first:%Y-%m} {last:%Y-%m}" for _, first, last in spans)
        assert found == months

    def test_a_usual_period_is_one_click_and_keeps_county_and_count(self, client_of, carol):
        browser = client_of(carol)
        link = page(browser, "?county=04&count=plain").find("a", string="Last quarter")
        shown = page(browser, "?" + link["href"].partition("?")[2])
        assert words(shown.select_one(".lead")) == "October 2026 to December 2026 · Butte County"
        assert "Counted to plain day 30" in words(shown.main)

    def test_a_county_is_called_by_its_official_name(self, client_of, carol):
        number = make.county("San Francisco").number
        shown = page(client_of(carol), f"?county={number}")
        assert words(shown.select_one(".lead")).endswith("· City and County of San Francisco")
        assert words(shown.select_one("#counties")) == "City and County of San Francisco"
        assert "San Francisco County" not in shown.get_text()

    def test_fourteen_counties_at_first_then_all(self, client_of, carol):
        make.sent()
        browser = client_of(carol)
        first = page(browser)
        assert len(first.select(".mapped tbody tr")) == 14
        link = first.find("a", string="Show all 58 counties")["href"]
        assert link == "/statewide/?all=1#counties"
        assert len(page(browser, "?all=1").select(".mapped tbody tr")) == 58


class TestStates:
    def test_nothing_was_ever_sent(self, client_of, carol, alice):
        make.draft()
        shown = page(client_of(carol))
        assert "No county has sent a proposal yet" in words(shown.main)
        assert not shown.select("figure")

    def test_months_that_lie_ahead(self, client_of, carol):
        make.sent()
        shown = page(client_of(carol), "?from=2028-01")
        assert "They lie ahead." in words(shown.select_one(".notice"))

    def test_one_county_has_its_line_and_ways_on(self, client_of, carol):
        make.sent()
        shown = page(client_of(carol), "?county=01")
        assert [words(row.th) for row in shown.select(".mapped tbody tr")] == ["Alameda"]
        links = {words(one): one["href"] for one in shown.select(".mapped a")}
        assert links["Alameda County in the queue"] == "/reviews/?county=01&view=all"
        assert links["All counties"] == "/statewide/"

    def test_drawings_are_hidden_from_who_hears_and_say_nothing_that_no_table_says(
        self, client_of, carol
    ):
        decided_on(date(2027, 2, 1))
        shown = page(client_of(carol))
        drawings = shown.select("figure svg")
        assert len(drawings) >= 6
        assert all(
            one.get("aria-hidden") == "true" or one.find_parent(attrs={"aria-hidden": "true"})
            for one in drawings
        )
        assert not shown.select("svg a, svg [tabindex], svg title")
        for one in shown.select("figure"):
            assert one.table or one.find_next("table")


class TestFiles:
    def lines(self, browser: Client, table: str, query: str = "") -> list[dict[str, str]]:
        with clock.travel(LATER):
            answer = browser.get(f"/statewide/export/{table}/{query}")
        text = answer.getvalue().decode("utf-8-sig")
        return list(csv.DictReader(StringIO(text, newline="")))

    def test_each_table_is_a_file_and_one_holds_them_all(self, client_of, frank):
        decided_on(MONDAY)
        browser = client_of(frank)
        each = {table: self.lines(browser, table) for table in TABLES}
        assert len(each["counties"]) == 58
        assert each["counties"][0] == {
            "County": "Alameda",
            "Received": "1",
            "Open": "0",
            "Overdue": "0",
            "Median days": "32",
            "Percent within 30 days": "100",
        }
        whole = self.lines(browser, "everything")
        assert len(whole) == sum(len(rows) * (len(rows[0]) - 1) for rows in each.values())
        assert {
            "Table": "By county",
            "Line": "Alameda",
            "Figure": "Median days",
            "Value": "32",
        } in whole

    def test_a_file_follows_the_address_as_the_page_does(self, client_of, frank):
        decided_on(MONDAY)
        browser = client_of(frank)
        (line,) = self.lines(browser, "counties", "?county=01&count=plain")
        assert line["Percent within 30 days"] == "0"
        assert len(self.lines(browser, "in-time", "?from=2027-01&to=2027-02")) == 2

    def test_what_a_spreadsheet_would_work_out_is_kept_as_text(self, client_of, frank):
        make.sent()
        county = make.county("Alameda")
        county.name = "=HYPERLINK(1)"
        county.save()
        lines = self.lines(client_of(frank), "counties")
        assert "'=HYPERLINK(1)" in {line["County"] for line in lines}

    def test_each_file_is_on_record(self, client_of, frank):
        self.lines(client_of(frank), "ages", "?county=01&from=2027-01&to=2027-02")
        entry = JournalEntry.objects.latest("number")
        assert (entry.act, entry.actor, entry.subject) == ("export statewide", frank, frank.email)
        assert entry.data == {
            "table": "ages",
            "rows": 6,
            "from": "2027-01",
            "to": "2027-02",
            "county": "01",
        }

    def test_a_page_that_is_only_read_records_nothing(self, client_of, frank):
        before = JournalEntry.objects.count()
        page(client_of(frank))
        assert JournalEntry.objects.count() == before

    def test_there_is_no_other_file(self, client_of, frank):
        assert client_of(frank).get("/statewide/export/secrets/").status_code == 404
        assert "everything" in FILES


def test_it_asks_the_same_few_questions_however_much_there_is(client_of, carol):
    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get("/statewide/?all=1").status_code == 200
        return len(captured)

    browser = client_of(carol)
    browser.get("/help/")  # what only the first page of a session asks
    make.decided()
    few = asked()
    for _ in range(8):
        make.sent()
        make.requested()
        make.decided(conditions=[make.condition()])
    assert asked() == few <= MOST_QUERIES
