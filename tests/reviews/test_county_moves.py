"""What a county does beside sending and answering: its pages, who may, and what they refuse."""

from datetime import timedelta

import pytest

from portal import clock
from portal.models import JournalEntry, Notice
from proposals.models import Proposal
from reviews.models import Correspondent, Message, Review
from reviews.moves import Status
from tests import make
from tests.pages import form_on, soup, words

pytestmark = pytest.mark.django_db

PAGES = ("recall/", "withdraw/", "messages/", "correspondents/", "conditions/1/", "revise/")


def url(review: Review, page: str = "") -> str:
    return f"/proposals/{review.reference}/{page}"


@pytest.mark.parametrize("name", ["bob", "carol", "dana", "erin", "frank"])
@pytest.mark.parametrize("page", PAGES)
def test_for_others_no_page_is_there(client_of, name, page):
    review = make.decided(conditions=[make.condition()]).review
    answer = client_of(make.someone(name)).post(url(review, page), {"text": "Hello"})
    assert answer.status_code == 404


# Take back and withdraw


def test_a_proposal_is_taken_back_by_its_signer(client_of, alice):
    review = make.sent()
    client = client_of(alice)
    assert "It becomes a draft again" in words(client.get(url(review, "recall/")))
    answer = client.post(url(review, "recall/"), {"seen": review.version})
    assert answer["Location"] == url(review)
    assert "Taken back" in words(client.get(url(review)))
    assert Proposal.objects.get().is_draft


def test_taking_back_comes_too_late_once_it_was_taken(client_of, alice):
    review = make.sent()
    seen = review.version
    make.in_review(review)
    for answer in (
        client_of(alice).get(url(review, "recall/")),
        client_of(alice).post(url(review, "recall/"), {"seen": seen}),
    ):
        assert answer.status_code == 409
        assert "Carol Whitfield took the proposal into review" in words(answer)
        assert soup(answer).find("a", href=url(review))


@pytest.mark.parametrize("page", ["recall/", "withdraw/"])
def test_a_colleague_who_may_not_sign_is_told_who_may(client_of, amir, alice, page):
    review = make.sent(by=alice)
    for method in ("get", "post"):
        answer = getattr(client_of(amir), method)(url(review, page), {"seen": review.version})
        assert answer.status_code == 403
        assert "Alice Nakamura can do it." in words(answer)
    review.refresh_from_db()
    assert review.where == Status.SUBMITTED


def test_a_proposal_is_withdrawn_with_a_reason(client_of, alice):
    review = make.in_review()
    answer = client_of(alice).post(
        url(review, "withdraw/"), {"seen": review.version, "why": "We bought another tool."}
    )
    assert answer["Location"] == url(review)
    review.refresh_from_db()
    assert review.where == Status.WITHDRAWN
    letter = Notice.objects.get(event__startswith="withdrawn:")
    assert "We bought another tool." in letter.text


def test_a_stale_page_withdraws_nothing_and_keeps_the_reason(client_of, alice, carol):
    review = make.in_review()
    seen = review.version
    review.hand_over(by=carol, to=make.someone("dana"))
    answer = client_of(alice).post(url(review, "withdraw/"), {"seen": seen, "why": "Too slow."})
    assert answer.status_code == 409
    assert "Too slow." in words(answer)
    again = soup(answer).find("input", {"name": "seen"})["value"]
    client_of(alice).post(url(review, "withdraw/"), {"seen": again, "why": "Too slow."})
    review.refresh_from_db()
    assert review.where == Status.WITHDRAWN


@pytest.mark.parametrize("seen", ["", "x", "-1", "99999999999999999999999"])
def test_an_odd_version_withdraws_nothing(client_of, alice, seen):
    review = make.sent()
    answer = client_of(alice).post(url(review, "withdraw/"), {"seen": seen})
    assert answer.status_code in (409, 422)
    review.refresh_from_db()
    assert review.where == Status.SUBMITTED


def test_a_closed_proposal_cannot_be_withdrawn(client_of, alice):
    review = make.decided().review
    assert client_of(alice).get(url(review, "withdraw/")).status_code == 409


# Revise


def token_on(client, review: Review) -> str:
    return soup(client.get(url(review))).find("input", {"name": "token"})["value"]


def test_one_that_was_not_approved_is_revised_with_its_answers(client_of, alice):
    review = make.decided(outcome="not_approved").review
    client = client_of(alice)
    answer = client.post(url(review, "revise/"), {"token": token_on(client, review)})
    draft = Proposal.objects.get(sent_at__isnull=True)
    assert answer["Location"] == f"/proposals/{draft.reference}/"
    assert draft.revises == review.proposal
    before = Proposal.objects.get(pk=review.proposal_id).content()["answers"]
    assert draft.content()["answers"] == before
    assert draft.reference in words(client.get(url(review)))
    assert review.reference in soup(client.get(answer["Location"])).get_text()


def test_revise_pressed_twice_makes_one_draft(client_of, alice):
    review = make.decided(outcome="not_approved").review
    client = client_of(alice)
    token = token_on(client, review)
    first, second = (client.post(url(review, "revise/"), {"token": token}) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Proposal.objects.filter(sent_at__isnull=True).count() == 1


def closed_unanswered() -> Review:
    asked = make.requested()
    for days in (15, 18):
        with clock.travel(clock.now() + timedelta(days=days)):
            asked.record_reminder(by=make.someone("carol"), on=clock.today(), how="By telephone")
    with clock.travel(clock.now() + timedelta(days=30)):
        asked.close(by=make.someone("dana"))
    return asked.review


@pytest.mark.parametrize("how", ["withdrawn", "no answer"])
def test_a_withdrawn_one_is_revised_too_and_each_page_leads_to_the_other(client_of, amir, how):
    review = make.standing_at("withdrawn") if how == "withdrawn" else closed_unanswered()
    client = client_of(amir)
    answer = client.post(url(review, "revise/"), {"token": token_on(client, review)})
    draft = Proposal.objects.get(sent_at__isnull=True)
    assert draft.revises == review.proposal
    assert soup(client.get(answer["Location"])).find("a", href=url(review))
    assert soup(client.get(url(review))).find("a", href=answer["Location"])
    make.sent(make.fill(draft, by=amir), by=make.someone("alice"))
    assert soup(client.get(answer["Location"])).find("a", href=url(review))


def test_a_revision_that_was_begun_is_named_and_no_second_one_begins(client_of, alice, amir):
    review = make.decided(outcome="not_approved").review
    tokens_ = [token_on(client_of(one), review) for one in (alice, amir)]
    client_of(alice).post(url(review, "revise/"), {"token": tokens_[0]})
    answer = client_of(amir).post(url(review, "revise/"), {"token": tokens_[1]})
    draft = Proposal.objects.get(sent_at__isnull=True)
    assert answer.status_code == 409
    assert f"Alice Nakamura began {draft.reference} already" in words(answer)
    assert not soup(client_of(amir).get(url(review))).find("button", string="Revise and send again")


def test_a_discarded_revision_makes_room_for_another(client_of, alice):
    review = make.standing_at("withdrawn")
    review.revise(by=alice).discard(by=alice)
    client = client_of(alice)
    answer = client.post(url(review, "revise/"), {"token": token_on(client, review)})
    assert answer.status_code == 302


def test_an_approved_one_is_not_revised(client_of, alice):
    from portal import tokens

    review = make.decided().review
    token = tokens.issue(alice, f"revise {review.reference}")
    answer = client_of(alice).post(url(review, "revise/"), {"token": token})
    assert answer.status_code == 409
    assert not Proposal.objects.filter(sent_at__isnull=True).exists()
    assert client_of(alice).get(url(review, "revise/")).status_code == 405


# Messages


def message(client, review: Review, **typed) -> dict:
    token = soup(client.get(url(review, "messages/"))).find("input", {"name": "token"})["value"]
    return {"token": token, "text": "Which format do you need?"} | typed


@pytest.mark.acl("ACL-8")
def test_a_message_reaches_cdss_and_never_touches_the_clock(client_of, amir):
    review = make.in_review()
    client = client_of(amir)
    assert "Messages never stop or start the thirty days." in words(
        client.get(url(review, "messages/"))
    )
    client.post(url(review, "messages/"), message(client, review))
    after = Review.objects.get()
    assert (after.due, after.status, after.news) == (review.due, review.status, True)
    letter = Notice.objects.get(event__startswith="message:")
    assert "Which format do you need?" in letter.text
    assert letter.recipients.get().part == "reviewer"
    assert "Which format do you need?" in words(client.get(url(review, "messages/")))


def test_a_message_sent_twice_is_one(client_of, amir):
    review = make.in_review()
    client = client_of(amir)
    typed = message(client, review)
    for _ in range(2):
        assert client.post(url(review, "messages/"), typed).status_code == 302
    assert Message.objects.count() == 1


def test_a_message_may_bring_a_document(client_of, amir):
    review = make.in_review()
    client = client_of(amir)
    typed = message(client, review, file=make.a_file(), label="internal")
    client.post(url(review, "messages/"), typed)
    document = Message.objects.get().document
    assert (document.title, document.is_part) == ("plan.txt", False)


@pytest.mark.parametrize(
    ("label", "file", "sentences"),
    [
        ("", "flow.txt", ["Choose a label", "Choose “flow.txt” again: the page does not keep it"]),
        ("internal", "", ["Choose the document, or choose no label"]),
    ],
)
def test_a_message_never_leaves_without_the_document_it_was_meant_to_bring(
    client_of, amir, label, file, sentences
):
    review = make.in_review()
    client = client_of(amir)
    given = {"file": make.a_file("flow.txt")} if file else {}
    answer = client.post(url(review, "messages/"), message(client, review, label=label, **given))
    assert answer.status_code == 422
    for sentence in sentences:
        assert sentence in words(answer)
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "typed, sentence",
    [
        ({"text": ""}, "Write the message first"),
        ({"text": "x" * 6000}, "Shorten"),
        ({"text": "It is 219-09-9999."}, "looks like a Social Security number"),
        ({"file": make.a_file()}, "Choose a label"),
        ({"file": make.a_file("a.pdf", b"none"), "label": "public"}, "something else"),
    ],
)
def test_a_message_that_cannot_go_stays_on_the_page(client_of, amir, typed, sentence):
    review = make.in_review()
    client = client_of(amir)
    answer = client.post(url(review, "messages/"), message(client, review, **typed))
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert not Message.objects.exists()


# Who gets letters


PEOPLE = {
    "program_name": "Alice Nakamura",
    "program_email": "alice@alameda.example.gov",
    "technical_name": "Tara Bell",
    "technical_email": "tara@alameda.example.gov",
}


@pytest.mark.acl("ACL-8")
def test_letters_go_to_the_new_contact_and_the_signed_copy_stays(client_of, amir):
    review = make.sent()
    answer = client_of(amir).post(url(review, "correspondents/"), PEOPLE)
    assert answer["Location"] == url(review)
    now = {one.part: one.email for one in review.correspondents.current()}
    assert now["technical contact"] == "tara@alameda.example.gov"
    assert review.proposal.copies.get().content["answers"]["technical_name"] == "Theo Marsh"
    entries = JournalEntry.objects.filter(act="change correspondents")
    assert [entry.data["part"] for entry in entries] == ["technical contact"]
    make.requested(make.in_review(Review.objects.get()))
    letter = Notice.objects.get(event__startswith="requested:")
    assert "tara@alameda.example.gov" in letter.recipients.values_list("email", flat=True)


def test_a_contact_needs_name_and_address(client_of, amir):
    review = make.sent()
    typed = PEOPLE | {"technical_email": "nobody", "program_name": ""}
    answer = client_of(amir).post(url(review, "correspondents/"), typed)
    assert answer.status_code == 422
    assert "Enter an email address" in words(answer)
    assert review.correspondents.current().get(part="technical contact").name == "Theo Marsh"


def test_an_address_that_no_mail_server_takes_is_refused(client_of, amir):
    review, long = make.sent(), f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.example"
    answer = client_of(amir).post(url(review, "correspondents/"), PEOPLE | {"program_email": long})
    assert answer.status_code == 422
    assert "it may have up to 254 characters" in words(answer)


@pytest.mark.acl("ACL-8")
def test_cdss_too_names_who_gets_the_letters(client_of, carol):
    review = make.in_review(make.sent())
    client = client_of(carol)
    assert (
        f"/reviews/{review.reference}/correspondents/"
        in client.get(f"/reviews/{review.reference}/").content.decode()
    )
    answer = client.post(f"/reviews/{review.reference}/correspondents/", PEOPLE)
    assert answer["Location"] == f"/reviews/{review.reference}/"
    now = {one.part: one.email for one in review.correspondents.current()}
    assert now["technical contact"] == "tara@alameda.example.gov"


@pytest.mark.parametrize("page", ["/proposals/{}/correspondents/", "/reviews/{}/correspondents/"])
def test_who_was_named_since_the_page_was_opened_is_not_overwritten_unseen(
    page, client_of, amir, carol
):
    review = make.in_review(make.sent())
    page = page.format(review.reference)
    client = client_of(amir if "proposals" in page else carol)
    asked = form_on(client.get(page))
    by, new = make.someone("dana"), {"name": "Pia Lund", "email": "pia@alameda.example.gov"}
    Correspondent.objects.replace(review, "program contact", by=by, **new)

    # What this page leaves as it was stays as it is now.
    answer = client.post(page, asked | {"technical_name": "Tara Bell"})
    assert answer.status_code == 302
    now = {one.part: one.name for one in review.correspondents.current()}
    assert (now["program contact"], now["technical contact"]) == ("Pia Lund", "Tara Bell")

    # Pressed twice, it answers twice alike.
    assert client.post(page, asked | {"technical_name": "Tara Bell"}).status_code == 302

    # What both change is shown, and saved when it was seen.
    answer = client.post(page, asked | {"program_name": "Max Rey", "technical_name": "Tara Bell"})
    assert answer.status_code == 409
    assert "it is Pia Lund, pia@alameda.example.gov" in words(answer)
    again = form_on(answer)
    assert again["program_name"] == "Max Rey" and again["technical_name"] == "Tara Bell"
    assert again["program_email"] == "pia@alameda.example.gov"
    assert client.post(page, again).status_code == 302
    now = {one.part: one.name for one in review.correspondents.current()}
    assert now["program contact"] == "Max Rey"


@pytest.mark.acl("ACL-8")
def test_who_was_named_stays_when_the_proposal_is_taken_back_and_sent_again(alice):
    def send_again() -> dict[str, str]:
        make.sent(Proposal.objects.get(pk=review.proposal_id))
        review.refresh_from_db()
        return {one.part: one.name for one in review.correspondents.current()}

    review = make.sent()
    new = {"name": "Pia Lund", "email": "pia@alameda.example.gov"}
    Correspondent.objects.replace(review, "program contact", by=alice, **new)
    review.recall(by=alice)
    now = send_again()
    assert (now["program contact"], now["technical contact"]) == ("Pia Lund", "Theo Marsh")
    receipt = Notice.objects.get(event=f"receipt:{review.reference}:2")
    assert "pia@alameda.example.gov" in receipt.recipients.values_list("email", flat=True)

    # Whom the county names in the proposal itself gets them from then on.
    review.recall(by=alice)
    make.fill(Proposal.objects.get(), by=alice, program_name="Max Rey")
    assert send_again()["program contact"] == "Max Rey"


@pytest.mark.parametrize("name", ["alice", "erin", "frank"])
def test_only_a_reviewer_names_them_at_cdss(client_of, name):
    review = make.in_review(make.sent())
    client = client_of(make.someone(name))
    assert client.get(f"/reviews/{review.reference}/correspondents/").status_code == 404


def test_a_logged_proposal_may_go_on_without_a_technical_contact(client_of, carol):
    review = make.logged(technical_name="", technical_email="", program_email="bea@example.gov")
    page = f"/reviews/{review.reference}/correspondents/"
    named = {"program_name": "Bea", "program_email": "bea@example.gov"}
    assert client_of(carol).post(page, named).status_code == 302
    answer = client_of(carol).post(page, named | {"technical_name": "Ted"})
    assert "Enter the email address of the technical contact" in words(answer)


# Conditions


def approved() -> Review:
    return make.decided(conditions=[make.condition("Wipe lost tablets.")]).review


def test_a_condition_is_confirmed_with_evidence(client_of, amir):
    review = approved()
    client = client_of(amir)
    assert "Wipe lost tablets." in words(client.get(url(review, "conditions/1/")))
    typed = {"evidence": "We tested it.", "file": make.a_file(), "label": "internal"}
    answer = client.post(url(review, "conditions/1/"), typed)
    assert answer["Location"] == url(review)
    condition = review.decisions.get().conditions.get()
    assert (condition.evidence, condition.confirmed_by) == ("We tested it.", amir)
    assert condition.document is not None
    assert "We tested it." in words(client.get(url(review)))


def test_a_condition_needs_evidence_and_is_confirmed_once(client_of, amir, settings):
    review = approved()
    client = client_of(amir)
    empty = client.post(url(review, "conditions/1/"), {"evidence": ""})
    assert "Write how the condition was met" in words(empty)
    client.post(url(review, "conditions/1/"), {"evidence": "Done."})
    late = {"evidence": "Done again.", "file": make.a_file(), "label": "internal"}
    again = client.post(url(review, "conditions/1/"), late)
    assert again.status_code == 409
    assert not [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]
    assert review.decisions.get().conditions.get().evidence == "Done."


def test_a_condition_confirmed_by_a_second_click_is_answered_like_the_first(
    client_of, alice, amir, settings
):
    review = approved()

    def typed() -> dict[str, object]:
        return {"evidence": "We tested it.", "file": make.a_file(), "label": "internal"}

    client, page = client_of(amir), url(review, "conditions/1/")
    first, again = client.post(page, typed()), client.post(page, typed())
    assert (first.status_code, first.url) == (again.status_code, again.url) == (302, url(review))
    assert len([path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]) == 1
    assert JournalEntry.objects.filter(act="confirm condition").count() == 1
    # The same words of a colleague are no second click.
    assert client_of(alice).post(page, typed()).status_code == 409


def test_a_condition_that_is_not_there_is_404(client_of, amir):
    assert client_of(amir).get(url(approved(), "conditions/2/")).status_code == 404
    assert client_of(amir).get(url(make.sent(), "conditions/1/")).status_code == 404
