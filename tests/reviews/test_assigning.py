"""Several proposals to one reviewer: each on its own, each told of, and done once."""

from functools import partial
from typing import Any

import pytest

from portal import tokens
from portal.models import JournalEntry, NoticeRecipient, Role
from reviews import assigning
from reviews.models import Review
from tests import make
from tests.pages import errors_on, form_on, messages_on, soup
from tests.reviews.test_races import at_once

pytestmark = pytest.mark.django_db

HERE = "/reviews/?view=all"


@pytest.fixture
def miguel(db):
    return make.person("miguel@cdss.example.gov", role=Role.REVIEWER, name="Miguel Santos")


def row(review: Review) -> str:
    return f"{review.reference}:{review.version}"


def ticked(client, *rows: str, to: Any = "", address: str = HERE) -> dict[str, Any]:
    """The form of the queue's page with these rows ticked."""
    page = form_on(client.get(address))
    return {"query": page["query"], "token": page["token"], "pick": list(rows), "to": to}


def now(review: Review) -> Review:
    return Review.objects.get(pk=review.pk)


def test_the_ticked_rows_go_to_one_reviewer_and_each_is_on_record(client_of, carol, miguel):
    first, second, third = make.sent(), make.in_review(), make.requested().review
    client = client_of(carol)
    rows = [row(one) for one in (first, second, third)]
    answer = client.post("/reviews/assign/", ticked(client, *rows, to=miguel.pk), follow=True)
    assert answer.redirect_chain == [(HERE, 302)]
    assert [now(one).assignee for one in (first, second, third)] == [miguel] * 3
    assert [now(one).status for one in (first, second, third)] == [
        "in_review",
        "in_review",
        "documents_requested",
    ]
    told = ", ".join(one.reference for one in (first, second, third))
    assert messages_on(answer) == [f"Assigned to Miguel Santos: {told}."]
    assert JournalEntry.objects.filter(act="hand over", actor=carol).count() == 3
    assert NoticeRecipient.objects.filter(email=miguel.email).count() == 3


def test_assigning_one_that_nobody_has_to_oneself_is_to_take_it(client_of, carol):
    review = make.sent()
    client = client_of(carol)
    client.post("/reviews/assign/", ticked(client, row(review), to=carol.pk))
    assert (now(review).assignee, now(review).status, now(review).moved) == (
        carol,
        "in_review",
        "take",
    )
    assert JournalEntry.objects.filter(act="take").count() == 1


def test_a_colleague_who_was_first_is_named_and_the_others_are_assigned(
    client_of, carol, dana, miguel
):
    first, second = make.sent(), make.sent()
    client = client_of(carol)
    form = ticked(client, row(first), row(second), to=miguel.pk)
    first.take(by=dana)
    answer = client.post("/reviews/assign/", form, follow=True)
    assert (now(first).assignee, now(second).assignee) == (dana, miguel)
    assert messages_on(answer) == [
        f"Assigned to Miguel Santos: {second.reference}.",
        f"{first.reference} was not assigned: {dana.name} took the proposal into review meanwhile.",
    ]


def test_what_was_withdrawn_closed_or_taken_back_is_not_assigned(client_of, carol, alice, dana):
    gone, back, closed = make.sent(), make.sent(), make.decided().review
    client = client_of(carol)
    form = ticked(client, row(gone), row(back), row(closed), to=dana.pk)
    gone.withdraw(by=alice, why="We changed our mind.")
    back.recall(by=alice)
    answer = client.post("/reviews/assign/", form, follow=True)
    told = messages_on(answer)
    assert f"{gone.reference} was not assigned: Alice Nakamura withdrew the proposal" in told[0]
    assert told[1] == f"{back.reference} was not assigned: it is not with CDSS now."
    assert told[2] == f"{closed.reference} was not assigned: it is closed."
    assert now(closed).assignee == carol


def test_a_reviewer_who_has_it_already_gets_no_second_letter(client_of, carol, miguel):
    review = make.in_review(by=miguel)
    client = client_of(carol)
    answer = client.post("/reviews/assign/", ticked(client, row(review), to=miguel.pk), follow=True)
    assert messages_on(answer) == [f"Miguel Santos has already: {review.reference}."]
    assert not NoticeRecipient.objects.filter(email=miguel.email).exists()


def test_pressed_twice_it_is_done_once(client_of, carol, miguel):
    review = make.sent()
    client = client_of(carol)
    form = ticked(client, row(review), to=miguel.pk)
    client.post("/reviews/assign/", form)
    answer = client.post("/reviews/assign/", form, follow=True)
    assert messages_on(answer)[-1] == assigning.BEFORE
    assert JournalEntry.objects.filter(act="hand over").count() == 1
    assert NoticeRecipient.objects.filter(email=miguel.email).count() == 1


def test_a_press_that_broke_off_is_gone_on_with(client_of, carol, miguel, monkeypatch):
    first, second = make.sent(), make.sent()
    client = client_of(carol)
    client.raise_request_exception = False
    form = ticked(client, row(first), row(second), to=miguel.pk)
    whole = Review.hand_over

    def breaks(self: Review, **given: Any) -> None:
        if self.pk == second.pk:
            raise RuntimeError("The power went.")
        whole(self, **given)

    monkeypatch.setattr(Review, "hand_over", breaks)
    assert client.post("/reviews/assign/", form).status_code == 500
    assert (now(first).assignee, now(second).assignee) == (miguel, None)
    monkeypatch.setattr(Review, "hand_over", whole)
    answer = client.post("/reviews/assign/", form, follow=True)
    assert messages_on(answer) == [
        f"Assigned to Miguel Santos: {second.reference}.",
        f"Miguel Santos has already: {first.reference}.",
    ]
    assert JournalEntry.objects.filter(act="hand over").count() == 2


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"pick": []}, "Select the proposals that you want to assign"),
        ({"to": ""}, "Choose a reviewer"),
        ({"pick": ["1"]}, "what was sent is not from the list"),
        ({"pick": ["CIP-2027-0001"]}, "what was sent is not from the list"),
        ({"pick": ["CIP-2027-0001:" + "9" * 40]}, "what was sent is not from the list"),
        ({"pick": [f"CIP-2027-{n:04d}:1" for n in range(500)]}, "Select up to 100 proposals"),
        ({"token": "forged"}, "Open the page again and select the proposals there"),
        ({"to": "999999"}, "this one can’t take on proposals now"),
        ({"to": "x"}, "this one can’t take on proposals now"),
    ],
)
def test_an_odd_form_is_refused_in_words_and_nothing_is_assigned(
    client_of, carol, dana, changes, sentence
):
    review = make.sent()
    client = client_of(carol)
    answer = client.post("/reviews/assign/", ticked(client, row(review), to=dana.pk) | changes)
    assert answer.status_code == 422
    assert sentence in " ".join(errors_on(answer))
    assert soup(answer).title.text.startswith("Error: All, queue")
    assert now(review).assignee is None


def test_who_left_or_is_no_reviewer_gets_nothing(client_of, carol, miguel, alice, erin):
    review = make.sent()
    client = client_of(carol)
    form = ticked(client, row(review), to=miguel.pk)
    miguel.is_active = False
    miguel.save()
    for person in (miguel, alice, erin):
        answer = client.post("/reviews/assign/", form | {"to": person.pk})
        assert answer.status_code == 422, person
    assert now(review).assignee is None


def test_a_refused_form_comes_back_with_its_ticks_on_the_same_page(client_of, carol):
    first, second = make.sent(tool_name="Compass"), make.sent(tool_name="Compass two")
    client = client_of(carol)
    form = ticked(client, row(second), address="/reviews/?view=all&q=compass&rows=50")
    answer = client.post("/reviews/assign/", form)
    boxes = soup(answer).select("input[name=pick]")
    assert [box["value"] for box in boxes if box.has_attr("checked")] == [row(second)]
    assert [box["aria-label"] for box in boxes] == [
        f"Select {first.reference}",
        f"Select {second.reference}",
    ]
    assert soup(answer).select_one("a.chip").text.startswith("Words: compass")


def test_it_leads_back_to_the_queue_and_nowhere_else(client_of, carol, dana):
    review = make.sent()
    client = client_of(carol)
    form = ticked(client, row(review), to=dana.pk)
    form["query"] = "view=mine&next=https://evil.example/&q=compass&sort=x"
    assert client.post("/reviews/assign/", form)["Location"] == "/reviews/?view=mine&q=compass"


def test_another_persons_token_is_refused(client_of, carol, dana):
    review = make.sent()
    client = client_of(carol)
    form = ticked(client, row(review), to=dana.pk)
    form["token"] = tokens.issue(dana, "assign")
    answer = client.post("/reviews/assign/", form)
    assert answer.status_code == 422
    assert "another person" in " ".join(errors_on(answer))


def test_who_only_reads_has_nothing_to_tick_and_assigns_nothing(client_of, carol, erin, frank):
    review = make.sent()
    for person in (erin, frank):
        client = client_of(person)
        page = soup(client.get(HERE))
        assert review.reference in page.text
        assert not page.select("[name=pick], [name=to], form[method=post][id=assign]")
        form = {"pick": [row(review)], "to": carol.pk, "token": tokens.issue(person, "assign")}
        assert client.post("/reviews/assign/", form).status_code == 403
    assert now(review).assignee is None


def test_closed_rows_have_no_box(client_of, carol):
    make.decided()
    page = soup(client_of(carol).get("/reviews/?view=decided"))
    assert len(page.select("tbody tr")) == 1
    assert not page.select("[name=pick]")


def test_many_refusals_are_named_up_to_ten(client_of, carol, dana, alice):
    reviews = [make.sent() for _ in range(12)]
    client = client_of(carol)
    form = ticked(client, *(row(one) for one in reviews), to=dana.pk)
    for one in reviews:
        one.recall(by=alice)
    told = messages_on(client.post("/reviews/assign/", form, follow=True))
    assert len(told) == 11
    assert told[-1] == "And 2 more were not assigned: the list shows them."


def test_what_there_is_not_and_what_is_a_draft_are_named_alike(client_of, carol, miguel):
    make.sent()
    draft = make.draft()
    client = client_of(carol)
    rows = ("CIP-2027-9999:1", f"{draft.reference}:0")
    answer = client.post("/reviews/assign/", ticked(client, *rows, to=miguel.pk), follow=True)
    assert messages_on(answer) == [
        f"{one} was not assigned: it is not with CDSS now."
        for one in ("CIP-2027-9999", draft.reference)
    ]
    assert not NoticeRecipient.objects.filter(email=miguel.email).exists()


@pytest.mark.django_db(transaction=True)
def test_one_form_sent_four_times_at_once_assigns_each_once(client_of, carol, miguel):
    reviews = [make.sent() for _ in range(3)]
    form = ticked(client_of(carol), *(row(one) for one in reviews), to=miguel.pk)
    clients = [client_of(carol) for _ in range(4)]

    def press(client: Any) -> int:
        return client.post("/reviews/assign/", form).status_code

    outcomes = at_once((str(place), partial(press, one)) for place, one in enumerate(clients))
    assert [one.result for one in outcomes] == [302] * 4
    assert {now(one).assignee for one in reviews} == {miguel}
    assert JournalEntry.objects.filter(act="hand over").count() == 3
    assert NoticeRecipient.objects.filter(email=miguel.email).count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_reviewers_who_assign_the_same_rows_at_once_both_read_how_it_went(
    client_of, carol, dana, miguel
):
    reviews = [make.sent() for _ in range(4)]
    rows = [row(one) for one in reviews]
    acts = []
    for person, to, order in ((carol, miguel, rows), (dana, dana, rows[::-1])):
        client = client_of(person)
        form = ticked(client, *order, to=to.pk)
        acts.append((person.name, partial(client.post, "/reviews/assign/", form, follow=True)))
    told = [line for one in at_once(acts) for line in messages_on(one.result)]
    held = [now(one).assignee for one in reviews]
    assert set(held) <= {miguel, dana}
    assert JournalEntry.objects.filter(act__in=("take", "hand over")).count() == 4
    refused = [line for line in told if " was not assigned: " in line]
    assert len(refused) == 4 and all("meanwhile" in line for line in refused)
