"""Answering a request: item by item, by several people, over days; then the response (ACL-7)."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from portal.models import GoverningLetter, JournalEntry, Notice
from proposals.models import Document, Proposal
from proposals.sections import ROWS_LIMIT
from reviews.models import Correspondent, Item, Request, Review
from reviews.moves import MoveRefused, Status
from tests import make
from tests.pages import errors_on, soup, words

pytestmark = pytest.mark.django_db


def url_of(item: Item) -> str:
    return f"/proposals/{item.request.review.reference}/request/{item.number}/"


def item_of(request: Request, number: int) -> Item:
    return request.items.get(number=number)


def a_document(number: int = 1, **changes: Any) -> dict[str, Any]:
    prefix = f"document-{number}-"
    given = {"file": make.a_file(), "label": "confidential"} | changes
    return {"do": "document"} | {f"{prefix}{name}": value for name, value in given.items()}


# One item


def test_a_colleague_gives_several_documents(client_of, amir):
    item = item_of(make.requested(), 1)
    client = client_of(amir)
    for name in ("one.txt", "two.txt"):
        answer = client.post(url_of(item), a_document(file=make.a_file(name), title=name))
        assert answer.status_code == 302
    item.refresh_from_db()
    assert (item.state, item.settled_by) == (Item.SETTLED, amir)
    assert [one.title for one in item.documents.all()] == ["one.txt", "two.txt"]
    assert {one.kind for one in item.documents.all()} == {"risk_assessment"}


def test_a_given_document_is_no_part_until_the_response_is_sent(client_of, amir):
    request = make.requested()
    client_of(amir).post(url_of(item_of(request, 1)), a_document())
    document = Document.objects.get()
    assert not document.is_part
    make.settle(request)
    request.respond(by=make.someone("alice"), name="Alice", title="")
    document.refresh_from_db()
    assert document.is_part


@pytest.mark.parametrize(
    "changes, sentence",
    [
        ({"file": ""}, "Choose a file"),
        ({"label": ""}, "Choose a label: public, internal or confidential"),
        ({"file": make.a_file("plan.pdf", b"no pdf")}, "its content is something else"),
        ({"file": make.a_file("plan.exe")}, "Choose a file of one of these kinds"),
        ({"file": make.a_file("219-09-9999.txt")}, "looks like a Social Security number"),
        ({"title": "Case 1234567"}, "looks like a case number"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_in_words(client_of, amir, changes, sentence):
    item = item_of(make.requested(), 1)
    answer = client_of(amir).post(url_of(item), a_document(**changes))
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert not Document.objects.exists()
    item.refresh_from_db()
    assert item.state == Item.OPEN


def test_a_document_is_taken_back_before_the_response(client_of, amir):
    item = item_of(make.requested(), 1)
    client = client_of(amir)
    client.post(url_of(item), a_document())
    document = Document.objects.get()
    client.post(url_of(item), {"do": "take_back", "document": document.pk})
    item.refresh_from_db()
    document.refresh_from_db()
    assert item.state == Item.OPEN
    assert document.removed_at is not None


@pytest.mark.parametrize("which", ["0", "x", "99999999999999999999", ""])
def test_taking_back_what_is_not_there_is_404(client_of, amir, which):
    item = item_of(make.requested(), 1)
    answer = client_of(amir).post(url_of(item), {"do": "take_back", "document": which})
    assert answer.status_code == 404


def test_an_answer_is_changed_in_its_own_control_from_what_it_says_now(client_of, amir):
    item = item_of(make.requested(), 2)
    client = client_of(amir)
    page = soup(client.get(url_of(item)))
    box = page.find("textarea", {"name": "answer-hosting"})
    assert box.get_text(strip=True) == "The county's data center."
    answer = client.post(url_of(item), {"do": "answer", "answer-hosting": "In Oakland."})
    assert answer["Location"].endswith("#item-2")
    item.refresh_from_db()
    assert item.value == "In Oakland."
    assert item.request.review.proposal.hosting == "The county's data center."


@pytest.mark.parametrize(
    "field, typed, value",
    [
        ("implementation_date", "March 15, 2030", "2030-03-15"),
        ("reached_from", "both", "both"),
        ("cmips_methods", ["ddl", "typed_in"], ["ddl", "typed_in"]),
        ("program_phone", "510-555-0199", "510-555-0199"),
        ("technical_email", "new@alameda.example.gov", "new@alameda.example.gov"),
    ],
)
def test_every_kind_of_answer_reaches_the_proposal(client_of, alice, field, typed, value):
    request = make.requested(items=[make.answer_item(field)])
    item = item_of(request, 1)
    client_of(alice).post(url_of(item), {"do": "answer", f"answer-{field}": typed})
    item.refresh_from_db()
    assert item.value == value
    request.respond(by=alice, name="Alice", title="")
    proposal = Proposal.objects.whole().get()
    assert proposal.content()["answers"][field] == value


@pytest.mark.parametrize(
    "field, typed, sentence",
    [
        ("implementation_date", "February 30, 2027", "February 2027 has 28 days"),
        ("program_email", "nobody", "Enter an email address"),
        ("program_phone", "12", "area code"),
        ("cmips_methods", ["none", "ddl"], "by itself"),
        ("hosting", "Case 1234567 is there", "looks like a case number"),
        ("hosting", "x" * 30_000, "Shorten"),
        ("hosting", "", "Say where the tool is hosted"),
        ("reached_from", "elsewhere", "Choose from the answers shown"),
    ],
)
def test_an_answer_that_cannot_be_right_is_refused_and_kept_on_the_page(
    client_of, alice, field, typed, sentence
):
    item = item_of(make.requested(items=[make.answer_item(field)]), 1)
    answer = client_of(alice).post(url_of(item), {"do": "answer", f"answer-{field}": typed})
    assert answer.status_code == 422
    assert sentence in words(answer)
    item.refresh_from_db()
    assert item.state == Item.OPEN


def test_rows_of_data_are_added_removed_and_saved_without_a_script(client_of, alice):
    item = item_of(make.requested(items=[make.answer_item("data_out")]), 1)
    client = client_of(alice)
    row = {"where": "Supervisors", "how_often": "daily", "transport": "https", "sensitive": "no"}
    typed = {f"out-0-{name}": value for name, value in {"what": "Report", **row}.items()}
    typed |= {"do": "answer", "out-TOTAL_FORMS": "1", "out-INITIAL_FORMS": "1"}
    page = soup(client.post(url_of(item), typed | {"add": "out"}))
    assert page.find("input", {"name": "out-TOTAL_FORMS"})["value"] == "2"
    assert page.find("input", {"name": "out-0-what"})["value"] == "Report"
    typed |= {f"out-1-{name}": value for name, value in {"what": "List", **row}.items()}
    answer = client.post(url_of(item), typed | {"out-TOTAL_FORMS": "2"})
    assert answer.status_code == 302
    item.refresh_from_db()
    assert [one["what"] for one in item.value] == ["Report", "List"]
    item.request.respond(by=alice, name="Alice", title="")
    assert Proposal.objects.get().flows.filter(direction="out").count() == 2


def test_a_row_that_lacks_something_is_named(client_of, alice):
    item = item_of(make.requested(items=[make.answer_item("data_in")]), 1)
    typed = {"do": "answer", "in-TOTAL_FORMS": "1", "in-INITIAL_FORMS": "1", "in-0-what": "Cases"}
    answer = client_of(alice).post(url_of(item), typed)
    assert answer.status_code == 422
    assert "Data in 1: Enter where the data comes from" in errors_on(answer)
    assert soup(answer).find("h3", string="Data in 1")


def test_we_dont_have_this_because(client_of, amir):
    request = make.requested()
    item = item_of(request, 1)
    client = client_of(amir)
    empty = client.post(url_of(item), {"do": "because", "because-because": " "})
    assert "Write why you don't have it" in words(empty)
    client.post(url_of(item), {"do": "because", "because-because": "Our vendor writes it."})
    item.refresh_from_db()
    assert (item.state, item.because) == (Item.SETTLED, "Our vendor writes it.")


def test_an_answer_that_did_not_change_settles_nothing(client_of, amir):
    """It would reach CDSS as a new answer, and nobody would have looked at it."""
    request = make.requested(items=[make.answer_item("hosting")])
    item, client = item_of(request, 1), client_of(amir)
    same = request.review.proposal.content()["answers"]["hosting"]
    answer = client.post(url_of(item), {"do": "answer", "answer-hosting": same})
    assert errors_on(answer) == ["Change the answer, or write below why you keep it as it is"]
    item.refresh_from_db()
    assert item.state == Item.OPEN


def as_sent(rows: list[dict[str, str]], prefix: str) -> dict[str, str]:
    """Rows of data as their page sends them."""
    count = str(len(rows))
    typed = {f"{prefix}-TOTAL_FORMS": count, f"{prefix}-INITIAL_FORMS": count, "do": "answer"}
    for number, row in enumerate(rows):
        typed |= {f"{prefix}-{number}-{name}": value for name, value in row.items()}
    return typed


@pytest.mark.parametrize("field", ["data_in", "data_out"])
def test_rows_of_which_none_changed_settle_nothing(client_of, amir, field):
    request = make.requested(items=[make.answer_item(field)])
    item, client = item_of(request, 1), client_of(amir)
    rows = request.review.proposal.content()[field]
    prefix = field.removeprefix("data_")
    answer = client.post(url_of(item), as_sent(rows, prefix))
    assert answer.status_code == 422
    assert errors_on(answer) == ["Change a row, or write below why you keep them as they are"]
    item.refresh_from_db()
    assert item.state == Item.OPEN
    rows[0]["what"] += " of today"
    assert client.post(url_of(item), as_sent(rows, prefix)).status_code == 302
    item.refresh_from_db()
    assert item.value == rows


def test_as_many_rows_as_a_proposal_has_can_be_changed_in_a_response(client_of, amir):
    """A request takes fewer rows: none of the county's may be lost for that."""
    row = make.full_answers()["data_in"][0]
    many = [row | {"what": f"Data {number}"} for number in range(ROWS_LIMIT)]
    review = make.in_review(data_in=many)
    request = make.requested(review, items=[make.answer_item("data_in")])
    item, client = item_of(request, 1), client_of(amir)
    page = soup(client.post(url_of(item), as_sent(many, "in") | {"remove": "in-0"}))
    kept = [box["value"] for box in page.select('input[name$="-what"]')]
    assert kept == [one["what"] for one in many[1:]]
    many[0]["what"] = "Something else"
    assert client.post(url_of(item), as_sent(many, "in")).status_code == 302
    item.refresh_from_db()
    assert item.value == many


def test_a_county_keeps_an_answer_and_says_why(client_of, amir, carol):
    request = make.requested(items=[make.answer_item("hosting")])
    item, client = item_of(request, 1), client_of(amir)
    empty = client.post(url_of(item), {"do": "because", "because-because": " "})
    assert "Write why you keep the answer" in errors_on(empty)
    client.post(url_of(item), {"do": "because", "because-because": "It is right."})
    told = words(client.get(f"/proposals/{request.review.reference}/"))
    assert "We keep the answer, because: It is right." in told
    told = words(client_of(carol).get(f"/reviews/{request.review.reference}/"))
    assert "The county keeps its answer, because: It is right." in told
    assert "Arrived" not in told


def test_a_document_of_a_declined_item_does_not_go_along_and_is_read_no_more(
    client_of, alice, carol
):
    request = make.requested(items=[make.document_item()])
    item = item_of(request, 1)
    document = item.add_document(make.a_file(), by=alice, label="internal")
    item.decline("It was the wrong file.", by=alice)
    request.respond(by=alice, name="Alice", title="")
    assert not Document.objects.get().is_part
    for person, here in ((carol, "/reviews/"), (alice, "/proposals/")):
        page = f"{here}{request.review.reference}/documents/{document.pk}/"
        assert client_of(person).get(page).status_code == 404


def test_a_colleagues_answer_is_not_overwritten_unseen(client_of, alice, amir):
    item = item_of(make.requested(), 2)
    typed = {"do": "answer", "answer-hosting": "Mine.", "answer-seen": ""}
    item.change_answer("Amir's.", by=amir)
    client = client_of(alice)
    answer = client.post(url_of(item), typed)
    text = words(answer)
    assert answer.status_code == 409
    assert "Amir Haddad changed this item" in text
    assert "Amir's." in text
    page = soup(answer)
    assert page.find("textarea", {"name": "answer-hosting"}).get_text(strip=True) == "Mine."
    typed["answer-seen"] = page.find("input", {"name": "answer-seen"})["value"]
    assert client.post(url_of(item), typed).status_code == 302
    item.refresh_from_db()
    assert item.value == "Mine."


def test_an_item_that_cdss_does_without_takes_nothing_more(client_of, alice, carol):
    item = item_of(make.requested(), 1)
    item.excuse_it(Item.WAIVED, "We found it.", by=carol)
    client = client_of(alice)
    assert "We found it." in words(client.get(url_of(item)))
    assert not soup(client.get(url_of(item))).select("input[type=file]")
    answer = client.post(url_of(item), a_document())
    assert answer.status_code == 409
    assert not Document.objects.exists()


def test_an_item_sent_back_shows_why_and_can_be_settled_again(client_of, alice, carol):
    item = item_of(make.requested(), 1)
    item.decline("We have none.", by=alice)
    item.send_back("Please ask your vendor.", by=carol)
    client = client_of(alice)
    assert "Please ask your vendor." in words(client.get(url_of(item)))
    assert client.post(url_of(item), a_document()).status_code == 302


def test_after_the_response_an_item_is_closed(client_of, alice):
    request = make.requested()
    make.responded(request)
    client = client_of(alice)
    answer = client.post(url_of(item_of(request, 1)), a_document())
    assert answer.status_code == 409
    assert "no open request" in words(answer)


@pytest.mark.parametrize("name", ["bob", "carol", "dana", "erin", "frank"])
@pytest.mark.parametrize("page", ["request/1/", "respond/"])
def test_items_and_response_are_for_the_county_alone(client_of, name, page):
    review = make.requested().review
    client = client_of(make.someone(name))
    url = f"/proposals/{review.reference}/{page}"
    assert client.get(url).status_code == 404
    assert client.post(url, a_document()).status_code == 404
    assert not Document.objects.exists()


def test_an_item_that_was_not_asked_for_is_404(client_of, alice):
    review = make.requested().review
    assert client_of(alice).get(f"/proposals/{review.reference}/request/9/").status_code == 404


# The response


def response_url(request: Request) -> str:
    return f"/proposals/{request.review.reference}/respond/"


def settled() -> Request:
    request = make.requested()
    make.settle(request)
    return request


def filled(client: Client, request: Request, **changes: Any) -> dict[str, str]:
    """What a browser sends from the page as it is."""
    page = soup(client.get(response_url(request)))
    form = page.find("form", enctype=False, action=False)
    typed = {
        one["name"]: one.get("value", "")
        for one in form.select("input[name]")
        if one.get("type") != "checkbox" or one.has_attr("checked")
    }
    typed |= {one["name"]: one.get_text().removeprefix("\n") for one in form.select("textarea")}
    typed.pop("csrfmiddlewaretoken", None)
    return typed | changes


@pytest.mark.acl("ACL-7")
def test_the_response_goes_to_cdss_signed(signed_in, alice):
    request = settled()
    client = signed_in(alice)
    answer = client.post(response_url(request), filled(client, request))
    assert answer["Location"] == f"/proposals/{request.review.reference}/"
    review = Review.objects.get()
    assert review.where == Status.IN_REVIEW
    assert review.proposal.copies.last().signer == alice
    assert "CDSS has received your response" in words(client.get(answer["Location"]))


def test_the_page_shows_every_item_and_both_contacts(signed_in, alice):
    text = words(signed_in(alice).get(response_url(settled())))
    assert "1. Risk assessment" in text
    assert "The county's data center in Oakland." in text
    assert "510-555-0101" in text and "Theo Marsh" in text
    assert "1 Lake Street" in text


@pytest.mark.acl("ACL-2")
def test_a_contact_changed_with_the_response_gets_the_letters(signed_in, alice):
    request = settled()
    client = signed_in(alice)
    changes = {"technical_name": "Tara Bell", "technical_email": "tara@alameda.example.gov"}
    client.post(response_url(request), filled(client, request, **changes))
    review = Review.objects.get()
    now = {one.part: one.email for one in review.correspondents.current()}
    assert now["technical contact"] == "tara@alameda.example.gov"
    assert now["program contact"] == "alice@alameda.example.gov"
    assert review.proposal.copies.last().content["answers"]["technical_name"] == "Tara Bell"
    receipt = Notice.objects.get(event__startswith="response_received:")
    assert "tara@alameda.example.gov" in receipt.recipients.values_list("email", flat=True)


@pytest.mark.acl("ACL-8")
@pytest.mark.parametrize("is_open_before", [False, True])
def test_who_was_named_since_the_proposal_still_gets_the_letters_after_it(
    signed_in, alice, carol, is_open_before
):
    request = settled()
    client, named = signed_in(alice), {"name": "Pia Lund", "email": "pia@alameda.example.gov"}
    before = filled(client, request)
    people = Correspondent.objects
    people.replace(request.review, "program contact", by=carol, **named)
    typed = before if is_open_before else filled(client, request)
    answer = client.post(response_url(request), typed | {"technical_phone": "510-555-0199"})
    assert answer.status_code == 302
    now = {one.part: one.email for one in request.review.correspondents.current()}
    assert now["program contact"] == "pia@alameda.example.gov"
    signed = request.review.proposal.copies.last().content["answers"]
    assert signed["program_email"] == typed["program_email"]
    assert signed["technical_phone"] == "510-555-0199"


@pytest.mark.acl("ACL-2")
@pytest.mark.parametrize("part", ["name", "phone", "email", "address"])
def test_a_contact_without_one_of_its_four_parts_is_refused(signed_in, alice, part):
    request = settled()
    client = signed_in(alice)
    answer = client.post(response_url(request), filled(client, request, **{f"program_{part}": ""}))
    assert answer.status_code == 422
    assert "program contact" in words(answer)
    assert soup(answer).find("details", open=True)
    assert Review.objects.get().where == Status.DOCUMENTS_REQUESTED


def test_nothing_is_sent_while_an_item_is_open(signed_in, alice):
    request = make.requested()
    client = signed_in(alice)
    assert "Settle items 1 and 2 first." in words(client.get(response_url(request)))
    answer = client.post(response_url(request), {"name": "Alice"})
    assert answer.status_code == 422
    assert Review.objects.get().where == Status.DOCUMENTS_REQUESTED


def test_a_colleague_who_prepares_is_told_who_may_sign(signed_in, amir, alice):
    request = settled()
    client = signed_in(amir)
    assert "Alice Nakamura may sign for Alameda County" in words(client.get(response_url(request)))
    answer = client.post(response_url(request), filled(signed_in(alice), request))
    assert answer.status_code == 403
    assert Review.objects.get().where == Status.DOCUMENTS_REQUESTED


def test_the_password_is_asked_again_and_what_was_typed_survives(client_of, alice):
    request = settled()
    client = client_of(alice)
    typed = filled(client, request, title="Director", program_phone="510-555-0188")
    answer = client.post(response_url(request), typed)
    assert "/reauthenticate/" in answer["Location"]
    client.post(answer["Location"], {"password": make.PASSWORD})
    again = filled(client, request)
    assert (again["title"], again["program_phone"]) == ("Director", "510-555-0188")
    client.post(response_url(request), again)
    assert Review.objects.get().where == Status.IN_REVIEW
    assert Proposal.objects.get().contacts.get(kind="program").phone == "510-555-0188"


def test_a_second_click_is_answered_like_the_first(signed_in, alice):
    request = settled()
    client = signed_in(alice)
    typed = filled(client, request)
    first, second = (client.post(response_url(request), typed) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Review.objects.get().rounds.count() == 2
    assert JournalEntry.objects.filter(act="respond").count() == 1


def test_a_stale_page_sends_nothing(signed_in, alice, carol):
    request = settled()
    client = signed_in(alice)
    typed = filled(client, request)
    request.review.hand_over(by=carol, to=make.someone("dana"))
    answer = client.post(response_url(request), typed)
    assert answer.status_code == 409
    assert "CDSS is at work on the proposal" in words(answer)
    assert Review.objects.get().where == Status.DOCUMENTS_REQUESTED


def test_a_request_that_cdss_waived_meanwhile_takes_no_response(signed_in, alice, carol):
    request = settled()
    client = signed_in(alice)
    typed = filled(client, request)
    request.waive_rest(by=carol, why="We have what we need.")
    answer = client.post(response_url(request), typed)
    assert answer.status_code == 409
    assert "Carol Whitfield waived what was left" in words(answer)
    assert Review.objects.get().rounds.count() == 2


def test_without_a_request_there_is_no_response(client_of, alice):
    review = make.sent()
    assert client_of(alice).get(f"/proposals/{review.reference}/respond/").status_code == 404
    answered = make.responded()
    answer = client_of(alice).get(f"/proposals/{answered.reference}/respond/")
    assert answer["Location"] == f"/proposals/{answered.reference}/"


def test_a_response_is_signed_under_the_letter_that_was_agreed_to(alice, erin):
    request = make.requested()
    letter = GoverningLetter.objects.current()
    letter.pk, letter.version, letter.published_at = None, 2, None
    letter.save()
    letter.publish(by=erin)
    review = make.responded(request)
    assert [copy.governing_letter.version for copy in review.proposal.copies.all()] == [1, 1]


def test_no_response_came_before_it_was_asked_for(alice, carol):
    request = make.requested(items=[make.document_item()])
    make.settle(request)
    original = make.original(request.review.proposal)
    with pytest.raises(MoveRefused, match="before the request"):
        request.respond(
            by=carol, receipt_at=request.asked_at - timedelta(minutes=1), original=original
        )
    assert Review.objects.get().status == Status.DOCUMENTS_REQUESTED


def test_a_file_whose_item_takes_nothing_more_leaves_nothing_on_the_disk(
    client_of, alice, carol, settings
):
    item = item_of(make.requested(), 1)
    item.excuse_it(Item.WAIVED, "We found it.", by=carol)
    assert client_of(alice).post(url_of(item), a_document()).status_code == 409
    assert not [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]
