"""A section is saved while it is written, by the way of the editor: whole or not, right or not."""

import threading
from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal import clock, wording
from portal.models import JournalEntry
from proposals.models import Proposal
from proposals.sections import ROWS_LIMIT, SECTIONS
from tests import make
from tests.pages import form_on

SSN = "Login 123-45-6789 works"


@pytest.fixture
def draft(alice):
    return Proposal.objects.start(make.county("Alameda"), by=alice, tool_name="Caseload Compass")


@pytest.fixture
def saves(client_of, draft) -> Callable[..., HttpResponse]:
    """saves(amir, "purpose", seen=0, purpose="…") is what the page's script sends for Amir."""

    def send(person, section: str, **typed) -> HttpResponse:
        return client_of(person).post(address(draft, section), typed)

    return send


def address(draft, section: str, name: str = "autosave") -> str:
    return reverse(name, args=[draft.reference, section])


def now(draft) -> Proposal:
    return Proposal.objects.whole().get(pk=draft.pk)


def state(draft, section: str):
    return now(draft).states.get(section=section)


def rows_of(draft, direction: str = "in") -> list[tuple[str, str]]:
    return [
        (flow.what, flow.where) for flow in now(draft).flows.all() if flow.direction == direction
    ]


# What is stored, and what the page is told


def test_it_stores_what_is_typed_and_names_the_new_version(saves, draft, amir):
    with clock.travel(clock.now()):
        answer = saves(amir, "purpose", seen=0, purpose="Finds overdue work.", business_needs=" ")
        at = wording.time_of_day(clock.now())
    assert answer.status_code == 200
    told = answer.json()
    assert (told["version"], told["seen"], told["saved"]) == (1, 1, f"Saved {at}")
    assert (told["refused"], told["help"]) == ({}, {})
    assert now(draft).purpose == "Finds overdue work."
    assert state(draft, "purpose").saved_by == amir
    assert "no-store" in answer["Cache-Control"]


def test_the_next_save_goes_on_from_its_answer(saves, client_of, draft, amir):
    page = address(draft, "purpose", "section")
    sent = form_on(client_of(amir).get(page))
    told = saves(amir, "purpose", **sent | {"purpose": "One"}).json()
    sent |= {"seen": told["seen"], "shown": told["shown"], "purpose": "One, two"}
    told = saves(amir, "purpose", **sent).json()
    assert told["version"] == 2
    assert told["shown"] == form_on(client_of(amir).get(page))["shown"]
    sent |= {"seen": told["seen"], "shown": told["shown"]}
    assert client_of(amir).post(page, sent).status_code == 302
    assert now(draft).purpose == "One, two"


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.key)
def test_a_page_as_it_opens_has_nothing_to_save(section, saves, client_of, amir):
    draft = make.draft(by=amir)
    sent = form_on(client_of(amir).get(address(draft, section.key, "section")))
    before = state(draft, section.key).version
    answer = client_of(amir).post(address(draft, section.key), sent)
    assert answer.json()["version"] == before
    assert state(draft, section.key).version == before


def test_it_judges_nothing(saves, draft, amir):
    odd = {"implementation_date": "February 30, 2027", "users": "x" * 4001}
    assert saves(amir, "users", seen=0, **odd).json()["refused"] == {}
    assert now(draft).unparsed == {"implementation_date": "February 30, 2027"}
    told = saves(amir, "contacts", seen=0, program_email="alice at alameda").json()
    assert (told["refused"], told["help"]) == ({}, {})
    told = saves(amir, "how", seen=0, cmips_methods=["none", "ddl"]).json()
    assert told["refused"] == {}
    assert set(now(draft).cmips_methods) == {"none", "ddl"}


def test_a_text_that_is_too_long_to_be_stored_is_not_read_either(saves, draft, amir):
    told = saves(amir, "purpose", seen=0, purpose="robots " * 3000).json()
    assert "Shorten" in told["refused"]["purpose"]
    assert "may mean" not in told["help"]["purpose"]
    told = saves(amir, "purpose", seen=told["seen"], purpose="robots " * 300).json()
    assert "may mean" in told["help"]["purpose"]


def test_no_field_reaches_what_is_none_of_the_form(saves, draft, amir):
    saves(amir, "purpose", seen=0, purpose="x", county="04", sent_at="2026-01-01", tool_name="y")
    found = now(draft)
    assert (found.county.name, found.sent_at, found.tool_name) == (
        "Alameda",
        None,
        "Caseload Compass",
    )


# Nothing changed


def test_what_is_stored_already_makes_no_version_and_no_author(saves, draft, alice, amir):
    with clock.travel(clock.now()):
        saves(alice, "purpose", seen=0, purpose="Finds overdue work.")
        at = wording.time_of_day(clock.now())
        told = saves(amir, "purpose", seen=1, purpose=" Finds overdue work. ").json()
    assert told["version"] == 1
    assert told["saved"] == f"Saved today at {at} by Alice Nakamura"
    assert state(draft, "purpose").saved_by == alice


def test_an_empty_draft_stays_untouched(saves, draft, amir):
    told = saves(amir, "purpose", seen=0, purpose="").json()
    assert (told["version"], told["saved"]) == (0, "Nothing is typed yet")
    assert state(draft, "purpose").saved_at is None


def test_a_save_whose_answer_was_lost_may_be_repeated(saves, draft, amir):
    sent = {"purpose": "Finds overdue work.", "business_needs": "Less paper"}
    saves(amir, "purpose", seen=0, **sent)
    again = saves(amir, "purpose", seen=0, **sent)
    assert (again.status_code, again.json()["version"]) == (200, 1)
    assert saves(amir, "purpose", seen=1, **sent | {"purpose": "More"}).json()["version"] == 2


def test_a_button_pressed_while_it_saves_is_no_conflict_with_oneself(saves, client_of, draft, amir):
    page = address(draft, "purpose", "section")
    sent = form_on(client_of(amir).get(page)) | {"purpose": "Finds overdue work."}
    saves(amir, "purpose", **sent)
    assert client_of(amir).post(page, sent).status_code == 302
    assert state(draft, "purpose").version == 1


def test_rows_and_contacts_are_compared_too(saves, draft, amir):
    row = {"in-0-what": "Case list", "in-0-where": "DDL", "in-0-how_often": "daily"}
    assert saves(amir, "data", seen=0, **row).json()["version"] == 1
    assert saves(amir, "data", seen=0, **row).json()["version"] == 1
    assert saves(amir, "data", seen=1, **row | {"in-0-where": "DDL files"}).json()["version"] == 2
    who = {"program_name": "Ann", "technical_name": "Theo"}
    assert saves(amir, "contacts", seen=0, **who).json()["version"] == 1
    assert saves(amir, "contacts", seen=0, **who).json()["version"] == 1
    assert saves(amir, "contacts", seen=1, **who | {"technical_name": ""}).json()["version"] == 2


# Somebody was first


def test_a_colleague_who_saved_first_is_named_and_nothing_is_overwritten(saves, draft, alice, amir):
    with clock.travel(clock.now()):
        saves(alice, "purpose", seen=0, purpose="Hers")
        at = wording.time_of_day(clock.now())
        answer = saves(amir, "purpose", seen=0, purpose="His")
    assert answer.status_code == 409
    assert answer.json() == {
        "words": f"Not saved. Alice Nakamura saved this section today at {at}, while you had it "
        "open. Press “Save and continue” to see both texts."
    }
    assert now(draft).purpose == "Hers"


def test_so_is_one_s_own_other_window(saves, draft, amir):
    saves(amir, "purpose", seen=0, purpose="In one window")
    answer = saves(amir, "purpose", seen=0, purpose="In another")
    assert answer.status_code == 409
    assert answer.json()["words"].startswith("Not saved. You saved this section today at")
    assert "in another window" in answer.json()["words"]


def test_an_answer_that_is_refused_hides_no_colleague_s_change(saves, draft, alice, amir):
    """All else alike, the page would take the new version for seen, and overwrite hers later."""
    saves(alice, "purpose", seen=0, purpose="Hers")
    assert saves(amir, "purpose", seen=0, purpose=SSN).status_code == 409
    saves(alice, "data", seen=0, **{"in-0-what": "Hers"})
    rows = {"in-0-what": SSN, "places": ""}
    assert saves(amir, "data", seen=0, **rows).status_code == 409


@pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 400, "1e30"])
def test_a_save_without_its_version_is_a_late_one(seen, saves, draft, amir):
    answer = saves(amir, "purpose", seen=seen, shown="[" * 5000, purpose="Mine")
    assert answer.status_code == 409
    assert now(draft).purpose == ""


def test_after_sending_it_says_so_and_stores_nothing(saves, draft, amir):
    Proposal.objects.filter(pk=draft.pk).update(sent_at=clock.now())
    answer = saves(amir, "purpose", seen=0, purpose="Typed while it was sent")
    assert answer.status_code == 409
    assert "was sent to CDSS" in answer.json()["words"]
    assert now(draft).purpose == ""


def test_a_draft_discarded_meanwhile_is_not_there(saves, draft, alice, amir):
    draft.discard(by=alice)
    assert saves(amir, "purpose", seen=0, purpose="x").status_code == 404


def test_one_discarded_in_the_same_moment_is_named(saves, draft, alice, amir, monkeypatch):
    keep = Proposal.save_section

    def too_late(self, *args, **kwargs):
        Proposal.objects.get(pk=self.pk).discard(by=alice)
        return keep(self, *args, **kwargs)

    monkeypatch.setattr(Proposal, "save_section", too_late)
    answer = saves(amir, "purpose", seen=0, purpose="x")
    assert answer.status_code == 409
    assert "discarded" in answer.json()["words"]


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_the_same_text_is_one_version_and_other_texts_are_told(alice):
    draft = Proposal.objects.start(make.county("Alameda"), by=alice)
    results: list[tuple[str, int]] = []
    together = threading.Barrier(12, timeout=180)

    def save(text: str) -> None:
        browser = Client()
        browser.force_login(alice)
        together.wait()
        try:
            answer = browser.post(address(draft, "purpose"), {"seen": 0, "purpose": text})
            results.append((text, answer.status_code))
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=["ab"[n % 2]]) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = now(draft).purpose
    assert state(draft, "purpose").version == 1
    assert {(text, status) for text, status in results} == {
        (kept, 200),
        ("ab".replace(kept, ""), 409),
    }


# Case-level data


def test_case_data_is_not_stored_and_the_rest_is(saves, draft, amir):
    saves(amir, "how", seen=0, technical_component="Windows servers")
    told = saves(amir, "how", seen=1, technical_component=SSN, hosting="County").json()
    why = (
        "“What it runs on” is not saved. Take out the number: it looks like a Social Security "
        "number"
    )
    assert told["refused"] == {"technical_component": why}
    assert told["saved"] == "Not saved: “What it runs on”. All else is saved. See the note there."
    assert why in told["help"]["technical_component"]
    found = now(draft)
    assert (found.technical_component, found.hosting) == ("Windows servers", "County")


def test_it_is_stored_once_the_writer_says_that_it_is_none_and_that_is_on_record(
    saves, draft, amir
):
    box = {"technical_component-is_none": "on"}
    refused = saves(amir, "how", seen=0, technical_component=SSN).json()
    assert 'name="technical_component-is_none"' in refused["help"]["technical_component"]
    assert saves(amir, "how", seen=0, technical_component=SSN, **box).json()["refused"] == {}
    assert now(draft).technical_component == SSN
    # The answer was lost and the save comes again: said once, recorded once.
    assert saves(amir, "how", seen=0, technical_component=SSN, **box).json()["version"] == 1
    entry = JournalEntry.objects.get(act="say it is no case data")
    assert (entry.actor, entry.data["fields"]) == (amir, ["technical_component"])


@pytest.mark.parametrize("typed", ["safe \u202egnp.exe", "bell \x07", "y" * 20_001])
def test_what_can_not_be_kept_is_named(typed, saves, draft, amir):
    told = saves(amir, "purpose", seen=0, purpose=typed, business_needs="Less paper").json()
    assert list(told["refused"]) == ["purpose"]
    assert (now(draft).purpose, now(draft).business_needs) == ("", "Less paper")


# Help while writing


@pytest.mark.acl("ACL-9")
def test_a_prohibited_method_is_answered_in_the_letter_s_words(saves, draft, amir):
    told = saves(amir, "how", seen=0, cmips_methods=["virtual_user"]).json()
    text = read(told["help"]["cmips_methods"])
    assert "CDSS does not allow “It signs in to CMIPS by itself" in text
    assert "any software that uses virtual users, screen scraping" in text
    assert "What is allowed: Import CMIPS Data Download (DDL) files" in text
    assert saves(amir, "how", seen=1, cmips_methods=["ddl"]).json()["help"] == {}


@pytest.mark.acl("ACL-9")
@pytest.mark.parametrize(
    ("section", "field", "typed"),
    [
        ("purpose", "purpose", "A macro <script>alert(1)</script> logs in"),
        ("how", "cmips_methods", ["direct", "writes"]),
        ("data", "in-0-what", "A robot's list"),
    ],
)
def test_it_is_the_same_as_on_the_page(section, field, typed, saves, client_of, draft, amir):
    told = saves(amir, section, seen=0, **{field: typed}).json()
    assert list(told["help"]) == [field]
    page = client_of(amir).get(address(draft, section, "section"))
    beneath = BeautifulSoup(page.content, "html.parser").find(id=f"help_{field}")
    assert read(told["help"][field]) == " ".join(beneath.get_text(" ").split())
    assert "<script>alert" not in told["help"][field]


def read(html: str) -> str:
    return " ".join(BeautifulSoup(html, "html.parser").get_text(" ").split())


# Rows


def test_a_row_that_is_emptied_goes_and_the_page_keeps_its_names(saves, draft, amir):
    rows = {f"in-{n}-what": f"Data {n}" for n in range(3)}
    told = saves(amir, "data", seen=0, places="", **rows).json()
    assert told["places"] == "in-0=0 in-1=1 in-2=2"
    rows["in-1-what"] = " "
    told = saves(amir, "data", seen=1, places=told["places"], **rows).json()
    assert told["places"] == "in-0=0 in-2=1"
    assert [what for what, _ in rows_of(draft)] == ["Data 0", "Data 2"]


def test_a_refused_cell_keeps_what_its_own_row_had_though_a_row_above_was_emptied(
    saves, draft, amir
):
    rows = {f"in-{n}-what": f"Data {n}" for n in range(4)}
    rows |= {f"in-{n}-where": f"Place {n}" for n in range(4)}
    told = saves(amir, "data", seen=0, **rows).json()
    rows |= {"in-1-what": "", "in-1-where": ""}
    told = saves(amir, "data", **rows, seen=told["seen"], places=told["places"]).json()
    rows["in-2-what"] = "case number 1234567"
    rows["in-3-where"] = "Basement"
    told = saves(amir, "data", **rows, seen=told["seen"], places=told["places"]).json()
    assert list(told["refused"]) == ["in-2-what"]
    assert "Data in 3: What data" in told["refused"]["in-2-what"]
    assert rows_of(draft) == [("Data 0", "Place 0"), ("Data 2", "Place 2"), ("Data 3", "Basement")]
    # A row that is new has nothing to fall back on, least of all another row's cell.
    rows["in-1-what"] = "SSN 123-45-6789"
    told = saves(amir, "data", **rows, seen=told["seen"], places=told["places"]).json()
    assert rows_of(draft)[:3] == [("Data 0", "Place 0"), ("", ""), ("Data 2", "Place 2")]
    assert told["places"] == "in-0=0 in-1=1 in-2=2 in-3=3"


def test_the_buttons_know_the_rows_as_well(saves, client_of, draft, amir):
    page = address(draft, "data", "section")
    rows = {f"in-{n}-what": f"Data {n}" for n in range(3)}
    told = saves(amir, "data", seen=0, **rows).json()
    rows["in-0-what"] = ""
    told = saves(amir, "data", **rows, seen=told["seen"], places=told["places"]).json()
    rows["in-2-what"] = "case number 1234567"
    marks = {"seen": told["seen"], "places": told["places"]}
    answer = client_of(amir).post(page, rows | marks)
    assert answer.status_code == 422
    assert [what for what, _ in rows_of(draft)] == ["Data 1", "Data 2"]
    # The page that comes back shows them without the gap, each standing for itself.
    sent = form_on(answer)
    assert (sent["in-0-what"], sent["places"]) == ("Data 1", "in-0=0 in-1=1")
    client_of(amir).post(page, sent | {"in-0-where": "DDL"})
    assert rows_of(draft) == [("Data 1", "DDL"), ("Data 2", "")]


def test_after_a_conflict_a_refused_cell_takes_nothing_from_a_colleague_s_row(
    saves, client_of, draft, alice, amir
):
    page = address(draft, "data", "section")
    saves(alice, "data", seen=0, **{"in-0-what": "Kept", "in-1-what": "Old"})
    his = form_on(client_of(amir).get(page)) | {"in-1-what": "His"}
    told = saves(alice, "data", seen=1, **{"in-0-what": "Kept", "in-1-what": "Hers"})
    answer = client_of(amir).post(page, his)
    assert answer.status_code == 409
    again = form_on(answer)
    assert again["places"] == "in-0=0"
    again |= {"in-0-what": "case number 1234567", "in-1-what": "case number 7654321"}
    told = saves(amir, "data", **again).json()
    assert set(told["refused"]) == {"in-0-what", "in-1-what"}
    assert rows_of(draft) == [("Kept", ""), ("", "")]


@pytest.mark.parametrize(
    "places", ["", "x", "in-0", "in-0=", "in-0=-1", "in-0=²", "up-1=0", "in-0=" + "9" * 400, "= ="]
)
def test_odd_places_stand_for_no_row(places, saves, draft, amir):
    saves(amir, "data", seen=0, **{"in-0-what": "First"})
    told = saves(amir, "data", seen=1, places=places, **{"in-0-what": "SSN 123-45-6789"})
    assert told.status_code == 200
    assert rows_of(draft) == [("", "")]


def test_too_many_rows_get_a_sentence_and_change_nothing(saves, draft, amir):
    saves(amir, "data", seen=0, **{"in-0-what": "Saved before"})
    rows = {f"in-{n}-what": f"Data {n}" for n in range(10_000)}
    answer = saves(amir, "data", seen=1, **rows)
    assert answer.status_code == 422
    assert "Data in has 10,000 rows, and a proposal takes up to 40." in answer.json()["words"]
    assert rows_of(draft) == [("Saved before", "")]


def test_ten_thousand_blank_rows_are_nothing(saves, draft, amir):
    told = saves(amir, "data", seen=0, **{f"in-{n}-what": "" for n in range(10_000)}).json()
    assert (told["version"], told["places"]) == (0, "")


# Who may, and what it costs


def test_a_stranger_is_led_to_sign_in_and_nothing_is_stored(draft):
    answer = Client().post(address(draft, "purpose"), {"seen": 0, "purpose": "x"})
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))
    assert now(draft).purpose == ""


def test_without_the_token_of_a_page_nothing_is_stored(draft, amir):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(amir)
    answer = browser.post(address(draft, "purpose"), {"seen": 0, "purpose": "x"})
    assert answer.status_code == 403
    assert now(draft).purpose == ""


def test_another_county_and_cdss_find_nothing(saves, draft, bob, carol):
    for person in (bob, carol):
        assert saves(person, "purpose", seen=0, purpose="x").status_code == 404
    assert now(draft).purpose == ""


def test_a_section_that_is_none_is_not_found(saves, amir):
    assert saves(amir, "everything", seen=0).status_code == 404


def test_it_can_not_be_opened(client_of, draft, amir):
    assert client_of(amir).get(address(draft, "purpose")).status_code == 405


@pytest.mark.parametrize("section", ["contacts", "how", "data"])
def test_its_queries_are_few_and_do_not_grow_with_rows(section, client_of, amir):
    counts = []
    for number in (1, ROWS_LIMIT):
        row = {"what": "A macro's list", "where": "DDL"}
        draft = make.draft(by=amir, data_in=[row] * number, data_out=[row] * number)
        browser = client_of(amir)
        sent = form_on(browser.get(address(draft, section, "section")))
        for change in ({}, {"in-0-where": "x", "hosting": "x", "program_name": "x"}):
            with CaptureQueriesContext(connection) as queries:
                assert browser.post(address(draft, section), sent | change).status_code == 200
            counts.append(len(queries))
    idle, busy, idle_of_many, busy_of_many = counts
    assert idle == idle_of_many <= 14
    assert busy == busy_of_many <= 25
