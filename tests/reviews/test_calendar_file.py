"""The date that runs, as a file for a county's own calendar."""

import pytest
from django.urls import reverse
from icalendar import Calendar

from portal.models import JournalEntry
from reviews.models import Review
from tests import make
from tests.pages import words

pytestmark = pytest.mark.django_db


def taken(client, review: Review):
    return client.get(reverse("calendar_file", args=[review.reference]))


def entries(client, review: Review):
    answer = taken(client, review)
    assert answer.status_code == 200
    return Calendar.from_ical(answer.content).walk("VEVENT")


@pytest.mark.acl("ACL-6")
def test_while_cdss_has_it_the_file_has_the_day_by_which_cdss_answers(alice, client_of):
    review = make.in_review()
    answer = taken(client_of(alice), review)
    assert answer["Content-Type"] == "text/calendar"
    assert answer["Content-Disposition"] == f'attachment; filename="{review.reference}.ics"'
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    assert event["summary"] == f"CDSS answers {review.reference} Caseload Compass by this day"
    assert event.decoded("dtstart") == review.due
    assert (event.decoded("dtend") - event.decoded("dtstart")).days == 1
    assert event["url"].endswith(f"/proposals/{review.reference}/")
    assert event["transp"] == "TRANSPARENT"
    assert not event.walk("VALARM")
    assert JournalEntry.objects.filter(act="download dates", subject=review.reference).count() == 1


def test_it_names_no_person(alice, client_of):
    review = make.requested().review
    for text in (taken(client_of(alice), review).content, make.in_review().proposal.county.name):
        assert not {"Alice", "Carol", "Theo", "Vera"} & set(str(text).split())


def test_a_corrected_receipt_moves_the_same_entry(alice, dana, client_of):
    review = make.in_review()
    (before,) = entries(client_of(alice), review)
    period = review.rounds.get()
    earlier = period.receipt_at.replace(year=period.receipt_at.year - 1)
    period.correct_receipt(by=dana, receipt_at=earlier, why="It lay in the mailbox.")
    (after,) = entries(client_of(alice), review)
    assert after["uid"] == before["uid"]
    assert after["sequence"] > before["sequence"]
    assert after.decoded("dtstart") < before.decoded("dtstart")


def test_nothing_in_it_grows_with_what_cdss_does_among_itself(alice, carol, client_of):
    review = make.in_review()
    (before,) = entries(client_of(alice), review)
    for act in ("note", "save checklist", "hand over", "put back", "recommend", "send back"):
        review.record(act, by=carol)
    (after,) = entries(client_of(alice), review)
    assert after["sequence"] == before["sequence"]


@pytest.mark.acl("ACL-7")
def test_while_documents_are_requested_it_has_each_day_the_county_answers_by(
    alice, carol, client_of
):
    items = [make.document_item(days=7), make.answer_item(days=14), make.document_item(days=7)]
    request = make.requested(items=items)
    first, second = entries(client_of(alice), request.review)
    assert first.decoded("dtstart") == make.in_days(7)
    assert second.decoded("dtstart") == make.in_days(14)
    assert "items 1, 3" in first["description"]
    assert first["summary"].startswith("Alameda County answers CDSS about CIP-")
    request.items.get(number=2).extend(make.in_days(21), by=carol)
    moved = entries(client_of(alice), request.review)[1]
    assert moved["uid"] == second["uid"]
    assert moved["sequence"] > second["sequence"]
    assert moved.decoded("dtstart") == make.in_days(21)


def test_a_response_that_is_not_sent_yet_keeps_its_date(alice, client_of):
    request = make.requested(items=[make.document_item(days=7)])
    make.settle(request)
    (event,) = entries(client_of(alice), request.review)
    assert event.decoded("dtstart") == make.in_days(7)


def test_a_new_period_is_an_entry_of_its_own(alice, client_of):
    review = make.in_review()
    (first,) = entries(client_of(alice), review)
    review = make.responded(make.requested(review))
    (second,) = entries(client_of(alice), review)
    assert second["uid"] != first["uid"]


@pytest.mark.parametrize("status", ["approved", "withdrawn"])
def test_where_no_date_runs_a_page_says_so(alice, client_of, status):
    review = make.standing_at(status)
    answer = taken(client_of(alice), review)
    assert answer.status_code == 404
    assert "No date runs for this proposal now" in words(answer)
    assert "calendar.ics" not in client_of(alice).get(f"/proposals/{review.reference}/").text


def test_the_status_page_and_the_page_after_sending_lead_to_it(alice, client_of):
    review = make.sent()
    for page in ("", "sent/"):
        shown = client_of(alice).get(f"/proposals/{review.reference}/{page}").text
        assert reverse("calendar_file", args=[review.reference]) in shown
