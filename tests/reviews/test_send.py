"""Check and send: what is shown, what is asked, and that a proposal is sent once."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.models import GoverningLetter, JournalEntry, Notice
from proposals.models import Proposal
from reviews.models import Review
from tests import make
from tests.pages import form_on, soup, words

pytestmark = pytest.mark.django_db


def url_of(proposal: Proposal) -> str:
    return f"/proposals/{proposal.reference}/send/"


def filled(client: Client, proposal: Proposal, **changes: Any) -> dict[str, str]:
    """What a browser sends after everything was agreed to and signed."""
    page = soup(client.get(url_of(proposal)))
    hidden = {name: page.find("input", {"name": name})["value"] for name in ("seen", "token")}
    agreed = {f"agree_{number}": "agree" for number in range(1, 7)}
    return hidden | agreed | {"name": "Alice Nakamura", "title": "Manager"} | changes


@pytest.mark.acl("ACL-1")
def test_a_signer_sends_it_and_keeps_a_receipt(signed_in, alice):
    proposal = make.draft(by=alice)
    client = signed_in(alice)
    answer = client.post(url_of(proposal), filled(client, proposal))
    assert answer["Location"] == f"/proposals/{proposal.reference}/sent/"
    receipt = words(client.get(answer["Location"]))
    review = Review.objects.get()
    assert proposal.reference in receipt
    assert f"{review.due:%A, %B}" in receipt
    assert "What happens next" in receipt


def test_the_page_shows_the_date_the_summary_and_who_gets_letters(client_of, alice):
    proposal = make.draft(by=alice, privacy_program_date=None)
    answer = client_of(alice).get(url_of(proposal))
    page, text = soup(answer), words(answer)
    assert "If you send it today, CDSS must answer by" in text
    assert "Letters go to: Alice Nakamura, Theo Marsh." in text
    assert len(page.select("dl.summary dd.act a")) > 30
    assert "Not provided" in text


@pytest.mark.acl("ACL-10")
def test_the_six_responsibilities_stand_there_word_for_word(client_of, alice):
    proposal = make.draft(by=alice)
    legends = [
        one.get_text(strip=True)
        for one in soup(client_of(alice).get(url_of(proposal))).select(".agreement legend")
    ]
    assert legends == [one["text"] for one in make.agreements()]


@pytest.mark.acl("ACL-10")
def test_a_county_says_why_it_cannot_agree_and_that_is_signed(signed_in, alice):
    proposal = make.draft(by=alice, cmips_methods=["direct"])
    client = signed_in(alice)
    changes = {"agree_1": "cannot", "because_1": "A nightly job connects.", "because_2": "Unused."}
    client.post(url_of(proposal), filled(client, proposal, **changes))
    first, second, *_ = proposal.copies.get().content["agreements"]
    assert (first["agrees"], first["because"]) == (False, "A nightly job connects.")
    assert (second["agrees"], second["because"]) == (True, "")


def test_why_not_must_be_written(signed_in, alice):
    proposal = make.draft(by=alice)
    client = signed_in(alice)
    answer = client.post(url_of(proposal), filled(client, proposal, agree_3="cannot"))
    assert answer.status_code == 422
    assert "Write why you cannot agree to responsibility 3" in words(answer)
    assert soup(answer).title.get_text().startswith("Error: ")
    assert not Review.objects.exists()


@pytest.mark.parametrize(
    "gone, sentence",
    [
        ("agree_2", "Choose whether you agree to responsibility 2"),
        ("name", "Enter your name, as you sign"),
        ("title", "Enter your title, like IHSS Program Manager"),
    ],
)
def test_what_is_missing_in_the_signature_is_named_and_the_rest_stays(
    signed_in, alice, gone, sentence
):
    proposal = make.draft(by=alice)
    client = signed_in(alice)
    typed = filled(client, proposal, agree_4="cannot", because_4="Not yet.")
    del typed[gone]
    answer = client.post(url_of(proposal), typed)
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert "Not yet." in words(answer)


@pytest.mark.acl("ACL-9")
def test_a_prohibited_method_is_told_in_the_letters_sentence_and_may_be_sent(signed_in, alice):
    proposal = make.draft(by=alice, cmips_methods=["ddl", "screen_scraping"])
    client = signed_in(alice)
    text = words(client.get(url_of(proposal)))
    assert "virtual users, screen scraping, or accesses CMIPS directly is not allowed." in text
    assert "You can still send the proposal." in text
    client.post(url_of(proposal), filled(client, proposal))
    assert Review.objects.get().flags == "|prohibited|screen_scraping|"


@pytest.mark.acl("ACL-1")
def test_work_begun_and_an_early_start_are_warned_of_and_block_nothing(signed_in, alice):
    early = make.in_days(5)
    proposal = make.draft(by=alice, work_begun="developing", implementation_date=early)
    client = signed_in(alice)
    text = words(client.get(url_of(proposal)))
    assert "Work has begun" in text
    assert "You plan to start before CDSS must answer" in text
    client.post(url_of(proposal), filled(client, proposal))
    assert Review.objects.exists()


@pytest.mark.parametrize(
    "days, heading",
    [
        (-1, "The date you plan to start has passed"),
        (0, "You plan to start before CDSS must answer"),
        (29, "You plan to start before CDSS must answer"),
        (60, ""),
    ],
)
def test_a_start_before_the_answer_is_warned_of_wherever_the_date_stands(
    client_of, alice, days, heading
):
    proposal = make.draft(by=alice, implementation_date=make.in_days(days))
    client = client_of(alice)
    pages = {
        "send/": heading,
        "": heading and "before that. Plan to start later",
        "edit/users/": heading
        and ("This date has passed." if days < 0 else "This is before CDSS must answer."),
    }
    for page, sentence in pages.items():
        shown = soup(client.get(f"/proposals/{proposal.reference}/{page}")).body.get_text(" ")
        text = " ".join(shown.split())
        assert "CDSS must answer by" in text
        assert sentence in text
        if not heading:
            assert "CDSS may answer as late as" not in text


def test_the_date_of_the_answer_follows_what_is_typed(client_of, alice):
    proposal = make.draft(by=alice)
    client = client_of(alice)
    page = f"/proposals/{proposal.reference}/edit/users/"
    for typed, is_early in (("1/2/2026", True), ("February 30", False), ("May 1, 2099", False)):
        form = form_on(client.get(page)) | {"implementation_date": typed}
        client.post(page, form)
        assert ("plan to start after it" in words(client.get(page))) == is_early, typed
        live = reverse("autosave", args=[proposal.reference, "users"])
        help_ = client.post(live, form_on(client.get(page))).json()["help"]["implementation_date"]
        assert "If you send it today, CDSS must answer by" in help_
        assert ("plan to start after it" in help_) == is_early, typed


def test_no_page_asks_for_the_closures_but_where_it_says_the_date(client_of, alice):
    client = client_of(alice)
    proposal = make.draft(by=alice)
    with CaptureQueriesContext(connection) as captured:
        client.get(f"/proposals/{proposal.reference}/edit/purpose/")
    assert not [one for one in captured if "officeclosure" in one["sql"]]


@pytest.mark.acl("ACL-3")
def test_what_the_letter_asks_for_is_listed_with_links_and_nothing_is_sent(signed_in, alice):
    proposal = make.draft(by=alice)
    client = signed_in(alice)
    typed = filled(client, proposal)
    make.fill(proposal, by=alice, users="", program_phone="")
    answer = client.post(url_of(proposal), typed)
    assert answer.status_code == 422
    page = soup(answer)
    assert page.find("a", string="Say who will use the tool")["href"].endswith(
        "/edit/users/#id_users"
    )
    assert not page.select("main form button.btn")
    assert not Review.objects.exists()


MAY_ASK = "You can send without these; CDSS may ask"


def test_what_cdss_may_ask_for_is_listed_with_links_and_it_is_sent_without(signed_in, alice):
    rows = [{**make.full_answers()["data_in"][0], "transport": ""}]
    proposal = make.draft(by=alice, hosting="", outside_us="", data_in=rows, no_documents_now=False)
    client = signed_in(alice)
    page = soup(client.get(url_of(proposal)))
    edit = f"/proposals/{proposal.reference}/edit"
    listed = {link.text: link["href"] for link in page.select(".notice.warning li a")}
    assert listed == {
        "Say where the tool is hosted, or write “not decided yet”": f"{edit}/how/#id_hosting",
        "Choose whether data is kept or seen outside the United States": (
            f"{edit}/how/#id_outside_us_0"
        ),
        "Data in 1: choose how the data travels": f"{edit}/data/#id_in-0-transport",
        "Add a document, or select that you have none to add now": (
            f"{edit}/documents/#id_no_documents_now"
        ),
    }
    assert [one.text.strip() for one in page.select(".notice.warning h2")] == [MAY_ASK]
    answer = client.post(url_of(proposal), filled(client, proposal))
    assert answer["Location"].endswith("/sent/")


def test_a_whole_proposal_is_not_told_what_cdss_may_ask_for(client_of, alice):
    assert MAY_ASK not in words(client_of(alice).get(url_of(make.draft(by=alice))))


def test_what_cdss_may_ask_for_is_told_apart_from_what_must_be_there(client_of, alice, amir):
    proposal = make.draft(by=alice, users="", hosting="")
    for person in (alice, amir):
        page = soup(client_of(person).get(url_of(proposal)))
        told = {kind: page.select(f".notice.{kind} li") for kind in ("error", "warning")}
        assert [one.text for one in told["error"]] == ["Say who will use the tool"]
        assert [one.text for one in told["warning"]] == [
            "Say where the tool is hosted, or write “not decided yet”"
        ]


def test_a_colleague_who_prepares_is_told_who_may_sign(client_of, alice, amir):
    proposal = make.draft(by=amir)
    answer = client_of(amir).get(url_of(proposal))
    assert "Alice Nakamura may sign them for Alameda County" in words(answer)
    link = soup(answer).main.find("a", string="Read the six responsibilities")
    page, _, place = link["href"].partition("#")
    assert soup(client_of(amir).get(page)).find(id=place)
    assert not soup(answer).find("button", string="Send proposal to CDSS")


def test_a_colleague_who_prepares_cannot_send(signed_in, alice, amir):
    proposal = make.draft(by=amir)
    typed = filled(signed_in(alice), proposal)
    answer = signed_in(amir).post(url_of(proposal), typed)
    assert answer.status_code == 403
    assert "Only someone who may sign for your county can send it." in words(answer)
    assert not Review.objects.exists()


@pytest.mark.parametrize("name", ["bob", "carol", "erin", "frank"])
def test_for_others_the_page_is_not_there(signed_in, alice, name):
    proposal = make.draft(by=alice)
    typed = filled(signed_in(alice), proposal)
    client = signed_in(make.someone(name))
    assert client.get(url_of(proposal)).status_code == 404
    assert client.post(url_of(proposal), typed).status_code == 404
    assert not Review.objects.exists()


def test_the_password_is_asked_again_and_what_was_typed_survives(client_of, alice):
    proposal = make.draft(by=alice)
    client = client_of(alice)
    typed = filled(client, proposal, agree_1="cannot", because_1="A nightly job.", title="Director")
    answer = client.post(url_of(proposal), typed)
    assert answer["Location"].startswith("/accounts/reauthenticate/?next=")
    assert not Review.objects.exists()
    answer = client.post(answer["Location"], {"password": make.PASSWORD})
    assert answer["Location"] == url_of(proposal)
    page = soup(client.get(url_of(proposal)))
    assert page.find("textarea", {"name": "because_1"}).get_text(strip=True) == "A nightly job."
    assert page.find("input", {"name": "title"})["value"] == "Director"
    assert page.find("input", {"name": "agree_1", "value": "cannot"}).has_attr("checked")
    again = filled(client, proposal, agree_1="cannot", because_1="A nightly job.")
    assert client.post(url_of(proposal), again)["Location"].endswith("/sent/")
    assert "A nightly job." not in str(dict(client.session))


def test_a_password_given_long_ago_does_not_sign(signed_in, settings, alice):
    proposal = make.draft(by=alice)
    client = signed_in(alice)
    typed = filled(client, proposal)
    settings.REAUTH_SECONDS = -1
    assert "/reauthenticate/" in client.post(url_of(proposal), typed)["Location"]
    assert not Review.objects.exists()


@pytest.mark.acl("ACL-4")
def test_a_second_click_is_answered_like_the_first(signed_in, alice):
    proposal = make.draft(by=alice)
    client = signed_in(alice)
    typed = filled(client, proposal)
    first, second = (client.post(url_of(proposal), typed) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Review.objects.get().rounds.count() == 1
    assert Notice.objects.filter(event__startswith="receipt:").count() == 1


def test_sending_asks_the_database_no_more_than_it_must(signed_in, alice):
    """What the page knows is passed on: nothing is read a second time."""
    proposal = make.draft(by=alice)
    client = signed_in(alice)
    typed = filled(client, proposal)
    with CaptureQueriesContext(connection) as captured:
        assert client.post(url_of(proposal), typed)["Location"].endswith("/sent/")
    asked = [one["sql"] for one in captured]
    assert len(asked) <= 32
    for table in ("proposals_contact", "proposals_dataflow", "portal_governingletter"):
        assert sum(f'FROM "{table}"' in sql for sql in asked) == 1, table


def test_a_second_page_learns_that_it_was_sent(signed_in, alice):
    proposal = make.draft(by=alice)
    client = signed_in(alice)
    one, other = filled(client, proposal), filled(client, proposal)
    client.post(url_of(proposal), one)
    answer = client.post(url_of(proposal), other)
    assert answer.status_code == 409
    assert "Alice Nakamura sent the proposal to CDSS" in words(answer)


def test_a_token_of_another_person_sends_nothing(signed_in, alice):
    proposal = make.draft(by=alice)
    ann = make.person("ann@alameda.example.gov", of=make.county("Alameda"), may_sign=True)
    typed = filled(signed_in(ann), proposal)
    answer = signed_in(alice).post(url_of(proposal), typed)
    assert answer.status_code == 409
    assert not Review.objects.exists()


def test_what_changed_since_the_page_was_opened_is_read_before_it_is_signed(signed_in, alice, amir):
    proposal = make.draft(by=alice)
    client = signed_in(alice)
    typed = filled(client, proposal, title="Director")
    make.fill(proposal, by=amir, users="Fifty supervisors.")
    answer = client.post(url_of(proposal), typed)
    text = words(answer)
    assert answer.status_code == 409
    assert "A colleague changed an answer" in text
    assert "Fifty supervisors." in text
    page = soup(answer)
    assert page.find("input", {"name": "title"})["value"] == "Director"
    typed |= {name: page.find("input", {"name": name})["value"] for name in ("seen", "token")}
    assert client.post(url_of(proposal), typed)["Location"].endswith("/sent/")


@pytest.mark.acl("ACL-10")
def test_the_version_of_the_letter_that_one_signs_under_is_a_link_away(client_of, alice):
    proposal = make.draft(by=alice)
    make.next_letter()
    page = soup(client_of(alice).get(url_of(proposal)))
    assert page.main.find("a", string="version 2 of the All County Letter")["href"] == "/letter/2/"


@pytest.mark.acl("ACL-10")
def test_nobody_signs_responsibilities_they_have_not_read(signed_in, alice, erin):
    proposal = make.draft(by=alice)
    client = signed_in(alice)
    typed = filled(client, proposal)
    letter = GoverningLetter.objects.current()
    letter.pk, letter.version, letter.published_at = None, 2, None
    letter.responsibilities = [f"New: {text}" for text in letter.responsibilities]
    letter.save()
    letter.publish(by=erin)
    answer = client.post(url_of(proposal), typed)
    assert answer.status_code == 409
    assert "CDSS the All County Letter, since you opened this page" in words(answer)
    assert "New: " in words(answer)
    assert not Review.objects.exists()


def test_a_sent_proposal_has_no_page_to_send(client_of, alice):
    review = make.sent()
    answer = client_of(alice).get(url_of(review.proposal))
    assert answer["Location"] == f"/proposals/{review.reference}/"


def test_a_reason_with_a_social_security_number_is_not_stored(signed_in, alice):
    proposal = make.draft(by=alice)
    client = signed_in(alice)
    because = "We keep 219-09-9999 there."
    typed = filled(client, proposal, agree_1="cannot", because_1=because)
    answer = client.post(url_of(proposal), typed)
    assert answer.status_code == 422
    assert "looks like a Social Security number" in words(answer)
    assert not Review.objects.exists()
    client.post(url_of(proposal), typed | {"no_case_data": "on"})
    assert proposal.copies.get().content["agreements"][0]["because"] == because
    said = JournalEntry.objects.get(act="say it is no case data")
    assert said.data == {"fields": ["because_1"]}


@pytest.mark.parametrize(
    "odd",
    [
        {"name": "x" * 5000},
        {"because_1": "y" * 50_000, "agree_1": "cannot"},
        {"agree_1": "perhaps"},
        {"seen": "z" * 1000},
        {"token": "forged"},
        {"name": "\u202eevil"},
    ],
)
def test_odd_input_gets_a_sentence(signed_in, alice, odd):
    proposal = make.draft(by=alice)
    client = signed_in(alice)
    answer = client.post(url_of(proposal), filled(client, proposal, **odd))
    assert answer.status_code in (409, 422)
    assert not Review.objects.exists()


def test_opening_the_page_changes_nothing(client_of, alice):
    proposal = make.draft(by=alice)
    before = JournalEntry.objects.count()
    client_of(alice).get(url_of(proposal))
    proposal.refresh_from_db()
    assert proposal.is_draft
    assert JournalEntry.objects.count() == before


def test_a_draft_that_a_colleague_discards_meanwhile_is_not_sent_and_the_signer_reads_why(
    signed_in, alice, amir, monkeypatch
):
    proposal = make.draft(by=alice)
    client = signed_in(alice)
    form = filled(client, proposal)

    def discarded_meanwhile(typed: Any, form: Any) -> None:
        Proposal.objects.get(pk=proposal.pk).discard(by=amir)

    monkeypatch.setattr("reviews.sending.Typed.ask_again", discarded_meanwhile)
    answer = client.post(url_of(proposal), form)
    assert answer.status_code == 409
    assert "This draft was discarded" in words(answer)
    assert soup(answer).select_one('main a[href="/"]')
    assert not Review.objects.exists()
