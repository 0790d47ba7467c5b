"""Data in and data out are rows, added and removed without a script (ACL-3)."""

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from proposals.models import Proposal
from proposals.sections import ROWS_LIMIT
from tests import make
from tests.pages import errors_on, form_on, messages_on


@pytest.fixture
def draft(alice):
    return Proposal.objects.start(make.county("Alameda"), by=alice, tool_name="Caseload Compass")


@pytest.fixture
def page(draft):
    return reverse("section", args=[draft.reference, "data"])


def rows_of(draft, direction: str) -> list[str]:
    found = Proposal.objects.whole().get(pk=draft.pk)
    return [flow.what for flow in found.flows.all() if flow.direction == direction]


def rows_on(answer, direction: str) -> int:
    soup = BeautifulSoup(answer.content, "html.parser")
    return len(soup.select(f'.boxed input[name^="{direction}-"][name$="-what"]'))


@pytest.mark.acl("ACL-3")
def test_an_input_and_an_output_are_kept_with_their_five_answers(client_of, draft, page, amir):
    browser = client_of(amir)
    typed = {
        "in-0-what": "Case, worker, reassessment due",
        "in-0-where": "CMIPS Data Download",
        "in-0-how_often": "daily",
        "in-0-transport": "sftp",
        "in-0-sensitive": "yes",
        "out-0-what": "Overdue reassessments",
        "out-0-where": "Supervisors",
    }
    browser.post(page, {"seen": 0, **typed})
    first = Proposal.objects.whole().get(pk=draft.pk).flows.first()
    assert first.row() == {
        "what": "Case, worker, reassessment due",
        "where": "CMIPS Data Download",
        "how_often": "daily",
        "transport": "sftp",
        "sensitive": "yes",
    }
    sent = form_on(browser.get(page))
    assert typed.items() <= sent.items()


def test_there_is_always_one_row_to_begin_with(client_of, page, amir):
    answer = client_of(amir).get(page)
    assert (rows_on(answer, "in"), rows_on(answer, "out")) == (1, 1)


def test_adding_a_row_saves_first_and_leads_to_the_new_row(client_of, draft, page, amir):
    browser = client_of(amir)
    answer = browser.post(page, {"seen": 0, "in-0-what": "Case list", "add": "in"})
    assert answer.url == f"{page}?add=in#id_in-1-what"
    assert rows_of(draft, "in") == ["Case list"]
    shown = browser.get(f"{page}?add=in")
    assert rows_on(shown, "in") == 2
    assert BeautifulSoup(shown.content, "html.parser").find(id="id_in-1-what")


def test_removing_a_row_saves_the_others_and_leads_to_the_one_in_its_place(
    client_of, draft, page, amir
):
    browser = client_of(amir)
    typed = {"in-0-what": "First", "in-1-what": "Second", "in-2-what": "Third"}
    answer = browser.post(page, {"seen": 0, **typed, "remove": "in-1"})
    assert answer.url == f"{page}#id_in-1-what"
    assert rows_of(draft, "in") == ["First", "Third"]
    answer = browser.post(page, form_on(browser.get(page)) | {"remove": "in-1"})
    assert answer.url == f"{page}#id_in-0-what"
    answer = browser.post(page, form_on(browser.get(page)) | {"remove": "in-0"})
    assert answer.url == f"{page}#id_in-0-what"
    assert rows_of(draft, "in") == []


@pytest.mark.parametrize("odd", ["in-", "in-x", "in-99999999999999999999", "up-1", "in-²", "-"])
def test_removing_a_row_that_is_none_saves_all(client_of, draft, page, amir, odd):
    client_of(amir).post(page, {"seen": 0, "in-0-what": "First", "remove": odd})
    assert rows_of(draft, "in") == ["First"]


def test_blank_rows_are_dropped(client_of, draft, page, amir):
    typed = {"in-0-what": "  ", "in-0-where": "", "in-1-what": "Second", "in-7-where": "DDL"}
    client_of(amir).post(page, {"seen": 0, **typed})
    assert rows_of(draft, "in") == ["Second", ""]


def test_a_row_with_case_data_keeps_its_other_answers_and_its_place(client_of, draft, page, amir):
    browser = client_of(amir)
    answer = browser.post(
        page,
        {
            "seen": 0,
            "in-1-what": "case number 1234567",
            "in-2-what": "Case list",
            "in-2-where": "DDL",
        },
    )
    assert answer.status_code == 422
    assert errors_on(answer) == [
        "“Data in 1: What data” is not saved. Take out the number: it looks like a case number"
    ]
    sent = form_on(answer)
    assert (sent["in-0-what"], sent["in-1-what"]) == ("case number 1234567", "Case list")
    assert rows_of(draft, "in") == ["", "Case list"]
    browser.post(page, sent | {"in-0-what-is_none": "on"})
    assert rows_of(draft, "in") == ["case number 1234567", "Case list"]
    # The row moves up; the same text isn't asked about again.
    sent = form_on(browser.get(page))
    assert browser.post(page, sent | {"out-0-what": "Lists"}).status_code == 302


def test_a_refused_answer_leaves_what_its_row_had(client_of, draft, page, amir):
    browser = client_of(amir)
    browser.post(page, {"seen": 0, "in-0-what": "First", "in-1-what": "Second"})
    typed = {"in-0-what": "", "in-1-what": "SSN 123-45-6789", "in-1-where": "DDL"}
    answer = browser.post(page, {"seen": 1, **typed})
    assert answer.status_code == 422
    assert rows_of(draft, "in") == ["Second"]
    assert form_on(answer)["in-0-what"] == "SSN 123-45-6789"


def test_forty_rows_are_enough_and_the_page_says_so(client_of, draft, page, amir):
    browser = client_of(amir)
    typed = {f"in-{n}-what": f"Data {n}" for n in range(ROWS_LIMIT)}
    answer = browser.post(page, {"seen": 0, **typed, "add": "in"})
    assert answer.url == f"{page}?add=in#id_in-39-what"
    shown = browser.get(answer.url)
    assert rows_on(shown, "in") == ROWS_LIMIT
    assert "A proposal takes up to 40 rows here" in shown.content.decode()
    assert 'value="in">Add another' not in shown.content.decode()
    assert len(rows_of(draft, "in")) == ROWS_LIMIT


def test_ten_thousand_rows_get_a_sentence_and_change_nothing(client_of, draft, page, amir):
    browser = client_of(amir)
    browser.post(page, {"seen": 0, "in-0-what": "Saved before"})
    typed = {f"in-{n}-what": f"Data {n}" for n in range(10_000)}
    answer = browser.post(page, {"seen": 1, **typed})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "Data in has 10,000 rows, and a proposal takes up to 40." in text
    assert "Data 9999" in text
    assert rows_of(draft, "in") == ["Saved before"]


def test_ten_thousand_blank_rows_are_nothing(client_of, draft, page, amir):
    typed = {f"in-{n}-what": "" for n in range(10_000)}
    assert client_of(amir).post(page, {"seen": 0, **typed}).status_code == 302
    assert rows_of(draft, "in") == []


def test_an_unknown_choice_in_a_row_is_refused_with_words(client_of, draft, page, amir):
    answer = client_of(amir).post(
        page, {"seen": 0, "in-0-what": "Case list", "in-0-transport": "pigeon"}
    )
    assert answer.status_code == 422
    assert errors_on(answer) == ["Choose from the answers shown"]
    assert rows_of(draft, "in") == ["Case list"]


def test_a_line_too_long_is_kept_and_named(client_of, draft, page, amir):
    browser = client_of(amir)
    answer = browser.post(page, {"seen": 0, "in-0-what": "x" * 301}, follow=True)
    assert "There is a problem in Data in and data out" in messages_on(answer)[0]
    assert errors_on(browser.get(page)) == ["Data in 1: Shorten “What data” by 1 character"]


def test_of_two_who_change_the_rows_the_later_sees_both(client_of, draft, page, alice, amir):
    hers, his = client_of(alice), client_of(amir)
    typed_by_him = form_on(his.get(page)) | {"in-0-what": "His list", "in-0-where": "DDL"}
    hers.post(page, form_on(hers.get(page)) | {"in-0-what": "Her list", "out-0-what": "Report"})
    answer = his.post(page, typed_by_him)
    assert answer.status_code == 409
    soup = BeautifulSoup(answer.content, "html.parser")
    box = " ".join(soup.select_one("[aria-labelledby=both-data_in]").text.split())
    assert box.startswith("Data in You, just now His list · from DDL Alice Nakamura, today at")
    assert "Her list" in box
    again = form_on(answer)
    assert (again["in-0-what"], again["out-0-what"]) == ("His list", "Report")
    his.post(page, again)
    assert (rows_of(draft, "in"), rows_of(draft, "out")) == (["His list"], ["Report"])


def test_rows_wear_no_script(client_of, draft, page, amir):
    browser = client_of(amir)
    browser.post(page, {"seen": 0, "in-0-what": "<script>alert(1)</script>"})
    assert "<script>alert" not in browser.get(page).content.decode()
    assert rows_of(draft, "in") == ["<script>alert(1)</script>"]
