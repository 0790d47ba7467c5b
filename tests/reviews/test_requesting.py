"""The page on which CDSS asks a county for documents and answers, row by row (ACL-7)."""

from typing import Any

import pytest

from portal import clock
from portal.journal import verify
from portal.models import JournalEntry, Notice
from reviews.models import Request, Review
from reviews.moves import Status
from tests import make
from tests.letters import of_sheet, on_one_line
from tests.pages import errors_on, form_on, messages_on, soup, words

pytestmark = pytest.mark.django_db


def url(review: Review) -> str:
    return f"/reviews/{review.reference}/request/"


def write(days: int) -> str:
    """A day so many days from today, as a person types it."""
    day = make.in_days(days)
    return f"{day:%B} {day.day}, {day.year}"


def row(number: int = 0, what: str = "document:risk_assessment", **changes: str) -> dict[str, str]:
    """A row of the form as typed."""
    typed = {"what": what, "why": "To see the risks.", "by": write(14)} | changes
    return {f"item-{number}-{name}": value for name, value in typed.items()}


def filled(client, review: Review, *rows: dict[str, str], **changes: str) -> dict[str, Any]:
    """The page's form with these rows typed into it."""
    typed = form_on(client.get(url(review))) | {"item-TOTAL_FORMS": str(len(rows))}
    for one in rows:
        typed |= one
    return typed | changes


@pytest.fixture
def review(carol) -> Review:
    return make.in_review()


@pytest.mark.acl("ACL-7")
def test_the_catalogue_and_every_answer_can_be_asked_for(client_of, carol, review):
    page = soup(client_of(carol).get(url(review)))
    groups = [group["label"] for group in page.select("optgroup")]
    assert groups[:2] == ["Documents", "More documents"]
    assert "Answer to change: How it works" in groups
    offered = {option["value"] for option in page.select("option")}
    assert {"document:risk_assessment", "answer:hosting", "answer:data_in"} <= offered
    assert "answer:no_documents_now" not in offered


@pytest.mark.acl("ACL-8")
def test_it_says_who_gets_the_letter_and_that_the_clock_stops(client_of, carol, review):
    page = words(client_of(carol).get(url(review)))
    assert "Alice Nakamura (program contact" in page
    assert "Theo Marsh (technical contact)" in page
    assert "the clock stops" in page


@pytest.mark.acl("ACL-7")
def test_a_document_and_an_answer_are_asked_for_in_one_letter(client_of, carol, review):
    client = client_of(carol)
    rows = (row(), row(1, "answer:hosting", why="Which data center?", by=write(20)))
    answer = client.post(url(review), filled(client, review, *rows, words="Two things, please."))
    assert answer["Location"] == f"/reviews/{review.reference}/"
    assert messages_on(client.get(answer["Location"])) == ["Requested. The county gets a letter."]
    review.refresh_from_db()
    assert (review.where, review.due) == (Status.DOCUMENTS_REQUESTED, None)
    assert review.county_by == make.in_days(20)
    asked = review.requests.get()
    assert [(one.kind, one.document_kind or one.field) for one in asked.items.all()] == [
        ("document", "risk_assessment"),
        ("answer", "hosting"),
    ]
    letter = Notice.objects.get(event__startswith="requested:")
    for part in ("Two things, please.", "Which data center?", "To see the risks."):
        assert part in letter.text
    assert review.rounds.get().answer_notice == letter


def test_another_row_is_added_with_everything_typed_kept_and_nothing_said_of_mistakes(
    client_of, carol, review
):
    client = client_of(carol)
    typed = filled(client, review, row(why="", by="soon"), words="Two things.", add="item")
    answer = client.post(url(review), typed)
    page, kept = soup(answer), form_on(answer)
    assert (answer.status_code, errors_on(answer)) == (200, [])
    assert kept["item-TOTAL_FORMS"] == "2"
    assert (kept["words"], kept["item-0-by"]) == ("Two things.", "soon")
    assert kept["item-0-what"] == "document:risk_assessment"
    assert kept["item-1-by"] == page.select_one("#id_item-1-by")["value"]
    assert page.select_one("[autofocus]")["id"] == "id_item-1-what"
    assert not Request.objects.exists()


def test_a_row_in_the_middle_is_removed_and_the_others_stay(client_of, carol, review):
    client = client_of(carol)
    rows = [row(number, why=f"Reason {number}") for number in range(3)]
    answer = client.post(url(review), filled(client, review, *rows, remove="item-1"))
    kept = form_on(answer)
    assert kept["item-TOTAL_FORMS"] == "2"
    assert (kept["item-0-why"], kept["item-1-why"]) == ("Reason 0", "Reason 2")
    assert soup(answer).select_one("[autofocus]")["id"] == "id_item-1-what"


@pytest.mark.parametrize("which", ["item-9", "item-x", "item-", "item--1", "item-" + "9" * 30])
def test_an_odd_button_removes_nothing_that_is_not_there(client_of, carol, review, which):
    client = client_of(carol)
    answer = client.post(url(review), filled(client, review, row(why="Mine"), remove=which))
    assert answer.status_code == 200
    assert form_on(answer)["item-0-why"] == "Mine"


def test_after_the_thirtieth_row_none_can_be_added(client_of, carol, review):
    client = client_of(carol)
    rows = [row(number) for number in range(29)]
    one_less = client.post(url(review), filled(client, review, *rows[1:], add="item"))
    assert "Add another item" in words(one_less)
    answer = client.post(url(review), filled(client, review, *rows, add="item"))
    assert form_on(answer)["item-TOTAL_FORMS"] == "30"
    assert "Add another item" not in words(answer)


def test_enter_in_a_row_sends_the_request_and_removes_no_row(client_of, carol, review):
    client = client_of(carol)
    answer = client.post(url(review), filled(client, review, row(), row(1), add="item"))
    first = soup(answer).select_one("main form button")
    assert (first.get("name"), first.text) == (None, "Send the request")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"what": ""}, "Choose a document or an answer"),
        ({"what": "document:nothing"}, "Choose from the answers shown"),
        ({"why": ""}, "Write why it is needed, or use a wording"),
        ({"why": "x" * 2001}, "2,000"),
        ({"by": ""}, "Enter a date, like March 15, 2027"),
        ({"by": "February 30, 2030"}, "February 2030 has 28 days"),
        ({"by": "January 5, 2026"}, "Enter a date that is still ahead"),
        ({"by": write(0)}, "Enter a date that is still ahead"),
        ({"why": "See 123-45-6789."}, "Social Security"),
    ],
)
def test_a_mistake_is_named_with_everything_typed_kept(client_of, carol, review, changes, sentence):
    client = client_of(carol)
    typed = filled(client, review, row(**changes), row(1), words="Two things.")
    answer = client.post(url(review), typed)
    assert answer.status_code == 422
    assert any(sentence in error for error in errors_on(answer)), errors_on(answer)
    assert soup(answer).title.text.startswith("Error: ")
    kept = form_on(answer)
    assert kept["words"] == "Two things."
    for name, value in changes.items():
        if value != "document:nothing":
            assert kept[f"item-0-{name}"] == value
    assert not Request.objects.exists()


def test_each_error_names_its_item_and_leads_to_its_field(client_of, carol, review):
    client = client_of(carol)
    answer = client.post(url(review), filled(client, review, row(what=""), row(1, what="", why="")))
    assert errors_on(answer) == [
        "Item 1: Choose a document or an answer",
        "Item 2: Choose a document or an answer",
        "Item 2: Write why it is needed, or use a wording",
    ]
    page = soup(answer)
    links = [link["href"] for link in page.select(".errors a")]
    assert links == ["#id_item-0-what", "#id_item-1-what", "#id_item-1-why"]
    assert all(page.select_one(link).name in ("select", "textarea") for link in links)
    # The names are those that stand above the rows; at the field the sentence stands alone.
    assert [one.text for one in page.select(".boxed h2")] == ["Item 1", "Item 2"]
    assert "Item" not in page.select_one("#id_item-1-what_error").text


@pytest.mark.parametrize("total", ["", "x", "-1", "0", "99999999999999999999"])
def test_a_form_without_its_rows_asks_for_nothing(client_of, carol, review, total):
    client = client_of(carol)
    typed = filled(client, review) | {"item-TOTAL_FORMS": total}
    answer = client.post(url(review), typed)
    assert answer.status_code in (409, 422)
    (error, *_) = errors_on(answer)
    assert error.startswith(("The form came without", "Up to 30 rows", "Add at least one"))
    assert not Request.objects.exists()


def test_the_form_sent_twice_asks_once(client_of, carol, review):
    client = client_of(carol)
    typed = filled(client, review, row())
    first, second = (client.post(url(review), typed) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Request.objects.count() == 1
    assert Notice.objects.filter(event__startswith="requested:").count() == 1


@pytest.mark.parametrize("token", ["forged", "", None])
def test_a_form_that_is_not_the_portals_asks_for_nothing(client_of, carol, review, token):
    client = client_of(carol)
    typed = filled(client, review, row()) | {"token": token}
    typed = {name: value for name, value in typed.items() if value is not None}
    answer = client.post(url(review), typed)
    assert answer.status_code in (409, 422)
    assert errors_on(answer)
    assert form_on(answer)["item-0-why"] == "To see the risks."
    assert not Request.objects.exists()


def test_a_stale_page_says_who_was_first_and_keeps_what_was_typed(client_of, carol, dana, review):
    client = client_of(carol)
    typed = filled(client, review, row(why="Mine"), words="Words of mine.")
    make.requested(review, by=dana)
    answer = client.post(url(review), typed)
    assert answer.status_code == 409
    assert "Dana Okafor requested documents on" in errors_on(answer)[0]
    review.refresh_from_db()
    kept = form_on(answer)
    assert kept["seen"] == str(review.version)
    assert (kept["item-0-why"], kept["words"]) == ("Mine", "Words of mine.")
    assert Request.objects.count() == 1


def test_the_refused_form_can_be_sent_again_when_the_move_is_still_open(
    client_of, carol, dana, review
):
    client = client_of(carol)
    typed = filled(client, review, row())
    review.hand_over(by=dana, to=dana)
    refused = client.post(url(review), typed)
    assert refused.status_code == 409
    assert client.post(url(review), form_on(refused)).status_code == 302
    assert Request.objects.count() == 1


def test_while_a_decision_is_drafted_nothing_is_requested(client_of, carol, review):
    make.drafted_decision(review)
    answer = client_of(carol).get(url(review))
    assert answer.status_code == 409
    assert "Carol Whitfield drafted a decision" in words(answer)


@pytest.mark.parametrize("name", ["alice", "bob", "erin", "frank"])
def test_only_reviewers_find_the_page(client_of, name, review):
    client = client_of(make.someone(name))
    assert client.get(url(review)).status_code == 404
    assert client.post(url(review), row()).status_code == 404
    assert not Request.objects.exists()


def test_the_dates_are_the_state_s_whatever_the_hour_in_greenwich(client_of, carol, review):
    """At 23:30 in Sacramento it is tomorrow in Greenwich; today is no date that is ahead."""
    late = clock.instant(make.in_days(1), clock.pacific(clock.now()).time().replace(hour=23))
    with clock.travel(late):
        client = client_of(carol)
        today = f"{clock.today():%B} {clock.today().day}, {clock.today().year}"
        answer = client.post(url(review), filled(client, review, row(by=today)))
    assert errors_on(answer) == ["Item 1: Enter a date that is still ahead"]


@pytest.mark.acl("ACL-7")
def test_the_letter_is_read_before_it_goes_and_until_then_nothing_has_happened(
    client_of, carol, review
):
    client = client_of(carol)
    seen, entries = review.version, JournalEntry.objects.count()
    typed = filled(client, review, row(), words="One thing, please.")
    answer = client.post(url(review), typed | {"show": "letter"})
    assert answer.status_code == 200
    sheet = " ".join(soup(answer).select_one(".letter").get_text(" ").split())
    assert "One thing, please. What CDSS needs Risk assessment" in sheet
    assert not Request.objects.exists()
    assert not Notice.objects.filter(event__startswith="requested:").exists()
    assert JournalEntry.objects.count() == entries
    assert not verify()
    review.refresh_from_db()
    assert (review.version, review.where) == (seen, Status.IN_REVIEW)
    assert client.post(url(review), form_on(answer)).status_code == 302
    assert of_sheet(answer) == on_one_line(Request.objects.get().full_letter)


def test_the_letter_of_a_request_that_cannot_be_made_any_more_says_who_was_first(
    client_of, carol, dana, review
):
    client = client_of(carol)
    typed = filled(client, review, row()) | {"show": "letter"}
    review.hand_over(by=dana, to=dana)
    answer = client.post(url(review), typed)
    assert answer.status_code == 409
    assert "Dana Okafor handed the proposal over" in words(answer)
    assert form_on(answer)["item-0-why"] == "To see the risks."
    assert not soup(answer).select_one(".letter")


def test_a_letter_with_mistakes_is_not_shown(client_of, carol, review):
    client = client_of(carol)
    typed = filled(client, review, row(why="")) | {"show": "letter"}
    answer = client.post(url(review), typed)
    assert answer.status_code == 422
    assert errors_on(answer) == ["Item 1: Write why it is needed, or use a wording"]
    assert not soup(answer).select_one(".letter")
