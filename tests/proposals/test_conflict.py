"""Two colleagues save one section: both texts are shown, one is chosen, and nothing is dropped."""

import json

import pytest
from django.urls import reverse

from portal import clock
from proposals.models import Proposal, SetAside
from proposals.sections import ROWS_LIMIT
from tests import make
from tests.pages import form_on, soup, words

SSN = "Login 123-45-6789 works"


@pytest.fixture
def draft(alice):
    return Proposal.objects.start(make.county("Alameda"), by=alice, tool_name="Caseload Compass")


@pytest.fixture
def amy(db):
    """A third colleague in Alameda."""
    return make.person("amy@alameda.example.gov", of=make.county("Alameda"))


def now(draft) -> Proposal:
    return Proposal.objects.whole().get(pk=draft.pk)


def address(draft, section="purpose", name="section") -> str:
    return reverse(name, args=[draft.reference, section])


def stored(draft, name: str):
    return now(draft).content()["answers"][name]


def rows_of(draft, direction="in") -> list[str]:
    return [row["what"] for row in now(draft).content()[f"data_{direction}"]]


def set_aside(draft) -> list[tuple[str, str, str]]:
    return [(one.field, one.text, one.written_by.name) for one in draft.set_aside.all()]


@pytest.fixture
def collide(client_of, draft, alice, amir):
    """collide("purpose", {hers}, {his}) is the page that Amir gets who saves after Alice."""

    def both(section, hers, his):
        page = address(draft, section)
        typed = form_on(client_of(amir).get(page)) | his
        saved = client_of(alice).post(page, form_on(client_of(alice).get(page)) | hers)
        assert saved.status_code == 302
        answer = client_of(amir).post(page, typed)
        assert answer.status_code == 409
        return answer

    return both


def resolve(client, draft, answer, section="purpose", **choices):
    """Choose on the page of two texts, and press Save."""
    chosen = {f"keep-{part}": choice for part, choice in choices.items()}
    return client.post(address(draft, section), form_on(answer) | chosen)


def test_the_page_shows_both_texts_with_whose_and_when_and_marks_what_differs(collide):
    answer = collide(
        "purpose", {"purpose": "Finds overdue cases."}, {"purpose": "Finds overdue visits."}
    )
    box = soup(answer).select_one("[aria-labelledby=both-purpose]")
    assert box.select_one("h4").text == "You, just now"
    assert box.select("h4")[1].text.startswith("Alice Nakamura, today at ")
    assert [mark.text for mark in box.select("mark")] == ["visits.", "cases."]
    labels = [label.text.strip() for label in box.select("label")]
    assert labels == ["Keep mine", "Keep Alice Nakamura’s", "Keep both, one after the other"]
    assert form_on(answer)["keep-purpose"] == ["mine"]
    assert "Alice Nakamura saved this section today at" in words(answer)


def test_mine_is_kept_and_the_colleague_s_set_aside(collide, client_of, draft, alice, amir):
    answer = collide("purpose", {"purpose": "Hers"}, {"purpose": "His"})
    assert resolve(client_of(amir), draft, answer).status_code == 302
    assert stored(draft, "purpose") == "His"
    (kept,) = draft.set_aside.all()
    assert (kept.field, kept.label, kept.text) == ("purpose", "Purpose and function", "Hers")
    assert (kept.written_by, kept.set_aside_by) == (alice, amir)
    assert kept.written_at <= kept.set_aside_at
    page = words(client_of(alice).get(address(draft)))
    assert "Texts set aside (1)" in page
    assert "Written by Alice Nakamura today at" in page
    assert "by Amir Haddad Hers" in page
    assert "Texts set aside" not in words(client_of(alice).get(address(draft, "tool")))


def test_the_colleague_s_is_kept_and_mine_set_aside(collide, client_of, draft, amir):
    answer = collide("purpose", {"purpose": "Hers"}, {"purpose": "His"})
    assert resolve(client_of(amir), draft, answer, purpose="theirs").status_code == 302
    assert stored(draft, "purpose") == "Hers"
    assert set_aside(draft) == [("purpose", "His", "Amir Haddad")]


def test_both_are_kept_one_after_the_other(collide, client_of, draft, amir):
    answer = collide("purpose", {"purpose": "Hers"}, {"purpose": "His"})
    assert resolve(client_of(amir), draft, answer, purpose="both").status_code == 302
    assert stored(draft, "purpose") == "Hers\n\nHis"
    assert set_aside(draft) == []


@pytest.mark.parametrize(
    ("choice", "left"),
    [
        ("mine", [("purpose", "Hers", "Alice Nakamura")]),
        ("theirs", [("purpose", "His", "Amir Haddad")]),
        ("both", []),
    ],
)
def test_what_the_script_saves_first_and_the_button_again_happens_once(
    collide, client_of, draft, amir, choice, left
):
    answer = collide("purpose", {"purpose": "Hers"}, {"purpose": "His"})
    sent = form_on(answer) | {"keep-purpose": choice}
    told = client_of(amir).post(address(draft, name="autosave"), sent)
    assert told.status_code == 200
    first = stored(draft, "purpose")
    again = sent | {"seen": told.json()["seen"], "shown": told.json()["shown"]}
    assert client_of(amir).post(address(draft), again).status_code == 302
    assert stored(draft, "purpose") == first
    assert set_aside(draft) == left


def test_a_third_colleague_who_saves_meanwhile_is_shown_too(
    collide, client_of, draft, alice, amir, amy
):
    answer = collide("purpose", {"purpose": "Hers"}, {"purpose": "His"})
    third = form_on(client_of(amy).get(address(draft)))
    client_of(amy).post(
        address(draft), third | {"purpose": "Amy's", "business_needs": "Less paper"}
    )
    again = resolve(client_of(amir), draft, answer, purpose="theirs")
    assert again.status_code == 409
    box = soup(again).select_one("[aria-labelledby=both-purpose]").text
    assert "His" in box
    assert "Amy's" in box
    # The text he chose is gone, so he is asked anew.
    assert form_on(again)["keep-purpose"] == ["mine"]
    assert form_on(again)["business_needs"] == "Less paper"
    assert resolve(client_of(amir), draft, again, purpose="both").status_code == 302
    assert stored(draft, "purpose") == "Amy's\n\nHis"
    assert stored(draft, "business_needs") == "Less paper"


def test_a_choice_stays_when_a_third_colleague_changed_another_answer(
    collide, client_of, draft, amir, amy
):
    answer = collide("purpose", {"purpose": "Hers"}, {"purpose": "His"})
    third = form_on(client_of(amy).get(address(draft)))
    client_of(amy).post(address(draft), third | {"business_needs": "Less paper"})
    again = resolve(client_of(amir), draft, answer, purpose="theirs")
    assert again.status_code == 409
    assert form_on(again)["keep-purpose"] == ["theirs"]
    assert client_of(amir).post(address(draft), form_on(again)).status_code == 302
    assert (stored(draft, "purpose"), stored(draft, "business_needs")) == ("Hers", "Less paper")


def test_choices_dates_and_ticks_can_be_chosen_between(collide, client_of, draft, amir):
    hers = {
        "cmips_methods": ["ddl"],
        "privacy_program_date": "3/15/2027",
        "reached_from": "intranet",
    }
    his = {
        "cmips_methods": ["ddl", "typed_in"],
        "privacy_program_date": "February 30, 2027",
        "reached_from": "internet",
    }
    answer = collide("how", hers, his)
    kept = {name for name in form_on(answer) if name.startswith("keep-")}
    assert kept == {f"keep-{name}" for name in hers}
    assert "keep both" not in words(answer).lower()
    chosen = {"cmips_methods": "theirs", "privacy_program_date": "theirs"}
    saved = resolve(client_of(amir), draft, answer, "how", **chosen)
    assert saved.status_code == 302
    assert stored(draft, "cmips_methods") == ["ddl"]
    assert stored(draft, "privacy_program_date") == "2027-03-15"
    assert now(draft).unparsed == {}
    assert stored(draft, "reached_from") == "internet"
    found = {field: (text, who) for field, text, who in set_aside(draft)}
    assert found["privacy_program_date"] == ("February 30, 2027", "Amir Haddad")
    assert "\n" in found["cmips_methods"][0]
    assert found["reached_from"][1] == "Alice Nakamura"


def test_a_tick_can_be_chosen_between(collide, client_of, draft, alice, amir):
    draft.save_section("contacts", {"same_person": True}, by=alice, seen=0)
    page = address(draft, "contacts")
    his = form_on(client_of(amir).get(page))
    hers = {name: value for name, value in his.items() if name != "same_person"}
    client_of(alice).post(page, hers)
    answer = client_of(amir).post(page, {**his, "seen": 0, "shown": "{}"})
    assert answer.status_code == 409
    resolve(client_of(amir), draft, answer, "contacts", same_person="theirs")
    assert stored(draft, "same_person") is False
    assert ("same_person", "Yes", "Amir Haddad") in set_aside(draft)


def test_rows_are_chosen_by_their_direction(collide, client_of, draft, alice, amir):
    rows = [{"what": "First"}]
    draft.save_section("data", {"data_in": rows, "data_out": rows}, by=alice, seen=0)
    hers = {"in-0-what": "Her list", "out-0-what": "Her report"}
    his = {"in-0-what": "His list", "in-1-what": "More", "out-0-what": "His report"}
    answer = collide("data", hers, his)
    assert "Keep the rows of both" in words(answer)
    saved = resolve(client_of(amir), draft, answer, "data", data_in="both", data_out="theirs")
    assert saved.status_code == 302
    assert rows_of(draft) == ["Her list", "His list", "More"]
    assert rows_of(draft, "out") == ["Her report"]
    assert set_aside(draft) == [("data_out", "His report", "Amir Haddad")]


def test_rows_that_the_colleague_removed_are_gone_or_kept_as_chosen(
    collide, client_of, draft, alice, amir
):
    draft.save_section("data", {"data_in": [{"what": "First"}]}, by=alice, seen=0)
    answer = collide("data", {"in-0-what": ""}, {"in-0-what": "First, changed"})
    box = soup(answer).select_one("[aria-labelledby=both-data_in]")
    assert "Nothing" in box.text
    again = resolve(client_of(amir), draft, answer, "data", data_in="theirs")
    assert again.status_code == 302
    assert rows_of(draft) == []
    assert set_aside(draft) == [("data_in", "First, changed", "Amir Haddad")]


def test_more_rows_than_a_proposal_takes_are_not_put_together(collide, client_of, draft, amir):
    hers = {f"in-{n}-what": f"Hers {n}" for n in range(ROWS_LIMIT)}
    answer = collide("data", hers, {"in-0-what": "His"})
    assert "Keep the rows of both" not in words(answer)
    forced = resolve(client_of(amir), draft, answer, "data", data_in="both")
    assert forced.status_code == 422
    assert "Data in has 41 rows" in words(forced)
    assert rows_of(draft) == [f"Hers {n}" for n in range(ROWS_LIMIT)]
    assert resolve(client_of(amir), draft, answer, "data").status_code == 302
    assert rows_of(draft) == ["His"]
    ((_, text, _),) = set_aside(draft)
    assert text.split("\n") == [f"Hers {n}" for n in range(ROWS_LIMIT)]


@pytest.mark.parametrize("choice", ["mine", "theirs", "both"])
def test_what_looks_like_case_data_is_neither_stored_nor_set_aside(
    collide, client_of, draft, amir, choice
):
    answer = collide("purpose", {"purpose": "Hers"}, {"purpose": SSN})
    after = resolve(client_of(amir), draft, answer, purpose=choice)
    assert after.status_code == (302 if choice == "theirs" else 422)
    assert stored(draft, "purpose") == "Hers"
    assert set_aside(draft) == []
    if choice == "mine":
        # Mended on that page, it still sets the colleague's text aside.
        mended = form_on(after) | {"purpose": "Mended"}
        assert client_of(amir).post(address(draft), mended).status_code == 302
        assert set_aside(draft) == [("purpose", "Hers", "Alice Nakamura")]


def test_a_row_that_looks_like_case_data_is_not_set_aside(collide, client_of, draft, amir):
    his = {"in-0-what": SSN, "in-1-what": "Case list"}
    answer = collide("data", {"in-0-what": "Hers"}, his)
    resolve(client_of(amir), draft, answer, "data", data_in="theirs")
    assert rows_of(draft) == ["Hers"]
    assert SSN not in json.dumps(set_aside(draft))
    assert ("data_in", "Case list", "Amir Haddad") in set_aside(draft)


def test_one_person_in_two_windows_reads_that_it_was_they_themselves(client_of, draft, amir):
    page, browser = address(draft), client_of(amir)
    old = form_on(browser.get(page)) | {"purpose": "Second window"}
    browser.post(page, form_on(browser.get(page)) | {"purpose": "First window"})
    answer = browser.post(page, old)
    assert "You saved this section today at" in words(answer)
    assert "Keep what was saved before" in words(answer)


def test_a_choice_that_is_none_is_mine(collide, client_of, draft, amir):
    answer = collide("purpose", {"purpose": "Hers"}, {"purpose": "His"})
    assert resolve(client_of(amir), draft, answer, purpose="nobody's").status_code == 302
    assert stored(draft, "purpose") == "His"
    assert set_aside(draft) == [("purpose", "Hers", "Alice Nakamura")]


def test_nothing_is_kept_when_the_save_comes_after_sending(collide, client_of, draft, amir):
    answer = collide("purpose", {"purpose": "Hers"}, {"purpose": "His"})
    Proposal.objects.filter(pk=draft.pk).update(sent_at=clock.now())
    assert resolve(client_of(amir), draft, answer).status_code == 409
    assert set_aside(draft) == []


def test_a_text_set_aside_is_kept_once(collide, client_of, draft, alice, amir):
    for _ in range(2):
        answer = collide("purpose", {"purpose": "Hers"}, {"purpose": "His"})
        resolve(client_of(amir), draft, answer)
        draft.refresh_from_db()
    assert set_aside(draft) == [("purpose", "Hers", "Alice Nakamura")]


def test_what_is_set_aside_is_no_part_of_what_is_signed(alice):
    proposal = make.draft(by=alice)
    before = proposal.content()
    _aside(proposal, alice)
    assert now(proposal).content() == before
    make.sent(proposal)
    assert "Zebra" not in json.dumps(proposal.copies.get().content)


def _aside(proposal, person) -> None:
    SetAside.objects.create(
        proposal=proposal,
        section="purpose",
        field="purpose",
        label="Purpose and function",
        text="Zebra-text",
        written_by=person,
        written_at=clock.now(),
        set_aside_by=person,
        set_aside_at=clock.now(),
    )
