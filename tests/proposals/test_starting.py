"""How a county starts: through the guide, with a copy, or with the questions on paper."""

from datetime import date

import pytest
from django.test import Client

from portal.models import JournalEntry, User
from proposals import copying, guide
from proposals.models import Document, EditRefused, Proposal, SignedCopy
from proposals.models.signed import STATEMENT
from proposals.sections import ANSWERS, SECTIONS
from proposals.sections.sheets import ALL, FOR_IT, FOR_VENDOR, IT, SHEETS, SIGNER, VENDOR
from tests import make
from tests.pages import errors_on, form_on, messages_on, soup, words

pytestmark = pytest.mark.django_db

YES = "what=new&data=yes&ways=ddl&ways=direct&begun=buying"


def drafts_of(user: User):
    return Proposal.objects.visible_to(user)


def hidden_on(page) -> dict[str, list[str]]:
    """What a page's form carries without being seen, with each of several values."""
    found: dict[str, list[str]] = {}
    for control in soup(page).select("main form input[type=hidden]"):
        found.setdefault(control["name"], []).append(control["value"])
    return found


# The guide


def test_the_guide_asks_one_question_after_the_other(client_of, alice):
    browser, asked = client_of(alice), []
    given = {"what": ["new"], "data": ["yes"], "ways": ["ddl", "typed_in"], "begun": ["no"]}
    page = browser.get("/proposals/guide/")
    for key, answer in given.items():
        form = hidden_on(page)
        asked += form["asked"]
        page = browser.get("/proposals/guide/", form | {key: answer})
    assert asked == list(given)
    assert soup(page).h1.text == "Yes, start a proposal"
    assert "It imports CMIPS Data Download (DDL) files" in words(page)


def test_the_first_page_has_no_error_and_a_skipped_question_says_what_to_do(client_of, alice):
    browser = client_of(alice)
    assert errors_on(browser.get("/proposals/guide/")) == []
    answer = browser.get("/proposals/guide/?what=new&asked=data")
    missing = "Choose whether it takes data from CMIPS or puts data in, or “Not sure”"
    assert errors_on(answer) == [missing]
    assert soup(answer).title.text.startswith("Error: Will it take data from CMIPS")


def test_two_answers_that_exclude_each_other_are_named(client_of, alice):
    odd = "what=new&data=yes&asked=ways&ways=ddl&ways=unsure"
    assert errors_on(client_of(alice).get(f"/proposals/guide/?{odd}")) == [
        "Choose “Another way, or not sure” by itself, or clear its box"
    ]


@pytest.mark.parametrize(
    "odd",
    ["what=%3Cscript%3E", "what=new&data=perhaps", "change=nothing", "what=%00", "asked=what"],
)
def test_an_odd_address_asks_again(odd):
    answer = Client().get(f"/proposals/guide/?{odd}")
    assert answer.status_code in (200, 400)
    assert b"<script>" not in answer.content


def test_each_answer_can_be_changed_and_the_others_stay(client_of, alice):
    browser = client_of(alice)
    page = soup(browser.get(f"/proposals/guide/?{YES}"))
    links = [link["href"] for link in page.select("dl.summary a")]
    assert len(links) == 4
    again = browser.get(links[1])
    assert soup(again).legend.text.strip() == guide.DATA.label
    assert soup(again).find("input", {"value": "yes"}).has_attr("checked")
    form = hidden_on(again)
    kept = {"what": ["new"], "ways": ["ddl", "direct"], "begun": ["buying"], "asked": ["data"]}
    assert form == kept
    changed = browser.get("/proposals/guide/", {**form, "data": "no"})
    assert soup(changed).h1.text == "No, you don’t need a proposal"


@pytest.mark.acl("ACL-9")
def test_a_prohibited_way_is_told_in_the_letters_sentence_with_what_is_allowed(client_of, alice):
    text = words(client_of(alice).get(f"/proposals/guide/?{YES}"))
    assert (
        "CDSS does not allow “It connects to the CMIPS database or to an interface of it”" in text
    )
    assert "has the potential to impact statewide service to all users" in text
    assert "What is allowed: Import CMIPS Data Download (DDL) files" in text
    assert "Go no further before CDSS approves it." in text


@pytest.mark.acl("ACL-1")
def test_the_answers_are_carried_over_into_the_draft(client_of, alice):
    browser = client_of(alice)
    page = browser.get(f"/proposals/guide/?{YES}")
    form = form_on(page) | {"tool_name": "Visit Planner", "ways": ["ddl", "direct"]}
    answer = browser.post("/proposals/new/", form)
    draft = drafts_of(alice).get()
    assert answer["Location"] == f"/proposals/{draft.reference}/"
    assert (draft.tool_name, draft.tool_state, draft.work_begun) == (
        "Visit Planner",
        "new",
        "buying",
    )
    assert draft.cmips_methods == ["ddl", "direct"]
    assert browser.post("/proposals/new/", form)["Location"] == answer["Location"]
    assert drafts_of(alice).count() == 1


def test_a_mistake_in_the_name_keeps_the_answers_of_the_guide(client_of, alice):
    browser = client_of(alice)
    form = form_on(browser.get(f"/proposals/guide/?{YES}"))
    answer = browser.post("/proposals/new/", form | {"tool_name": "Case number 1234567"})
    assert answer.status_code == 422
    assert form_on(answer)["begun"] == "buying"
    assert "Yes, a purchase or contract has begun" in words(answer)


def test_no_form_field_of_the_guide_reaches_another_column(client_of, alice):
    """Only what the guide offers is carried over: neither free text nor another answer."""
    browser = client_of(alice)
    form = form_on(browser.get("/proposals/new/"))
    odd = {
        "what": "approved",
        "ways": "none",
        "work_begun": "using",
        "purpose": "x",
        "county": "58",
    }
    browser.post("/proposals/new/", form | odd)
    draft = drafts_of(alice).get()
    assert (draft.tool_state, draft.work_begun, draft.cmips_methods) == ("", "", [])
    assert (draft.purpose, draft.county.name) == ("", "Alameda")


def test_no_says_why_and_offers_to_ask_in_writing(client_of, alice):
    page = client_of(alice).get("/proposals/guide/?what=new&data=no")
    assert "CDSS’s approval is not needed" in words(page)
    link = soup(page).find("a", string="Start a proposal all the same")["href"]
    start = client_of(alice).get(link)
    assert "It uses no CMIPS data" in words(start)
    assert form_on(start)["data"] == "no"


@pytest.mark.acl("ACL-17")
def test_ask_cdss_names_the_letters_mailbox(client_of, alice):
    page = client_of(alice).get("/proposals/guide/?what=unsure&data=unsure&ways=unsure")
    assert soup(page).h1.text == "Ask CDSS"
    assert soup(page).main.find("a", href="mailto:CMIPSI-Requests@dss.ca.gov")


def test_a_stranger_reads_the_result_and_signs_in_to_start(client_of, carol):
    page = Client().get(f"/proposals/guide/?{YES}")
    link = soup(page).find("a", string="Sign in to start it")["href"]
    assert link.startswith("/accounts/login/?next=%2Fproposals%2Fguide%2F%3Fwhat%3Dnew")
    assert not soup(page).main.form
    assert not soup(client_of(carol).get(f"/proposals/guide/?{YES}")).main.form


def test_the_guide_stores_nothing(client_of, alice):
    before = JournalEntry.objects.count()
    client_of(alice).get(f"/proposals/guide/?{YES}")
    assert not drafts_of(alice).exists()
    assert JournalEntry.objects.count() == before


@pytest.mark.parametrize("page", ["/", "/proposals/new/", "/help/", "/proposals/"])
def test_the_guide_is_a_link_away(client_of, alice, page):
    browser = client_of(alice)
    assert soup(browser.get(page)).main.find("a", href="/proposals/guide/")


def test_home_with_proposals_leads_to_guide_copy_and_start(client_of, alice):
    make.draft(by=alice)
    main = soup(client_of(alice).get("/")).main
    for href in ("/proposals/guide/", "/proposals/copy/", "/proposals/new/"):
        assert main.find("a", href=href), href


# Copies


def copied(browser: Client, original: Proposal) -> Proposal:
    form = form_on(browser.get(f"/proposals/{original.reference}/copy/"))
    answer = browser.post(f"/proposals/{original.reference}/copy/", form)
    assert answer.status_code == 302, words(answer)
    return Proposal.objects.get(reference=answer["Location"].split("/")[2])


def test_a_copy_has_the_answers_contacts_and_rows(client_of, alice, amir):
    original = make.sent(by=alice).proposal
    browser = client_of(amir)
    draft = copied(browser, original)
    assert draft.reference != original.reference
    before, after = original.content(), draft.content()
    assert after["answers"] == before["answers"]
    assert (after["data_in"], after["data_out"]) == (before["data_in"], before["data_out"])
    assert draft.contacts.get(kind="program").address == "1 Lake Street\nOakland, CA 94612"
    assert (draft.is_draft, draft.created_by, draft.county) == (True, amir, original.county)
    assert messages_on(browser.get(f"/proposals/{draft.reference}/")) == [
        f"{draft.reference} is a copy of {original.reference}. Change what differs."
    ]


@pytest.mark.acl("ACL-10")
def test_a_copy_has_no_signature_no_agreement_no_document_and_no_review(client_of, alice):
    original = make.draft(by=alice)
    kinds = {"kind": "security_plan", "label": "internal"}
    Document.objects.add(original, make.a_file(), by=alice, **kinds)
    review = make.in_review(make.sent(original, by=alice))
    draft = copied(client_of(alice), original)
    assert not SignedCopy.objects.filter(proposal=draft).exists()
    assert not draft.documents.exists()
    assert not hasattr(draft, "review")
    assert draft.revises is None
    review.refresh_from_db()
    assert review.where == "in_review"


def test_a_copy_takes_no_statement_and_so_no_text_that_looks_like_case_data(client_of, alice):
    """What its writer said of a text for one proposal is not said for another."""
    original = make.draft(by=alice)
    number = "The form has the number 123-45-6789."
    row = {**make.full_answers()["data_in"][0], "what": "Case number 1234567"}
    Proposal.objects.filter(pk=original.pk).update(hosting=number, not_case_data={"hosting": "x"})
    original.flows.filter(direction="in").update(what=row["what"])
    browser = client_of(alice)
    page = words(browser.get(f"/proposals/{original.reference}/copy/"))
    assert "“Where is it hosted?”, because it looks like" in page
    assert "“Data in 1: What data”, because it looks like" in page
    draft = copied(browser, original)
    assert (draft.hosting, draft.not_case_data) == ("", {})
    assert draft.flows.get(direction="in").what == ""
    assert draft.flows.get(direction="in").where == "CMIPS Data Download files"
    entry = JournalEntry.objects.get(act="copy", subject=draft.reference)
    assert entry.data == {"from": original.reference, "left_out": ["hosting", "in-0-what"]}
    assert "6789" not in str(draft.content()) and "1234567" not in str(draft.content())


def test_a_date_that_is_none_is_not_copied(alice):
    original = make.draft(by=alice)
    Proposal.objects.filter(pk=original.pk).update(
        implementation_date=None, unparsed={"implementation_date": "February 30"}
    )
    draft = Proposal.objects.get(pk=original.pk).copy(by=alice)
    assert (draft.implementation_date, draft.unparsed) == (None, {})


def test_a_draft_and_a_logged_proposal_are_copied_too(client_of, alice):
    for original in (make.draft(by=alice), make.logged(make.county("Alameda")).proposal):
        draft = copied(client_of(alice), original)
        assert draft.arrived_by == "portal"
        assert draft.tool_name == "Caseload Compass"
        assert draft.privacy_program_date == date(2025, 3, 15)


def test_copy_pressed_twice_makes_one_draft(client_of, alice):
    original = make.draft(by=alice)
    browser, url = client_of(alice), f"/proposals/{original.reference}/copy/"
    form = form_on(browser.get(url))
    first, second = browser.post(url, form), browser.post(url, form)
    assert first["Location"] == second["Location"]
    assert drafts_of(alice).count() == 2


@pytest.mark.parametrize("token", ["", "made-up"])
def test_a_copy_without_the_pages_token_makes_nothing_and_says_what_to_do(client_of, alice, token):
    original = make.draft(by=alice)
    answer = client_of(alice).post(f"/proposals/{original.reference}/copy/", {"token": token})
    assert answer.status_code == 422
    assert "This page was too old. Press the button again." in words(answer)
    assert drafts_of(alice).count() == 1


def test_the_token_of_one_proposal_copies_no_other(client_of, alice):
    one, other = make.draft(by=alice), make.draft(by=alice)
    form = form_on(client_of(alice).get(f"/proposals/{one.reference}/copy/"))
    answer = client_of(alice).post(f"/proposals/{other.reference}/copy/", form)
    assert answer.status_code == 422


def test_another_countys_proposal_cannot_be_copied(client_of, alice, bob):
    original = make.sent(by=alice).proposal
    browser, url = client_of(bob), f"/proposals/{original.reference}/copy/"
    assert browser.get(url).status_code == browser.post(url).status_code == 404
    assert original.reference not in words(browser.get("/proposals/copy/"))
    with pytest.raises(EditRefused):
        original.copy(by=bob)
    assert not drafts_of(bob).exists()


def test_a_discarded_draft_cannot_be_copied(client_of, alice):
    original = make.draft(by=alice)
    original.discard(by=alice)
    url = f"/proposals/{original.reference}/copy/"
    assert client_of(alice).get(url).status_code == 404


def test_the_copy_remembers_where_it_came_from(client_of, alice):
    original = make.draft(by=alice)
    draft = copied(client_of(alice), original)
    assert draft.copied_from == original
    task_list = soup(client_of(alice).get(f"/proposals/{draft.reference}/"))
    assert task_list.find("a", href=f"/proposals/{original.reference}/", string=original.reference)
    assert "Copied from" in task_list.get_text()
    assert f"from {original.reference} by Alice Nakamura" in words(client_of(alice).get("/"))


def test_a_copy_of_a_draft_that_was_discarded_names_it_without_a_link(client_of, alice):
    original = make.draft(by=alice)
    draft = copied(client_of(alice), original)
    original.discard(by=alice)
    task_list = soup(client_of(alice).get(f"/proposals/{draft.reference}/"))
    assert f"Copied from {original.reference}, which was discarded, on" in task_list.get_text()
    assert not task_list.find("a", string=original.reference)


def test_an_earlier_one_is_found_by_its_words(client_of, alice):
    make.draft(by=alice, tool_name="Visit Planner")
    make.sent(make.draft(by=alice, tool_name="Hours Overview"))
    browser = client_of(alice)
    text = words(browser.get("/proposals/copy/"))
    assert "Visit Planner" in text and "Hours Overview" in text
    text = words(browser.get("/proposals/copy/?q=brightwater+hours"))
    assert "Hours Overview" in text and "Visit Planner" not in text
    assert "Nothing matches “zebra”." in words(browser.get("/proposals/copy/?q=zebra"))


def test_a_search_of_too_many_words_is_named(client_of, alice):
    make.draft(by=alice)
    answer = client_of(alice).get("/proposals/copy/?q=" + "+".join("abcdefghi"))
    assert errors_on(answer) == ["Search for up to 8 words"]
    assert "Caseload Compass" in words(answer)


def test_with_nothing_to_copy_it_says_so(client_of, alice):
    assert "There is nothing to copy yet" in words(client_of(alice).get("/proposals/copy/"))


@pytest.mark.parametrize("page", ["", "copy/"])
def test_a_sent_proposal_leads_to_its_copy(client_of, alice, page):
    original = make.sent(by=alice).proposal
    answer = client_of(alice).get(f"/proposals/{original.reference}/{page}")
    assert f"/proposals/{original.reference}/copy/" in answer.content.decode()


def test_fields_that_were_left_out_have_names():
    for name in ANSWERS:
        assert copying.spoken(name)
    assert copying.spoken("out-2-where") == "Data out 3: Where it goes"


# The questions on paper


def asked_on(page) -> set[str]:
    """The questions of a sheet."""
    found = {dt.find(string=True).strip() for dt in soup(page).select("section dt")}
    return found


def test_the_whole_sheet_asks_every_question():
    page = Client().get("/proposals/questions/")
    assert asked_on(page) == {answer.label for answer in ANSWERS.values()}
    text = words(page)
    for label in ("Where it comes from", "Where it goes", "Incident-response plan"):
        assert label in text


def test_each_section_has_a_sheet_of_its_own():
    for section in SECTIONS:
        page = Client().get(f"/proposals/questions/{section.key}/")
        assert asked_on(page) == {answer.label for answer in section.answers}
        assert [h2.text for h2 in soup(page).main.select("h2")] == [section.title]


@pytest.mark.parametrize(("key", "names"), [(VENDOR, FOR_VENDOR), (IT, FOR_IT)])
def test_the_vendor_and_it_are_asked_what_they_know(key, names):
    page = Client().get(f"/proposals/questions/{key}/")
    assert asked_on(page) == {ANSWERS[name].label for name in names}
    assert ("Where it comes from" in words(page)) is (key == IT)


def test_a_sheet_asks_no_question_that_is_none():
    assert set(FOR_VENDOR) | set(FOR_IT) <= set(ANSWERS)
    assert {name for name in ANSWERS if name.startswith("vendor_")} <= set(FOR_VENDOR)
    assert {name for name in ANSWERS if name.startswith("technical_")} <= set(FOR_IT)


@pytest.mark.parametrize("key", SHEETS)
def test_every_sheet_says_what_not_to_write_and_where_the_answers_go(key, settings):
    settings.SITE_URL = "https://proposals.example.gov"
    page = Client().get(f"/proposals/questions/{key}/" if key else "/proposals/questions/")
    text = words(page)
    assert "Write no names of clients, no case numbers and no Social Security numbers" in text
    assert "types the answers in at https://proposals.example.gov" in text
    assert soup(page).select_one("button[data-print]")
    assert soup(page).select_one("nav [aria-current=page]").text == SHEETS[key].label


@pytest.mark.acl("ACL-10")
@pytest.mark.parametrize("key", SHEETS)
def test_the_signer_reads_beforehand_what_to_agree_to(key):
    make.next_letter(responsibilities=[f"Counties shall do {n}." for n in range(1, 7)])
    page = soup(Client().get(f"/proposals/questions/{key}/" if key else "/proposals/questions/"))
    agreed = [dt.find_next("dd").text for dt in page.select("dt") if "of 6" in dt.text]
    asks = key in (ALL, SIGNER)
    assert agreed == ([f"Counties shall do {n}." for n in range(1, 7)] if asks else [])
    assert ("version 2 in the portal" in page.main.text) is asks
    assert (STATEMENT in page.main.text) is asks


def test_there_is_no_sheet_of_another_name():
    assert Client().get("/proposals/questions/nothing/").status_code == 404
    assert ALL == ""


def test_the_sheets_are_a_link_away(client_of, alice):
    browser, draft = client_of(alice), make.draft(by=alice)
    for page in ("/proposals/new/", "/help/", f"/proposals/{draft.reference}/"):
        assert soup(browser.get(page)).find("a", href="/proposals/questions/"), page
    for section in SECTIONS:
        page = browser.get(f"/proposals/{draft.reference}/edit/{section.key}/")
        assert soup(page).find("a", href=f"/proposals/questions/{section.key}/"), section.key
