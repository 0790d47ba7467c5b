"""Drafting a decision with its letter, sending it back, releasing it: page by page (ACL-6)."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal import clock
from portal.models import JournalEntry, Notice
from reviews import letters
from reviews.checklist import RULES
from reviews.models import Decision, DecisionDraft, Finding, Review
from reviews.moves import Status
from tests import make
from tests.pages import errors_on, form_on, messages_on, soup, words

pytestmark = pytest.mark.django_db

REASON = "It imports data download files only"


def url(review: Review, act: str = "recommend") -> str:
    return f"/reviews/{review.reference}/{act}/"


def write(days: int) -> str:
    """A day so many days from today, as a person types it."""
    day = make.in_days(days)
    return f"{day:%B} {day.day}, {day.year}"


def filled(client, review: Review, *conditions: dict[str, str], **changes: Any) -> dict[str, Any]:
    """The page's form with an approval typed into it."""
    typed = form_on(client.get(url(review)))
    typed |= {"outcome": "approved", "more_reasons": REASON}
    typed |= {"condition-TOTAL_FORMS": str(len(conditions))}
    for number, one in enumerate(conditions):
        typed |= {f"condition-{number}-{name}": value for name, value in one.items()}
    return typed | changes


def condition(text: str = "Wipe lost tablets.", by: str = "") -> dict[str, str]:
    return {"text": text, "by": by or write(60)}


def with_letter(client, review: Review, *conditions: dict[str, str], **changes: Any) -> Any:
    """The page after its first press: the letter is written and can be read."""
    answer = client.post(url(review), filled(client, review, *conditions, **changes))
    assert answer.status_code == 200, errors_on(answer)
    return answer


def sheet(answer: Any) -> str:
    """The letter on the page as it leaves, without the words that were struck out."""
    letter = soup(answer).select_one(".letter")
    for gone in letter.select("del"):
        gone.decompose()
    return " ".join(letter.get_text().split())


@pytest.fixture
def review(carol) -> Review:
    return make.in_review()


@pytest.fixture
def prohibited(carol) -> Review:
    """A review of a tool that signs in to CMIPS by itself."""
    return make.in_review(cmips_methods=["virtual_user"])


# Drafting


def test_the_first_press_writes_the_letter_and_decides_nothing(client_of, carol, review):
    client = client_of(carol)
    answer = with_letter(client, review, condition())
    letter = form_on(answer)["letter"]
    assert f"1. {REASON}." in letter
    assert f"Wipe lost tablets, by {write(60)}." in letter
    assert "approved with conditions" in letter
    assert "Read it, change what you like" in words(answer)
    assert not Decision.objects.exists()


@pytest.mark.acl("ACL-6")
def test_the_second_press_sends_the_letter_as_changed_to_the_approvers(client_of, carol, review):
    make.someone("dana")
    client = client_of(carol)
    typed = form_on(with_letter(client, review, condition()))
    typed["letter"] += "\r\n\r\nWith best regards."
    answer = client.post(url(review), typed)
    assert answer["Location"] == f"/reviews/{review.reference}/"
    shown = messages_on(client.get(answer["Location"]))
    assert shown == ["Sent to Dana Okafor, who gets an email."]
    decision = Decision.objects.get()
    assert decision.letter.endswith("With best regards.")
    assert (decision.reasons, decision.drafted_by) == ([REASON], carol)
    assert decision.conditions.get().text == "Wipe lost tablets."
    assert Notice.objects.filter(event__startswith="decision_drafted:").exists()
    review.refresh_from_db()
    assert review.where == Status.IN_REVIEW


@pytest.mark.acl("ACL-5")
def test_findings_of_the_checklist_can_be_ticked_as_reasons(client_of, carol, review):
    values = {"safeguards": {"choice": "meets", "note": "Only CDSS reads this note."}}
    Finding.objects.save_checklist(review, by=carol, values=values)
    client = client_of(carol)
    page = soup(client.get(url(review)))
    (box,) = page.select("input[name=reasons]")
    answer = with_letter(client, review, reasons=[box["value"]], more_reasons="")
    letter = form_on(answer)["letter"]
    assert box["value"].rstrip(".") in letter
    assert "Only CDSS reads this note." not in letter


def test_ticked_reasons_are_still_ticked_after_a_condition_was_added(client_of, carol, review):
    values = {
        rule: {"choice": "meets", "note": ""} for rule in ("safeguards", "no_direct", "complete")
    }
    Finding.objects.save_checklist(review, by=carol, values=values)
    client = client_of(carol)
    boxes = [box["value"] for box in soup(client.get(url(review))).select("input[name=reasons]")]
    typed = filled(client, review, reasons=boxes[:2], add="condition")
    answer = client.post(url(review), typed)
    kept = form_on(answer)
    assert kept["reasons"] == boxes[:2]
    assert (kept["outcome"], kept["more_reasons"]) == (["approved"], REASON)
    assert kept["condition-TOTAL_FORMS"] == "1"
    assert soup(answer).select_one("[autofocus]")["id"] == "id_condition-0-text"


def test_a_condition_is_removed_and_the_letter_typed_so_far_stays(client_of, carol, review):
    client = client_of(carol)
    typed = form_on(with_letter(client, review, condition("First."), condition("Second.")))
    answer = client.post(url(review), typed | {"letter": "By hand.", "remove": "condition-0"})
    kept = form_on(answer)
    assert (kept["condition-TOTAL_FORMS"], kept["condition-0-text"]) == ("1", "Second.")
    assert kept["letter"] == "By hand."
    assert (answer.status_code, errors_on(answer)) == (200, [])


def test_a_letter_changed_by_hand_is_kept_when_its_reasons_change_and_the_page_says_so(
    client_of, carol, review
):
    client = client_of(carol)
    typed = form_on(with_letter(client, review))
    answer = client.post(url(review), typed | {"letter": "By hand.", "more_reasons": "Another one"})
    assert answer.status_code == 200
    assert form_on(answer)["letter"] == "By hand."
    assert "changed after you changed this letter by hand" in words(answer)
    assert not Decision.objects.exists()
    assert client.post(url(review), form_on(answer)).status_code == 302
    assert Decision.objects.get().letter == "By hand."


def test_a_letter_nobody_touched_follows_what_it_was_written_from(client_of, carol, review):
    client = client_of(carol)
    typed = form_on(with_letter(client, review))
    answer = client.post(url(review), typed | {"more_reasons": "Another one"})
    letter = form_on(answer)["letter"]
    assert "Another one" in letter
    assert REASON not in letter
    assert not Decision.objects.exists()


def test_written_again_the_letter_is_the_portals_own(client_of, carol, review):
    client = client_of(carol)
    first = with_letter(client, review)
    typed = form_on(first) | {"letter": "By hand.", "write": "again"}
    assert form_on(client.post(url(review), typed))["letter"] == form_on(first)["letter"]


def test_what_the_reviewer_changed_is_marked_on_the_sheet_beside_the_form(client_of, carol, review):
    client = client_of(carol)
    typed = form_on(with_letter(client, review))
    typed["letter"] = typed["letter"].replace("Caseload Compass", "The Compass")
    # Two reasons now, so that the page comes back.
    answer = client.post(url(review), typed | {"more_reasons": f"{REASON}\nSecond"})
    sheet = soup(answer).select_one(".letter")
    assert "The" in " ".join(one.text for one in sheet.select("ins"))
    assert "Caseload" in " ".join(one.text for one in sheet.select("del"))


@pytest.mark.parametrize("blank", ["[reasons]", "[condition 2]", "[date of condition 1]"])
def test_a_blank_left_in_the_letter_keeps_it_here(client_of, carol, review, blank):
    client = client_of(carol)
    typed = form_on(with_letter(client, review))
    typed["letter"] += f"\r\nBy {blank}."
    answer = client.post(url(review), typed)
    assert answer.status_code in (409, 422)
    assert f"Fill the blank “{blank.strip('[]')}”" in errors_on(answer)[0]
    assert blank in form_on(answer)["letter"]
    assert not Decision.objects.exists()


def test_brackets_of_the_reviewers_own_are_no_blank(client_of, carol, review):
    client = client_of(carol)
    typed = form_on(with_letter(client, review))
    typed["letter"] += "\r\nSee our letter [2]."
    assert client.post(url(review), typed).status_code == 302


@pytest.mark.parametrize(
    ("conditions", "changes", "sentence"),
    [
        ((), {"outcome": ""}, "Choose an outcome"),
        ((), {"outcome": "perhaps"}, "Choose from the answers shown"),
        ((), {"more_reasons": " "}, "Give at least one reason"),
        ((), {"more_reasons": "x" * 3001}, "3,000"),
        ((), {"more_reasons": "About 123-45-6789."}, "Social Security"),
        ((condition(by="January 5, 2026"),), {}, "Enter a date that is still ahead"),
        ((condition(by=write(0)),), {}, "Enter a date that is still ahead"),
        ((condition(by="next year"),), {}, "Enter the date like March 15, 2027"),
        ((condition(text=" "),), {}, "Write what the county must do, or remove the condition"),
    ],
)
def test_a_mistake_is_named_with_everything_typed_kept(
    client_of, carol, review, conditions, changes, sentence
):
    client = client_of(carol)
    typed = filled(client, review, *conditions, **changes)
    answer = client.post(url(review), typed)
    assert answer.status_code == 422
    assert any(sentence in error for error in errors_on(answer)), errors_on(answer)
    assert soup(answer).title.text.startswith("Error: ")
    kept = form_on(answer)
    assert kept["more_reasons"] == typed["more_reasons"]
    for number, one in enumerate(conditions):
        assert kept[f"condition-{number}-by"] == one["by"]
    assert not Decision.objects.exists()


def test_where_the_checklist_has_reasons_that_none_was_chosen_is_said_there(
    client_of, carol, review
):
    checked(review, carol)
    client = client_of(carol)
    answer = client.post(url(review), filled(client, review, more_reasons=" "))
    assert errors_on(answer) == ["Give at least one reason"]
    page = soup(answer)
    first = page.select_one(page.select_one(".errors a")["href"])
    assert (first["type"], first["name"]) == ("checkbox", "reasons")
    other = page.select_one("#id_more_reasons")
    assert other.get("aria-invalid") is None


def test_each_error_of_conditions_names_its_condition(client_of, carol, review):
    client = client_of(carol)
    typed = filled(client, review, condition(by="soon"), condition(" "))
    answer = client.post(url(review), typed)
    assert errors_on(answer) == [
        "Condition 1: Enter the date like March 15, 2027",
        "Condition 2: Write what the county must do, or remove the condition",
    ]
    links = [link["href"] for link in soup(answer).select(".errors a")]
    assert links == ["#id_condition-0-by", "#id_condition-1-text"]


def test_only_an_approval_has_conditions(client_of, carol, review):
    client = client_of(carol)
    typed = filled(client, review, condition(), outcome="out_of_scope", letter="A letter.")
    answer = client.post(url(review), typed)
    if answer.status_code == 200:
        answer = client.post(url(review), form_on(answer))
    assert answer.status_code in (409, 422)
    assert "Only an approval has conditions" in " ".join(errors_on(answer))
    assert not Decision.objects.exists()


# What can't be decided


@pytest.mark.acl("ACL-7")
def test_not_approving_stays_in_sight_with_the_reason_why_it_is_not_possible_yet(
    client_of, carol, review
):
    client = client_of(carol)
    page = client.get(url(review))
    radio = soup(page).select_one("input[value=not_approved]")
    assert radio.has_attr("disabled")
    why = "CDSS must have requested documents, or found a prohibited method."
    assert why in words(page)
    answer = client.post(url(review), filled(client, review, outcome="not_approved"))
    assert answer.status_code == 422
    assert not Decision.objects.exists()


@pytest.mark.acl("ACL-7")
def test_after_a_request_it_can_be_not_approved(client_of, carol):
    review = make.responded()
    client = client_of(carol)
    typed = form_on(with_letter(client, review, outcome="not_approved"))
    assert "does not approve it" in typed["letter"]
    assert client.post(url(review), typed).status_code == 302


@pytest.mark.acl("ACL-9")
def test_a_prohibited_method_can_be_not_approved_at_once_with_what_is_allowed_instead(
    client_of, carol, prohibited
):
    client = client_of(carol)
    typed = form_on(with_letter(client, prohibited, outcome="not_approved"))
    assert "What is allowed instead" in typed["letter"]
    assert client.post(url(prohibited), typed).status_code == 302


@pytest.mark.acl("ACL-9")
def test_approving_in_spite_of_a_prohibited_method_needs_a_reason_that_stays_inside(
    client_of, carol, dana, prohibited
):
    client = client_of(carol)
    answer = client.post(url(prohibited), filled(client, prohibited))
    assert answer.status_code == 422
    assert errors_on(answer) == ["Write why it is approved all the same"]
    typed = form_on(with_letter(client, prohibited, override="The Quagga pilot ends in May."))
    assert "Quagga" not in typed["letter"]
    assert client.post(url(prohibited), typed).status_code == 302
    assert Decision.objects.get().override == "The Quagga pilot ends in May."
    assert "Quagga" in words(client_of(dana).get(url(prohibited, "release")))


def test_without_a_prohibited_method_nobody_is_asked_for_such_a_reason(client_of, carol, review):
    assert not soup(client_of(carol).get(url(review))).select("[name=override]")


# Twice, and too late


def test_the_form_sent_twice_drafts_one_decision(client_of, carol, review):
    client = client_of(carol)
    typed = form_on(with_letter(client, review))
    first, second = (client.post(url(review), typed) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Decision.objects.count() == 1


def test_of_two_who_draft_the_second_keeps_the_letter_and_learns_who_was_first(
    client_of, carol, dana, review
):
    client = client_of(carol)
    typed = form_on(with_letter(client, review)) | {"letter": "A letter of mine."}
    make.drafted_decision(review, by=dana)
    answer = client.post(url(review), typed)
    assert answer.status_code == 409
    assert "Dana Okafor drafted a decision on" in errors_on(answer)[0]
    review.refresh_from_db()
    kept = form_on(answer)
    assert (kept["letter"], kept["seen"]) == ("A letter of mine.", str(review.version))
    assert Decision.objects.count() == 1


def test_while_one_is_drafted_the_page_says_by_whom(client_of, dana, review):
    make.drafted_decision(review)
    answer = client_of(dana).get(url(review))
    assert answer.status_code == 409
    assert "Carol Whitfield drafted a decision" in words(answer)


# Send back


def test_a_draft_sent_back_comes_back_to_its_reviewer_as_it_was(client_of, carol, dana, review):
    make.drafted_decision(review, conditions=[make.condition()], letter="By hand.")
    client = client_of(dana)
    typed = form_on(client.get(url(review, "send-back"))) | {"why": "Name the data center."}
    assert client.post(url(review, "send-back"), typed).status_code == 302
    assert Notice.objects.filter(event__startswith="decision_sent_back:").exists()
    page = client_of(carol).get(url(review))
    assert "Name the data center." in words(page)
    kept = form_on(page)
    assert (kept["outcome"], kept["letter"]) == (["approved"], "By hand.")
    assert kept["more_reasons"] == REASON
    assert kept["condition-0-text"] == make.condition()["text"]


def test_a_draft_is_not_sent_back_without_a_reason(client_of, dana, review):
    make.drafted_decision(review)
    client = client_of(dana)
    answer = client.post(url(review, "send-back"), form_on(client.get(url(review, "send-back"))))
    assert (answer.status_code, errors_on(answer)) == (422, ["Write the reason"])
    assert Decision.objects.pending().exists()


# Release


def released(client, review: Review) -> Any:
    return client.post(url(review, "release"), form_on(client.get(url(review, "release"))))


@pytest.mark.acl("ACL-6")
@pytest.mark.acl("ACL-8")
def test_the_letter_leaves_exactly_as_drafted_and_answers_the_period(
    client_of, carol, dana, review
):
    letter = "Dear Alice,\n\n  CDSS approves it – <b>truly</b> & wholly.\n\nCDSS"
    make.drafted_decision(review, letter=letter)
    client = client_of(dana)
    page = client.get(url(review, "release"))
    assert "<b>truly</b>" not in page.content.decode()
    assert "CDSS approves it – <b>truly</b> & wholly." in sheet(page)
    answer = released(client, review)
    assert answer["Location"] == f"/reviews/{review.reference}/"
    shown = messages_on(client.get(answer["Location"]))
    assert shown == ["Released. The letter is on its way."]
    review.refresh_from_db()
    decision = Decision.objects.get()
    assert review.where == Status.APPROVED
    assert (decision.released_by, decision.letter) == (dana, letter)
    notice = Notice.objects.get(event__startswith="decision:")
    assert letter in notice.text
    assert review.rounds.get().answer_notice == notice
    parts = " ".join(one.part for one in notice.recipients.all())
    for part in ("program contact", "technical contact", "sender", "preparer"):
        assert part in parts


@pytest.mark.parametrize(
    ("outcome", "status"),
    [("not_approved", Status.NOT_APPROVED), ("out_of_scope", Status.OUT_OF_SCOPE)],
)
def test_each_outcome_leads_to_its_own_status(client_of, dana, outcome, status):
    review = make.responded()
    make.drafted_decision(review, outcome=outcome)
    assert released(client_of(dana), review).status_code == 302
    review.refresh_from_db()
    assert (review.where, review.due) == (status, None)


def test_the_second_click_answers_like_the_first_and_one_letter_leaves(client_of, dana, review):
    make.drafted_decision(review)
    client = client_of(dana)
    typed = form_on(client.get(url(review, "release")))
    first, second = (client.post(url(review, "release"), typed) for _ in range(2))
    assert (first.status_code, second.status_code) == (302, 302)
    assert first["Location"] == second["Location"]
    assert Notice.objects.filter(event__startswith="decision:").count() == 1


def test_who_drafted_it_does_not_release_it(client_of, dana, review):
    make.drafted_decision(review, by=dana)
    client = client_of(dana)
    page = client.get(url(review, "release"))
    assert "Someone else has to release it" in words(page)
    assert not soup(page).find("button", string="Release the decision")
    answer = client.post(url(review, "release"), form_on(page))
    assert answer.status_code == 409
    assert "You drafted this decision" in errors_on(answer)[0]
    assert Decision.objects.pending().exists()


def test_by_setting_one_person_may_draft_and_release(client_of, dana, review, settings):
    settings.SECOND_LOOK = False
    make.drafted_decision(review, by=dana)
    assert released(client_of(dana), review).status_code == 302
    assert Decision.objects.get().released_by == dana


@pytest.mark.parametrize(
    ("hour", "is_warned"), [(time(16, 59), False), (time(17, 0), True), (time(23, 59), True)]
)
def test_after_office_hours_on_the_last_day_the_approver_is_warned(
    client_of, dana, review, hour, is_warned
):
    make.drafted_decision(review)
    review.refresh_from_db()
    with clock.travel(clock.instant(review.due, hour)):
        page = words(client_of(dana).get(url(review, "release")))
    assert ("It is after office hours on the last day" in page) == is_warned


def test_the_evening_before_the_last_day_warns_of_nothing(client_of, dana, review):
    make.drafted_decision(review)
    review.refresh_from_db()
    with clock.travel(clock.instant(review.due - timedelta(days=1), time(23, 30))):
        page = words(client_of(dana).get(url(review, "release")))
    assert "after office hours" not in page


def test_a_draft_sent_back_meanwhile_is_not_released(client_of, dana, review):
    decision = make.drafted_decision(review)
    client = client_of(dana)
    typed = form_on(client.get(url(review, "release")))
    decision.send_back(by=make.person("olga@cdss.example.gov", role="approver"), why="Wait.")
    answer = client.post(url(review, "release"), typed)
    assert answer.status_code == 409
    assert "sent the drafted decision back" in words(answer)
    assert not Notice.objects.filter(event__startswith="decision:").exists()


def test_a_newer_draft_is_not_released_from_the_page_of_the_older(client_of, carol, dana, review):
    first = make.drafted_decision(review)
    client = client_of(dana)
    typed = form_on(client.get(url(review, "release")))
    first.send_back(by=dana, why="Name the risk.")
    review.refresh_from_db()
    make.drafted_decision(review, by=carol, letter="Another letter, not read yet.")
    answer = client.post(url(review, "release"), typed)
    assert answer.status_code == 409
    assert "Another letter, not read yet." in sheet(answer)
    assert Decision.objects.pending().exists()


def test_a_proposal_withdrawn_meanwhile_is_not_decided(client_of, dana, alice, review):
    make.drafted_decision(review)
    client = client_of(dana)
    typed = form_on(client.get(url(review, "release")))
    review.refresh_from_db()
    review.withdraw(by=alice)
    for answer in (client.post(url(review, "release"), typed), client.get(url(review, "release"))):
        assert answer.status_code == 409
        assert "Alice Nakamura withdrew the proposal" in words(answer)
    assert not Notice.objects.filter(event__startswith="decision:").exists()


def test_a_release_asks_the_database_no_more_than_it_must(client_of, dana, review):
    make.drafted_decision(review)
    client = client_of(dana)
    typed = form_on(client.get(url(review, "release")))
    with CaptureQueriesContext(connection) as captured:
        assert client.post(url(review, "release"), typed).status_code == 302
    asked = [one["sql"] for one in captured]
    assert len(asked) <= 28
    for table in ("reviews_condition", "portal_governingletter", "reviews_correspondent"):
        assert sum(f'FROM "{table}"' in sql for sql in asked) == 1, table


@pytest.mark.parametrize("step", ["record", "decision", "answer", "keep"])
def test_a_release_that_fails_at_any_step_leaves_nothing_behind(dana, review, monkeypatch, step):
    decision = make.drafted_decision(review)

    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("broken off")

    broken = {
        "record": "reviews.models.Review.record",
        "decision": "reviews.letters.decision",
        "answer": "reviews.models.Round.answer",
        "keep": "reviews.models.decisions.DecisionQuerySet.update",
    }[step]
    before = JournalEntry.objects.count()
    monkeypatch.setattr(broken, fail)
    with pytest.raises(RuntimeError):
        decision.release(by=dana)
    kept = Decision.objects.get()
    assert kept.is_pending and kept.notice is None and kept.frame == {}
    assert Review.objects.get(pk=review.pk).where == Status.IN_REVIEW
    assert review.rounds.get().answered_at is None
    assert JournalEntry.objects.count() == before
    assert not Notice.objects.filter(event__startswith="decision:").exists()


def test_a_condition_whose_day_passed_since_the_draft_is_not_released(client_of, dana, review):
    make.drafted_decision(review, conditions=[make.condition(days=3)])
    with clock.travel(clock.instant(make.in_days(4), time(10))):
        answer = released(client_of(dana), review)
    assert answer.status_code == 409
    assert "The date of condition 1 has passed since this was drafted" in errors_on(answer)[0]
    assert Decision.objects.get().is_pending


def test_a_blank_that_came_past_the_form_is_not_released(client_of, dana, review):
    make.drafted_decision(review)
    Decision.objects.update(letter="By [date], as {reasons} say.")
    answer = released(client_of(dana), review)
    assert answer.status_code == 409
    assert "Fill the blank “date” in the letter" in errors_on(answer)[0]


def test_a_condition_may_end_on_a_day_off_and_there_are_no_five_hundred(client_of, carol, review):
    client = client_of(carol)
    sunday = next(days for days in range(30, 37) if make.in_days(days).weekday() == 6)
    typed = form_on(with_letter(client, review, condition(by=write(sunday))))
    many = typed | {"condition-TOTAL_FORMS": "500"}
    many |= {
        f"condition-{number}-{name}": value
        for number in range(500)
        for name, value in condition().items()
    }
    answer = client.post(url(review), many)
    assert answer.status_code == 422
    assert any("Up to 30 rows fit here" in one for one in errors_on(answer))
    assert client.post(url(review), typed).status_code == 302


def test_an_approver_sees_what_of_the_checklist_is_not_met(client_of, carol, dana, review):
    values = {
        "safeguards": {"choice": "documents", "note": "The plan is old."},
        "no_direct": {"choice": "meets", "note": ""},
    }
    Finding.objects.save_checklist(review, by=carol, values=values)
    review.refresh_from_db()
    make.drafted_decision(review)
    page = words(client_of(dana).get(url(review, "release")))
    assert "PSCI protected: administrative, physical, technical safeguards: Needs documents" in page
    assert "The plan is old." in page
    assert "DDL import serves reporting needs: Not looked at yet" in page
    assert "No direct connection" not in page


def test_an_approver_sees_the_difference_from_the_letter_as_it_was_written_then(
    client_of, dana, review
):
    text = letters.decision_text(review, "approved", [REASON], [])
    make.drafted_decision(review, letter=text.replace("CDSS approves it.", "CDSS likes it."))
    # What the portal would write now differs: the mark is against what it wrote then.
    review.correspondents.filter(part="program").update(name="Someone Else")
    letter = soup(client_of(dana).get(url(review, "release"))).select_one(".letter")
    assert [one.text for one in letter.select("ins")] == ["likes"]
    assert [one.text.strip() for one in letter.select("del")] == ["approves"]


# Beginning with the checklist


def checked(review: Review, carol: Any, **choices: str) -> None:
    values = {rule.key: {"choice": choices.get(rule.key, "meets"), "note": ""} for rule in RULES}
    Finding.objects.save_checklist(review, by=carol, values=values)


def test_where_every_row_is_met_an_approval_is_drafted_with_its_letter(client_of, carol, review):
    checked(review, carol, research="not_applicable")
    client = client_of(carol)
    assert "Fill in from the checklist" in words(client.get(url(review)))
    page = client.get(f"{url(review)}?from=checklist")
    kept = form_on(page)
    assert "The checklist names no outcome" not in words(page)
    assert (kept["outcome"], len(kept["reasons"])) == (["approved"], len(RULES) - 1)
    assert f"{len(RULES) - 1}. CDSS is not implementing the same itself." in kept["letter"]
    assert not Decision.objects.exists()
    assert client.post(url(review), kept).status_code == 302
    assert Decision.objects.get().letter == Decision.objects.get().standard


def test_rows_that_are_not_met_are_ticked_and_the_outcome_is_left_to_the_reviewer(
    client_of, carol, review
):
    checked(review, carol, safeguards="documents", program="fails")
    page = client_of(carol).get(f"{url(review)}?from=checklist")
    kept = form_on(page)
    assert "outcome" not in kept
    assert "The checklist names no outcome" in words(page)
    assert "Fill in from the checklist" not in words(page)
    assert len(kept["reasons"]) == 2
    assert all(one.startswith("It was not shown that") for one in kept["reasons"])


def test_a_draft_that_was_sent_back_is_gone_on_with_until_another_is_asked_for(
    client_of, carol, dana, review
):
    checked(review, carol)
    decision = make.drafted_decision(review, letter="Dear Maria:\n\nIn our own words.")
    client = client_of(carol)
    decision.send_back(by=dana, why="Name the tablet.")
    page = client.get(f"/reviews/{review.reference}/")
    change = soup(page).find("a", string="Change the draft")
    assert change["href"] == url(review)
    typed = form_on(page) | {"then": "decide"}
    answer = client.post(f"/reviews/{review.reference}/checklist/", typed)
    assert (answer.status_code, answer["Location"]) == (302, url(review))
    opened = client.get(url(review))
    assert "In our own words." in form_on(opened)["letter"]
    anew = soup(opened).find("a", string="Begin anew from the checklist")
    assert "In our own words." not in form_on(client.get(url(review) + anew["href"]))["letter"]


def test_late_in_a_period_too_the_page_leads_to_the_draft_that_was_sent_back(
    client_of, carol, dana
):
    with make.days_ago(26):
        review = make.in_review()
    make.drafted_decision(review).send_back(by=dana, why="Name the tablet.")
    page = soup(client_of(carol).get(f"/reviews/{review.reference}/"))
    assert page.find("a", string="Change the draft that was sent back")["href"] == url(review)
    assert not page.find("a", string="decide, with the findings as reasons")
    assert not page.find("a", string="Change the draft")


def test_after_a_request_what_fails_leads_to_not_approving(client_of, carol):
    review = make.responded()
    checked(review, carol, safeguards="fails")
    kept = form_on(client_of(carol).get(f"{url(review)}?from=checklist"))
    assert (kept["outcome"], len(kept["reasons"])) == (["not_approved"], 1)
    assert "does not approve it" in kept["letter"]


def test_a_prohibited_method_is_never_proposed_for_approval(client_of, carol, prohibited):
    checked(prohibited, carol)
    assert "outcome" not in form_on(client_of(carol).get(f"{url(prohibited)}?from=checklist"))


# Saving a draft, to go on later


def save(client: Any, review: Review, **changes: Any) -> Any:
    typed = filled(client, review, condition(by="some day"), **changes)
    return client.post(url(review), typed | {"save": "1"})


def test_a_draft_is_saved_unfinished_and_gone_on_with(client_of, carol, review):
    client = client_of(carol)
    answer = save(client, review, letter="Half a letter [date]", more_reasons="Half a rea")
    assert answer["Location"] == f"/reviews/{review.reference}/"
    assert messages_on(client.get(answer["Location"])) == ["Draft saved. Only CDSS sees it."]
    page = client.get(url(review))
    kept = form_on(page)
    assert "You go on with a saved draft" in words(page)
    assert (kept["outcome"], kept["more_reasons"]) == (["approved"], "Half a rea")
    assert (kept["letter"], kept["condition-0-by"]) == ("Half a letter [date]", "some day")
    entry = JournalEntry.objects.get(act="save decision draft")
    assert entry.data == {"version": 1, "status": "in_review"}
    assert not Decision.objects.exists() and not Notice.objects.filter(event__startswith="dec")


def test_a_colleague_goes_on_with_it_and_whoever_was_second_is_told(client_of, carol, dana, review):
    first, second = client_of(carol), client_of(dana)
    old = filled(first, review) | {"save": "1"}
    assert save(second, review, more_reasons="Of Dana").status_code == 302
    answer = first.post(url(review), old)
    assert answer.status_code == 409
    assert "Dana Okafor saved another draft" in errors_on(answer)[0]
    assert form_on(answer)["more_reasons"] == REASON
    assert first.post(url(review), form_on(answer) | {"save": "1"}).status_code == 302
    assert form_on(second.get(url(review)))["more_reasons"] == REASON


def test_once_it_is_handed_over_no_draft_is_left(client_of, carol, review):
    client = client_of(carol)
    save(client, review)
    typed = form_on(with_letter(client, review))
    assert client.post(url(review), typed).status_code == 302
    assert DecisionDraft.objects.of(review) is None
    Decision.objects.get().send_back(by=make.someone("dana"), why="Name the tablets.")
    page = client.get(url(review))
    assert "You go on with a saved draft" not in words(page)
    assert form_on(page)["more_reasons"] == REASON


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"more_reasons": "About 123-45-6789."}, "Social Security"),
        ({"letter": "A sign \x07 of none."}, "signs that can’t be shown"),
        ({"letter": "x" * 12_001}, "Shorten “Letter to the county” by 1 character"),
    ],
)
def test_what_cannot_be_kept_is_named_and_nothing_is_saved(
    client_of, carol, review, changes, sentence
):
    answer = save(client_of(carol), review, **changes)
    assert answer.status_code == 422
    assert any(sentence in error for error in errors_on(answer)), errors_on(answer)
    assert not DecisionDraft.objects.exists()


def test_of_a_withdrawn_proposal_no_draft_is_saved(client_of, carol, alice, review):
    client = client_of(carol)
    typed = filled(client, review) | {"save": "1"}
    review.withdraw(by=alice)
    answer = client.post(url(review), typed)
    assert answer.status_code == 409
    assert not DecisionDraft.objects.exists()


# How a condition is shown, and who gets the draft


def test_how_a_condition_is_shown_goes_into_the_letter_and_to_the_county(
    client_of, carol, dana, alice, review
):
    client = client_of(carol)
    typed = form_on(with_letter(client, review, condition() | {"shown": "A test report"}))
    assert "How you show it: A test report." in typed["letter"]
    assert client.post(url(review), typed).status_code == 302
    Decision.objects.get().release(by=dana)
    here = f"/proposals/{review.reference}/"
    assert "How it is shown: A test report" in words(client_of(alice).get(here))
    page = words(client_of(alice).get(f"{here}conditions/1/"))
    assert "How it is shown: A test report" in page


def test_the_page_names_the_one_approver_there_is(client_of, carol, dana, review):
    page = client_of(carol).get(url(review))
    assert "Dana Okafor checks it and releases the letter." in words(page)
    answer = with_letter(client_of(carol), review)
    assert soup(answer).find("button", string="Send to Dana Okafor")
    make.person("olga@cdss.example.gov", role="approver")
    assert "An approver checks it" in words(client_of(carol).get(url(review)))


def test_a_saved_draft_shows_what_was_changed_by_hand(client_of, carol, review):
    client = client_of(carol)
    typed = form_on(with_letter(client, review, condition()))
    typed["letter"] = typed["letter"].replace("CDSS approves it,", "CDSS likes it,")
    assert client.post(url(review), typed | {"save": "1"}).status_code == 302
    page = client.get(url(review))
    assert [one.text for one in soup(page).select(".letter ins")] == ["likes"]
    assert "Underlined words are yours" in words(page)
    assert client.post(url(review), form_on(page)).status_code == 302
    assert Decision.objects.get().letter == typed["letter"].replace("\r\n", "\n")


def test_a_letter_nobody_touched_shows_its_blank_and_is_written_again_once_that_is_filled(
    client_of, carol, review
):
    client = client_of(carol)
    typed = form_on(with_letter(client, review)) | {"condition-TOTAL_FORMS": "1"}
    typed |= {"condition-0-text": "Wipe lost tablets.", "condition-0-by": ""}
    answer = client.post(url(review), typed)
    assert answer.status_code == 422
    blank = "[date of condition 1]"
    assert blank in form_on(answer)["letter"]
    link = soup(answer).find("a", string="Fill the date of condition 1")
    assert link["href"] == "#id_condition-0-by"
    filled_in = form_on(answer) | {"condition-0-by": write(60)}
    answer = client.post(url(review), filled_in)
    assert (answer.status_code, errors_on(answer)) == (200, [])
    assert blank not in form_on(answer)["letter"]
    assert client.post(url(review), form_on(answer)).status_code == 302
