"""The editor keeps what is typed: whole or not, right or not, by one or by two at once."""

import itertools
import re
import threading

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal import clock, wording
from portal.models import JournalEntry
from proposals.models import Proposal
from proposals.sections import SECTIONS
from tests import make
from tests.pages import errors_on, form_on, messages_on


@pytest.fixture
def draft(alice):
    return Proposal.objects.start(make.county("Alameda"), by=alice, tool_name="Caseload Compass")


def page_of(draft, section: str) -> str:
    return reverse("section", args=[draft.reference, section])


def now(draft) -> Proposal:
    return Proposal.objects.whole().get(pk=draft.pk)


def test_each_section_opens_empty_and_saves_empty(client_of, draft, amir):
    browser = client_of(amir)
    for section in SECTIONS:
        page = page_of(draft, section.key)
        answer = browser.get(page)
        assert answer.status_code == 200
        assert browser.post(page, form_on(answer)).status_code == 302
    assert now(draft).tool_name == "Caseload Compass"


def test_save_and_continue_leads_to_the_next_section_and_the_last_to_the_list(
    client_of, draft, amir
):
    browser = client_of(amir)
    keys = [section.key for section in SECTIONS]
    for key, later in itertools.pairwise(keys):
        page = page_of(draft, key)
        answer = browser.post(page, form_on(browser.get(page)))
        assert answer.url == page_of(draft, later)
    page = page_of(draft, "documents")
    answer = browser.post(page, form_on(browser.get(page)))
    assert answer.url == reverse("proposal", args=[draft.reference])


def test_save_and_go_back_leads_to_the_list(client_of, draft, amir):
    page = page_of(draft, "tool")
    answer = client_of(amir).post(page, {"seen": 0, "then": "list"})
    assert answer.url == reverse("proposal", args=[draft.reference])


def test_it_says_saved_with_the_time_and_by_whom(client_of, draft, amir):
    browser = client_of(amir)
    with clock.travel(clock.now()):
        page = page_of(draft, "purpose")
        answer = browser.post(page, {"seen": 0, "purpose": "Finds overdue work."}, follow=True)
        at = wording.time_of_day(clock.now())
        assert messages_on(answer) == [f"Saved at {at}."]
        assert f"Saved today at {at} by Amir Haddad" in browser.get(page).content.decode()


def test_what_is_typed_comes_back_as_it_was(client_of, draft, amir):
    browser = client_of(amir)
    typed = "Zoë said: <script>alert(1)</script> & “quotes”\nsecond line"
    browser.post(page_of(draft, "purpose"), {"seen": 0, "purpose": typed})
    assert now(draft).purpose == typed
    answer = browser.get(page_of(draft, "purpose"))
    assert form_on(answer)["purpose"] == typed
    assert "<script>alert" not in answer.content.decode()


def test_all_kinds_of_answers_are_kept(client_of, draft, amir):
    browser = client_of(amir)
    browser.post(
        page_of(draft, "how"),
        {
            "seen": 0,
            "reached_from": "intranet",
            "cmips_methods": ["ddl", "typed_in"],
            "data_elements": ["name", "hours"],
            "privacy_program_date": "3/15/2027",
            "multi_factor": "undecided",
        },
    )
    found = now(draft)
    assert found.cmips_methods == ["ddl", "typed_in"]
    assert (found.reached_from, found.multi_factor) == ("intranet", "undecided")
    assert found.privacy_program_date.isoformat() == "2027-03-15"
    sent = form_on(browser.get(page_of(draft, "how")))
    assert sent["privacy_program_date"] == "March 15, 2027"
    assert sent["data_elements"] == ["name", "hours"]


def test_february_30_is_kept_and_shown_as_a_problem(client_of, draft, amir):
    browser = client_of(amir)
    page = page_of(draft, "users")
    browser.post(page, {"seen": 0, "implementation_date": "February 30, 2027"})
    found = now(draft)
    assert found.implementation_date is None
    assert found.unparsed == {"implementation_date": "February 30, 2027"}
    answer = browser.get(page)
    assert form_on(answer)["implementation_date"] == "February 30, 2027"
    assert errors_on(answer) == ["February 2027 has 28 days. Enter a day from 1 to 28"]
    assert "<title>Error: Who will use it" in answer.content.decode()
    browser.post(page, form_on(answer) | {"implementation_date": "February 28, 2027"})
    assert now(draft).implementation_date.isoformat() == "2027-02-28"
    assert now(draft).unparsed == {}


def test_a_save_with_a_problem_says_so_with_a_link(client_of, draft, amir):
    page = page_of(draft, "contacts")
    answer = client_of(amir).post(page, {"seen": 0, "program_email": "alice"}, follow=True)
    (said,) = messages_on(answer)
    assert said.endswith("There is a problem in County contacts.")
    assert f'href="{page}#id_program_email"' in answer.content.decode()
    assert errors_on(client_of(amir).get(page)) == [
        "Enter an email address in “Program contact: Email address”, like name@county.gov"
    ]


def test_contradictory_answers_are_kept_and_shown(client_of, draft, amir):
    browser = client_of(amir)
    page = page_of(draft, "how")
    browser.post(
        page,
        {"seen": 0, "cmips_methods": ["none", "ddl"], "data_elements": ["name", "undecided"]},
    )
    assert set(now(draft).cmips_methods) == {"none", "ddl"}
    wrong = errors_on(browser.get(page))
    assert wrong[0].startswith("You selected “It uses no CMIPS data” and also")
    assert wrong[1] == "Choose “Not decided yet” by itself, or clear its box"


def test_a_long_text_is_kept_up_to_the_limit_and_named_too_long(client_of, draft, amir):
    browser = client_of(amir)
    page = page_of(draft, "purpose")
    browser.post(page, {"seen": 0, "purpose": "x" * 4001})
    assert len(now(draft).purpose) == 4001
    assert errors_on(browser.get(page)) == ["Shorten “Purpose and function” by 1 character"]
    answer = browser.post(
        page, {"seen": 1, "purpose": "y" * 20_001, "business_needs": "Fewer overdue cases"}
    )
    assert answer.status_code == 422
    assert form_on(answer)["purpose"] == "y" * 20_001
    assert now(draft).purpose == "x" * 4001
    assert now(draft).business_needs == "Fewer overdue cases"


@pytest.mark.parametrize("typed", ["safe \u202egnp.exe", "bell \x07"])
def test_hidden_signs_are_refused_and_the_rest_is_saved(client_of, draft, amir, typed):
    answer = client_of(amir).post(
        page_of(draft, "purpose"), {"seen": 0, "purpose": typed, "business_needs": "Less paper"}
    )
    assert answer.status_code == 422
    assert errors_on(answer)[0].startswith("Type “Purpose and function” again")
    assert now(draft).purpose == ""
    assert now(draft).business_needs == "Less paper"


def test_nul_is_refused_before_the_page(client_of, draft, amir):
    answer = client_of(amir).post(page_of(draft, "purpose"), {"seen": 0, "purpose": "a\0b"})
    assert answer.status_code == 400
    assert now(draft).purpose == ""


def test_answers_of_wrong_kinds_are_refused_with_words(client_of, draft, amir):
    answer = client_of(amir).post(
        page_of(draft, "how"),
        {
            "seen": 0,
            "reached_from": "carrier pigeon",
            "cmips_methods": ["ddl", "telepathy"],
            "hosting": "County data center",
        },
    )
    assert answer.status_code == 422
    assert errors_on(answer) == ["Choose from the answers shown"] * 2
    assert (now(draft).reached_from, now(draft).cmips_methods) == ("", [])
    assert now(draft).hosting == "County data center"


def test_a_section_that_is_none_is_not_found(client_of, draft, amir):
    assert client_of(amir).get(page_of(draft, "everything")).status_code == 404


def test_no_field_of_the_form_reaches_county_state_or_owner(client_of, draft, amir):
    client_of(amir).post(
        page_of(draft, "purpose"),
        {"seen": 0, "county": "04", "sent_at": "2026-01-01", "created_by": amir.pk, "purpose": "x"},
    )
    found = now(draft)
    assert (found.county.name, found.sent_at) == ("Alameda", None)
    assert found.created_by != amir


# Case-level data


def test_a_text_with_the_shape_of_case_data_is_not_stored_until_the_writer_says(
    client_of, draft, amir
):
    browser = client_of(amir)
    page = page_of(draft, "how")
    typed = {"technical_component": "Login 123-45-6789 works", "hosting": "County data center"}
    answer = browser.post(page, {"seen": 0, **typed})
    assert answer.status_code == 422
    assert errors_on(answer) == [
        (
            "“What it runs on” is not saved. Take out the number: it looks like a Social Security "
            "number"
        )
    ]
    assert "This is not a Social Security or case number" in answer.content.decode()
    assert "<title>Error: How it works" in answer.content.decode()
    sent = form_on(answer)
    assert sent["technical_component"] == typed["technical_component"]
    assert now(draft).technical_component == ""
    assert now(draft).hosting == "County data center"

    again = browser.post(page, sent | {"technical_component-is_none": "on"})
    assert again.status_code == 302
    assert now(draft).technical_component == typed["technical_component"]
    entry = JournalEntry.objects.get(act="say it is no case data")
    assert (entry.actor, entry.data["fields"]) == (amir, ["technical_component"])

    # Asked and answered: the same text isn't asked about again, another one is.
    sent = form_on(browser.get(page))
    assert browser.post(page, sent).status_code == 302
    sent = form_on(browser.get(page)) | {"technical_component": "Login 234-56-7890 works"}
    assert browser.post(page, sent).status_code == 422


def test_a_refused_text_leaves_what_was_stored(client_of, draft, amir):
    browser = client_of(amir)
    page = page_of(draft, "users")
    browser.post(page, {"seen": 0, "users": "Clerks", "implementation_date": "soon"})
    answer = browser.post(
        page, {"seen": 1, "users": "Clerk 123-45-6789", "implementation_date": "SSN 123-45-6789"}
    )
    assert answer.status_code == 422
    assert len(errors_on(answer)) == 2
    assert now(draft).users == "Clerks"
    assert now(draft).unparsed == {"implementation_date": "soon"}


@pytest.mark.parametrize("sections", [("contacts", "program_name"), ("tool", "vendor_name")])
def test_a_case_number_is_seen_in_every_line(client_of, draft, amir, sections):
    section, field = sections
    answer = client_of(amir).post(page_of(draft, section), {"seen": 0, field: "case no. 1234567"})
    assert answer.status_code == 422
    assert "it looks like a case number" in errors_on(answer)[0]


# Prohibited methods and hints


@pytest.mark.acl("ACL-9")
def test_a_prohibited_method_is_answered_at_once_in_the_letter_s_words(client_of, draft, amir):
    browser = client_of(amir)
    page = page_of(draft, "how")
    answer = browser.post(page, {"seen": 0, "cmips_methods": ["virtual_user"]}, follow=True)
    (said,) = messages_on(answer)
    assert "CDSS does not allow “It signs in to CMIPS by itself" in said
    assert "Read what is allowed instead" in said
    text = browser.get(page).content.decode()
    assert "any software that uses virtual users, screen scraping" in text
    assert "Import CMIPS Data Download (DDL) files" in text
    assert "You can go on and send this proposal." in text


@pytest.mark.acl("ACL-9")
def test_a_word_that_may_mean_a_prohibited_method_is_pointed_out(client_of, draft, amir):
    browser = client_of(amir)
    page = page_of(draft, "purpose")
    browser.post(page, {"seen": 0, "purpose": "A macro and another macro. Screening of clients."})
    soup = BeautifulSoup(browser.get(page).content, "html.parser")
    (hint,) = [" ".join(p.text.split()) for p in soup.select(".suggestion")]
    assert hint == (
        "CDSS may ask about macro: it may mean software that signs in to CMIPS as a user."
    )


def test_the_technical_contact_s_address_begins_as_the_program_contact_s(client_of, draft, amir):
    browser = client_of(amir)
    page = page_of(draft, "contacts")
    browser.post(page, {"seen": 0, "program_address": "1 Main Street\nOakland, CA 94601"})
    sent = form_on(browser.get(page))
    assert sent["technical_address"] == "1 Main Street\nOakland, CA 94601"
    assert now(draft).content()["answers"]["technical_address"] == ""


# Two at once


def test_a_stale_save_shows_both_texts_and_drops_neither(client_of, draft, alice, amir):
    page = page_of(draft, "purpose")
    hers, his = client_of(alice), client_of(amir)
    typed_by_him = form_on(his.get(page)) | {"purpose": "Amir's purpose"}
    hers.post(
        page,
        form_on(hers.get(page)) | {"purpose": "Alice's purpose", "business_needs": "Her needs"},
    )
    answer = his.post(page, typed_by_him)
    assert answer.status_code == 409
    soup = BeautifulSoup(answer.content, "html.parser")
    box = " ".join(soup.select_one("[aria-labelledby=both-purpose]").text.split())
    assert box.startswith("Purpose and function You, just now Amir's purpose Alice Nakamura, today")
    assert "Alice's purpose" in box
    assert "Alice Nakamura saved this section" in soup.text
    assert now(draft).purpose == "Alice's purpose"

    # What only she changed is taken over; what he typed stands in the form.
    again = form_on(answer)
    assert (again["purpose"], again["business_needs"]) == ("Amir's purpose", "Her needs")
    assert "Taken over from what was saved" in soup.text
    assert his.post(page, again).status_code == 302
    assert (now(draft).purpose, now(draft).business_needs) == ("Amir's purpose", "Her needs")


@pytest.mark.parametrize("odd", [{}, {"seen": "x"}, {"seen": "-1"}, {"seen": "9" * 400}])
def test_a_form_without_its_version_is_a_stale_one(client_of, draft, amir, odd):
    answer = client_of(amir).post(
        page_of(draft, "purpose"), {"purpose": "Mine", "shown": "[" * 5000, **odd}
    )
    assert answer.status_code == 409
    assert form_on(answer)["purpose"] == "Mine"


def test_two_sections_saved_from_old_pages_keep_each_other_s_dates(draft, alice, amir):
    first, second = now(draft), now(draft)
    first.save_section(
        "users", {"users": "Clerks"}, by=alice, seen=0, unparsed={"implementation_date": "soon"}
    )
    second.save_section(
        "how", {"hosting": "x"}, by=amir, seen=0, unparsed={"privacy_program_date": "later"}
    )
    assert now(draft).unparsed == {
        "implementation_date": "soon",
        "privacy_program_date": "later",
    }


@pytest.mark.django_db(transaction=True)
def test_of_twenty_saves_at_once_one_wins_and_the_others_are_told(alice):
    draft = Proposal.objects.start(make.county("Alameda"), by=alice)
    page = page_of(draft, "purpose")
    results: dict[int, int] = {}
    lost: list[int] = []
    together = threading.Barrier(20, timeout=180)

    def save(number: int) -> None:
        browser = Client()
        browser.force_login(alice)
        together.wait()
        try:
            answer = browser.post(page, {"seen": 0, "purpose": f"Text {number}"})
            results[number] = answer.status_code
            if answer.status_code != 302 and f"Text {number}" not in answer.content.decode():
                lost.append(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=[number]) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = [number for number, status in results.items() if status == 302]
    assert sorted(results.values()) == [302] + [409] * 19
    assert lost == []
    assert now(draft).purpose == f"Text {winner}"
    assert now(draft).states.get(section="purpose").version == 1


def test_after_sending_the_page_leads_on_and_a_late_save_keeps_the_text_to_copy(
    client_of, draft, amir
):
    browser = client_of(amir)
    page = page_of(draft, "purpose")
    typed = form_on(browser.get(page)) | {"purpose": "Typed while it was sent"}
    Proposal.objects.filter(pk=draft.pk).update(sent_at=clock.now())
    answer = browser.post(page, typed)
    assert answer.status_code == 409
    assert "was sent to CDSS" in answer.content.decode()
    assert "Typed while it was sent" in answer.content.decode()
    assert now(draft).purpose == ""
    assert browser.get(page).url == reverse("proposal", args=[draft.reference])


def test_the_queries_of_a_section_do_not_grow_with_its_rows(client_of, draft, amir):
    browser = client_of(amir)
    page = page_of(draft, "data")
    browser.get(page)
    counts = []
    for number in (1, 40):
        rows = [{"what": f"Data {n}", "where": "DDL"} for n in range(number)]
        seen = now(draft).states.get(section="data").version
        draft.save_section("data", {"data_in": rows, "data_out": rows}, by=amir, seen=seen)
        with CaptureQueriesContext(connection) as queries:
            browser.get(page)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 10


def test_ids_are_unique_and_what_points_points_somewhere(client_of, draft, amir):
    browser = client_of(amir)
    draft.save_section("how", {"cmips_methods": ["none", "direct"]}, by=amir, seen=0)
    for section in SECTIONS:
        soup = BeautifulSoup(browser.get(page_of(draft, section.key)).content, "html.parser")
        ids = [tag["id"] for tag in soup.select("[id]")]
        assert len(ids) == len(set(ids))
        for tag in soup.select("[for], [aria-describedby], [aria-labelledby]"):
            for attribute in ("for", "aria-describedby", "aria-labelledby"):
                assert set(tag.get(attribute, "").split()) <= set(ids), tag
        for link in soup.select('main a[href^="#"]'):
            assert link["href"][1:] in ids
        assert len(soup.select("h1")) == 1
        assert not soup.select("[style]")
        assert not re.search(r"\son[a-z]+=", str(soup.main))
