"""A contact is filled in from those that the county named before (ACL-2)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal import clock
from proposals.known_contacts import CHOOSE_FIRST, MOST
from proposals.models import Contact, Proposal
from tests import make
from tests.pages import form_on, messages_on, soup

ALAMEDA = "Alameda"


@pytest.fixture
def draft(alice):
    return Proposal.objects.start(make.county(ALAMEDA), by=alice, tool_name="Caseload Compass")


@pytest.fixture
def page(draft) -> str:
    return reverse("section", args=[draft.reference, "contacts"])


def now(draft) -> Proposal:
    return Proposal.objects.whole().get(pk=draft.pk)


def answers(draft) -> dict:
    return now(draft).content()["answers"]


def offered(answer, kind="program") -> dict[str, str]:
    """What the list offers: name and title with the key of each."""
    options = soup(answer).select(f"#id_known-{kind} option[value]")
    return {option.text: option["value"] for option in options if option["value"]}


def fill(client, page, kind, name, **typed):
    """Choose a contact on the page, press “Fill in”, and follow."""
    answer = client.get(page)
    key = offered(answer, kind)[name]
    pressed = form_on(answer) | typed | {f"known-{kind}": key, "fill": kind}
    return client.post(page, pressed)


THEO = "Theo Marsh, Systems Analyst"


def test_contacts_of_the_county_s_proposals_are_offered_once_the_latest_first(
    client_of, page, alice, amir
):
    browser = client_of(amir)
    with clock.travel(clock.now() - timedelta(days=9)):
        make.draft(by=alice)
    with clock.travel(clock.now() - timedelta(days=2)):
        make.draft(by=alice, technical_name="Nia Cole", technical_email="nia@x.gov")
    found = list(offered(browser.get(page)))
    assert found[0].startswith("Amir Haddad")
    assert found[0].endswith("(you)")
    assert sorted(found[1:3]) == [
        "Alice Nakamura, IHSS Program Manager",
        "Nia Cole, Systems Analyst",
    ]
    assert found[3:] == [THEO]


def test_no_contact_of_another_county_of_a_discarded_draft_or_of_this_one(
    client_of, draft, page, alice, amir, bob
):
    browser = client_of(amir)
    make.draft(make.county("Butte"), by=bob, program_name="Of Butte")
    gone = make.draft(by=alice, program_name="Of a discarded one")
    gone.discard(by=alice)
    draft.save_section("contacts", {"program_name": "Of this one"}, by=alice, seen=0)
    text = " ".join(offered(browser.get(page)))
    assert "Of" not in text.replace("Office", "")


def test_another_county_s_contact_cannot_be_asked_for(client_of, draft, page, amir, bob):
    browser = client_of(amir)
    theirs = make.draft(make.county("Butte"), by=bob)
    key = Contact.objects.get(proposal=theirs, kind="program").pk
    sent = form_on(browser.get(page))
    answer = browser.post(page, sent | {"known-program": key, "fill": "program"}, follow=True)
    assert messages_on(answer) == [CHOOSE_FIRST]
    assert answers(draft)["program_name"] == ""


def test_a_contact_is_filled_in_and_the_page_says_what_and_goes_there(
    client_of, draft, page, alice, amir
):
    browser = client_of(amir)
    make.draft(by=alice)
    answer = fill(browser, page, "technical", THEO, program_name="Typed just now")
    assert answer.url == f"{page}#id_technical_name"
    found = answers(draft)
    full = make.full_answers()
    for part in ("name", "title", "phone", "email", "address"):
        assert found[f"technical_{part}"] == full[f"technical_{part}"]
    assert found["program_name"] == "Typed just now"
    (said,) = messages_on(browser.get(answer.url))
    assert said == (
        "Filled in from Theo Marsh: name, title, telephone number, email address and"
        " physical mailing address."
    )
    assert not draft.set_aside.exists()


def test_what_stood_there_is_set_aside_and_what_is_the_same_is_not(
    client_of, draft, page, alice, amir
):
    browser = client_of(amir)
    make.draft(by=alice)
    typed = {"technical_name": "Somebody else", "technical_phone": "510-555-0102"}
    answer = fill(browser, page, "technical", THEO, **typed)
    assert answers(draft)["technical_name"] == "Theo Marsh"
    ((field, text, who),) = draft.set_aside.values_list("field", "text", "written_by__name")
    assert (field, text, who) == ("technical_name", "Somebody else", "Amir Haddad")
    answer = browser.get(answer.url)
    assert messages_on(answer)[0].endswith("is kept under “Texts set aside”.")
    assert "Somebody else" in soup(answer).select_one("#set-aside").text


def test_one_fills_in_oneself_and_the_address_stays(client_of, draft, page, amir):
    browser = client_of(amir)
    name = next(iter(offered(browser.get(page))))
    fill(browser, page, "program", name, program_address="1 Lake Street")
    found = answers(draft)
    assert (found["program_name"], found["program_email"]) == (amir.name, amir.email)
    assert found["program_address"] == "1 Lake Street"
    assert not draft.set_aside.exists()


def test_a_technical_contact_of_its_own_is_not_the_same_person(client_of, draft, page, alice, amir):
    browser = client_of(amir)
    make.draft(by=alice)
    fill(browser, page, "technical", THEO, same_person="on")
    assert answers(draft)["same_person"] is False


def test_nothing_chosen_saves_the_page_and_says_so(client_of, draft, page, amir):
    browser = client_of(amir)
    sent = form_on(browser.get(page)) | {"program_name": "Kept", "fill": "program"}
    answer = browser.post(page, sent)
    assert answer.url == f"{page}#id_known-program"
    assert answers(draft)["program_name"] == "Kept"
    assert messages_on(browser.get(page)) == [CHOOSE_FIRST]


def test_a_colleague_who_saved_first_is_not_overwritten(client_of, draft, page, alice, amir):
    browser = client_of(amir)
    make.draft(by=alice)
    opened = browser.get(page)
    key = offered(opened, "program")["Alice Nakamura, IHSS Program Manager"]
    draft.save_section("contacts", {"program_name": "Hers"}, by=alice, seen=0)
    pressed = {"program_name": "His", "known-program": key, "fill": "program"}
    answer = browser.post(page, form_on(opened) | pressed)
    assert answer.status_code == 409
    assert answers(draft)["program_name"] == "Hers"


def test_a_refused_text_is_mended_first(client_of, draft, page, alice, amir):
    browser = client_of(amir)
    make.draft(by=alice)
    answer = fill(browser, page, "technical", THEO, program_name="case no. 1234567")
    assert answer.status_code == 422
    assert answers(draft)["technical_name"] == ""
    assert form_on(answer)["known-technical"]


def test_what_looks_like_case_data_is_not_carried_over(client_of, draft, page, alice, amir):
    browser = client_of(amir)
    other = make.draft(by=alice)
    Contact.objects.filter(proposal=other, kind="technical").update(title="case no. 1234567")
    fill(browser, page, "technical", "Theo Marsh, case no. 1234567")
    assert (answers(draft)["technical_name"], answers(draft)["technical_title"]) == (
        "Theo Marsh",
        "",
    )


def test_a_long_list_ends_and_costs_one_query(client_of, draft, page, alice, amir):
    browser = client_of(amir)
    browser.get(page)
    counts = []
    for number in range(MOST + 3):
        if number in (1, MOST + 2):
            with CaptureQueriesContext(connection) as queries:
                browser.get(page)
            counts.append(len(queries))
        one = Proposal.objects.start(make.county(ALAMEDA), by=alice)
        one.save_section("contacts", {"program_name": f"Person {number}"}, by=alice, seen=0)
    assert len(offered(browser.get(page))) == MOST + 1
    assert counts[0] == counts[1] <= 12
