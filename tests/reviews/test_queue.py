"""The queue: which proposals stand in which view, in which order, page by page."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.db.models import Exists, OuterRef
from django.test.utils import CaptureQueriesContext

from portal import clock
from portal.models import NoticeRecipient
from proposals.models import Proposal
from reviews import marks, queue
from reviews.models import Decision, Idea, Message, Review
from tests import make

pytestmark = pytest.mark.django_db


def page_of(client, address: str = "") -> BeautifulSoup:
    response = client.get(f"/reviews/{address}")
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def references(page: BeautifulSoup) -> list[str]:
    return [link.text for link in page.select("table.cards tbody th a")]


def text(page: BeautifulSoup) -> str:
    return " ".join(page.get_text(" ").split())


def sent_ago(days: int, **answers) -> Review:
    with clock.travel(clock.now() - timedelta(days=days)):
        return make.sent(**answers)


@pytest.fixture
def one_of_each(carol, dana, alice) -> dict[str, Review]:
    """A proposal for each view of the queue."""
    with clock.travel(clock.now() - timedelta(days=40)):
        late = make.in_review(make.sent(tool_name="Late"))
        decided = make.decided(make.in_review(make.sent(tool_name="Decided"))).review
    waiting = make.requested(make.in_review(make.sent(tool_name="Waiting"))).review
    drafted = make.drafted_decision(make.in_review(make.sent(tool_name="Drafted"))).review
    return {
        "overdue": late,
        "due-soon": sent_ago(28, tool_name="Soon"),
        "unassigned": make.sent(tool_name="New"),
        "approve": drafted,
        "waiting": waiting,
        "decided": decided,
    }


def in_view(user, view: str, **asked) -> list[str]:
    found = queue.page(user, view, asked, clock.today())
    return [line.tool_name for line in found.rows]


@pytest.mark.parametrize(
    ("view", "tools"),
    [
        ("mine", ["Late", "Drafted", "Waiting"]),
        ("unassigned", ["Soon", "New"]),
        ("due-soon", ["Soon"]),
        ("overdue", ["Late"]),
        ("waiting", ["Waiting"]),
        ("approve", ["Drafted"]),
        ("decided", ["Decided"]),
        ("all", ["Late", "Soon", "New", "Drafted", "Waiting", "Decided"]),
    ],
)
def test_each_view_holds_its_proposals_and_counts_them(one_of_each, carol, view, tools):
    assert sorted(in_view(carol, view)) == sorted(tools)
    assert queue.counts(carol, {}, clock.today(), views=[view])[view] == len(tools)


def test_overdue_comes_first_then_by_date_and_paused_and_closed_come_last(one_of_each, carol):
    assert in_view(carol, "all") == ["Late", "Soon", "Drafted", "New", "Waiting", "Decided"]


def test_a_proposal_is_overdue_from_the_day_after_its_date(carol):
    review = make.sent()
    on_the_day = queue.page(carol, "overdue", {}, review.due)
    day_after = queue.page(carol, "overdue", {}, review.due + timedelta(days=1))
    assert (len(on_the_day.rows), len(day_after.rows)) == (0, 1)


def test_what_waits_for_an_approver_is_told_by_the_review_itself(carol, dana, alice):
    """In every move that makes or ends a draft, the review says what the decisions say."""

    def agree() -> bool:
        reviews = Review.objects.annotate(
            pending=Exists(Decision.objects.pending().filter(review=OuterRef("pk")))
        )
        assert all(one.is_drafted == one.pending for one in reviews)
        return reviews.get().is_drafted

    decision = make.drafted_decision(make.in_review(make.sent()))
    assert agree()
    decision.send_back(by=dana, why="Name the law.")
    assert not agree()
    decision = make.drafted_decision(Review.objects.get())
    assert agree()
    decision.release(by=dana)
    assert not agree()
    Review.objects.get().reopen(by=dana, why="The county asked.")
    make.drafted_decision(Review.objects.get())
    Review.objects.get().withdraw(by=alice)
    assert not agree()


def test_counts_stop_where_a_page_says_more(one_of_each, carol, client_of, monkeypatch):
    monkeypatch.setattr(queue, "MOST", 4)
    counts = queue.counts(carol, {}, clock.today(), views=["all"])
    assert (counts["all"], counts["mine"], counts["waiting"]) == (5, 3, 1)
    assert [queue.in_words(counts[view]) for view in ("all", "mine")] == ["4+", "3"]
    assert "All 4+" in text(page_of(client_of(carol), "?view=all"))


def test_what_is_new_from_the_county_is_counted_and_filtered(one_of_each, carol, alice):
    Message.objects.write(one_of_each["overdue"], by=alice, text="Any news?")
    assert in_view(carol, "all", news="yes") == ["Late"]
    counts = queue.counts(carol, {}, clock.today(), views=["mine", "decided"])
    assert (counts["mine, news"], counts["decided, news"]) == (1, 0)


def test_decided_ones_are_newest_first(carol, dana):
    for days, name in ((9, "Old"), (1, "New"), (5, "Middle")):
        with clock.travel(clock.now() - timedelta(days=days)):
            make.decided(make.in_review(make.sent(tool_name=name)))
    assert in_view(carol, "decided") == ["New", "Middle", "Old"]


def test_drafts_and_proposals_taken_back_are_not_in_the_queue(carol, alice):
    make.draft(tool_name="A draft")
    back = make.sent(tool_name="Taken back")
    back.recall(by=alice)
    assert in_view(carol, "all") == []


def test_all_counts_come_from_one_query(one_of_each, carol, django_assert_num_queries):
    asked = queue.looked_up({"q": "late"})
    with django_assert_num_queries(1):
        counts = queue.counts(carol, asked, clock.today(), views=["mine", "all"])
    assert (counts["mine, found"], counts["all, found"], counts["all"]) == (1, 1, 6)


@pytest.mark.parametrize(
    ("asked", "tools"),
    [
        ({"county": "04"}, ["Bird"]),
        ({"status": "open"}, ["Bird", "Fish"]),
        ({"status": "approved"}, ["Cat"]),
        ({"assignee": "nobody"}, ["Bird", "Fish"]),
        ({"flag": "research"}, ["Fish"]),
        ({"flag": "idea"}, ["Bird"]),
        ({"vendor": "northstar"}, ["Bird"]),
        ({"q": "bUTTe"}, ["Bird"]),
        ({"q": "bird northstar"}, ["Bird"]),
        ({"q": "bird brightwater"}, []),
        ({"q": "100%"}, ["Fish"]),
        ({"q": "swims"}, ["Fish"]),
        ({"q": "gills"}, ["Fish"]),
        ({"q": "aquarists"}, ["Fish"]),
        ({"q": "_"}, []),
    ],
)
def test_filters_and_search_find_what_they_say(carol, dana, bob, asked, tools):
    bird = make.sent(by=bob, tool_name="Bird", vendor_name="Northstar Labs")
    Idea.objects.mark(bird, by=carol)
    make.sent(
        tool_name="Fish",
        research="yes",
        purpose="Swims 100% of the time.",
        business_needs="Gills.",
        users="Aquarists.",
    )
    make.decided(make.in_review(make.sent(tool_name="Cat")))
    assert sorted(in_view(carol, "all", **asked)) == tools


def test_received_from_and_to_are_days_in_california_both_included(carol):
    sent_ago(3, tool_name="Three days ago")
    sent_ago(1, tool_name="Yesterday")
    day = make.in_days(-3)
    assert in_view(carol, "all", received_from=day, received_to=day) == ["Three days ago"]
    assert in_view(carol, "all", received_to=make.in_days(-4)) == []


@pytest.fixture
def sixty(carol, bob) -> list[str]:
    """Sixty proposals, many due on the same day, ten of them paused, in the order of the queue."""
    review = make.sent(by=bob)
    made = []
    for number in range(59):
        proposal = Proposal.objects.get(pk=review.proposal_id)
        proposal.pk, proposal.reference = None, f"CIP-2031-{number:04d}"
        proposal.save(force_insert=True)
        paused = number % 6 == 5
        made.append(
            Review(
                proposal=proposal,
                county=proposal.county,
                status="documents_requested" if paused else "submitted",
                received_at=review.received_at,
                due=None if paused else make.in_days(number % 4),
                county_by=make.in_days(number % 3) if paused else None,
                moved="request" if paused else "send",
                moved_at=review.moved_at,
            )
        )
    Review.objects.bulk_create(made)
    return [one.reference for one in queue.page(carol, "all", {}, clock.today(), size=100).rows]


def test_pages_forward_and_back_show_each_row_once_in_one_order(sixty, carol, client_of):
    client = client_of(carol)
    page, seen, forward = page_of(client, "?view=all"), [], []
    while True:
        forward.append(references(page))
        seen += forward[-1]
        following = page.find("a", rel="next")
        if not following:
            break
        page = page_of(client, following["href"].removeprefix("/reviews/"))
    assert seen == sixty
    back = page_of(client, page.find("a", rel="prev")["href"].removeprefix("/reviews/"))
    assert references(back) == forward[1]
    assert references(page_of(client, back.find("a", string="First")["href"][9:])) == forward[0]
    last = page_of(client, back.find("a", string="Last")["href"][9:])
    assert references(last) == sixty[-25:]
    assert last.find("a", rel="next") is None


def test_a_page_before_the_second_row_is_the_whole_first_page(sixty, carol):
    first = queue.page(carol, "all", {}, clock.today(), size=25)
    mark = marks.mark(first.rows[1], "all")
    back = queue.page(carol, "all", {}, clock.today(), size=25, before=mark)
    assert [one.reference for one in back.rows] == sixty[:25]


@pytest.mark.parametrize("mark", ["x", "x:y", "1", "W10:aaaa", "\u2603", "a" * 5000])
@pytest.mark.parametrize("side", ["after", "before"])
def test_a_forged_mark_leads_to_the_first_page_with_a_sentence(client_of, carol, side, mark):
    make.sent()
    page = page_of(client_of(carol), f"?view=all&{side}={mark}")
    assert marks.FORGED in text(page)
    assert len(references(page)) == 1


def test_a_mark_of_another_order_is_refused(carol):
    review = make.sent()
    with pytest.raises(marks.ForgedMark):
        queue.page(carol, "decided", {}, clock.today(), after=marks.mark(review, "all"))


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("view=nothing", "There is no view of that name"),
        ("rows=7", "is none of them"),
        ("rows=-1", "is none of them"),
        ("county=99", "Choose “County” from the list"),
        ("status=eaten", "Choose “Status” from the list"),
        ("assignee=1e9", "Choose “Assigned to” from the list"),
        ("flag=%7Cx", "Choose “Flag” from the list"),
        ("received_from=February+30,+2027", "February 2027 has 28 days"),
        ("received_from=3/2/2020&received_to=3/1/2020", "isn’t before the first"),
        ("q=a+b+c+d+e+f+g+h+i", "Search for up to 8 words"),
        (f"q={'a' * 300}", "Shorten"),
    ],
)
def test_an_odd_value_gives_a_sentence_and_the_rest_still_works(client_of, carol, query, sentence):
    make.sent()
    page = page_of(client_of(carol), f"?{query}")
    assert sentence in text(page)
    assert len(references(page)) == 1


def test_unknown_parameters_are_ignored(client_of, carol):
    make.sent()
    page = page_of(client_of(carol), "?view=all&sort=name&page=7&assignee__email=x")
    assert len(references(page)) == 1
    assert not page.select(".notice.warning, .errors")


def test_a_reviewer_begins_with_mine_and_who_has_nothing_with_all(client_of, carol, dana, frank):
    make.in_review(make.sent())
    current = "nav[aria-label='Views of the queue'] [aria-current=page]"
    assert page_of(client_of(carol)).select_one(current).text.split()[0] == "Mine"
    assert page_of(client_of(dana)).select_one(current).text.split()[0] == "All"
    assert page_of(client_of(frank)).select_one(current).text.split()[0] == "All"


def test_chips_take_away_one_filter_and_keep_the_others(client_of, carol):
    make.sent(tool_name="Compass")
    page = page_of(client_of(carol), "?view=all&q=compass&county=01&rows=50")
    chips = {chip.get_text(" ", strip=True): chip["href"] for chip in page.select("a.chip")}
    assert list(chips) == [
        "Words: compass (remove this filter)",
        "County: Alameda (remove this filter)",
    ]
    assert list(chips.values()) == [
        "/reviews/?view=all&rows=50&county=01",
        "/reviews/?view=all&rows=50&q=compass",
    ]


def test_no_match_repeats_the_filters_and_offers_to_clear_them(client_of, carol):
    make.sent()
    page = page_of(client_of(carol), "?view=all&q=nowhere&county=01")
    assert "nothing matches words “nowhere” and county “Alameda”" in text(page)
    assert page.select_one(".empty a")["href"] == "/reviews/?view=all"


def test_an_empty_queue_says_why(client_of, carol):
    assert "No county has sent a proposal yet." in text(page_of(client_of(carol)))


def test_a_row_says_what_it_waits_for_and_what_to_look_at(client_of, one_of_each, carol, alice):
    Message.objects.write(one_of_each["overdue"], by=alice, text="Any news?")
    make.sent(tool_name="Robot", cmips_methods=["virtual_user"])
    rows = {
        row.select_one("[data-label=Tool]").text: " ".join(row.get_text(" ").split())
        for row in page_of(client_of(carol), "?view=all").select("tbody tr")
    }
    assert "New from the county" in rows["Late"]
    assert "Overdue by" in rows["Late"]
    assert "In review To approve" in rows["Drafted"]
    assert "Clock stopped County by" in rows["Waiting"]
    assert "Documents requested Waits for the county" in rows["Waiting"]
    assert "Nobody yet" in rows["New"]
    assert "Prohibited method" in rows["Robot"]


def test_approved_with_conditions_stands_beneath_the_status(client_of, carol, dana):
    make.decided(conditions=[make.condition()])
    row = page_of(client_of(carol), "?view=decided").select_one("tbody tr")
    assert "Approved Approved with conditions" in " ".join(row.get_text(" ").split())


def test_an_approval_after_reopening_is_not_shown_with_the_old_conditions(client_of, carol, dana):
    review = make.decided(conditions=[make.condition()]).review
    review.reopen(by=dana, why="The county asked.")
    make.decided(review)
    page = page_of(client_of(carol), "?view=decided")
    assert "with conditions" not in text(page)


def test_letters_in_trouble_are_counted_on_the_queue(client_of, carol):
    make.sent()
    one = NoticeRecipient.objects.first()
    NoticeRecipient.objects.filter(pk=one.pk).update(state="doubtful")
    assert "1 letter may not have arrived" in text(page_of(client_of(carol)))


def test_what_a_county_typed_is_escaped(client_of, carol):
    make.sent(tool_name="<script>alert(1)</script>")
    response = client_of(carol).get("/reviews/?view=all&q=%3Cscript%3E")
    assert b"<script>alert" not in response.content


def test_the_queue_takes_at_most_ten_queries_however_many_rows(sixty, client_of, carol):
    five = Review.objects.filter(proposal__reference__in=sixty[:5])
    Review.objects.filter(pk__in=five.values("pk")).update(due=make.in_days(-1))
    client = client_of(carol)
    counted = {}
    for rows, address in ((5, "?view=overdue"), (50, "?view=all&rows=50")):
        client.get(f"/reviews/{address}")
        with CaptureQueriesContext(connection) as queries:
            response = client.get(f"/reviews/{address}")
        assert len(references(BeautifulSoup(response.content, "html.parser"))) == rows
        counted[rows] = len(queries)
    assert counted[5] == counted[50] <= 10
    assert len(response.content) <= 120 * 1024
