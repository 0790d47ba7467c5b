"""What CDSS plans itself, and proposals that are an idea for CMIPS reporting (ACL-12)."""

import csv
from datetime import UTC, datetime, timedelta
from functools import partial
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal import clock
from portal.journal import verify
from portal.models import JournalEntry
from reviews import enhancements, ideas
from reviews.models import Enhancement, Idea, Review
from reviews.moves import MoveRefused
from tests import make
from tests.pages import errors_on, form_on, messages_on, soup, words
from tests.reviews.explained import is_ordered_by, plan_of

pytestmark = pytest.mark.django_db

LIST = "/reviews/enhancements/"
GIVEN = {
    "title": "Overtime report",
    "what": "Shows overtime violations of each workweek.",
    "expected": "summer 2027",
    "state": "planned",
    "words": "overtime, workweek",
}
WATCH = {"tool_name": "Overtime Watch", "purpose": "Warns of violations in a workweek."}


def an_enhancement(**changes) -> Enhancement:
    return Enhancement.objects.add(by=make.someone("carol"), **GIVEN | changes)


@pytest.mark.acl("ACL-12")
def test_both_sides_read_what_cdss_plans_before_and_after_sending(client_of, carol, alice):
    an_enhancement()
    draft = make.draft(**WATCH)
    for page in ("send/", "similar/"):
        page = words(client_of(alice).get(f"/proposals/{draft.reference}/{page}"))
        assert "CDSS plans: Overtime report" in page and "expected summer 2027" in page
    review = make.sent(draft)
    page = words(client_of(alice).get(f"/proposals/{review.reference}/similar/"))
    assert "CDSS plans: Overtime report" in page
    type(review.traits).objects.compare(review.pk)
    page = words(client_of(carol).get(f"/reviews/{review.reference}/"))
    assert "Suggested by the system, not a decision. CDSS may be implementing the same" in page
    assert "Overtime report (planned, expected summer 2027)" in page


@pytest.mark.parametrize("how", ["other words", "dropped", "ended"])
def test_what_is_not_planned_is_shown_to_no_county(client_of, alice, carol, how):
    one = an_enhancement(**({"state": "dropped"} if how == "dropped" else {}))
    if how == "ended":
        one.end(by=carol, seen=0)
    draft = make.draft(**({} if how == "other words" else WATCH))
    assert "Overtime report" not in words(
        client_of(alice).get(f"/proposals/{draft.reference}/similar/")
    )


def test_a_reviewer_adds_changes_and_ends_one(client_of, carol):
    client = client_of(carol)
    typed = form_on(client.get(f"{LIST}add/")) | GIVEN
    for _ in range(2):
        answer = client.post(f"{LIST}add/", typed, follow=True)
        assert "Added." in messages_on(answer)
    one = Enhancement.objects.get()
    change = f"{LIST}{one.pk}/"
    typed = form_on(client.get(change)) | GIVEN | {"state": "in_work"}
    client.post(change, typed)
    one.refresh_from_db()
    assert (one.state, one.version, one.changed_by) == ("in_work", 1, carol)
    assert "In work" in words(client.get(LIST))
    client.post(f"{change}end/", {"seen": "1"})
    one.refresh_from_db()
    assert one.ended_by == carol
    assert "Overtime report" not in words(client.get(LIST))
    assert client.get(change).status_code == 409
    acts = JournalEntry.objects.filter(subject_kind="enhancement").values_list("act", flat=True)
    assert sorted(acts) == ["add enhancement", "change enhancement", "end enhancement"]
    verify()


def test_of_two_who_change_one_the_second_is_told(client_of, carol, dana):
    one = an_enhancement()
    page = f"{LIST}{one.pk}/"
    typed = form_on(client_of(carol).get(page)) | GIVEN | {"title": "Too late"}
    one.change(by=dana, seen=0, **GIVEN | {"title": "First"})
    answer = client_of(carol).post(page, typed)
    assert answer.status_code == 409
    assert f"{dana} changed this enhancement on" in errors_on(answer)[0]
    assert "What it says now Name First" in words(answer)
    assert form_on(answer)["title"] == "Too late"
    one.refresh_from_db()
    assert one.title == "First"
    # Whoever read what the colleague wrote may put their own in its place.
    assert client_of(carol).post(page, form_on(answer)).status_code == 302
    one.refresh_from_db()
    assert (one.title, one.version, one.changed_by) == ("Too late", 2, carol)


def test_what_a_colleague_ended_meanwhile_is_not_changed(client_of, carol, dana):
    one = an_enhancement()
    client, page = client_of(carol), f"{LIST}{one.pk}/"
    typed = form_on(client.get(page)) | {"title": "Too late"}
    one.end(by=dana, seen=0)
    for _ in range(2):
        answer = client.post(page, typed)
        assert answer.status_code == 409
        assert f"{dana} ended this enhancement on" in errors_on(answer)[0]
        assert form_on(answer)["title"] == "Too late"
        assert "End this enhancement" not in words(answer)
        typed = form_on(answer)
    assert client.post(f"{page}end/", {"seen": "0"}).status_code == 409
    assert client_of(dana).post(f"{page}end/", {"seen": "0"}).status_code == 302
    assert JournalEntry.objects.filter(act="end enhancement").count() == 1


def test_nothing_changed_is_nothing_on_record(client_of, carol):
    one = an_enhancement()
    page = f"{LIST}{one.pk}/"
    client_of(carol).post(page, form_on(client_of(carol).get(page)))
    one.refresh_from_db()
    assert one.version == 0
    assert not JournalEntry.objects.filter(act="change enhancement").exists()


@pytest.mark.parametrize("seen", ["", "7", "-1", "x", "9" * 30, "٣"])
def test_a_page_that_shows_another_version_changes_nothing(client_of, carol, seen):
    one = an_enhancement()
    one.change(by=carol, seen=0, **GIVEN | {"title": "Second"})
    page = f"{LIST}{one.pk}/"
    typed = form_on(client_of(carol).get(page)) | {"title": "Third", "seen": seen}
    assert client_of(carol).post(page, typed).status_code in (409, 422)
    one.refresh_from_db()
    assert one.title == "Second"


def test_who_says_that_it_is_no_case_number_is_on_record(client_of, carol):
    client = client_of(carol)
    typed = form_on(client.get(f"{LIST}add/")) | GIVEN | {"what": "Like 123-45-6789."}
    assert client.post(f"{LIST}add/", typed).status_code == 422
    client.post(f"{LIST}add/", typed | {"no_case_data": "on"})
    (one,) = Enhancement.objects.all()
    acts = [entry.act for entry in JournalEntry.objects.about(*one.subject)]
    assert acts == ["add enhancement", "say it is no case data"]
    page = client.get(f"{LIST}{one.pk}/history/")
    assert "stated that what looks like a Social Security or case number is none" in words(page)


# Its history


@pytest.mark.parametrize("reader", ["carol", "dana", "erin", "frank"])
def test_all_of_cdss_read_who_planned_changed_and_ended_one(client_of, carol, dana, reader):
    one = an_enhancement()
    one.change(by=dana, seen=0, **GIVEN | {"state": "in_work", "expected": "fall 2027"})
    one.end(by=carol, seen=1)
    client = client_of(make.someone(reader))
    page = client.get(f"{LIST}{one.pk}/history/")
    ended, changed, added = soup(page).select(".timeline > li")
    assert f"{carol} ended it" in ended.text
    assert f"{dana} changed what the list says of it." in changed.text
    assert [str(tag) for tag in changed.select("del, ins")] == [
        "<del>summer</del>",
        "<ins>fall</ins>",
        "<del>Planned</del>",
        "<ins>In work</ins>",
    ]
    assert f"{carol} put it on the list of planned enhancements." in added.text
    assert "Shows overtime violations of each workweek." in added.text
    for entry, line in zip(
        JournalEntry.objects.about(*one.subject), (added, changed, ended), strict=True
    ):
        assert f"entry {entry.number}" in line.time.text
    assert "Overtime report" in words(client.get(f"{LIST}?view=ended"))
    assert f"{LIST}{one.pk}/history/" in client.get(f"{LIST}?view=ended").content.decode()


def test_a_history_stands_on_pages_and_costs_the_same(client_of, carol):
    one = an_enhancement()
    for number in range(30):
        one.change(by=carol, seen=number, **GIVEN | {"title": f"Report {number}"})
    client, page = client_of(carol), f"{LIST}{one.pk}/history/"
    client.get(page)
    with CaptureQueriesContext(connection) as few:
        first = soup(client.get(page))
    assert len(first.select(".timeline > li")) == 25
    with CaptureQueriesContext(connection) as more:
        second = soup(client.get(page + first.select_one("a[rel=next]")["href"]))
    assert len(second.select(".timeline > li")) == 6
    assert not second.select("a[rel=next]")
    assert len(few) == len(more)
    assert not client.get(f"{page}?before=0").context["told"]
    assert len(client.get(f"{page}?before=x").context["told"]) == 25


def test_no_county_reads_a_history(client_of, alice):
    one = an_enhancement()
    assert client_of(alice).get(f"{LIST}{one.pk}/history/").status_code == 403
    assert client_of(make.someone("frank")).get(f"{LIST}999999/history/").status_code == 404


def test_ended_ones_stand_on_pages_the_last_first(client_of, carol, monkeypatch):
    monkeypatch.setattr(enhancements, "ENDED_ON_A_PAGE", 2)
    for number in range(5):
        an_enhancement(title=f"Report {number}").end(by=carol, seen=0)
    client, seen, address = client_of(carol), [], f"{LIST}?view=ended"
    while address:
        page = soup(client.get(address))
        seen += [row.th.contents[0] for row in page.select("tbody tr")]
        link = page.select_one("a[rel=next]")
        address = link and link["href"]
    assert seen == [f"Report {number}" for number in range(4, -1, -1)]
    forged = client.get(f"{LIST}?view=ended&after=x")
    assert "That place in the list is not known" in words(forged)


# The form's faults


def test_nothing_is_kept_of_a_form_with_faults(client_of, carol):
    client = client_of(carol)
    typed = form_on(client.get(f"{LIST}add/"))
    answer = client.post(f"{LIST}add/", typed | {"title": "", "what": "SSN 219-09-9999"})
    assert answer.status_code == 422
    assert "Enter a name for the enhancement" in words(answer)
    assert not Enhancement.objects.exists()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("title", "120"), ("what", "2,000"), ("expected", "120"), ("words", "400")],
)
def test_ten_thousand_letters_are_too_many(client_of, carol, name, sentence):
    client = client_of(carol)
    typed = form_on(client.get(f"{LIST}add/")) | GIVEN | {name: "x" * 10_000}
    answer = client.post(f"{LIST}add/", typed)
    assert answer.status_code == 422
    assert sentence in errors_on(answer)[0]
    assert form_on(answer)[name] == "x" * 10_000


def test_only_reviewers_keep_the_lists(alice, frank, erin):
    review = make.sent()
    for person in (alice, frank, erin):
        with pytest.raises(MoveRefused):
            Enhancement.objects.add(by=person, **GIVEN)
        with pytest.raises(MoveRefused):
            Idea.objects.mark(review, by=person)
        with pytest.raises(MoveRefused):
            Idea.objects.unmark(review, by=person)


@pytest.mark.acl("ACL-12")
def test_a_reviewer_marks_an_idea_and_takes_the_mark_away(client_of, carol, frank):
    review = make.sent(business_needs="=SUM(needs)")
    client, page = client_of(carol), f"/reviews/{review.reference}/idea/"
    typed = form_on(client.get(page)) | {"why": "All counties count this by hand."}
    client.post(page, typed)
    client.post(page, typed)
    assert Idea.objects.count() == 1
    assert "Idea for CMIPS reporting." in words(client.get(f"/reviews/{review.reference}/"))
    assert "All counties count this by hand." in words(client_of(frank).get("/reviews/ideas/"))
    file = b"".join(client.get("/reviews/ideas/csv/").streaming_content).decode("utf-8-sig")
    assert "All counties count this by hand." in file and "'=SUM(needs)" in file
    client.post(f"{page}unmark/")
    client.post(f"{page}unmark/")
    assert "All counties" not in words(client.get("/reviews/ideas/"))
    acts = JournalEntry.objects.filter(subject=review.reference).values_list("act", flat=True)
    assert [act for act in acts if "idea" in act] == ["mark idea", "unmark idea"]
    history = words(client.get(f"/reviews/{review.reference}/history/"))
    assert "marked it as an idea for CMIPS reporting" in history


def test_a_sentence_that_a_colleague_wrote_over_stays_on_record(client_of, carol, dana):
    review = make.in_review()
    page, hers = f"/reviews/{review.reference}/idea/", client_of(dana)
    asked = form_on(hers.get(page))
    Idea.objects.mark(review, by=carol, why="All counties count overtime.")
    assert hers.post(page, asked | {"why": "Asked for twice."}).status_code == 302
    assert Idea.objects.marked().get().why == "Asked for twice."
    told = words(hers.get(f"/reviews/{review.reference}/history/"))
    assert "All counties count overtime." in told and "Asked for twice." in told


def test_the_queue_flags_an_idea_and_finds_it(client_of, carol, alice):
    review, other = make.sent(tool_name="Hours Overview"), make.sent(tool_name="Caller Log")
    client, found = client_of(carol), "/reviews/?view=all&flag=idea"
    Idea.objects.mark(review, by=carol)
    page = soup(client.get("/reviews/?view=all"))
    flagged = [row.th.text for row in page.select("tbody tr") if "Idea for CMIPS" in row.text]
    assert [review.reference in one for one in flagged] == [True]
    assert "Flag: Idea for CMIPS" in words(client.get(found))
    assert other.reference not in words(client.get(found))
    # It stays marked when the county takes it back and sends it again.
    review.refresh_from_db()
    review.recall(by=alice)
    make.sent(review.proposal)
    assert review.reference in words(client.get(found))
    Idea.objects.unmark(review, by=carol)
    assert review.reference not in words(client.get(found))
    assert not Review.objects.filter(is_idea=True).exists()


def test_no_county_reads_of_an_idea(client_of, alice, carol):
    review = make.sent()
    Idea.objects.mark(review, by=carol, why="Zebra-idea")
    for page in ("", "similar/", "bundle/"):
        answer = client_of(alice).get(f"/proposals/{review.reference}/{page}")
        body = answer.getvalue() if answer.streaming else answer.content
        assert b"Zebra-idea" not in body
        assert b"Idea for CMIPS" not in body and b"marked it as an idea" not in body


# The list of ideas


IDEAS = "/reviews/ideas/"
DAY = datetime(2027, 1, 12, 20, tzinfo=UTC)


def an_idea(review: Review, at: datetime = DAY, why: str = "All count by hand.") -> Idea:
    with clock.travel(at):
        return Idea.objects.mark(review, by=make.someone("carol"), why=why)


@pytest.fixture
def three(bob) -> None:
    """Ideas of two counties, on three days: of an approved, a sent and a withdrawn proposal."""
    decided = make.decided(make.in_review(make.sent(make.draft(tool_name="Hours Overview"))))
    an_idea(decided.review, DAY, "Every county adds up overtime.")
    butte = make.draft(make.county("Butte"), by=bob, tool_name="Visit Planner")
    an_idea(make.sent(butte, by=bob), DAY + timedelta(days=1), "Routes of home visits.")
    gone = make.sent(make.draft(tool_name="Caller Log", purpose="Who telephoned, and why."))
    gone.withdraw(by=make.someone("alice"))
    an_idea(gone, DAY + timedelta(days=2), "")


def tools_on(answer) -> list[str]:
    return [row.a.contents[0] for row in soup(answer).select("tbody tr")]


def lines_of(answer) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text, newline="")))


@pytest.mark.parametrize(
    ("query", "tools"),
    [
        ("", ["Caller Log", "Visit Planner", "Hours Overview"]),
        ("?county=04", ["Visit Planner"]),
        ("?county=99", ["Caller Log", "Visit Planner", "Hours Overview"]),
        ("?status=approved", ["Hours Overview"]),
        ("?status=open", ["Visit Planner"]),
        ("?status=closed", ["Caller Log", "Hours Overview"]),
        ("?first=01/13/2027", ["Caller Log", "Visit Planner"]),
        ("?last=01/13/2027", ["Visit Planner", "Hours Overview"]),
        ("?first=01/13/2027&last=01/13/2027", ["Visit Planner"]),
        ("?q=telephoned", ["Caller Log"]),
        ("?q=VISIT", ["Visit Planner"]),
        ("?q=overtime", ["Hours Overview"]),
        ("?q=overtime+hours", ["Hours Overview"]),
        ("?q=butte", ["Visit Planner"]),
        ("?q=zebra", []),
        ("?q=overtime+telephoned", []),
        ("?q=%25", []),
        ("?q=_", []),
        ("?column=at&order=why", ["Caller Log", "Visit Planner", "Hours Overview"]),
    ],
)
def test_the_filters_leave_the_same_on_the_page_and_in_the_file(
    client_of, frank, three, query, tools
):
    client = client_of(frank)
    assert tools_on(client.get(f"{IDEAS}{query}")) == tools
    assert [line["Tool"] for line in lines_of(client.get(f"{IDEAS}csv/{query}"))] == tools
    entry = JournalEntry.objects.get(act="export ideas")
    assert entry.actor == frank and "zebra" not in str(entry.data)


def test_a_line_of_the_file_tells_where_the_proposal_stands(client_of, frank, three):
    line = lines_of(client_of(frank).get(f"{IDEAS}csv/?status=approved"))[0]
    assert (line["County"], line["Status"], line["Why"], line["Marked on"]) == (
        "Alameda",
        "Approved",
        "Every county adds up overtime.",
        "2027-01-12",
    )
    assert client_of(frank).get(f"{IDEAS}xlsx/").status_code == 200
    assert client_of(frank).get(f"{IDEAS}pdf/").status_code == 404


def test_a_filter_is_taken_off_by_its_chip_and_nothing_found_says_so(client_of, carol, three):
    client = client_of(carol)
    page = soup(client.get(f"{IDEAS}?county=04&status=approved"))
    assert "Nothing matches county “Butte” and status “Approved”." in " ".join(
        page.main.text.split()
    )
    county, status = page.select("a.chip")
    assert county["href"] == f"{IDEAS}?status=approved"
    assert status["href"] == f"{IDEAS}?county=04"
    assert tools_on(client.get(status["href"])) == ["Visit Planner"]
    assert page.select(f"a[href='{IDEAS}']")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("?county=99", "Choose “County” from the list"),
        ("?status=draft", "Choose “Status” from the list"),
        ("?first=yesterday", "Enter the date like March 15, 2027"),
        ("?first=01/13/2027&last=01/12/2027", "Enter a last day that isn’t before the first"),
        ("?rows=7", "“7” is none of them"),
        ("?after=forged", "That place in this list is not known"),
        ("?before=" + "x" * 10_000, "That place in this list is not known"),
    ],
)
def test_what_can_t_be_followed_is_named(client_of, carol, three, query, sentence):
    answer = client_of(carol).get(f"{IDEAS}{query}")
    assert answer.status_code == 200
    assert sentence in words(answer)


@pytest.mark.parametrize(
    "query",
    [
        "q=" + "x" * 10_000,
        "q=" + "a+" * 500,
        "q=%F0%9F%98%80",
        "q=%27%22%3B--&county=%27",
        "county=01&county=04&status=%25",
        "rows=99999999999999999999",
        "first=0001-01-01&last=9999-12-31",
        "first=12/31/9999&last=12/31/9999",
        "before=end&after=x",
    ],
)
def test_odd_addresses_are_answered_in_words(client_of, carol, three, query):
    client = client_of(carol)
    assert client.get(f"{IDEAS}?{query}").status_code == 200
    for kind in ("csv", "xlsx"):
        assert client.get(f"{IDEAS}{kind}/?{query}").status_code == 200
    assert client.get(f"{LIST}?view=ended&{query}").status_code == 200


def test_an_idea_s_sentence_is_screened_and_not_too_long(client_of, carol):
    review = make.sent()
    client, page = client_of(carol), f"/reviews/{review.reference}/idea/"
    for why, sentence in (("x" * 10_000, "500"), ("Like 123-45-6789.", "Social Security")):
        answer = client.post(page, form_on(client.get(page)) | {"why": why})
        assert answer.status_code == 422
        assert sentence in " ".join(errors_on(answer))
    assert not Idea.objects.exists()
    assert not Review.objects.filter(is_idea=True).exists()


def test_a_mark_of_another_list_is_none_of_this(client_of, carol):
    an_enhancement().end(by=carol, seen=0)
    mark = enhancements.ENDED._mark(Enhancement.objects.get())
    an_idea(make.sent())
    assert "is not known" in words(client_of(carol).get(f"{IDEAS}?after={mark}"))


def test_ideas_stand_on_pages_each_read_once_whatever_comes_meanwhile(client_of, carol):
    review = make.sent()
    for number in range(60):
        an_idea(make.sent(make.draft(tool_name=f"Tool {number}")), DAY + timedelta(minutes=number))
    client, seen, address = client_of(carol), [], IDEAS
    client.get(address)
    counts = []
    while address:
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(address)
        counts.append(len(asked))
        assert not any("OFFSET" in one["sql"] for one in asked)
        seen.append(tools_on(answer))
        link = soup(answer).select_one("a[rel=next]")
        address = link and link["href"]
        an_idea(review, DAY + timedelta(days=1))
    assert [len(rows) for rows in seen] == [25, 25, 10]
    assert [tool for rows in seen for tool in rows] == [
        f"Tool {number}" for number in range(59, -1, -1)
    ]
    Idea.objects.filter(review__in=Review.objects.all()[5:]).delete()
    with CaptureQueriesContext(connection) as asked:
        client.get(IDEAS)
    assert {len(asked)} == {*counts}
    assert len(asked) <= 8


def test_a_page_of_ideas_is_read_from_its_index(carol):
    an_idea(make.sent())
    found = ideas._found(carol, {})
    mark = ideas.PAGES._mark(found[0])
    for marks in ({}, {"after": mark}):
        plan = plan_of(partial(ideas.PAGES.turn_to, found, **marks))
        assert is_ordered_by("ideas_newest", plan), plan


def test_the_queue_leads_to_both_lists(client_of, carol):
    html = client_of(carol).get("/reviews/?view=all").content.decode()
    assert LIST in html and "/reviews/ideas/" in html
