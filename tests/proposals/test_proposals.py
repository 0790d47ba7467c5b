"""A draft begins once, belongs to its county, and is discarded without being lost."""

import re

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from portal.models import JournalEntry, User
from proposals import tasks
from proposals.models import EditRefused, Proposal
from proposals.summary import as_read
from tests import make


def token_on(page) -> str:
    return re.search(r'name="token" value="([^"]+)"', page.content.decode()).group(1)


@pytest.fixture
def draft(alice):
    return Proposal.objects.start(make.county("Alameda"), by=alice, tool_name="Caseload Compass")


def test_anyone_of_a_county_starts_a_draft_and_is_led_to_its_task_list(client_of, amir):
    browser = client_of(amir)
    page = browser.get("/proposals/new/")
    answer = browser.post(
        "/proposals/new/", {"token": token_on(page), "tool_name": "Caseload Compass"}
    )
    draft = Proposal.objects.visible_to(amir).get()
    assert answer.url == reverse("proposal", args=[draft.reference])
    assert (draft.county.name, draft.tool_name, draft.created_by) == (
        "Alameda",
        "Caseload Compass",
        amir,
    )
    assert re.fullmatch(r"CIP-\d{4}-\d{4}", draft.reference)


def test_the_same_form_sent_twice_leads_to_the_first_draft(client_of, amir):
    browser = client_of(amir)
    typed = {"token": token_on(browser.get("/proposals/new/")), "tool_name": "Caseload Compass"}
    first = browser.post("/proposals/new/", typed)
    second = browser.post("/proposals/new/", typed)
    assert first.url == second.url
    assert Proposal.objects.visible_to(amir).count() == 1


@pytest.mark.parametrize("token", ["", "made-up"])
def test_a_form_with_another_token_makes_nothing_and_keeps_the_name(client_of, amir, token):
    answer = client_of(amir).post("/proposals/new/", {"token": token, "tool_name": "Compass"})
    assert answer.status_code == 422
    assert 'value="Compass"' in answer.content.decode()
    assert not Proposal.objects.visible_to(amir).exists()


def test_a_token_of_a_colleague_makes_nothing(client_of, alice, amir):
    token = token_on(client_of(alice).get("/proposals/new/"))
    answer = client_of(amir).post("/proposals/new/", {"token": token})
    assert answer.status_code == 422
    assert not Proposal.objects.visible_to(amir).exists()


def test_someone_of_two_counties_chooses_between_these_two_alone(client_of, amir):
    make.membership(amir, make.county("Butte"))
    browser = client_of(User.objects.get(pk=amir.pk))
    page = browser.get("/proposals/new/")
    assert page.content.decode().count("<option") == 2
    token = token_on(page)
    refused = browser.post("/proposals/new/", {"token": token, "county": "58"})
    assert refused.status_code == 422
    browser.post("/proposals/new/", {"token": token, "county": "04"})
    assert Proposal.objects.visible_to(User.objects.get(pk=amir.pk)).get().county.pk == "04"


def test_a_county_in_the_form_of_someone_with_one_county_changes_nothing(client_of, amir):
    browser = client_of(amir)
    browser.post(
        "/proposals/new/", {"token": token_on(browser.get("/proposals/new/")), "county": "04"}
    )
    assert Proposal.objects.visible_to(amir).get().county.name == "Alameda"


def test_a_case_number_is_no_name_of_a_tool(client_of, amir):
    browser = client_of(amir)
    token = token_on(browser.get("/proposals/new/"))
    answer = browser.post("/proposals/new/", {"token": token, "tool_name": "Tool for 123-45-6789"})
    assert answer.status_code == 422
    assert "it looks like a Social Security number" in answer.content.decode()
    assert not Proposal.objects.visible_to(amir).exists()


@pytest.mark.django_db
def test_nobody_starts_a_draft_for_another_county(bob):
    with pytest.raises(EditRefused):
        Proposal.objects.start(make.county("Alameda"), by=bob)


def test_a_colleague_discards_a_draft_after_being_asked(client_of, draft, amir):
    browser = client_of(amir)
    page = reverse("discard", args=[draft.reference])
    assert "Discard “Caseload Compass”?" in browser.get(page).content.decode()
    assert Proposal.objects.visible_to(amir).exists()
    browser.post(page)
    assert not Proposal.objects.visible_to(amir).exists()
    draft.refresh_from_db()
    assert draft.discarded_at
    assert JournalEntry.objects.filter(act="discard", subject=draft.reference).exists()
    assert browser.get(page).status_code == 404


def test_a_stranger_finds_no_page_of_a_draft(client_of, draft, bob, carol, dana, erin, frank):
    pages = [
        reverse("section", args=[draft.reference, "tool"]),
        reverse("discard", args=[draft.reference]),
        reverse("document", args=[draft.reference, 1]),
        reverse("remove_document", args=[draft.reference, 1]),
    ]
    for stranger in (bob, carol, dana, erin, frank):
        browser = client_of(stranger)
        for page in pages:
            assert browser.get(page).status_code == 404
            assert browser.post(page).status_code in (404, 405)


def test_cdss_starts_no_proposal_here(client_of, carol):
    assert client_of(carol).get("/proposals/new/").status_code == 403


def test_the_task_list_tells_each_section_s_state_and_who_saved_last(draft, amir):
    draft.save_section("users", {"users": "About 40 social workers"}, by=amir, seen=0)
    whole = Proposal.objects.visible_to(amir).whole().get()
    found = tasks.task_list(whole)
    assert [task["number"] for task in found] == [1, 2, 3, 4, 5, 6, 7]
    assert {task["key"]: task["status"] for task in found} == {
        "contacts": "not_started",
        "tool": "progress",
        "purpose": "not_started",
        "how": "not_started",
        "data": "not_started",
        "users": "progress",
        "documents": "not_started",
    }
    assert tasks.complete_count(found) == 0
    assert tasks.last_saved(whole).saved_by == amir


def test_every_change_link_of_the_summary_leads_to_a_control_of_the_editor(client_of, draft, amir):
    browser = client_of(amir)
    pages: dict[str, set[str]] = {}
    draft.save_section("tool", {"builder": "vendor"}, by=amir, seen=0)
    row = {"what": "Case list"}
    draft.save_section("data", {"data_in": [row, row], "data_out": []}, by=amir, seen=0)
    sections = as_read(draft.content(), draft.reference, change=True)
    links = [row.change for section in sections for row in section.rows]
    assert len(links) > 40
    for link in links:
        page, _, control = link.partition("#")
        if page not in pages:
            soup = BeautifulSoup(browser.get(page).content, "html.parser")
            pages[page] = {tag["id"] for tag in soup.select("main form [id]")}
        assert control in pages[page], link


def test_the_summary_names_what_is_missing_only_where_it_can_be_changed(draft):
    for change in (True, False):
        sections = as_read(draft.content(), draft.reference, change=change)
        missing = [row.missing for section in sections for row in section.rows if row.missing]
        assert bool(missing) is change
        assert bool([s for s in sections if s.change]) is change
