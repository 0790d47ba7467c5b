"""The conditions of approvals on one list: late ones first, confirmed ones with their evidence."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal import clock
from portal.wording import short_day
from reviews import conditions as listed
from reviews.leafing import Pages
from reviews.models import Condition
from tests import make
from tests.pages import soup, words

pytestmark = pytest.mark.django_db

LIST = "/reviews/conditions/"


def approved(*days: int) -> list[Condition]:
    decision = make.decided(conditions=[make.condition(f"In {one} days", days=one) for one in days])
    return list(decision.conditions.all())


def rows(answer) -> list[str]:
    return [" ".join(row.get_text(" ").split()) for row in soup(answer).select("tbody tr")]


def test_late_ones_stand_first_and_each_list_says_how_many_it_has(client_of, carol, alice, dana):
    first = approved(5, 30)
    approved(4)
    first[1].confirm(by=alice, evidence="The test report is in the messages.")
    client = client_of(carol)
    assert "No condition here" in words(client.get(f"{LIST}?view=late"))
    with clock.travel(clock.now() + timedelta(days=8)):
        late = client_of(carol).get(LIST)
    assert [row.split("In ")[1].split(" days")[0] for row in rows(late)] == ["4", "5"]
    assert "Late 2 To come 0 Confirmed 1" in words(late)
    assert "Overdue by 4 days" in rows(late)[0]
    (confirmed,) = rows(client.get(f"{LIST}?view=confirmed"))
    assert "The test report is in the messages." in confirmed


def test_a_row_tells_its_date_once_with_how_far_off_it_is(client_of, carol, alice):
    (condition,) = approved(20)
    client, date = client_of(carol), short_day(condition.by)
    (row,) = rows(client.get(LIST))
    assert row.startswith(f"{date} 20 days left Caseload Compass")
    assert (row.count(date), row.endswith("Not confirmed yet")) == (1, True)
    condition.confirm(by=alice, evidence="In the messages.")
    (row,) = rows(client.get(f"{LIST}?view=confirmed"))
    assert row.startswith(f"{date} Caseload Compass") and "left" not in row


def test_the_list_begins_with_the_first_in_which_something_stands(client_of, carol, alice):
    def shown() -> str:
        return soup(client_of(carol).get(LIST)).select_one("main li [aria-current]").text.split()[0]

    assert shown() == "Late"
    (condition,) = approved(5)
    assert shown() == "To"
    with clock.travel(clock.now() + timedelta(days=8)):
        assert shown() == "Late"
    condition.confirm(by=alice, evidence="In the messages.")
    assert shown() == "Confirmed"


def test_of_a_proposal_that_is_decided_anew_only_the_last_decision_counts(client_of, carol, dana):
    decision = make.decided(conditions=[make.condition("Of the first")])
    review = decision.review
    make.decided(outcome="not_approved")
    make.drafted_decision(conditions=[make.condition("Of a draft")])
    client = client_of(carol)
    assert "Of the first" in words(client.get(f"{LIST}?view=ahead"))
    review.refresh_from_db()
    review.reopen(by=dana, why="The vendor changed.")
    assert rows(client.get(f"{LIST}?view=ahead")) == []
    review.refresh_from_db()
    make.decided(review, conditions=[make.condition("Of the second")])
    (only,) = rows(client.get(f"{LIST}?view=ahead"))
    assert "Of the second" in only


@pytest.fixture
def sixty(db) -> list[str]:
    """What sixty conditions ask, by their dates and, of each three on one day, in their order."""
    days = [day for day in range(5, 25) for _ in range(3)]
    asked = [f"Condition {number}." for number in range(1, 61)]
    make.decided(
        conditions=[make.condition(one, days=day) for one, day in zip(asked, days, strict=True)]
    )
    return asked


def asked_by(answer) -> list[str]:
    return [row.select("td")[1].get_text(strip=True) for row in soup(answer).select("tbody tr")]


def link(answer, words: str) -> str:
    found = soup(answer).select_one("nav[aria-label=Pages]").find("a", string=words)
    return found["href"] if found else ""


def walk(client, here: str, words: str) -> list[list[str]]:
    """The pages from here on, each by the link of the one before."""
    found = []
    while here:
        answer = client.get(here)
        found.append(asked_by(answer))
        here = link(answer, words)
    return found


def test_a_long_list_is_leafed_through_onwards_and_back(client_of, carol, sixty):
    client = client_of(carol)
    onwards = walk(client, f"{LIST}?view=ahead", "Next")
    assert [len(page) for page in onwards] == [25, 25, 10]
    assert [one for page in onwards for one in page] == sixty
    last = client.get(link(client.get(f"{LIST}?view=ahead"), "Last"))
    assert asked_by(last) == sixty[-25:]
    assert not link(last, "Next") and asked_by(client.get(link(last, "First"))) == sixty[:25]
    backwards = walk(client, f"{LIST}?view=ahead&before=end", "Previous")
    assert backwards == [sixty[35:], sixty[10:35], sixty[:25]]


def test_more_rows_fit_on_a_page_and_the_next_has_as_many(client_of, carol, sixty):
    assert [len(page) for page in walk(client_of(carol), f"{LIST}?view=ahead&rows=50", "Next")] == [
        50,
        10,
    ]


def test_what_comes_and_goes_meanwhile_shifts_no_row(client_of, carol, alice, sixty):
    client = client_of(carol)
    onward = link(client.get(f"{LIST}?view=ahead"), "Next")
    approved(5, 6)
    first, *_, marked = Condition.objects.filter(text__in=sixty).order_by("by", "pk")[:25]
    for one in (first, marked):
        one.confirm(by=alice, evidence="It is done.")
    page = client.get(onward)
    assert asked_by(page) == sixty[25:50]
    # Of the row that bore the mark nothing is left here, and the way back still leads to its place.
    back = asked_by(client.get(link(page, "Previous")))
    assert back[-1] == sixty[23] and len(back) == 25


@pytest.mark.parametrize("mark", ["after=17", "before=x:y", "after=WyIyMDI3LTAxLTAxIiwxXQ:abc"])
def test_a_forged_mark_leads_to_the_first_page_and_is_told(client_of, carol, sixty, mark):
    page = client_of(carol).get(f"{LIST}?view=ahead&{mark}")
    assert asked_by(page) == sixty[:25]
    assert "That place in this list is not known, so this is the first page." in words(page)


def test_a_mark_of_another_list_is_none_here(client_of, carol, sixty):
    other = Pages("ideas", "this list", "by")
    mark = other._mark(Condition.objects.order_by("by", "pk")[30])
    assert asked_by(client_of(carol).get(f"{LIST}?view=ahead&after={mark}")) == sixty[:25]


@pytest.mark.parametrize(
    "odd", ["?view=perhaps", "?after=x", "?after=999999999", "?after=-1", "?rows=7", "?before=end"]
)
def test_an_odd_address_shows_rows_all_the_same(client_of, carol, odd):
    approved(5)
    with clock.travel(clock.now() + timedelta(days=8)):
        page = client_of(carol).get(LIST + odd)
    assert len(rows(page)) == 1


def test_of_very_many_it_is_said_that_there_are_more(client_of, carol, monkeypatch, sixty):
    monkeypatch.setattr(listed, "COUNTED", 40)
    page = words(client_of(carol).get(f"{LIST}?view=ahead"))
    assert "To come 40+" in page and "Showing 25 of 40+" in page


@pytest.mark.postgres
@pytest.mark.parametrize("view", listed.VIEWS)
def test_a_page_anywhere_is_read_by_the_index_of_its_order(client_of, carol, alice, sixty, view):
    if view == "confirmed":
        for one in Condition.objects.all():
            one.confirm(by=alice, evidence="It is done.")
    path = f"{LIST}?view={view}"
    with clock.travel(clock.now() + timedelta(days=60 if view == "late" else 0)):
        client = client_of(carol)
        onward = link(client.get(path), "Next")
        for address in (path, onward, onward.replace("after", "before"), f"{path}&before=end"):
            plan = plan_of_rows(client, address)
            assert INDEX[view] in plan and "Sort" not in plan, plan


INDEX = {
    "late": "condition_not_confirmed",
    "ahead": "condition_not_confirmed",
    "confirmed": "condition_confirmed",
}


def plan_of_rows(client, address: str) -> str:
    """How the database reads the rows of a page, when it may not choose by its statistics."""
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    rows, *_ = [one["sql"] for one in captured if re.search('"by" (A|DE)SC', one["sql"])]
    with connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan", "hashjoin", "mergejoin", "sort"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"EXPLAIN {rows}")
        return "\n".join(line for (line,) in cursor.fetchall())


def test_it_asks_as_little_for_many_as_for_few(client_of, carol):
    client = client_of(carol)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(f"{LIST}?view=ahead")
        return len(queries)

    approved(5)
    asked()  # The first page of a session asks once for what it keeps.
    few = asked()
    for _ in range(3):
        approved(5, 6, 7)
    assert asked() == few <= 10
