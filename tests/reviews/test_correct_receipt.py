"""Correcting when a proposal was received: who may, within which bounds, what stays on record."""

from datetime import time, timedelta

import pytest

from portal import clock
from portal.models import JournalEntry
from portal.wording import day, long_moment
from reviews.moves import MoveRefused
from tests import make
from tests.pages import form_on, soup, words

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def url(review) -> str:
    return f"/reviews/{review.reference}/receipt/"


def typed(client, review, instant, **changes) -> dict:
    local = clock.pacific(instant)
    given = {"on": f"{local:%Y-%m-%d}", "at": f"{local:%H:%M}", "why": "The email is older."}
    return form_on(client.get(url(review))) | given | changes


def confirmed(client, review, given: dict):
    """The correction, after the page that shows what it changes."""
    shown = client.post(url(review), given)
    assert shown.status_code == 200
    return client.post(url(review), form_on(shown))


def rows_on(answer) -> dict[str, list[str]]:
    return {
        row.th.text: [" ".join(cell.text.split()) for cell in row.select("td")]
        for row in soup(answer).select("tbody tr")
    }


@pytest.mark.acl("ACL-6")
def test_an_approver_corrects_it_and_both_times_stay_on_record(client_of, dana):
    review = make.logged()
    before = review.rounds.get()
    earlier = before.receipt_at - 3 * DAY
    client = client_of(dana)
    assert confirmed(client, review, typed(client, review, earlier)).status_code == 302
    review.refresh_from_db()
    after = review.rounds.get()
    assert after.day_30 == before.day_30 - 3 * DAY
    assert (review.due, clock.pacific_date(review.received_at)) == (after.due, after.received_on)
    entry = JournalEntry.objects.get(act="correct receipt")
    assert entry.data["before"]["receipt_at"] == before.receipt_at.isoformat()
    assert entry.data["after"]["due"] == str(after.due)
    assert "corrected the time of receipt" in words(
        client.get(f"/reviews/{review.reference}/history/")
    )


@pytest.mark.acl("ACL-6")
def test_what_it_would_change_is_shown_before_it_is_done(client_of, dana):
    with clock.travel(clock.instant(clock.today() - 20 * DAY, time(12))):
        review = make.logged()
    before = review.rounds.get()
    client = client_of(dana)
    shown = client.post(url(review), typed(client, review, before.receipt_at - 3 * DAY))
    rows = rows_on(shown)
    assert rows["Received"] == [
        long_moment(before.receipt_at),
        long_moment((before.receipt_at - 3 * DAY).replace(second=0, microsecond=0)),
    ]
    assert rows["Day 30"] == [day(before.day_30), day(before.day_30 - 3 * DAY)]
    assert rows["CDSS answers by"][0] == day(before.due)
    assert "Not corrected yet" in words(shown)
    review.refresh_from_db()
    after = review.rounds.get()
    assert (after.receipt_at, review.due, review.version) == (
        before.receipt_at,
        before.due,
        form_version(shown),
    )
    assert not JournalEntry.objects.filter(act="correct receipt").exists()


def form_version(answer) -> int:
    return int(form_on(answer)["seen"])


@pytest.mark.parametrize(
    ("received", "corrected", "meaning"),
    [
        (20, 60, "By this the answer is overdue from now on"),
        (60, 20, "By this the answer is not overdue any more."),
        (60, 70, "The answer is overdue either way."),
        (20, 10, "The answer is not overdue by this."),
    ],
)
def test_it_says_whether_the_answer_becomes_overdue_by_it(
    client_of, dana, received, corrected, meaning
):
    with clock.travel(clock.instant(clock.today() - received * DAY, time(12))):
        review = make.logged()
    client = client_of(dana)
    instant = clock.instant(clock.today() - corrected * DAY, time(9))
    shown = client.post(url(review), typed(client, review, instant))
    assert meaning in words(shown)
    today = rows_on(shown)["Today"]
    assert ["Overdue by" in cell for cell in today] == [received == 60, corrected >= 60]


def test_another_time_than_the_one_shown_is_shown_first(client_of, dana):
    review = make.logged()
    client = client_of(dana)
    shown = client.post(url(review), typed(client, review, review.received_at - DAY))
    changed = form_on(shown) | {"on": f"{clock.pacific(review.received_at - 2 * DAY):%Y-%m-%d}"}
    again = client.post(url(review), changed)
    assert again.status_code == 200
    assert "Not corrected yet" in words(again)
    assert not JournalEntry.objects.filter(act="correct receipt").exists()
    assert client.post(url(review), form_on(again)).status_code == 302


def test_pressing_twice_corrects_once(client_of, dana):
    review = make.logged()
    client = client_of(dana)
    shown = form_on(client.post(url(review), typed(client, review, review.received_at - DAY)))
    assert [client.post(url(review), shown).status_code for _ in range(2)] == [302, 302]
    assert JournalEntry.objects.filter(act="correct receipt").count() == 1


def test_a_response_before_its_request_is_refused_before_anything_is_shown(client_of, dana):
    review = make.responded()
    client = client_of(dana)
    answer = client.post(url(review), typed(client, review, review.received_at - 2 * DAY))
    assert answer.status_code == 409
    assert "before the request" in answer.content.decode()
    assert "Not corrected yet" not in answer.content.decode()


def test_a_stale_page_corrects_nothing(client_of, dana):
    review = make.logged()
    client = client_of(dana)
    old = typed(client, review, review.received_at - DAY)
    make.in_review(review)
    assert client.post(url(review), old).status_code == 409
    assert not JournalEntry.objects.filter(act="correct receipt").exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"why": ""}, "Write the reason"),
        ({"on": "2090-01-01"}, "not in the future"),
        ({"at": ""}, "Time of receipt"),
    ],
)
def test_what_is_missing_or_impossible_is_named(client_of, dana, changes, sentence):
    review = make.logged()
    client = client_of(dana)
    given = typed(client, review, review.received_at - DAY, **changes)
    answer = client.post(url(review), given)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_a_response_is_never_put_before_its_request(dana):
    review = make.responded()
    period = review.current_round()
    with pytest.raises(MoveRefused, match="before the request"):
        period.correct_receipt(by=dana, receipt_at=clock.now() - DAY, why="It came sooner.")


def test_what_cdss_opened_itself_has_no_receipt_to_correct(client_of, dana):
    review = make.decided().review
    review.reopen(by=dana, why="The vendor has changed.")
    page = f"/reviews/{review.reference}/"
    assert url(review) not in client_of(dana).get(page).content.decode()
    assert client_of(dana).get(url(review)).status_code == 409
    with pytest.raises(MoveRefused, match="CDSS opened this period itself"):
        review.current_round().correct_receipt(by=dana, receipt_at=clock.now(), why="Why not.")


def test_only_an_approver_corrects_it(client_of, carol):
    review = make.logged()
    assert client_of(carol).get(url(review)).status_code == 404
    with pytest.raises(MoveRefused, match="Only an approver"):
        review.rounds.get().correct_receipt(by=carol, receipt_at=clock.now(), why="I saw it.")
