"""Correcting when a proposal was received: who may, within which bounds, and what stays on record."""

from datetime import timedelta

import pytest

from portal import clock
from portal.models import JournalEntry
from reviews.moves import MoveRefused
from tests import make
from tests.pages import form_on, words

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def url(review) -> str:
    return f"/reviews/{review.reference}/receipt/"


def typed(client, review, instant, **changes) -> dict:
    local = clock.pacific(instant)
    given = {"on": f"{local:%Y-%m-%d}", "at": f"{local:%H:%M}", "why": "The email is older."}
    return form_on(client.get(url(review))) | given | changes


@pytest.mark.acl("ACL-6")
def test_an_approver_corrects_it_and_both_times_stay_on_record(client_of, dana):
    review = make.logged()
    before = review.rounds.get()
    earlier = before.receipt_at - 3 * DAY
    client = client_of(dana)
    assert client.post(url(review), typed(client, review, earlier)).status_code == 302
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
