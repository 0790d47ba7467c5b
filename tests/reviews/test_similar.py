"""Similar tools beside a proposal, and what a county reads of them (ACL-12)."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal import chores
from portal.models import NoticeRecipient
from reviews.models import Enhancement, Review, SimilarTool, ToolTraits
from reviews.models.similar import KEPT, ToolTraitsQuerySet
from tests import make
from tests.pages import soup, words

pytestmark = pytest.mark.django_db

ROUTES = {
    "tool_name": "Rural Route Planner",
    "purpose": "Plans offline routes on a tablet for mountain visits.",
    "business_needs": "Fewer miles in snow.",
    "technical_component": "An encrypted tablet that synchronizes overnight.",
    "vendor_name": "Tamarack & Sons, Inc.",
    "builder": "vendor",
    "data_elements": ["name", "address"],
}
SAME = ROUTES | {"vendor_name": "TAMARACK AND SONS LLC", "tool_name": "Snow Route Planner"}
OTHER = {
    "tool_name": "Lobby Kiosk",
    "purpose": "Greets visitors and prints a queue ticket.",
    "business_needs": "Shorter queues downstairs.",
    "technical_component": "A touchscreen beside reception.",
    "vendor_name": "Kestrel",
    "data_elements": ["address"],
}


def of_butte(**answers) -> Review:
    return make.sent(
        make.draft(make.county("Butte"), by=make.someone("bob"), **answers), by=make.someone("bob")
    )


def compare() -> None:
    ToolTraits.objects.compare_waiting()


def others(review: Review) -> list[Review]:
    return [row.other for row in review.similar_tools.select_related("other")]


@pytest.mark.acl("ACL-12")
def test_the_worker_finds_the_same_tool_of_another_county_for_both_sides(alice, bob):
    ours, theirs, kiosk = make.sent(**ROUTES), of_butte(**SAME), of_butte(**OTHER)
    assert not SimilarTool.objects.exists()
    chores.do_all()
    assert others(ours) == [theirs]
    assert others(theirs) == [ours]
    assert others(kiosk) == []
    reasons = " | ".join(ours.similar_tools.get().reasons)
    assert "same vendor" in reasons
    assert "similar words: " in reasons and "planner" in reasons
    assert "same data: address" in reasons


def test_a_page_says_that_a_tool_is_not_compared_yet(client_of, carol, alice):
    page = f"/reviews/{make.sent(**ROUTES).reference}/"
    assert "Not compared with other tools yet" in words(client_of(carol).get(page))
    compare()
    assert "None found" in words(client_of(carol).get(page))


def test_a_revision_of_the_very_proposal_is_no_other_tool(alice, carol, dana):
    review = make.sent(**ROUTES)
    review.withdraw(by=alice)
    again = make.sent(Review.objects.get(pk=review.pk).revise(by=alice))
    compare()
    assert others(again) == []
    earlier = make.sent(**ROUTES)
    compare()
    assert set(others(earlier)) == {review, again}, "an earlier tool of the same county counts"


def test_only_the_likest_are_kept_and_comparing_again_doubles_nothing(alice, bob):
    several = [of_butte(**ROUTES) for _ in range(11)]
    compare()
    call_command("compare_tools", "--all")
    for review in several:
        assert 0 < review.similar_tools.count() <= 8
    pairs = SimilarTool.objects.values_list("review", "other")
    assert len(pairs) == len(set(pairs))


def test_one_tool_that_can_not_be_compared_holds_up_no_other(alice, bob, monkeypatch):
    first, second, third = make.sent(**ROUTES), of_butte(**SAME), make.sent(**ROUTES)
    whole = ToolTraitsQuerySet.compare

    def breaks(self, review):
        if review == first.pk:
            raise ValueError
        return whole(self, review)

    monkeypatch.setattr(ToolTraitsQuerySet, "compare", breaks)
    assert ToolTraits.objects.compare_waiting() == 3
    assert others(third) == [second]
    assert not ToolTraits.objects.waiting().exists()


def test_a_chore_that_fails_keeps_no_letter_waiting(alice, monkeypatch, caplog):
    def breaks() -> None:
        raise ValueError

    monkeypatch.setattr(chores, "CHORES", [breaks])
    make.sent()
    call_command("run_worker", "--once")
    assert not NoticeRecipient.objects.filter(state="waiting").exists()
    assert "chore" in caplog.text


@pytest.mark.acl("ACL-12")
def test_a_reviewer_sees_outcome_and_conditions_of_the_same_tool(client_of, carol, alice, bob):
    conditions = [make.condition("Purge the lists."), make.condition("Wipe the tablet.")]
    theirs = make.decided(make.in_review(of_butte(**SAME)), conditions=conditions).review
    ours = make.sent(**ROUTES)
    compare()
    page = words(client_of(carol).get(f"/reviews/{ours.reference}/"))
    assert "Snow Route Planner" in page and "Approved with conditions" in page
    assert "On condition that: Purge the lists. And 1 more." in page
    page = words(client_of(carol).get(f"/reviews/{ours.reference}/similar/"))
    assert "Wipe the tablet." in page and "TAMARACK AND SONS LLC" in page
    assert theirs.reference in page


def test_conditions_that_a_later_approval_dropped_are_shown_of_no_similar_tool(
    client_of, carol, dana, alice, bob
):
    conditions = [make.condition("Zebra-condition.")]
    theirs = make.decided(make.in_review(of_butte(**SAME)), conditions=conditions).review
    ours = make.sent(**ROUTES)
    compare()
    assert "Zebra" in words(client_of(carol).get(f"/reviews/{ours.reference}/similar/"))
    theirs.reopen(by=dana, why="The tablet was replaced.")
    make.decided(theirs)
    for page in ("", "similar/"):
        shown = words(client_of(carol).get(f"/reviews/{ours.reference}/{page}"))
        assert "Snow Route Planner" in shown and "Zebra" not in shown


def test_what_was_asked_of_the_same_tool_is_told(client_of, carol, alice, bob):
    make.requested(make.in_review(of_butte(**SAME)))
    ours = make.sent(**ROUTES)
    compare()
    page = words(client_of(carol).get(f"/reviews/{ours.reference}/"))
    assert "CDSS asked: To see which risks the county found. And 1 more." in page


def test_a_tool_that_was_taken_back_is_shown_to_nobody(client_of, carol, alice, bob):
    theirs, ours = of_butte(**SAME), make.sent(**ROUTES)
    compare()
    theirs.recall(by=bob)
    for page in ("", "similar/"):
        answer = client_of(carol).get(f"/reviews/{ours.reference}/{page}")
        assert "Snow Route Planner" not in words(answer)


@pytest.mark.acl("ACL-12")
def test_a_county_reads_of_others_only_county_tool_and_outcome(client_of, alice, bob, carol):
    conditions = [make.condition("Zebra-condition.")]
    theirs = of_butte(**SAME | {"business_needs": "Fewer miles in snow. Quagga-need."})
    make.decided(make.in_review(theirs), conditions=conditions, reasons=["Okapi-reason"])
    open_one = of_butte(**SAME | {"tool_name": "Tapir Route Planner"})
    sent, draft = make.sent(**ROUTES), make.draft(**ROUTES)
    compare()
    for proposal in (sent.proposal, draft):
        answer = client_of(alice).get(f"/proposals/{proposal.reference}/similar/")
        html, page = answer.content.decode(), words(answer)
        assert "Snow Route Planner" in page and "Butte" in page and "Approved" in page
        for word in ("Zebra", "Quagga", "Okapi", "Tapir", "TAMARACK", "with conditions"):
            assert word not in html, word
        for reference in (theirs.reference, open_one.reference):
            assert reference not in html


def test_however_many_are_not_decided_a_county_reads_of_those_that_are(client_of, alice, bob):
    make.decided(make.in_review(of_butte(**ROUTES | {"tool_name": "Snow Route Planner"})))
    for _ in range(KEPT + 1):
        of_butte(**ROUTES)
    ours = make.draft(**ROUTES)
    compare()
    page = words(client_of(alice).get(f"/proposals/{ours.reference}/similar/"))
    assert "Snow Route Planner" in page
    assert "Rural Route Planner" not in page.partition("CDSS has decided on")[2]


def test_a_county_is_told_whom_to_ask_of_what_cdss_plans(client_of, alice, carol):
    what = {"title": "Offline routes", "what": "Routes in CMIPS.", "words": "offline, routes"}
    Enhancement.objects.add(by=carol, state="planned", expected="", **what)
    sent, draft = make.sent(**ROUTES).proposal, make.draft(**ROUTES)
    page = client_of(alice).get(f"/proposals/{sent.reference}/similar/")
    link = soup(page).find("a", string="ask CDSS")
    assert link["href"] == f"/proposals/{sent.reference}/messages/#id_text"
    assert "You can still send" not in words(page)
    page = client_of(alice).get(f"/proposals/{draft.reference}/similar/")
    assert soup(page).find("a", string="ask CDSS")["href"].startswith("mailto:")
    assert "You can still send your proposal." in words(page)


def test_a_decision_taken_up_again_is_none_that_a_county_reads(client_of, alice, bob, dana):
    theirs = make.decided(make.in_review(of_butte(**SAME))).review
    ours = make.sent(**ROUTES)
    compare()
    page = f"/proposals/{ours.reference}/similar/"
    assert "Snow Route Planner" in words(client_of(alice).get(page))
    Review.objects.get(pk=theirs.pk).reopen(by=dana, why="A court said so.")
    assert "Snow Route Planner" not in words(client_of(alice).get(page))


def test_similar_tools_cost_the_same_queries_however_many_there_are(client_of, carol, alice, bob):
    ours = make.sent(**ROUTES)
    of_butte(**SAME)
    compare()
    client = client_of(carol)

    def asked(page: str) -> int:
        client.get(page)
        with CaptureQueriesContext(connection) as captured:
            client.get(page)
        return len(captured)

    pages = [f"/reviews/{ours.reference}/", f"/reviews/{ours.reference}/similar/"]
    few = [asked(page) for page in pages]
    for number in range(9):
        make.decided(make.in_review(of_butte(**SAME)), conditions=[make.condition()])
        what = {"title": f"Route planner {number}", "what": "Routes.", "words": "route"}
        Enhancement.objects.add(by=carol, state="planned", expected="", **what)
    compare()
    assert [asked(page) for page in pages] == few
    assert few[0] <= 12
