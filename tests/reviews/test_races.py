"""Many at once on one proposal: one takes effect, the others are told, nothing is doubled.

Real threads, each with its own connection, held at a barrier so that they truly start together.
On PostgreSQL a control takes the condition out of the UPDATE that is the lock, and the race shows.
"""

import contextlib
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.urls import reverse

from portal import access, clock, journal
from portal.models import JournalEntry, Notice, NoticeRecipient, Role, User
from proposals.models import EditRefused, Proposal, SignedCopy, StaleSection
from reviews.models import Asking, Decision, Item, Request, Review, Round
from reviews.moves import MoveRefused, Status
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 20


@dataclass
class Outcome:
    """What came of one act: what it gave back, or what it raised."""

    name: str
    result: Any = None
    raised: Exception | None = None

    @property
    def won(self) -> bool:
        return self.raised is None


def at_once(acts: Iterable[tuple[str, Callable[[], Any]]]) -> list[Outcome]:
    """Does all acts at the same time, each in a thread with a connection of its own."""
    acts = list(acts)
    start = threading.Barrier(len(acts), timeout=180)
    outcomes: list[Outcome] = []

    def do(name: str, act: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            start.wait()
            outcomes.append(Outcome(name, result=act()))
        except Exception as raised:  # noqa: BLE001 whatever it was, the test looks at it
            outcomes.append(Outcome(name, raised=raised))
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=one) for one in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == len(acts)
    return outcomes


def winners(outcomes: list[Outcome]) -> list[Outcome]:
    return [one for one in outcomes if one.won]


def others_were_told(outcomes: list[Outcome], refusal: type[Exception], *words: str) -> None:
    """Everyone but the winner was refused, in a sentence that says what happened meanwhile."""
    for one in outcomes:
        if not one.won:
            assert isinstance(one.raised, refusal), repr(one.raised)
            assert all(word in str(one.raised) for word in words), str(one.raised)


@pytest.fixture(autouse=True)
def nothing_is_broken_or_doubled():
    """After each race: the journal is gapless and whole, nobody gets the same letter twice."""
    yield
    assert journal.verify() == []
    numbers = list(JournalEntry.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    letters = Counter(NoticeRecipient.objects.values_list("notice__event", "email"))
    assert [letter for letter, times in letters.items() if times > 1] == []


def told(prefix: str) -> list[str]:
    """The events of one kind that became a letter."""
    return list(Notice.objects.filter(event__startswith=prefix).values_list("event", flat=True))


def journaled(act: str, reference: str) -> int:
    """How often the journal has the move, whose acts it names in plain words."""
    plain = act.replace("_", " ")
    return JournalEntry.objects.filter(act=plain, subject=reference).count()


# Sending


def sends(proposal: Proposal, by: User) -> list[tuple[str, Callable[[], Any]]]:
    """Twenty signers' sends of one draft, each as its own page knows the proposal."""
    signed = {"name": by.name, "title": by.title, "agreements": make.agreements()}
    return [
        (
            "send",
            partial(
                Review.objects.send,
                Proposal.objects.get(pk=proposal.pk),
                by=User.objects.get(pk=by.pk),
                **signed,
            ),
        )
        for _ in range(MANY)
    ]


def is_sent_once(proposal: Proposal) -> None:
    """One review, one running period, one signed copy, one receipt, one entry in the journal."""
    review = Review.objects.get(proposal=proposal)
    assert review.status == Status.SUBMITTED
    assert review.version == 1
    period = Round.objects.get(review=review)
    assert period.is_open and review.due == period.due
    assert SignedCopy.objects.filter(proposal=proposal).count() == 1
    assert len(told(f"receipt:{proposal.reference}:")) == 1
    assert len(told(f"new_proposal:{proposal.reference}:")) == 1
    assert journaled("send", proposal.reference) == 1


def test_of_twenty_sends_at_once_one_sends_and_the_others_are_told_who_did(alice):
    proposal = make.draft(by=alice)
    outcomes = at_once(sends(proposal, alice))
    assert len(winners(outcomes)) == 1
    others_were_told(outcomes, MoveRefused, "Alice Nakamura sent the proposal to CDSS")
    is_sent_once(proposal)


def test_a_draft_taken_back_and_sent_by_twenty_again_gets_one_more_period(alice):
    proposal = make.draft(by=alice)
    make.sent(proposal, by=alice).recall(by=alice)
    outcomes = at_once(sends(proposal, alice))
    assert len(winners(outcomes)) == 1
    others_were_told(outcomes, MoveRefused, "Alice Nakamura sent the proposal to CDSS")
    review = Review.objects.get(proposal=proposal)
    assert [period.number for period in review.rounds.all()] == [1, 2]
    assert review.rounds.filter(answered_at=None, voided_at=None).count() == 1
    assert SignedCopy.objects.filter(proposal=proposal).count() == 2
    assert len(told(f"receipt:{proposal.reference}:")) == 2


class PassedTheLock:
    """Counts how often a step after the lock was reached, whatever became of it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, owner: type, step: str) -> None:
        self.times = 0
        real = getattr(owner, step)

        def counted(*args: Any, **kwargs: Any) -> Any:
            self.times += 1
            return real(*args, **kwargs)

        monkeypatch.setattr(owner, step, counted)


def looks_first(proposal: Proposal) -> Any:
    """What a careless guard does: it looks whether the proposal is a draft, then writes anyway."""
    there = Proposal.objects.filter(pk=proposal.pk)
    return there if there.filter(sent_at__isnull=True).exists() else there.none()


@pytest.mark.postgres
def test_control_without_the_condition_more_than_one_send_passes(alice, monkeypatch):
    passed = PassedTheLock(monkeypatch, type(Review.objects), "_held")
    guarded = make.draft(by=alice)
    at_once(sends(guarded, alice))
    assert passed.times == 1

    monkeypatch.setattr(Proposal, "editable", looks_first)
    one_by_one = make.draft(by=alice)
    passed.times = 0
    for _, send in sends(one_by_one, alice)[:3]:
        with contextlib.suppress(MoveRefused):
            send()
    assert passed.times == 1, "one after the other even a careless guard holds"

    raced = make.draft(by=alice)
    passed.times = 0
    at_once(sends(raced, alice))
    assert passed.times > 1, "the race is not real"
    # The unique constraints and the review's own status are a second net behind the lock.
    is_sent_once(raced)


# Contrary acts on a drafted decision


@pytest.fixture
def drafted(alice, dana) -> Decision:
    return make.drafted_decision(make.in_review(make.sent(by=alice)))


def contrary_acts(
    decision: Decision, alice: User, dana: User, order: int
) -> list[tuple[str, Callable[[], Any]]]:
    """Dana releases, Dean sends back, Alice withdraws: twenty in all, from the same page."""
    dean = User.objects.filter(email="dean@cdss.example.gov").first() or make.person(
        "dean@cdss.example.gov", role=Role.APPROVER
    )
    seen = Review.objects.get(pk=decision.review_id).version

    def found() -> Decision:
        return Decision.objects.select_related("review", "round").get(pk=decision.pk)

    kinds: list[tuple[str, Callable[[], Any]]] = [
        ("release", lambda: found().release(by=dana, seen=seen)),
        ("send_back", lambda: found().send_back(by=dean, why="Too short.", seen=seen)),
        ("withdraw", lambda: found().review.withdraw(by=alice, seen=seen)),
    ]
    acts = [kinds[number % 3] for number in range(MANY)]
    random.Random(order).shuffle(acts)
    return acts


WHO_DID_WHAT = {
    "release": "Dana Okafor released the decision",
    "send_back": "Dean sent the drafted decision back",
    "withdraw": "Alice Nakamura withdrew the proposal",
}


def told_after(won: str, act: str) -> str:
    """What is told to whoever came too late: of a draft that was sent back a county learns
    nothing."""
    inside = won == "send_back" and act == "withdraw"
    return "CDSS is at work on the proposal" if inside else WHO_DID_WHAT[won]


def fits_together(decision: Decision, won: str) -> None:
    """Status, decision, period, letters and journal all say that this act alone happened."""
    review = Review.objects.get(pk=decision.review_id)
    decision = Decision.objects.get(pk=decision.pk)
    period = Round.objects.get(review=review)
    reference = review.reference
    happened = {
        "release": decision.released_at is not None,
        "send_back": decision.sent_back_at is not None,
        "withdraw": decision.voided_at is not None,
    }
    assert [act for act, did in happened.items() if did] == [won]
    assert [act for act in happened if journaled(act, reference)] == [won]
    assert journaled(won, reference) == 1
    assert review.moved == won
    status = {"release": Status.APPROVED, "send_back": Status.IN_REVIEW}
    assert review.status == status.get(won, Status.WITHDRAWN)
    assert period.answered_by == ("release" if won == "release" else "")
    assert period.voided_by == ("withdraw" if won == "withdraw" else "")
    assert review.due == (period.due if won == "send_back" else None)
    assert len(told(f"decision:{reference}:")) == (1 if won == "release" else 0)
    assert len(told(f"decision_sent_back:{reference}:")) == (1 if won == "send_back" else 0)
    assert len(told(f"withdrawn:{reference}:")) == (1 if won == "withdraw" else 0)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_of_twenty_contrary_acts_one_takes_effect_and_the_others_learn_whose(
    drafted, alice, dana, order
):
    outcomes = at_once(contrary_acts(drafted, alice, dana, order))
    (winner,) = winners(outcomes)
    for act in WHO_DID_WHAT:
        late = [one for one in outcomes if one.name == act]
        others_were_told(late, MoveRefused, told_after(winner.name, act))
    fits_together(drafted, winner.name)


@pytest.mark.postgres
def test_control_without_the_condition_more_than_one_contrary_act_passes(
    drafted, alice, dana, monkeypatch
):
    passed: list[str] = []
    advance = Review.advance

    def noted(self: Review, name: str, **kwargs: Any) -> None:
        advance(self, name, **kwargs)
        passed.append(name)

    monkeypatch.setattr(Review, "advance", noted)
    at_once(contrary_acts(drafted, alice, dana, order=1))
    assert len(passed) == 1

    monkeypatch.setattr(Review, "_unmoved", lambda self, move: Review.objects.filter(pk=self.pk))
    second = make.drafted_decision(make.in_review(make.sent(by=alice)))
    passed.clear()
    for _, act in contrary_acts(second, alice, dana, order=1):
        with contextlib.suppress(MoveRefused):
            act()
    assert len(passed) == 1, "one after the other even a careless guard holds"

    third = make.drafted_decision(make.in_review(make.sent(by=alice)))
    passed.clear()
    at_once(contrary_acts(third, alice, dana, order=1))
    assert len(passed) > 1, "the race is not real"


# One section, one start, one review, one request


def test_of_twenty_saves_of_one_section_one_is_kept_and_the_others_see_it(alice, amir):
    proposal = make.draft(by=alice)
    before = proposal.content()["answers"]
    seen = proposal.states.get(section="purpose").version

    def save(number: int) -> str:
        text = f"What writer {number} typed."
        values = {"purpose": text, "business_needs": text}
        by = alice if number % 2 else amir
        own = Proposal.objects.get(pk=proposal.pk)
        own.save_section("purpose", values, by=by, seen=seen)
        return text

    outcomes = at_once(("save", partial(save, number)) for number in range(MANY))
    (winner,) = winners(outcomes)
    others_were_told(outcomes, StaleSection)
    now = Proposal.objects.get(pk=proposal.pk)
    state = now.states.get(section="purpose")
    assert state.version == seen + 1
    assert {one.raised.state.saved_by for one in outcomes if not one.won} == {state.saved_by}
    assert now.content()["answers"] == before | {
        "purpose": winner.result,
        "business_needs": winner.result,
    }


def test_saves_of_different_sections_at_once_are_all_kept(alice):
    proposal = make.draft(by=alice)
    texts = {
        "purpose": "purpose",
        "how": "technical_component",
        "tool": "tool_name",
        "users": "users",
    }

    def save(section: str, field: str) -> None:
        own = Proposal.objects.get(pk=proposal.pk)
        seen = own.states.get(section=section).version
        own.save_section(
            section, {field: f"New {field}"}, by=alice, seen=seen, unparsed={field: "as typed"}
        )

    outcomes = at_once((section, partial(save, section, texts[section])) for section in texts)
    assert len(winners(outcomes)) == len(texts)
    now = Proposal.objects.get(pk=proposal.pk)
    assert [getattr(now, field) for field in texts.values()] == [
        f"New {field}" for field in texts.values()
    ]
    assert now.unparsed == dict.fromkeys(texts.values(), "as typed")


def test_a_save_and_a_send_at_once_never_change_what_was_sent(alice, amir):
    proposal = make.draft(by=alice)
    seen = proposal.states.get(section="purpose").version

    def save() -> None:
        own = Proposal.objects.get(pk=proposal.pk)
        own.save_section("purpose", {"purpose": "Typed at last."}, by=amir, seen=seen)

    outcomes = at_once([*sends(proposal, alice)[:10], *[("save", save)] * 10])
    assert [one.name for one in winners(outcomes)].count("send") == 1
    for one in outcomes:
        assert one.won or isinstance(one.raised, MoveRefused | EditRefused | StaleSection)
    now = Proposal.objects.get(pk=proposal.pk)
    copy = SignedCopy.objects.get(proposal=proposal)
    assert copy.is_whole()
    assert copy.content["answers"] == now.content()["answers"]


def test_of_two_reviewers_who_take_it_at_once_one_has_it_and_the_other_learns_who(carol, alice):
    dora = make.person("dora@cdss.example.gov", role=Role.REVIEWER)
    review = make.sent(by=alice)

    def take(by: User) -> User:
        Review.objects.get(pk=review.pk).take(by=by, seen=review.version)
        return by

    outcomes = at_once(("take", partial(take, by)) for by in [carol, dora] * 5)
    (winner,) = winners(outcomes)
    others_were_told(outcomes, MoveRefused, f"{winner.result.name} took the proposal into review")
    assert Review.objects.get(pk=review.pk).assignee == winner.result
    assert journaled("take", review.reference) == 1


def test_a_response_and_a_waiver_at_once_open_one_period(alice, carol):
    request = make.requested(make.in_review(make.sent(by=alice)))
    make.settle(request, by=alice)
    seen = Review.objects.get(pk=request.review_id).version

    def found() -> Request:
        return Request.objects.select_related("review").get(pk=request.pk)

    def respond() -> None:
        found().respond(by=alice, name=alice.name, title=alice.title, seen=seen)

    def waive() -> None:
        found().waive_rest(by=carol, why="We have what we need.", seen=seen)

    outcomes = at_once([("respond", respond), ("waive", waive)] * 10)
    (winner,) = winners(outcomes)
    words = {
        "respond": "Alice Nakamura sent the county's response",
        "waive": "Carol Whitfield waived what was left of the request",
    }
    others_were_told(outcomes, MoveRefused, words[winner.name])
    review = Review.objects.get(pk=request.review_id)
    reference = review.reference
    assert review.status == Status.IN_REVIEW
    assert [period.why for period in review.rounds.all()] == ["send", winner.name]
    assert review.due == review.rounds.last().due
    assert Request.objects.get(pk=request.pk).ended_how in ("responded", "waived")
    assert journaled("respond", reference) + journaled("waive", reference) == 1
    copies = SignedCopy.objects.filter(proposal=review.proposal).count()
    assert copies == (2 if winner.name == "respond" else 1)
    assert len(told(f"response_received:{reference}:")) == (winner.name == "respond")
    assert len(told(f"waived:{reference}:")) == (winner.name == "waive")


def test_of_twenty_who_waive_an_item_or_give_more_time_for_it_nobody_gives_what_is_waived(
    alice, carol, dana
):
    item = make.requested(make.in_review(make.sent(by=alice))).items.first()

    def found() -> Item:
        return Item.objects.select_related("request__review__proposal").get(pk=item.pk)

    def acts() -> Iterable[tuple[str, Callable[[], Any]]]:
        for _ in range(MANY // 2):
            yield "extend item", partial(found().extend, make.in_days(40), by=carol)
            yield "waive item", partial(found().excuse_it, Item.WAIVED, "We have it.", by=dana)

    at_once(acts())
    reference = item.request.review.reference
    entries = JournalEntry.objects.filter(subject=reference, act__in=("extend item", "waive item"))
    done = list(entries.order_by("number").values_list("act", flat=True))
    assert done in (["waive item"], ["extend item", "waive item"])
    assert len(told("extended:")) == done.count("extend item")


def test_of_twenty_who_ask_two_colleagues_to_sign_one_does_and_one_letter_leaves(alice, amir):
    ann = make.person("ann@alameda.example.gov", of=make.county("Alameda"), may_sign=True)
    draft = make.draft(by=amir)

    def ask(signer: User) -> Asking:
        mine = Proposal.objects.get(pk=draft.pk)
        return Asking.objects.ask(mine, by=User.objects.get(pk=amir.pk), signer=signer)

    signers = [alice, ann] * (MANY // 2)
    outcomes = at_once(("ask", partial(ask, User.objects.get(pk=one.pk))) for one in signers)
    (winner,) = winners(outcomes)
    others_were_told(outcomes, MoveRefused, "Amir Haddad asked", winner.result.signer.name)
    assert Asking.objects.get() == winner.result
    assert told("asked_to_sign:") == [f"asked_to_sign:{draft.reference}:{winner.result.pk}"]
    assert journaled("ask to sign", draft.reference) == 1


def test_returning_and_sending_at_once_never_leave_a_comment_on_what_was_sent(alice, amir):
    ann = make.person("ann@alameda.example.gov", of=make.county("Alameda"), may_sign=True)
    draft = make.draft(by=amir)
    asking = Asking.objects.ask(draft, by=amir, signer=alice)

    def give_back() -> None:
        Asking.objects.get(pk=asking.pk).give_back("Not yet.", by=User.objects.get(pk=alice.pk))

    outcomes = at_once([("return", give_back), *sends(draft, ann)[:1]])
    assert next(one for one in outcomes if one.name == "send").won
    asking.refresh_from_db()
    assert not Asking.objects.standing().exists()
    assert asking.how == ("returned" if len(winners(outcomes)) == 2 else "sent")


def test_of_twenty_who_revise_at_once_one_does_and_the_others_learn_who(alice):
    review = make.standing_at("withdrawn")

    def revise() -> Proposal:
        return Review.objects.get(pk=review.pk).revise(by=User.objects.get(pk=alice.pk))

    outcomes = at_once([("revise", revise)] * MANY)
    assert len(winners(outcomes)) == 1
    others_were_told(outcomes, MoveRefused, "Alice Nakamura began")
    assert review.proposal.revisions.count() == 1


def test_twenty_counties_starting_at_once_get_twenty_references(alice, bob):
    outcomes = at_once(
        ("start", partial(Proposal.objects.start, by.county_list[0], by=by))
        for by in [alice, bob] * 10
    )
    assert len({one.result.reference for one in outcomes}) == MANY


# Through the pages


def browser(person: User) -> Client:
    """A signed-in browser of this person's, who has just given the password."""
    client = Client()
    client.force_login(person)
    session = client.session
    session[access.PASSWORD_AT] = clock.now().timestamp()
    session.save()
    return client


def form_of(client: Client, url: str) -> dict[str, str]:
    """The hidden and prefilled fields of the page's own form, as a browser would send them."""
    page = client.get(url)
    assert page.status_code == 200
    forms = BeautifulSoup(page.content, "html.parser").select("main form[method=post]")
    form = next(form for form in forms if form.select("[name=token], [name=seen]"))
    typed = {field["name"]: field.text.strip() for field in form.select("textarea[name]")}
    return typed | {
        field["name"]: field.get("value", "on")
        for field in form.select("input[name]")
        if field.get("type") not in ("radio", "checkbox", "submit") or field.has_attr("checked")
    }


def presses(
    person: User, url: str, forms: Iterable[dict[str, str]], name: str = "press"
) -> list[tuple[str, Callable[[], Any]]]:
    """The same person pressing the button in as many browsers as there are forms."""
    return [(name, partial(browser(person).post, url, form)) for form in forms]


def words_of(page: Any) -> str:
    return " ".join(BeautifulSoup(page.content, "html.parser").select_one("main").text.split())


AGREED = {f"agree_{number}": "agree" for number in range(1, 7)}


def test_twenty_browsers_sending_one_draft_send_it_once(alice):
    proposal = make.draft(by=alice)
    url = reverse("send", args=[proposal.reference])
    forms = [form_of(browser(alice), url) | AGREED for _ in range(MANY)]
    assert len({form["token"] for form in forms}) == MANY
    answers = [one.result for one in at_once(presses(alice, url, forms))]
    assert Counter(answer.status_code for answer in answers) == {302: 1, 409: MANY - 1}
    for answer in answers:
        if answer.status_code == 302:
            assert answer["Location"] == reverse("sent", args=[proposal.reference])
        else:
            assert "Alice Nakamura sent the proposal to CDSS" in words_of(answer)
    is_sent_once(proposal)


def test_one_send_form_pressed_twenty_times_leads_to_the_first_result_each_time(alice):
    proposal = make.draft(by=alice)
    url = reverse("send", args=[proposal.reference])
    form = form_of(browser(alice), url) | AGREED
    answers = [one.result for one in at_once(presses(alice, url, [form] * MANY))]
    assert Counter((answer.status_code, answer["Location"]) for answer in answers) == {
        (302, reverse("sent", args=[proposal.reference])): MANY
    }
    is_sent_once(proposal)


def test_one_start_form_pressed_twenty_times_starts_one_proposal(alice):
    url = reverse("new_proposal")
    form = form_of(browser(alice), url) | {"tool_name": "Caseload Compass"}
    answers = [one.result for one in at_once(presses(alice, url, [form] * MANY))]
    proposal = Proposal.objects.get()
    assert Counter((answer.status_code, answer["Location"]) for answer in answers) == {
        (302, reverse("proposal", args=[proposal.reference])): MANY
    }
    assert journaled("start", proposal.reference) == 1


def test_one_copy_form_pressed_twenty_times_makes_one_copy(alice):
    original = make.draft(by=alice)
    url = reverse("copy_proposal", args=[original.reference])
    form = form_of(browser(alice), url)
    answers = [one.result for one in at_once(presses(alice, url, [form] * MANY))]
    (draft,) = original.copied_to.all()
    assert Counter((answer.status_code, answer["Location"]) for answer in answers) == {
        (302, reverse("proposal", args=[draft.reference])): MANY
    }
    assert journaled("copy", draft.reference) == 1


@pytest.mark.parametrize("order", [1, 2])
def test_of_twenty_browsers_with_contrary_acts_one_gets_through(drafted, alice, dana, order):
    reference = drafted.review.reference
    dean = make.person("dean@cdss.example.gov", role=Role.APPROVER)
    hands = [
        ("release", dana, reverse("release", args=[reference]), {}),
        ("send_back", dean, reverse("send_back", args=[reference]), {"why": "Too short."}),
        ("withdraw", alice, reverse("withdraw", args=[reference]), {}),
    ]
    acts = []
    for number in range(MANY):
        name, person, url, typed = hands[number % 3]
        acts += presses(person, url, [form_of(browser(person), url) | typed], name)
    random.Random(order).shuffle(acts)
    outcomes = at_once(acts)
    assert Counter(one.result.status_code for one in outcomes) == {302: 1, 409: MANY - 1}
    (winner,) = [one for one in outcomes if one.result.status_code == 302]
    fits_together(drafted, winner.name)
    for one in outcomes:
        if one is not winner:
            assert told_after(winner.name, one.name) in words_of(one.result)


def test_a_response_and_a_waiver_from_twenty_browsers_open_one_period(alice, carol):
    request = make.requested(make.in_review(make.sent(by=alice)))
    make.settle(request, by=alice)
    reference = request.review.reference
    hands = [
        ("respond", alice, reverse("respond", args=[reference]), {}),
        ("waive", carol, reverse("waive", args=[reference]), {"why": "We have what we need."}),
    ]
    acts = []
    for number in range(MANY):
        name, person, url, typed = hands[number % 2]
        acts += presses(person, url, [form_of(browser(person), url) | typed], name)
    outcomes = at_once(acts)
    assert [one.raised for one in outcomes if not one.won] == []
    assert Counter(one.result.status_code for one in outcomes) == {302: 1, 409: MANY - 1}
    (winner,) = [one for one in outcomes if one.result.status_code == 302]
    review = Review.objects.get(proposal__reference=reference)
    assert [period.why for period in review.rounds.all()] == ["send", winner.name]
    assert journaled("respond", reference) + journaled("waive", reference) == 1
