"""What a request begins with: points of the checklist, what is missing, the library's words."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal import clock
from portal.models import JournalEntry, Notice, OfficeClosure
from proposals.models import SignedCopy
from reviews import to_ask
from reviews.checklist import RULES
from reviews.deadlines import answer_by
from reviews.models import Finding, Request, Review, StandardWording
from tests import make
from tests.letters import of_sheet, on_one_line
from tests.pages import errors_on, form_on, soup, words
from tests.reviews.test_requesting import filled, row, url

pytestmark = [pytest.mark.django_db, pytest.mark.acl("ACL-7")]
SECRET = "Ask legal first."


@pytest.fixture
def review(carol) -> Review:
    return make.in_review()


def needs_documents(review: Review, *rules: str, note: str = "") -> None:
    values = {rule: {"choice": "documents", "note": note} for rule in rules}
    values["overlap"] = {"choice": "meets", "note": "Nothing alike."}
    Finding.objects.save_checklist(review, by=make.someone("carol"), values=values)


def asked_on(answer: Any) -> list[tuple[str, str]]:
    """What the rows of the page ask for, and why."""
    kept = form_on(answer)
    numbers = range(int(kept["item-TOTAL_FORMS"]))
    return [(kept[f"item-{n}-what"], kept[f"item-{n}-why"]) for n in numbers]


def usual(what: str) -> str:
    return StandardWording.objects.by_subject()[what][0].text


def test_each_point_that_needs_documents_becomes_an_item_with_the_usual_wording(
    client_of, carol, review
):
    needs_documents(review, "safeguards", "vendor")
    client = client_of(carol)
    answer = client.get(f"{url(review)}?from=checklist")
    assert asked_on(answer) == [
        ("document:security_plan", usual("document:security_plan")),
        ("document:business_associate", usual("document:business_associate")),
    ]
    day = answer_by(clock.today(), OfficeClosure.objects.closed(), 21).due
    assert form_on(answer)["item-0-by"] == f"{day:%B} {day.day}, {day.year}"
    assert client.post(url(review), form_on(answer)).status_code == 302
    assert Request.objects.get().items.count() == 2


@pytest.mark.parametrize("start", ["checklist", "missing"])
def test_the_letter_stands_drafted_beside_it_and_opening_the_page_changes_nothing(
    client_of, carol, start
):
    review = make.in_review(make.logged(purpose="", business_needs=""))
    needs_documents(review, "safeguards", "vendor")
    client = client_of(carol)
    version, entries = review.version, JournalEntry.objects.count()
    answer = client.get(f"{url(review)}?from={start}")
    assert not Request.objects.exists()
    assert JournalEntry.objects.count() == entries
    assert Review.objects.get().version == version
    drafted = of_sheet(answer)
    assert client.post(url(review), form_on(answer)).status_code == 302
    assert drafted == on_one_line(Request.objects.get().full_letter)


def test_every_rule_leads_to_something_that_can_be_asked(review):
    rules = [rule.key for rule in RULES if rule.key != "overlap"]
    needs_documents(review, *rules)
    content = SignedCopy.objects.latest("number").content
    findings = list(review.findings.all())
    rows = to_ask.from_checklist(findings, content, to_ask.AtHand.now(findings))
    assert {one["what"] for one in rows if one["what"]} <= to_ask.ASKABLE
    assert len(rows) == len(rules)
    assert all(one["why"] for one in rows if one["what"])


def test_a_note_of_the_checklist_stays_inside_until_it_is_chosen(client_of, carol, review):
    needs_documents(review, "safeguards", note=SECRET)
    client = client_of(carol)
    answer = client.get(f"{url(review)}?from=checklist")
    assert f"Note in the checklist, internal: {SECRET}" in words(answer)
    assert SECRET not in " ".join(str(value) for value in form_on(answer).values())
    shown = client.post(url(review), form_on(answer) | {"show": "letter"})
    assert SECRET not in soup(shown).select_one(".letter").text
    typed = form_on(answer) | {"item-0-wording": "note", "fill": "item-0", "item-0-why": "Mine."}
    assert asked_on(client.post(url(review), typed)) == [
        ("document:security_plan", f"Mine.\n\n{SECRET}")
    ]


def test_what_the_letter_asks_for_and_a_logged_proposal_lacks_becomes_items(client_of, carol):
    logged = make.logged(purpose="", program_phone="", business_needs="")
    review = make.in_review(logged)
    client = client_of(carol)
    answer = client.get(f"{url(review)}?from=missing")
    found = dict(asked_on(answer))
    assert {"answer:purpose", "answer:program_phone", "answer:business_needs"} <= set(found)
    assert found["answer:purpose"].startswith("The All County Letter asks for it. ")
    assert "which your proposal does not say yet" in form_on(answer)["words"]
    assert client.post(url(review), form_on(answer)).status_code == 302
    letter = Notice.objects.get(event__startswith="requested:")
    assert "The All County Letter asks for it." in letter.text


@pytest.mark.parametrize("start", ["checklist", "missing", "nonsense", ""])
def test_with_nothing_to_begin_with_there_is_one_empty_item(client_of, carol, review, start):
    answer = client_of(carol).get(f"{url(review)}?from={start}")
    assert asked_on(answer) == [("", "")]
    assert ("No such point was found" in words(answer)) is (start in ("checklist", "missing"))


def test_the_page_says_what_it_could_begin_with(client_of, carol, review):
    needs_documents(review, "safeguards", "vendor")
    page = soup(client_of(carol).get(url(review)))
    assert [link["href"] for link in page.select("main a[href*=from]")] == ["?from=checklist"]


class TestFillIn:
    def fill(self, client, review, **typed: str) -> Any:
        one = row(0, **{"why": "", "wording": ""} | typed)
        return client.post(url(review), filled(client, review, one, fill="item-0"))

    def test_the_usual_wording_comes_with_one_press(self, client_of, carol, review):
        answer = self.fill(client_of(carol), review)
        assert (answer.status_code, errors_on(answer)) == (200, [])
        assert asked_on(answer) == [("document:risk_assessment", usual("document:risk_assessment"))]
        assert soup(answer).select_one("[autofocus]")["id"] == "id_item-0-why"
        offered = soup(answer).select("#id_item-0-wording option")
        assert len(offered) == 1 + 1 + len(StandardWording.objects.by_subject()[""])
        assert offered[0].text == "The usual one"

    def test_the_chosen_one_takes_the_place_of_another_wording(self, client_of, carol, review):
        other = StandardWording.objects.by_subject()[""][1]
        answer = self.fill(
            client_of(carol),
            review,
            wording=str(other.pk),
            why=usual("document:risk_assessment"),
        )
        assert asked_on(answer)[0][1] == other.text

    def test_what_the_reviewer_wrote_stays(self, client_of, carol, review):
        answer = self.fill(client_of(carol), review, why="My own words.")
        text = usual("document:risk_assessment")
        assert asked_on(answer)[0][1] == f"My own words.\n\n{text}"
        again = client_of(carol).post(url(review), form_on(answer) | {"fill": "item-0"})
        assert asked_on(again)[0][1] == f"My own words.\n\n{text}"

    @pytest.mark.parametrize("wording", ["999999", "note", "x", "-1"])
    def test_a_forged_choice_gives_the_usual_wording(self, client_of, carol, review, wording):
        answer = self.fill(client_of(carol), review, wording=wording)
        assert asked_on(answer)[0][1] == usual("document:risk_assessment")

    def test_without_a_document_or_answer_nothing_is_filled_in(self, client_of, carol, review):
        answer = self.fill(client_of(carol), review, what="")
        assert asked_on(answer) == [("", "")]

    @pytest.mark.parametrize("which", ["item-9", "item-", "rows-0", "x"])
    def test_an_odd_button_fills_in_nothing(self, client_of, carol, review, which):
        client = client_of(carol)
        answer = client.post(url(review), filled(client, review, row(why=""), fill=which))
        assert asked_on(answer) == [("document:risk_assessment", "")]


class TestKeeping:
    def test_a_wording_to_keep_goes_into_the_library_when_the_request_is_sent(
        self, client_of, carol, review
    ):
        client = client_of(carol)
        typed = filled(client, review, row(why="Words worth keeping."), **{"item-0-keep": "on"})
        client.post(url(review), typed | {"show": "letter"})
        assert not StandardWording.objects.filter(added_by=carol).exists()
        assert client.post(url(review), typed).status_code == 302
        kept = StandardWording.objects.get(added_by=carol)
        assert (kept.what, kept.title) == ("document:risk_assessment", "Words worth keeping.")
        assert JournalEntry.objects.filter(act="add wording").count() == 1

    def test_one_that_is_there_already_is_not_added_again(self, client_of, carol, review):
        client = client_of(carol)
        one = row(why=usual("document:risk_assessment"))
        client.post(url(review), filled(client, review, one, **{"item-0-keep": "on"}))
        assert Request.objects.exists()
        assert not StandardWording.objects.filter(added_by=carol).exists()

    def test_a_long_one_has_its_first_words_as_title(self, carol):
        kept = StandardWording.objects.keep(by=carol, what="", text="Every word counts. " * 20)
        assert len(kept.title) <= 80
        assert kept.title.endswith("…") and kept.text.startswith(kept.title[:-1])


def test_the_same_thing_is_asked_for_once(client_of, carol, review):
    client = client_of(carol)
    rows = (row(0), row(1, "answer:hosting"), row(2, why="Again."))
    answer = client.post(url(review), filled(client, review, *rows))
    assert answer.status_code == 422
    assert errors_on(answer) == ["Item 3: Item 1 asks for this already. Put both into one item"]
    assert not Request.objects.exists()


def test_other_documents_may_be_several(client_of, carol, review):
    client = client_of(carol)
    rows = (row(0, "document:other"), row(1, "document:other", why="And a second."))
    assert client.post(url(review), filled(client, review, *rows)).status_code == 302


def test_a_date_years_ahead_is_refused(client_of, carol, review):
    client = client_of(carol)
    day = make.in_days(400)
    typed = filled(client, review, row(by=f"{day:%B} {day.day}, {day.year}"))
    answer = client.post(url(review), typed)
    assert errors_on(answer) == ["Item 1: Enter a date within a year from today"]


def test_two_hundred_items_are_refused_in_words(client_of, carol, review):
    client = client_of(carol)
    rows = [row(number, "document:other") for number in range(200)]
    answer = client.post(url(review), filled(client, review, *rows))
    assert answer.status_code == 422
    assert "Up to 30 rows fit here" in " ".join([*errors_on(answer), words(answer)])
    assert not Request.objects.exists()


def test_opening_it_asks_the_database_the_same_however_many_items_it_begins_with(
    client_of, carol, review
):
    client = client_of(carol)
    page = f"{reverse('request_documents', args=[review.reference])}?from=checklist"

    def opened() -> tuple[int, int]:
        """How many items the page begins with, and what it asks."""
        client.get(page)
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(page)
        return int(form_on(answer)["item-TOTAL_FORMS"]), len(asked)

    needs_documents(review, "safeguards", "manuals")
    few, asked_for_few = opened()
    # All that a letter can be drafted from: that it is incomplete begins a row that asks nothing.
    needs_documents(review, *(rule.key for rule in RULES if rule.key != "complete"))
    many, asked_for_many = opened()
    assert few < many
    assert asked_for_few == asked_for_many <= 20
