"""What someone hostile tries at CDSS's desk, with a role or without one, and that it stands."""

import io
import re
import time
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from portal import clock
from portal.models import JournalEntry, Notice, OfficeClosure, Role, User
from reviews import correcting
from reviews.decision_text import blanks
from reviews.letter_kinds import faults
from reviews.letter_papers import decision_on_paper
from reviews.models import Condition, Decision, Item, Message, Request, Review
from reviews.moves import MoveRefused
from reviews.papers import paper_of
from reviews.sheet import sheet
from tests import make
from tests.pages import errors_on, form_on, soup, words

pytestmark = pytest.mark.django_db

SOON = 2.0  # seconds of work, which a busy machine makes no more of


def in_time(do: Callable[[], Any]) -> Any:
    """What it gives; it may not take long."""
    began = time.process_time()
    found = do()
    assert time.process_time() - began < SOON
    return found


class TestTextsTooLong:
    """A text that is far too long is named as such; nothing is worked out of it."""

    LETTERS = ["[" + "a" * 100_000, "[a] " * 100_000, "a\n" * 200_000, "A" * 900_000]

    @pytest.mark.parametrize("text", ["[" + "a" * 500_000, "[1" * 250_000, "{" + "a " * 250_000])
    def test_a_bracket_that_nobody_closed_takes_no_time(self, text):
        assert in_time(lambda: blanks(text)) == []
        assert in_time(lambda: list(faults("approved", text)))

    @pytest.mark.parametrize("letter", LETTERS)
    @pytest.mark.parametrize("button", ["", "save", "pdf"])
    def test_of_a_decision_letter_no_sheet_and_no_pdf_is_made(
        self, letter, button, carol, client_of
    ):
        review = make.in_review(make.sent())
        page, client = reverse("recommend", args=[review.reference]), client_of(carol)
        typed = form_on(client.get(page)) | {"outcome": "approved", "more_reasons": "Fine."}
        typed |= {"letter": letter} | ({button: "1"} if button else {})
        answer = in_time(lambda: client.post(page, typed))
        assert answer.status_code == 422
        assert any("Shorten “Letter to the county”" in error for error in errors_on(answer))
        assert not soup(answer).select(".letter")

    def test_with_a_name_without_end_the_contacts_are_filled_in_at_once(self, carol, client_of):
        make.sent(tool_name="Home Visit Planner")
        client = client_of(carol)
        typed = form_on(client.get("/reviews/log/")) | {"county": "01", "fill": "1"}
        answer = in_time(
            lambda: client.post("/reviews/log/", typed | {"tool_name": "a\n" * 200_000})
        )
        assert answer.status_code == 200

    def test_of_a_template_no_example_is_written(self, dana, client_of):
        page, client = reverse("letter_template", args=["approved"]), client_of(dana)
        typed = form_on(client.get(page))
        many = "".join(f"{{x{number}}}" for number in range(50_000))
        answer = in_time(lambda: client.post(page, typed | {"text": many}))
        assert answer.status_code == 422
        assert any("Shorten “Text of the template”" in error for error in errors_on(answer))


class TestWhatAuditorsDoNotRead:
    """Overrides, drafts of decisions and the approvers' words about them are inside CDSS."""

    OVERRIDE, WORDS, DRAFTED = "Quagga-override", "Okapi-words", "Aardvark-draft"

    @pytest.fixture
    def review(self, alice, carol, dana):
        review = make.responded(make.requested(make.in_review(cmips_methods=["direct"])))
        draft = make.drafted_decision(review, override=self.OVERRIDE, reasons=[self.DRAFTED])
        draft.send_back(by=dana, why=self.WORDS)
        review.refresh_from_db()
        return review

    def said_to(self, client, review) -> str:
        notices = Notice.objects.filter(subject=review.reference)
        pages = [reverse(name, args=[review.reference]) for name in self.PAGES]
        pages += [reverse("review_letter", args=[review.reference, one.pk]) for one in notices]
        return "".join(client.get(page).content.decode() for page in pages)

    PAGES = ("review", "notices", "history", "changes", "review_similar")

    def test_a_draft_that_was_sent_back(self, review, frank, carol, client_of):
        assert self.WORDS in self.said_to(client_of(carol), review)
        said = self.said_to(client_of(frank), review)
        assert self.WORDS not in said and self.DRAFTED not in said

    def test_a_draft_that_waits_for_an_approver(self, review, frank, carol, client_of):
        make.drafted_decision(review, override=self.OVERRIDE, reasons=[self.DRAFTED])
        assert self.DRAFTED in self.said_to(client_of(carol), review)
        said = self.said_to(client_of(frank), review)
        assert self.DRAFTED not in said and self.OVERRIDE not in said

    @pytest.mark.parametrize("is_sent_back", [False, True])
    def test_what_a_draft_decides(self, is_sent_back, frank, carol, dana, client_of):
        outcome, review = "CDSS approval not needed", make.in_review()
        draft = make.drafted_decision(review, outcome="out_of_scope", reasons=[self.DRAFTED])
        if is_sent_back:
            draft.send_back(by=dana, why=self.WORDS)
        bundle = reverse("audit_bundle", args=[review.reference])
        for person, reads_it in ((carol, True), (frank, False)):
            client = client_of(person)
            assert (outcome in self.said_to(client, review)) is reads_it
            with zipfile.ZipFile(io.BytesIO(client.get(bundle).getvalue())) as packed:
                inside = b"".join(map(packed.read, packed.namelist())).decode(errors="replace")
            assert ("out_of_scope" in inside or outcome in inside) is reads_it
        history = words(client.get(reverse("history", args=[review.reference])))
        assert "Carol Whitfield drafted decision 1." in history

    def test_an_override_of_a_decision_that_left(self, review, frank, dana, carol, client_of):
        again = make.drafted_decision(review, override=self.OVERRIDE, reasons=[self.DRAFTED])
        again.release(by=dana)
        assert self.OVERRIDE in self.said_to(client_of(carol), review)
        said = self.said_to(client_of(frank), review)
        assert self.OVERRIDE not in said and self.WORDS not in said
        assert self.DRAFTED in said


class TestAConditionOfADecisionThatIsNoMore:
    @pytest.fixture
    def decision(self, alice, carol, dana):
        return make.decided(conditions=[make.condition("Wipe lost tablets.")])

    def decided_anew(self, decision, dana) -> Condition:
        review = decision.review
        review.refresh_from_db()
        review.reopen(by=dana, why="The vendor changed.")
        again = make.decided(review, conditions=[make.condition("Train all staff.")])
        return again.conditions.get()

    def test_is_not_confirmed_from_its_old_page(self, decision, alice, dana, client_of):
        page = reverse("confirm_condition", args=[decision.review.reference, 1])
        client = client_of(alice)
        typed = form_on(client.get(page)) | {"evidence": "We wiped one."}
        condition = self.decided_anew(decision, dana)
        answer = client.post(page, typed)
        assert answer.status_code == 409
        assert "CDSS decided anew since you opened the page" in words(answer)
        assert "We wiped one." in words(answer)
        condition.refresh_from_db()
        assert condition.confirmed_at is None
        assert client.post(page, form_on(client.get(page)) | typed | {"seen": condition.pk})
        condition.refresh_from_db()
        assert condition.evidence == "We wiped one."

    def test_nor_by_who_read_it_before(self, decision, alice, dana):
        known = Condition.objects.select_related("decision__review").get(decision=decision)
        self.decided_anew(decision, dana)
        with pytest.raises(MoveRefused):
            known.confirm(by=alice, evidence="We wiped one.")
        assert not Condition.objects.filter(confirmed_at__isnull=False).exists()

    def test_nor_while_the_proposal_is_reviewed_again(self, decision, alice, dana):
        known = Condition.objects.select_related("decision__review").get(decision=decision)
        decision.review.refresh_from_db()
        decision.review.reopen(by=dana, why="The vendor changed.")
        with pytest.raises(MoveRefused, match="reopened the proposal"):
            known.confirm(by=alice, evidence="We wiped one.")


@pytest.mark.parametrize("name", ["e\u0301\u0327", "Z\u0335\u0327" * 20])
def test_a_name_of_signs_that_are_drawn_as_one_makes_a_paper(name):
    proposal = make.sent(tool_name=name).proposal
    assert paper_of(proposal.copies.get(), proposal).startswith(b"%PDF-")


class TestTheAdministration:
    def sent(self, erin, client_of, page: str, **typed: str):
        address, client = f"/admin/portal/{page}", client_of(erin)
        fields = soup(client.get(address)).select("#content form [name]")
        known = {one["name"]: one.get("value", "") for one in fields if one.name == "input"}
        return client.post(address, known | {"is_active": "on", "role": "reviewer"} | typed)

    @pytest.mark.parametrize("name", ["Carol\r\nBcc: x@example.com", "\u202elorac", "Carol\x07"])
    def test_nothing_hidden_gets_into_a_name(self, name, erin, carol, client_of):
        answer = self.sent(erin, client_of, f"user/{carol.pk}/change/", name=name)
        assert answer.status_code == 200
        assert "Type it" in soup(answer).select_one(".errorlist").text
        carol.refresh_from_db()
        assert carol.name == "Carol Whitfield"

    @pytest.mark.parametrize(
        ("day", "sentence"),
        [
            ("0027-01-28", "Enter a year from 1990 to 2100."),
            ("9999-12-31", "Enter a year from 1990 to 2100."),
            ("2027-02-30", "Enter the date like 2027-01-28."),
        ],
    )
    def test_no_day_of_an_odd_year_is_closed(self, day, sentence, erin, client_of):
        before = OfficeClosure.objects.count()
        answer = self.sent(erin, client_of, "officeclosure/add/", date=day, name="Typed wrong")
        assert sentence in [one.text for one in soup(answer).select(".errorlist li")]
        assert OfficeClosure.objects.count() == before

    @pytest.mark.parametrize("asked", ["at__year=99999", "at__year=0", "at__day=x&at__month=13"])
    def test_a_list_asked_for_by_an_odd_date_is_no_fault(self, asked, erin, client_of):
        page = f"/admin/portal/journalentry/?{asked}"
        assert client_of(erin).get(page, follow=True).status_code == 200


@pytest.mark.parametrize(
    "blank", ["［date］", "【date】", "〔date〕", "⟦date⟧", "{ date }", "｛date｝"]
)
def test_what_looks_like_a_blank_keeps_a_letter_here_and_reads_as_typed(blank):
    letter = f"Do it by {blank}, please."
    assert blanks(letter) == ["date"]
    assert "".join(line.text for block in sheet(letter, letter) for line in block.lines) == letter


def test_a_receipt_years_before_the_one_on_record_was_typed_wrong(dana, client_of):
    review = make.sent()
    page, client = reverse("correct_receipt", args=[review.reference]), client_of(dana)
    typed = {"on": "1/15/1990", "at": "3 PM", "why": "The email is older."}
    answer = client.post(page, form_on(client.get(page)) | typed)
    assert answer.status_code == 422
    assert any("look at the date again" in error for error in errors_on(answer))


@pytest.mark.parametrize("hidden", ["seen", "token"])
@pytest.mark.parametrize("sent", ["", "abc", "9" * 600])
def test_what_nobody_sees_on_a_page_is_not_named_as_its_field(hidden, sent, carol, client_of):
    page = reverse("waive", args=[make.requested().review.reference])
    client = client_of(carol)
    typed = form_on(client.get(page)) | {"why": "We can do without.", hidden: sent}
    answer = client.post(page, typed)
    assert answer.status_code in (409, 422)
    assert errors_on(answer)
    for error in errors_on(answer):
        assert not re.search(r"seen|token|whole number|hidden", error, re.IGNORECASE), error


def test_the_way_back_to_a_queue_of_a_very_long_search_leads_there(carol, client_of):
    client, review = client_of(carol), make.sent()
    queue = f"http://testserver/reviews/?{urlencode({'view': 'all', 'q': 'é' * 2000})}"
    page = soup(client.get(reverse("review", args=[review.reference]), headers={"referer": queue}))
    (back,) = {link["href"] for link in page.select("a[href^='/reviews/?']")}
    assert client.get(back).status_code == 200


class TestWhoReviewsNoMore:
    """Somebody of CDSS who works for a county now: what is inside CDSS reaches them no more."""

    @pytest.fixture
    def gone(self, alice, carol, dana):
        """Makes Carol, who drafted and holds the review, staff of a county."""

        def leave() -> None:
            User.objects.filter(pk=carol.pk).update(role=Role.COUNTY)

        return leave

    def mailed(self, event: str) -> set[str]:
        return set(
            Notice.objects.get(event__startswith=event).recipients.values_list("email", flat=True)
        )

    def test_gets_no_words_of_an_approver(self, gone, carol, dana):
        draft = make.drafted_decision()
        gone()
        draft = Decision.objects.get(pk=draft.pk)
        draft.send_back(by=dana, why="Okapi-words")
        assert carol.email not in self.mailed("decision_sent_back:")

    def test_gets_no_message_of_another_county(self, gone, alice, carol):
        review = make.in_review()
        gone()
        Message.objects.write(Review.objects.get(pk=review.pk), by=alice, text="We wait.")
        assert carol.email not in self.mailed("message:")

    def test_holds_no_review_once_its_county_responds(self, gone, alice, carol):
        asked = make.requested()
        gone()
        asked = Request.objects.get(pk=asked.pk)
        make.responded(asked, by=alice)
        assert Review.objects.get(pk=asked.review_id).assignee is None
        assert carol.email not in self.mailed("response_arrived:")


def test_a_correction_pressed_twice_at_once_answers_twice_alike(dana, client_of, monkeypatch):
    """The second press is read before the first has done its act, and refused only then."""
    review, client = make.sent(), client_of(dana)
    page = reverse("correct_receipt", args=[review.reference])
    before = clock.pacific(clock.now() - timedelta(days=2))
    typed = {"on": f"{before:%Y-%m-%d}", "at": f"{before:%H:%M}", "why": "The email is older."}
    shown = client.post(page, form_on(client.get(page)) | typed)
    presses, preview = [], correcting._as_it_would_be

    def first_is_done_meanwhile(*given):
        if not presses:
            presses.append(True)
            presses.append(client_of(dana).post(page, form_on(shown)))
        return preview(*given)

    monkeypatch.setattr(correcting, "_as_it_would_be", first_is_done_meanwhile)
    second = client.post(page, form_on(shown))
    assert (second.status_code, second["Location"]) == (302, presses[1]["Location"])
    assert JournalEntry.objects.filter(act="correct receipt").count() == 1


@pytest.mark.parametrize(
    "letter", ["Dear Ann:\n\nReasons\n1. Fine.", "Reasons\nFine.\n\nSubject: X\nY."]
)
def test_a_letter_without_its_subject_in_front_makes_a_paper(letter, dana):
    decision = make.drafted_decision(letter=letter)
    decision.release(by=dana)
    assert decision_on_paper(decision).made().startswith(b"%PDF-")


def test_no_county_is_given_decades_by_a_digit_too_many(carol, client_of):
    item = make.requested().items.first()
    page = reverse("request_item", args=[item.request.review.reference, item.pk])
    typed = {"what": "extend", "until": "3/15/2072"}
    client = client_of(carol)
    answer = client.post(page, form_on(client.get(page)) | typed)
    assert answer.status_code == 422
    assert "Enter a date within a year from today" in errors_on(answer)
    assert Item.objects.get(pk=item.pk).by == item.by
