"""The pages of a proposal under review: what they show, what they offer, and to whom."""

from datetime import time, timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal import clock
from portal.models import Notice, OfficeClosure
from portal.wording import day, short_day
from proposals.models import Document, Proposal
from reviews.models import Decision, Finding, Message, Note, Review
from tests import make

pytestmark = pytest.mark.django_db

TABS = ("review", "changes", "review_documents", "review_messages", "notices", "history")


def page_of(client, name: str, review: Review, query: str = "") -> BeautifulSoup:
    response = client.get(reverse(name, args=[review.reference]) + query)
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def text(page: BeautifulSoup) -> str:
    return " ".join(page.get_text(" ").split())


def offered(page: BeautifulSoup) -> set[str]:
    """The moves and acts on the page, by the last part of their address."""
    acts = page.select(".bar .actions a, nav[aria-label='Other acts'] a")
    forms = page.select(".bar .actions form, nav[aria-label='Other acts'] form")
    found = [act["href"] for act in acts] + [form["action"] for form in forms]
    return {address.split("/", 3)[3].strip("/") for address in found}


BEHALF = {"on-behalf/withdraw"}
ALWAYS = {"correspondents"}


@pytest.mark.parametrize(
    ("status", "reviewers", "approvers"),
    [
        ("submitted", {"take", "hand-over"} | BEHALF, {"receipt"}),
        ("in_review", {"hand-over", "put-back", "request", "recommend"} | BEHALF, {"receipt"}),
        (
            "documents_requested",
            {"hand-over", "waive", "reminder", "on-behalf/respond"} | BEHALF,
            {"close"},
        ),
        ("approved", set(), {"reopen"}),
        ("not_approved", set(), {"reopen"}),
        ("out_of_scope", set(), {"reopen"}),
        ("withdrawn", set(), set()),
    ],
)
def test_the_page_offers_the_moves_of_the_table_and_no_others(
    client_of, carol, dana, erin, frank, status, reviewers, approvers
):
    review = make.standing_at(status)
    assert offered(page_of(client_of(carol), "review", review)) == reviewers | ALWAYS
    assert offered(page_of(client_of(dana), "review", review)) == reviewers | ALWAYS | approvers
    for reader in (erin, frank):
        page = page_of(client_of(reader), "review", review)
        assert offered(page) == set()
        assert page.find("button", string="Save checklist") is None


def test_a_drafted_decision_waits_for_somebody_else_than_who_drafted_it(client_of, carol, dana):
    review = make.drafted_decision(make.in_review(by=dana), by=dana).review
    own = page_of(client_of(dana), "review", review)
    assert "someone else releases it" in text(own)
    assert "release" not in offered(own)
    other = make.person("olga@cdss.example.gov", role="approver")
    assert {"release", "send-back"} <= offered(page_of(client_of(other), "review", review))
    assert "recommend" not in offered(page_of(client_of(carol), "review", review))


def test_take_is_a_button_that_carries_what_the_page_showed(client_of, carol):
    review = make.sent()
    client = client_of(carol)
    form = page_of(client, "review", review).select_one("form[action$='/take/']")
    client.post(form["action"], {"seen": form.find("input", {"name": "seen"})["value"]})
    review.refresh_from_db()
    assert (review.status, review.assignee) == ("in_review", carol)


def test_there_is_one_filled_button_in_the_page(client_of, carol):
    page = page_of(client_of(carol), "review", make.in_review())
    # A dialog is a view of its own.
    filled = [one.text for one in page.select(".btn:not(.second)") if not one.find_parent("dialog")]
    assert filled == ["Decide"]


@pytest.mark.acl("ACL-6")
@pytest.mark.parametrize(("day", "asks"), [(24, False), (25, True), (30, True), (33, True)])
def test_from_day_25_the_page_asks_for_one_of_two_things(client_of, carol, day, asks):
    # At noon, so that no change of summer time moves the day.
    with clock.travel(clock.instant(clock.today() - timedelta(days=day), time(12))):
        review = make.in_review()
    page = text(page_of(client_of(carol), "review", review))
    assert ("Do one of two things now: decide, or request documents." in page) is asks
    assert f"Day {day}" in page


def test_day_25_asks_nothing_while_a_drafted_decision_waits(client_of, carol, dana):
    with clock.travel(clock.now() - timedelta(days=26)):
        review = make.drafted_decision().review
    assert "one of two things" not in text(page_of(client_of(carol), "review", review))


def test_words_that_caused_a_hint_are_marked_in_the_answers(client_of, carol):
    review = make.in_review(technical_component="A <b>macro</b> sorts.\nA macro, again.")
    answer = page_of(client_of(carol), "review", review).select_one("#answer-technical_component")
    assert [one.text for one in answer.select("mark")] == ["macro", "macro"]
    assert "<b>macro</b> sorts." in answer.text


def test_answers_are_those_of_the_latest_signed_copy(client_of, carol, alice):
    review = make.responded()
    Proposal.objects.filter(pk=review.proposal_id).update(hosting="Something unsigned.")
    page = text(page_of(client_of(carol), "review", review))
    assert "The county's data center in Oakland." in page
    assert "Something unsigned." not in page


def test_an_open_request_shows_each_item_with_its_state_and_what_can_be_done(
    client_of, carol, alice, erin
):
    request = make.requested(words="Two things, please.")
    first, second = request.items.all()
    first.decline("our vendor keeps it", by=alice)
    request.refresh_from_db()
    request.record_reminder(by=carol, on=clock.today(), how="a call")
    page = page_of(client_of(carol), "review", request.review)
    for words in ("Two things, please.", "our vendor keeps it", "1 reminder recorded"):
        assert words in text(page)
    assert f"{day(clock.today())}, {carol.name}: a call" in text(page)
    links = {
        link["href"].split("/")[-2]: " ".join(link.get_text(" ").split())
        for link in page.select("main .stacked a[href*='/request/']")
    }
    assert links == {
        str(first.pk): "Send back item 1",
        str(second.pk): "Waive, cancel or extend item 2",
    }
    reader = page_of(client_of(erin), "review", request.review)
    assert not reader.select("main .stacked a[href*='/request/']")


def test_what_a_county_gave_so_far_stands_with_its_item_alone(client_of, carol, alice):
    """So that a reviewer can send it back, before the response makes it part of the proposal."""
    request = make.requested()
    document, answer = request.items.all()
    held = document.add_document(make.a_file("risks.txt"), by=alice, label="confidential")
    answer.change_answer("The data center in Oakland.", by=alice)
    client, review = client_of(carol), request.review
    page = page_of(client, "review", review)
    assert "New answer, to come with the response:" in text(page)
    assert "Oakland." in " ".join(new.text for new in page.select("main ins"))
    file = client.get(page.find("a", string="risks.txt")["href"])
    assert b"".join(file.streaming_content) == held.path.read_bytes()
    assert "risks.txt" not in text(page_of(client, "review_documents", review))


def test_what_came_with_a_message_or_a_condition_can_be_read(client_of, carol, alice, dana):
    decision = make.decided(conditions=[make.condition()])
    review = decision.review
    beside = [
        make.beside(review.proposal, make.a_file(name), by=alice)
        for name in ("wipe.txt", "answer.txt")
    ]
    decision.conditions.get().confirm(by=alice, evidence="Tested.", document=beside[0])
    Message.objects.write(review, by=alice, text="See the file.", document=beside[1])
    client = client_of(carol)
    for tab, name in (("review", "wipe.txt"), ("review_messages", "answer.txt")):
        link = page_of(client, tab, review).find("a", string=name)
        assert client.get(link["href"]).status_code == 200
    for person in (alice, make.someone("bob")):
        for one in beside:
            address = reverse("review_document", args=[review.reference, one.pk])
            assert client_of(person).get(address).status_code == 404


def test_after_the_response_the_document_is_in_the_list(client_of, carol):
    review = make.responded()
    page = page_of(client_of(carol), "review_documents", review)
    document = Document.objects.get(items__isnull=False)
    assert reverse("review_document", args=[review.reference, document.pk]) in str(page)
    assert document.sha256 in text(page)
    assert "Confidential" in text(page)


def test_conditions_are_shown_with_how_the_county_met_them(client_of, carol, alice, dana):
    decision = make.decided(conditions=[make.condition("Wipe tablets."), make.condition("Purge.")])
    decision.conditions.first().confirm(by=alice, evidence="We tested it.")
    page = text(page_of(client_of(carol), "review", decision.review))
    assert "Approved with conditions" in page
    assert "We tested it." in page
    assert "Not confirmed yet" in page


@pytest.mark.parametrize(("count", "folded"), [(10, False), (11, True)])
def test_many_documents_are_folded_so_that_what_follows_stays_within_reach(
    client_of, carol, alice, count, folded
):
    proposal = make.draft(by=alice)
    for number in range(count):
        upload = make.a_file(f"plan-{number}.txt", b"%d" % number)
        Document.objects.add(proposal, upload, by=alice, kind="security_plan", label="confidential")
    page = page_of(client_of(carol), "review", make.in_review(make.sent(proposal)))
    links = [link for link in page.select("main a") if link.text.startswith("plan-")]
    assert len(links) == count
    assert all(bool(link.find_parent("details")) == folded for link in links)
    assert (page.find("summary", string=f"{count} documents") is not None) == folded


def test_a_draft_sent_back_tells_the_reviewer_why(client_of, carol, dana):
    decision = make.drafted_decision()
    decision.send_back(by=dana, why="Name the risk.")
    page = text(page_of(client_of(carol), "review", decision.review))
    assert "The drafted decision was sent back" in page
    assert "Name the risk." in page


def answer_of(page: BeautifulSoup, anchor: str) -> str:
    return " ".join(page.select_one(f"#{anchor}").get_text(" ").split())


def sent_again(review: Review, by, **changes) -> Review:
    """Taken back by the county, changed, and sent again."""
    review.recall(by=by)
    make.fill(review.proposal, by=by, **changes)
    make.sent(review.proposal, by=by)
    return Review.objects.get(pk=review.pk)


def test_an_answer_that_changed_says_what_it_was_and_since_when(client_of, carol, alice):
    review = make.sent(make.draft(mobile="Tablets, kept in cars."))
    review = sent_again(review, alice, mobile="Tablets, one week offline.")
    page = page_of(client_of(carol), "review", review)
    answer = answer_of(page, "answer-mobile")
    assert "Was: “Tablets, kept in cars. ” Changed when" in answer
    assert "when the county took it back and sent it again on" in answer
    row = page.select_one("#answer-mobile")
    assert [one.text for one in row.select("del")] == ["kept in cars."]
    assert [one.text for one in row.select("ins")] == ["one week offline."]


def test_each_section_counts_its_changed_answers_and_leads_to_the_first(client_of, carol, alice):
    review = make.sent()
    review = sent_again(review, alice, hosting="In Hayward.", mobile="No tablets.")
    page = page_of(client_of(carol), "review", review)
    mark = page.select_one("#section-how a")
    assert "2 answers changed" in " ".join(mark.get_text(" ").split())
    assert page.select_one(mark["href"]) is not None
    assert "Same as the version of" in answer_of(page, "section-purpose")
    links = page.select("main p.small a[href^='#answer-']")
    assert [link.text for link in links] == [
        "Where is it hosted?",
        "Telephones, tablets and offline copies",
    ]


def test_after_a_response_its_request_is_named(client_of, carol):
    page = page_of(client_of(carol), "review", make.responded())
    assert "Changed when the county responded on" in answer_of(page, "answer-hosting")
    assert "to the request of" in answer_of(page, "answer-hosting")
    assert "Document plan.txt New. Added when the county responded" in text(page)


def test_a_revised_proposal_shows_what_the_first_one_said(client_of, carol, dana, alice):
    first = make.decided(outcome="not_approved").review
    revised = Proposal.objects.start(
        first.proposal.county, by=alice, revises=first.proposal, tool_name="x"
    )
    review = make.sent(make.fill(revised, by=alice, hosting="In Fresno."), by=alice)
    page = page_of(client_of(carol), "review", review)
    assert "when the county revised the proposal and sent it on" in answer_of(
        page, "answer-hosting"
    )
    assert f"Same as in {first.reference}" in text(page)


def test_a_row_that_was_taken_out_stands_with_what_it_was(client_of, carol, alice):
    rows = [make._row("Names", "CMIPS"), make._row("Addresses", "CMIPS")]
    review = make.sent(make.draft(data_in=rows))
    review = sent_again(review, alice, data_in=rows[:1])
    page = page_of(client_of(carol), "review", review)
    assert "Data in 2 Not there any more Was: “ Addresses" in text(page)


def test_a_contact_that_changed_names_the_line(client_of, carol, alice):
    review = make.sent()
    old = review.proposal.contacts.get(kind="program").name
    review = sent_again(review, alice, program_name="Rosa Diaz")
    page = page_of(client_of(carol), "review", review)
    assert "Name: Was: “" in text(page)
    assert old.split()[0] in text(page)


def test_what_was_sent_again_as_it_was_says_that_nothing_changed(client_of, carol, alice):
    review = make.sent()
    review = sent_again(review, alice)
    page = text(page_of(client_of(carol), "review", review))
    assert "No answer changed when the county took it back and sent it again on" in page


def test_a_first_copy_has_no_marks_of_change(client_of, carol):
    page = page_of(client_of(carol), "review", make.in_review())
    assert page.select("main ins, main del") == []
    for words in ("changed", "Same as"):
        assert words not in " ".join(one.text for one in page.select(".ruled-head"))


def test_what_a_county_wrote_before_is_escaped(client_of, carol, alice):
    review = make.sent(make.draft(mobile="<script>alert(1)</script> a"))
    review = sent_again(review, alice, mobile="<b>b</b> a")
    page = page_of(client_of(carol), "review", review)
    assert page.select("#answer-mobile script, #answer-mobile b") == []
    assert "<script>alert(1)</script>" in answer_of(page, "answer-mobile")


def test_the_checklist_leads_to_an_answer_that_is_empty_now_with_what_it_was(
    client_of, carol, alice
):
    review = make.sent(make.draft(hosting="In Hayward."))
    review = sent_again(review, alice, hosting="")
    page = page_of(client_of(carol), "review", review)
    assert "Not provided Was: “ In Hayward. ”" in answer_of(page, "answer-hosting")
    assert page.select("a[href='#answer-hosting']")


def test_the_last_two_notes_stand_below_the_answers_for_those_who_read_them(
    client_of, carol, erin, frank
):
    review = make.in_review()
    for number in range(3):
        Note.objects.write(review, by=carol, text=f"Note number {number}.")
    page = text(page_of(client_of(carol), "review", review))
    assert "Internal notes · only CDSS sees this" in page
    assert page.index("Note number 2.") < page.index("Note number 1.")
    assert "Note number 0." not in page
    assert "Read all 3 notes" in page
    assert "Write a note" in page
    assert "Write a note" not in text(page_of(client_of(erin), "review", review))
    audited = text(page_of(client_of(frank), "review", review))
    assert "Note number" not in audited
    assert "Internal notes" not in audited


@pytest.mark.acl("ACL-6")
def test_from_day_25_both_letters_begin_from_the_checklist(client_of, carol):
    with clock.travel(clock.instant(clock.today() - timedelta(days=26), time(12))):
        review = make.in_review()
    values = {"ddl": {"choice": "documents", "note": "Show the import."}}
    Finding.objects.save_checklist(review, by=carol, values=values)
    client = client_of(carol)
    page = page_of(client, "review", review)
    links = [link["href"] for link in page.select(".notice.warning a")]
    here = f"/reviews/{review.reference}"
    assert links == [f"{here}/recommend/?from=checklist", f"{here}/request/?from=checklist"]
    assert "an item for each row that needs them (1 now)" in text(page)
    for link in links:
        assert client.get(link).status_code == 200


@pytest.mark.acl("ACL-6")
def test_the_day_to_aim_for_is_shown_while_it_is_ahead(client_of, carol):
    # Day 30 is a Saturday: the last day moves, and the day before is the one to aim for.
    with make.days_ago((clock.today().weekday() + 30 - 5) % 7):
        review = make.in_review()
    aim = review.rounds.get().aim
    assert aim < review.due
    client = client_of(carol)
    assert f"Aim for {short_day(aim)}" in text(page_of(client, "review", review))
    with clock.travel(clock.instant(aim + timedelta(days=1), time(12))):
        assert f"Aim for {short_day(aim)}" not in text(page_of(client_of(carol), "review", review))


def test_where_the_last_day_did_not_move_nothing_else_is_aimed_for(client_of, carol):
    # Day 30 is a Tuesday on which no office is closed.
    OfficeClosure.objects.update(in_force=False)
    with make.days_ago((clock.today().weekday() + 30 - 1) % 7):
        review = make.in_review()
    assert review.rounds.get().aim == review.due
    page = page_of(client_of(carol), "review", review)
    assert "Aim for" not in page.select_one("h1 + .chips").get_text(" ")


def test_a_title_names_the_tool_once(client_of, carol):
    review = make.in_review(by=carol)
    letter = Notice.objects.get(event__startswith="receipt:")
    for name, more in (("record_post", [letter.pk]), ("hand_over", [])):
        answer = client_of(carol).get(reverse(name, args=[review.reference, *more]))
        title = BeautifulSoup(answer.content, "html.parser").title.text
        assert title.count(review.proposal.title) == 1 and review.reference in title


def test_what_changed_shows_words_that_went_and_came(client_of, carol):
    page = page_of(client_of(carol), "changes", make.responded())
    assert [one.text for one in page.select("main del")] == ["center."]
    assert [one.text for one in page.select("main ins")] == ["center in Oakland.", "plan.txt"]


def test_a_revised_proposal_is_compared_with_the_one_it_revises(client_of, carol, dana, alice):
    first = make.decided(outcome="not_approved").review
    revised = Proposal.objects.start(
        first.proposal.county, by=alice, revises=first.proposal, tool_name="x"
    )
    review = make.sent(make.fill(revised, by=alice, hosting="In Fresno."), by=alice)
    page = page_of(client_of(carol), "changes", review)
    assert f"From {first.reference} to this proposal" in text(page)
    assert "In Fresno." in " ".join(one.text for one in page.select("ins"))


def test_an_earlier_comparison_can_be_asked_for_and_an_odd_one_is_the_latest(
    client_of, carol, alice
):
    review = make.sent()
    review.recall(by=alice)
    make.fill(review.proposal, by=alice, hosting="In Hayward.")
    make.sent(review.proposal)
    review.refresh_from_db()
    request = make.requested(make.in_review(review))
    make.responded(request)
    client = client_of(carol)
    assert "From copy 2 to copy 3" in text(page_of(client, "changes", review))
    assert "From copy 1 to copy 2" in text(page_of(client, "changes", review, "?copy=2"))
    assert "From copy 2 to copy 3" in text(page_of(client, "changes", review, "?copy=x"))


def test_a_signed_copy_is_shown_whole_with_who_signed_it(client_of, frank):
    review = make.sent()
    copy = review.proposal.copies.get()
    client = client_of(frank)
    page = client.get(reverse("review_copy", args=[review.reference, 1])).content.decode()
    assert copy.sha256 in page
    assert "Signed by Alice Nakamura" in page
    assert client.get(reverse("review_copy", args=[review.reference, 2])).status_code == 404


def test_a_logged_proposal_says_how_it_came_and_that_nobody_signed(client_of, carol):
    review = make.logged()
    page = text(page_of(client_of(carol), "review", review))
    assert "by email" in page
    assert "Not signed in the portal" in page


def test_messages_are_a_thread_with_a_form_for_reviewers_alone(
    client_of, carol, alice, erin, frank
):
    review = make.in_review()
    Message.objects.write(review, by=alice, text="Is it\nenough?")
    client = client_of(carol)
    page = page_of(client, "review_messages", review)
    assert "Is it" in text(page)
    address = reverse("review_messages", args=[review.reference])
    form = {one["name"]: one.get("value", "") for one in page.select("main form[novalidate] input")}
    for _ in range(2):
        assert client.post(address, form | {"text": "It is."}).status_code == 302
    assert review.messages.filter(author=carol).count() == 1
    review.refresh_from_db()
    assert not review.news
    for reader in (erin, frank):
        other = client_of(reader)
        assert page_of(other, "review_messages", review).select("main form[novalidate]") == []
        assert other.post(address, {"text": "Hello"}).status_code == 404
    assert review.messages.count() == 2


def test_an_empty_message_is_answered_with_a_sentence(client_of, carol):
    review = make.in_review()
    answer = client_of(carol).post(reverse("review_messages", args=[review.reference]), {})
    assert answer.status_code == 422
    assert "Write the message first" in answer.content.decode()
    assert "<title>Error: " in answer.content.decode()


def test_new_from_the_county_goes_with_a_button(client_of, carol, alice, frank):
    review = make.responded()
    address = reverse("mark_read", args=[review.reference])
    assert "New from the county" in text(page_of(client_of(carol), "review", review))
    assert client_of(frank).post(address).status_code == 404
    assert client_of(carol).post(address).status_code == 302
    assert "New from the county" not in text(page_of(client_of(carol), "review", review))


def test_drafts_and_proposals_taken_back_are_not_there(client_of, carol, alice):
    draft = make.draft()
    taken_back = make.standing_at("draft")
    for proposal in (draft, taken_back.proposal):
        for tab in (*TABS, "notes"):
            address = reverse(tab, args=[proposal.reference])
            assert client_of(carol).get(address).status_code == 404


def test_a_county_finds_none_of_these_pages(client_of, alice, bob):
    review = make.in_review()
    for person in (alice, bob):
        client = client_of(person)
        for tab in (*TABS, "notes"):
            assert client.get(reverse(tab, args=[review.reference])).status_code == 404
        assert client.get(reverse("queue")).status_code == 403
        assert client.get(reverse("troubled_notices")).status_code == 403


def test_tabs_are_links_of_which_one_is_this_page(client_of, carol):
    review = make.in_review()
    titles = set()
    for tab in (*TABS, "notes"):
        page = page_of(client_of(carol), tab, review)
        current = page.select(".tabs [aria-current=page]")
        assert [one["href"] for one in current] == [reverse(tab, args=[review.reference])]
        assert len(page.select("h1")) == 1
        titles.add(page.title.text)
    assert len(titles) == len(TABS) + 1


def full_story(times: int) -> Review:
    """A proposal with so many requests and responses, documents, messages and a draft."""
    carol, alice, dana = (make.someone(name) for name in ("carol", "alice", "dana"))
    review = make.in_review(tool_name=f"Story {times}")
    for _ in range(times):
        request = make.requested(review)
        make.responded(request)
        Message.objects.write(review, by=alice, text="Is that enough?")
        review.refresh_from_db()
        decision = make.drafted_decision(review, conditions=[make.condition(), make.condition()])
        decision.send_back(by=dana, why="Once more.")
        review.refresh_from_db()
    make.drafted_decision(review, by=carol, conditions=[make.condition()] * times)
    return review


@pytest.mark.parametrize("tab", [*TABS, "notes"])
def test_the_pages_take_at_most_fifteen_queries_however_much_happened(client_of, dana, tab):
    client, counted = client_of(dana), []
    for times in (1, 4):
        review = full_story(times)
        client.get(reverse(tab, args=[review.reference]))
        with CaptureQueriesContext(connection) as queries:
            page_of(client, tab, review)
        counted.append(len(queries))
    assert counted[0] == counted[1] <= 15
    assert Decision.objects.count() == 7
