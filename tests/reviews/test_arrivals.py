"""What reaches CDSS by email or post: logged with its true time, and answered for the county."""

from datetime import date, time, timedelta
from typing import Any

import pytest

from portal import clock
from portal.models import JournalEntry, Notice
from proposals.models import Document, Proposal
from reviews.models import Review
from reviews.moves import Status
from tests import make
from tests.pages import errors_on, form_on, messages_on, soup, words

pytestmark = pytest.mark.django_db

LOG = "/reviews/log/"


def received(days_ago: int = 0) -> dict[str, str]:
    """A time of receipt as a reviewer types it."""
    local = clock.pacific(clock.now()) - timedelta(days=days_ago, minutes=1)
    return {"on": f"{local:%Y-%m-%d}", "at": f"{local:%H:%M}"}


def original() -> Any:
    return make.a_file("email.txt", b"Please find our proposal.")


def log_form(client, **changes: Any) -> dict[str, Any]:
    return (
        form_on(client.get(LOG))
        | received(3)
        | {
            "county": "04",
            "arrived_by": "email",
            "original": original(),
            "tool_name": "Visit Planner",
            "program_name": "Bea Ortiz",
            "program_email": "bea@butte.example.gov",
        }
        | changes
    )


@pytest.mark.acl("ACL-1")
def test_a_proposal_by_email_is_logged_once_with_its_true_time(client_of, carol):
    client = client_of(carol)
    typed = log_form(client)
    first = client.post(LOG, typed)
    again = client.post(LOG, typed | {"original": original()})
    assert first["Location"] == again["Location"]
    review = Review.objects.get()
    assert review.status == Status.SUBMITTED
    assert clock.pacific_date(review.received_at) == clock.today() - timedelta(days=3)
    assert review.rounds.get().receipt_at == review.received_at
    kept = Document.objects.get()
    assert (kept.kind, kept.is_part) == (Document.ORIGINAL, False)
    receipt = Notice.objects.get(event__startswith="receipt:")
    assert receipt.recipients.get().email == "bea@butte.example.gov"
    assert review.proposal.copies.get().signer is None


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"on": "2090-01-01"}, "not in the future"),
        ({"original": ""}, "Choose the file of the county's email or letter"),
        ({"program_email": ""}, "Enter the email address that the acknowledgement goes to"),
        ({"tool_name": ""}, "Enter the name of the system or tool"),
        ({"county": ""}, "Choose a county"),
    ],
)
def test_what_cannot_be_logged_says_why_and_makes_nothing(client_of, carol, changes, sentence):
    client = client_of(carol)
    answer = client.post(LOG, log_form(client, **changes))
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert not Proposal.objects.exists()


@pytest.mark.acl("ACL-7")
def test_a_response_by_email_is_entered_for_the_county(client_of, carol):
    request = make.requested()
    document, answer = request.items.all()
    page = f"/reviews/{request.review.reference}/on-behalf/respond/"
    client = client_of(carol)
    # The request is of this very minute, and nothing is received before it was asked for.
    with clock.travel(clock.now() + timedelta(hours=1)):
        typed = form_on(client.get(page)) | received() | {"original": original()}
        typed |= {f"how-{document.pk}": "original", f"how-{answer.pk}": "typed"}
        assert client.post(page, typed).status_code == 422
        typed |= {f"value-{answer.pk}": "In Oakland.", "original": original()}
        assert client.post(page, typed).status_code == 302
    review = Review.objects.get()
    assert review.status == Status.IN_REVIEW
    assert review.proposal.hosting == "In Oakland."
    assert review.current_round().why == "respond"
    assert Notice.objects.filter(event__startswith="response_received:").count() == 1
    entry = JournalEntry.objects.get(act="respond")
    assert (entry.actor, bool(entry.data["original"])) == (carol, True)


def test_a_withdrawal_by_post_is_entered_for_the_county(client_of, carol):
    review = make.in_review()
    page = f"/reviews/{review.reference}/on-behalf/withdraw/"
    client = client_of(carol)
    typed = form_on(client.get(page)) | received() | {"original": original(), "why": "No money."}
    assert client.post(page, typed).status_code == 302
    assert Review.objects.get().status == Status.WITHDRAWN
    assert Document.objects.get().kind == Document.ORIGINAL


def test_no_other_move_is_made_for_a_county(client_of, carol):
    review = make.sent()
    assert client_of(carol).get(f"/reviews/{review.reference}/on-behalf/recall/").status_code == 404


# Logging, on the page


def test_logging_leads_to_the_proposal_and_says_its_reference(client_of, carol):
    client = client_of(carol)
    answer = client.post(LOG, log_form(client))
    reference = Proposal.objects.get().reference
    assert answer["Location"] == f"/reviews/{reference}/"
    shown = messages_on(client.get(answer["Location"]))
    assert shown == [f"Logged as {reference}. The acknowledgement is on its way."]


@pytest.mark.acl("ACL-4")
def test_a_proposal_by_post_may_name_no_email_and_its_receipt_then_waits_for_the_post(
    client_of, carol
):
    client = client_of(carol)
    typed = log_form(client, arrived_by="post", program_email="")
    assert client.post(LOG, typed).status_code == 302
    receipt = Notice.objects.get(event__startswith="receipt:")
    assert "this letter must go by post" in receipt.recipients.get().why


@pytest.mark.acl("ACL-6")
def test_a_proposal_that_lay_too_long_is_born_overdue(client_of, carol):
    client = client_of(carol)
    assert client.post(LOG, log_form(client) | received(60)).status_code == 302
    review = Review.objects.get()
    assert review.due < clock.today()
    page = soup(client.get(f"/reviews/{review.reference}/"))
    assert "Overdue by" in page.select_one(".bar").text


@pytest.mark.acl("ACL-3")
def test_what_the_proposal_says_is_copied_into_its_own_fields(client_of, carol):
    client = client_of(carol)
    typed = log_form(
        client,
        technical_name="Theo Marsh",
        technical_email="theo@butte.example.gov",
        vendor_name="Brightwater Systems",
        purpose="Plans visits.",
        cmips_methods=["virtual_user"],
        implementation_date="March 15, 2027",
    )
    assert client.post(LOG, typed).status_code == 302
    review = Review.objects.get()
    proposal = review.proposal
    assert (proposal.builder, proposal.vendor_name) == ("vendor", "Brightwater Systems")
    assert proposal.cmips_methods == ["virtual_user"]
    assert proposal.implementation_date == date(2027, 3, 15)
    assert "|prohibited|" in review.flags
    parts = set(review.correspondents.current().values_list("part", flat=True))
    assert parts == {"program contact", "technical contact"}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"county": "99"}, "Choose from the answers shown"),
        ({"arrived_by": ""}, "Choose how it arrived"),
        ({"arrived_by": "pigeon"}, "Choose from the answers shown"),
        ({"on": "February 30, 2026"}, "February 2026 has 28 days"),
        ({"at": "25:00"}, "Enter the time"),
        ({"tool_name": "x" * 500}, "characters"),
        ({"program_email": "bea"}, "Enter an email address"),
        ({"purpose": "See 123-45-6789."}, "Social Security"),
        ({"implementation_date": "soon"}, "Enter the date like March 15, 2027"),
        ({"token": "forged"}, "This form was not made by the portal."),
    ],
)
def test_a_mistake_is_named_and_everything_but_the_file_is_kept(
    client_of, carol, changes, sentence
):
    client = client_of(carol)
    typed = log_form(client, **changes)
    answer = client.post(LOG, typed)
    assert answer.status_code == 422
    assert any(sentence in error for error in errors_on(answer)), errors_on(answer)
    assert soup(answer).title.text.startswith("Error: ")
    kept = form_on(answer)
    assert kept["program_name"] == "Bea Ortiz"
    for name, value in changes.items():
        if name not in ("county", "arrived_by"):
            assert kept[name] == value
    assert not Proposal.objects.exists()


def test_mistakes_are_named_in_the_order_in_which_the_page_asks(client_of, carol):
    client = client_of(carol)
    blank = dict.fromkeys(("arrived_by", "county", "on", "at", "original", "tool_name"), "")
    page = soup(client.post(LOG, log_form(client, **blank)))
    named = [link["href"] for link in page.select(".errors li a")]
    controls = [f"#{one['id']}" for one in page.select("main form [id^=id_]")]
    assert len(named) == len(blank)
    assert named == sorted(named, key=controls.index)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("letter.pdf", b"MZ\x90\x00 a program"),
        ("letter.docx", b"%PDF-1.7 not a Word file"),
        ("letter.exe", b"MZ\x90\x00"),
        ("letter.txt", b""),
        ("123-45-6789.txt", b"Our proposal."),
    ],
)
def test_an_original_that_is_not_what_its_name_says_is_refused(
    client_of, carol, settings, name, content
):
    client = client_of(carol)
    answer = client.post(LOG, log_form(client, original=make.a_file(name, content)))
    assert answer.status_code == 422
    assert errors_on(answer)
    assert not Proposal.objects.exists()
    assert not [one for one in settings.MEDIA_ROOT.rglob("*") if one.is_file()]


def test_a_case_number_is_taken_when_its_writer_says_it_is_none(client_of, carol):
    client = client_of(carol)
    answer = client.post(LOG, log_form(client, purpose="Form 123-45-6789."))
    typed = form_on(answer) | {"no_case_data": "on", "original": original()}
    assert client.post(LOG, typed).status_code == 302
    entry = JournalEntry.objects.get(act="say it is no case data")
    assert entry.data["fields"] == ["purpose"]


@pytest.mark.parametrize(
    ("at", "greenwich"), [("00:30", "07:30"), ("01:30", "08:30"), ("03:30", "11:30")]
)
def test_the_time_is_pacific_time_on_the_night_when_an_hour_comes_twice(
    client_of, carol, at, greenwich
):
    """On November 1, 2026 the hour from one to two comes twice: its first coming counts."""
    client = client_of(carol)
    typed = log_form(client, on="November 1, 2026", at=at)
    with clock.travel(clock.instant(date(2026, 11, 20), time(9))):
        assert client.post(LOG, typed).status_code == 302
    review = Review.objects.get()
    assert f"{review.received_at:%H:%M}" == greenwich
    assert clock.pacific_date(review.received_at) == date(2026, 11, 1)


@pytest.mark.parametrize("name", ["alice", "bob", "erin", "frank"])
def test_only_reviewers_log(client_of, name):
    client = client_of(make.someone(name))
    assert client.get(LOG).status_code == 403
    assert client.post(LOG, {"county": "04"}).status_code == 403


def pressed(client, county: str, **changes: Any) -> Any:
    """The page after “Fill in its contacts”, with nothing else typed but this."""
    typed = form_on(client.get(LOG)) | {"county": county, "fill": "contacts"}
    return client.post(LOG, typed | changes)


@pytest.mark.acl("ACL-2")
def test_the_contacts_of_a_county_come_from_what_it_sent_before(client_of, carol):
    make.sent()
    answer = pressed(client_of(carol), "01", on="soon", arrived_by="post")
    assert (answer.status_code, errors_on(answer)) == (200, [])
    kept = form_on(answer)
    assert kept["program_email"] == "alice@alameda.example.gov"
    assert kept["technical_name"] == "Theo Marsh"
    assert (kept["on"], kept["arrived_by"]) == ("soon", ["post"])
    assert soup(answer).select_one("[autofocus]")["id"] == "id_on"
    assert not JournalEntry.objects.filter(act="log").exists()


def test_what_was_typed_stays_unless_somebody_else_is_chosen(client_of, carol):
    make.sent()
    client = client_of(carol)
    first = pressed(client, "01", program_name="Bea Ortiz")
    kept = form_on(first)
    assert (kept["program_name"], kept["program_email"]) == ("Bea Ortiz", "")
    theo = next(
        option["value"]
        for option in soup(first).select("#id_known_program option")
        if "Theo" in option.text
    )
    again = form_on(client.post(LOG, kept | {"known_program": theo, "fill": "contacts"}))
    assert (again["program_name"], again["program_email"]) == (
        "Theo Marsh",
        "theo@alameda.example.gov",
    )


@pytest.mark.parametrize("key", ["999999", "x", "-1", "me"])
def test_a_forged_contact_fills_in_nobody(client_of, carol, key):
    make.sent()
    answer = pressed(client_of(carol), "01", program_name="Bea Ortiz", known_program=key)
    assert form_on(answer)["program_name"] == "Bea Ortiz"


def test_what_only_stands_in_a_draft_is_not_told_to_cdss(client_of, carol):
    make.draft()
    taken_back = make.sent(
        make.draft(make.county("Butte"), by=make.someone("bob")), by=make.someone("bob")
    )
    taken_back.recall(by=make.someone("bob"))
    for county in ("01", "04"):
        answer = pressed(client_of(carol), county)
        assert form_on(answer)["program_name"] == ""
        assert "has sent nothing before" in words(answer)


@pytest.mark.parametrize("county", ["", "99", "x" * 300, "00"])
def test_without_a_county_nothing_is_filled_in(client_of, carol, county):
    make.sent()
    answer = pressed(client_of(carol), county)
    assert answer.status_code == 200
    assert form_on(answer)["program_name"] == ""
    assert "Choose a county first" in words(answer)


def test_a_file_chosen_before_the_contacts_must_be_chosen_again_and_the_page_says_so(
    client_of, carol
):
    make.sent()
    answer = pressed(client_of(carol), "01", original=original())
    assert "Choose the file again" in words(answer)
    assert not Document.objects.exists()


@pytest.mark.acl("ACL-3")
def test_what_is_missing_is_asked_for_right_after_logging(client_of, carol):
    client = client_of(carol)
    answer = client.post(LOG, log_form(client) | {"ask": "missing"})
    review = Review.objects.get()
    assert answer["Location"] == f"/reviews/{review.reference}/request/?from=missing"
    assert (review.where, review.assignee) == (Status.IN_REVIEW, carol)
    page = client.get(answer["Location"])
    asked = {value for name, value in form_on(page).items() if name.endswith("-what")}
    assert {"answer:purpose", "answer:data_in", "answer:program_address"} <= asked
    assert client.post(page.request["PATH_INFO"], form_on(page)).status_code == 302
    review.refresh_from_db()
    assert review.where == Status.DOCUMENTS_REQUESTED


def test_logging_and_asking_twice_logs_and_takes_once(client_of, carol):
    client = client_of(carol)
    typed = log_form(client) | {"ask": "missing"}
    first = client.post(LOG, typed)
    again = client.post(LOG, typed | {"original": original()})
    assert first["Location"] == again["Location"]
    assert JournalEntry.objects.filter(act="take").count() == 1


@pytest.mark.parametrize(
    "name", ["Visit Planner", "visit-planner", "Visits Planner", "The Visit Planner, version 2"]
)
def test_the_like_from_the_same_county_lately_is_warned_of_and_no_bar(client_of, carol, name):
    before = make.logged(tool_name="Visit Planner")
    client = client_of(carol)
    shown = pressed(client, "04", tool_name=name)
    assert "The county sent the like lately" in words(shown)
    assert soup(shown).select(f"main a[href='/reviews/{before.reference}/']")
    answer = client.post(LOG, log_form(client, tool_name=name), follow=True)
    assert "The county sent one of a similar name" in messages_on(answer)[1]
    assert soup(answer).select(f"[role=status] a[href='/reviews/{before.reference}/']")
    assert Review.objects.count() == 2


def test_other_names_other_counties_and_long_ago_are_not_warned_of(client_of, carol):
    make.logged(make.county("Alameda"), tool_name="Visit Planner")
    make.logged(tool_name="Timesheet Check")
    make.logged(tool_name="Visit Planner", receipt_at=clock.now() - timedelta(days=40))
    client = client_of(carol)
    assert "the like lately" not in words(pressed(client, "04", tool_name="Visit Planner"))
    answer = client.post(LOG, log_form(client), follow=True)
    assert len(messages_on(answer)) == 1


def test_an_hour_that_no_clock_showed_is_refused_in_words(client_of, carol):
    """On March 8, 2026 the clocks went from two to three at night."""
    client = client_of(carol)
    typed = log_form(client, on="March 8, 2026", at="2:30 AM")
    with clock.travel(clock.instant(date(2026, 3, 20), time(9))):
        answer = client.post(LOG, typed)
    assert answer.status_code == 422
    assert "No clock showed this time" in errors_on(answer)[0]
    assert not Review.objects.exists()


def test_a_year_that_was_mistyped_is_noticed(client_of, carol):
    client = client_of(carol)
    answer = client.post(LOG, log_form(client, on="March 8, 2016"))
    assert "Enter a day within the last year: look at the date again" in errors_on(answer)


def test_the_rest_is_folded_until_something_stands_in_it(client_of, carol):
    client = client_of(carol)
    assert not soup(client.get(LOG)).select_one("main form details").has_attr("open")
    answer = client.post(LOG, log_form(client, purpose="See 123-45-6789."))
    assert soup(answer).select_one("main form details").has_attr("open")


# On behalf of a county


def behalf(review: Review, move: str) -> str:
    return f"/reviews/{review.reference}/on-behalf/{move}/"


@pytest.fixture
def later():
    """An hour after the request went out, so that something can have come since."""
    with clock.travel(clock.now() + timedelta(hours=1)):
        yield


def asked(*fields: str) -> Any:
    """A request for these answers that went out an hour ago."""
    with clock.travel(clock.now() - timedelta(hours=1)):
        return make.requested(items=[make.answer_item(field) for field in fields])


def response(client, request, **changes: Any) -> dict[str, Any]:
    page = form_on(client.get(behalf(request.review, "respond")))
    return page | received() | {"original": original()} | changes


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("cmips_methods", ["typed_in"], ["typed_in"]),
        ("outside_us", "yes", "yes"),
        ("implementation_date", "March 15, 2027", date(2027, 3, 15)),
        ("program_email", "rosa@alameda.example.gov", "rosa@alameda.example.gov"),
    ],
)
def test_a_changed_answer_of_every_kind_is_entered_with_its_own_control(
    client_of, carol, later, field, value, kept
):
    request = asked(field)
    item = request.items.get()
    client = client_of(carol)
    typed = response(client, request) | {f"how-{item.pk}": "typed", f"value-{item.pk}": value}
    answer = client.post(behalf(request.review, "respond"), typed)
    assert answer.status_code == 302, errors_on(answer)
    proposal = Proposal.objects.whole().get()
    found = proposal.content()["answers"][field]
    assert found == (kept.isoformat() if isinstance(kept, date) else kept)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("program_email", "rosa", "Enter an email address"),
        ("program_phone", "12", "area code"),
        ("hosting", "", "Enter the county's new answer for item 1"),
        ("hosting", "See 123-45-6789.", "Social Security"),
        ("implementation_date", "soon", "Enter the date like March 15, 2027"),
    ],
)
def test_a_changed_answer_the_editor_would_not_take_is_not_taken_here(
    client_of, carol, later, field, value, sentence
):
    request = asked(field)
    item = request.items.get()
    client = client_of(carol)
    typed = response(client, request) | {f"how-{item.pk}": "typed", f"value-{item.pk}": value}
    answer = client.post(behalf(request.review, "respond"), typed)
    assert answer.status_code == 422
    assert any(sentence in error for error in errors_on(answer)), errors_on(answer)
    assert form_on(answer)[f"value-{item.pk}"] == value
    assert Review.objects.get().where == Status.DOCUMENTS_REQUESTED


def test_what_the_county_does_not_have_is_entered_with_its_reason(client_of, carol, later):
    request = asked("data_out")
    item = request.items.get()
    client = client_of(carol)
    page = behalf(request.review, "respond")
    typed = response(client, request) | {f"how-{item.pk}": "not_had"}
    answer = client.post(page, typed)
    assert "Copy the county's reason for item 1" in errors_on(answer)
    typed = response(client, request) | {f"how-{item.pk}": "not_had", f"text-{item.pk}": "None."}
    assert client.post(page, typed).status_code == 302
    item.refresh_from_db()
    assert item.because == "None."


@pytest.fixture
def rows_asked(carol):
    """A request to change data out, and Carol's page of the county's response to it."""
    request = asked("data_out")
    return request, f"rows-{request.items.get().pk}", f"how-{request.items.get().pk}"


def row(prefix: str, number: int, what: str) -> dict[str, str]:
    given = {"what": what, "where": "CDSS", "how_often": "weekly", "transport": "intranet"}
    given["sensitive"] = "no"
    return {f"{prefix}-{number}-{name}": value for name, value in given.items()}


@pytest.mark.acl("ACL-3")
def test_rows_that_the_county_changed_are_entered_as_rows(client_of, carol, later, rows_asked):
    request, prefix, how = rows_asked
    client = client_of(carol)
    page = behalf(request.review, "respond")
    typed = response(client, request) | {how: "typed"}
    assert typed[f"{prefix}-0-what"] == "Caseload report"
    answer = client.post(page, typed | {"add": prefix})
    assert answer.status_code == 200
    assert soup(answer).select_one("[autofocus]")["id"] == f"id_{prefix}-1-what"
    typed = form_on(answer) | {"original": original()} | row(prefix, 1, "Hours by worker")
    assert typed[how] == ["typed"]
    assert client.post(page, typed).status_code == 302
    content = Proposal.objects.whole().get().content()
    assert [one["what"] for one in content["data_out"]] == ["Caseload report", "Hours by worker"]


def test_rows_that_are_not_right_are_named_and_kept(client_of, carol, later, rows_asked):
    request, prefix, how = rows_asked
    client = client_of(carol)
    page = behalf(request.review, "respond")
    typed = response(client, request) | {how: "typed", f"{prefix}-0-where": ""}
    answer = client.post(page, typed)
    assert answer.status_code == 422
    assert soup(answer).title.text.startswith("Error: ")
    link = soup(answer).select_one(f'.errors a[href="#id_{prefix}-0-where"]')
    assert link.text.startswith("Item 1, row 1: ")
    assert form_on(answer)[f"{prefix}-0-what"] == "Caseload report"
    for total, sentence in (("0", "Add the rows of item 1"), ("99", "Up to 30 rows fit here")):
        answer = client.post(page, typed | {f"{prefix}-TOTAL_FORMS": total})
        assert answer.status_code == 422
        assert any(sentence in error for error in errors_on(answer)), errors_on(answer)
    assert Review.objects.get().where == Status.DOCUMENTS_REQUESTED


def test_rows_do_not_matter_when_the_county_does_not_have_them(client_of, carol, later, rows_asked):
    request, prefix, how = rows_asked
    client = client_of(carol)
    typed = response(client, request) | {how: "not_had", f"{prefix}-0-where": ""}
    typed |= {f"text-{request.items.get().pk}": "It is the same."}
    assert client.post(behalf(request.review, "respond"), typed).status_code == 302


@pytest.mark.parametrize("move", ["respond", "withdraw"])
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"original": ""}, "Choose the file of the county's email or letter"),
        ({"on": "2090-01-01"}, "not in the future"),
        ({"on": "2026-01-05"}, "Enter a day from"),
        ({"at": ""}, "Enter the time of receipt"),
    ],
)
def test_for_a_county_nothing_is_done_without_the_true_time_and_the_original(
    client_of, carol, later, move, changes, sentence
):
    request = asked("hosting")
    item = request.items.get()
    client = client_of(carol)
    page = behalf(request.review, move)
    typed = form_on(client.get(page)) | received() | {"original": original()}
    typed |= {f"how-{item.pk}": "typed", f"value-{item.pk}": "In Oakland.", "why": "No money."}
    answer = client.post(page, typed | changes)
    assert answer.status_code == 422
    assert any(sentence.lower() in error.lower() for error in errors_on(answer))
    kept = form_on(answer)
    assert (
        kept["why" if move == "withdraw" else f"value-{item.pk}"]
        == typed["why" if move == "withdraw" else f"value-{item.pk}"]
    )
    assert Review.objects.get().where == Status.DOCUMENTS_REQUESTED
    assert not Document.objects.exists()


@pytest.mark.parametrize("move", ["respond", "withdraw"])
def test_the_second_click_answers_like_the_first_and_keeps_one_original(
    client_of, carol, later, move
):
    request = asked("hosting")
    item = request.items.get()
    client = client_of(carol)
    page = behalf(request.review, move)
    typed = form_on(client.get(page)) | received()
    typed |= {f"how-{item.pk}": "typed", f"value-{item.pk}": "In Oakland."}
    answers = [client.post(page, typed | {"original": original()}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert Document.objects.count() == 1
    assert JournalEntry.objects.filter(act=move).count() == 1


@pytest.mark.acl("ACL-6")
def test_the_period_runs_from_the_true_time_of_the_response(client_of, carol):
    with clock.travel(clock.now() - timedelta(days=9)):
        request = make.requested(items=[make.answer_item()])
    item = request.items.get()
    client = client_of(carol)
    typed = response(client, request) | received(5)
    typed |= {f"how-{item.pk}": "typed", f"value-{item.pk}": "In Oakland."}
    assert client.post(behalf(request.review, "respond"), typed).status_code == 302
    period = Review.objects.get().open_round()
    assert period.received_on == clock.today() - timedelta(days=5)


def test_when_the_county_answered_itself_meanwhile_nothing_is_doubled_nor_lost(
    client_of, carol, later
):
    request = asked("hosting")
    item = request.items.get()
    client = client_of(carol)
    typed = response(client, request)
    typed |= {f"how-{item.pk}": "not_had", f"text-{item.pk}": "Their long reason."}
    make.responded(request)
    answer = client.post(behalf(request.review, "respond"), typed)
    assert answer.status_code == 409
    assert "Alice Nakamura sent the county's response" in words(answer)
    assert "Their long reason." in words(answer)
    assert not Document.objects.exists()


def test_a_withdrawal_too_late_keeps_the_reason_and_no_file(client_of, carol, alice):
    review = make.in_review()
    client = client_of(carol)
    typed = form_on(client.get(behalf(review, "withdraw"))) | received()
    typed |= {"original": original(), "why": "No money."}
    review.withdraw(by=alice)
    with clock.travel(clock.now() + timedelta(minutes=5)):
        answer = client.post(behalf(review, "withdraw"), typed)
    assert answer.status_code == 409
    assert "Alice Nakamura withdrew the proposal" in words(answer)
    assert form_on(answer)["why"] == "No money."
    assert not Document.objects.exists()


@pytest.mark.parametrize("name", ["alice", "bob", "erin", "frank"])
@pytest.mark.parametrize("move", ["respond", "withdraw"])
def test_only_reviewers_do_a_countys_move(client_of, name, move):
    review = make.requested().review
    client = client_of(make.someone(name))
    assert client.get(behalf(review, move)).status_code == 404
    assert client.post(behalf(review, move), received()).status_code == 404
