"""The lists that reviewers keep, when many press at once: once added, once changed, once ended."""

import pytest

from portal.models import JournalEntry
from reviews.models import Enhancement, Idea, Review, StandardWording
from tests import make
from tests.pages import form_on
from tests.reviews.test_races import at_once, nothing_is_broken_or_doubled

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["nothing_is_broken_or_doubled"]

MANY = 12
PLAN = {"title": "Overtime report", "what": "Overtime of each week.", "state": "planned"}
LISTS = {
    "/reviews/enhancements/add/": (Enhancement, PLAN),
    "/reviews/wordings/add/": (
        StandardWording,
        {"what": "answer:hosting", "title": "Which data center", "text": "Please name it."},
    ),
}


@pytest.mark.parametrize("page", LISTS)
def test_one_form_pressed_many_times_adds_one_entry(client_of, carol, page):
    kept, typed = LISTS[page]
    typed = form_on(client_of(carol).get(page)) | typed
    before = kept.objects.count()
    clients = [client_of(carol) for _ in range(MANY)]
    outcomes = at_once(
        (str(number), lambda client=client: client.post(page, typed))
        for number, client in enumerate(clients)
    )
    assert {one.result.status_code for one in outcomes} == {302}, outcomes
    assert kept.objects.count() == before + 1
    assert JournalEntry.objects.filter(act__startswith="add ").count() == 1


def test_of_many_who_change_and_end_one_at_once_each_change_is_over_the_one_before(
    client_of, carol, dana
):
    one = Enhancement.objects.add(by=carol, **PLAN)
    page = f"/reviews/enhancements/{one.pk}/"
    acts = []
    for number, person in enumerate([carol, dana] * (MANY // 2)):
        client = client_of(person)
        typed = form_on(client.get(page)) | {"title": f"Report {number}"}
        acts.append((f"change {number}", lambda c=client, t=typed: c.post(page, t)))
    ends = client_of(carol)
    acts.append(("end", lambda: ends.post(f"{page}end/", {"seen": "0"})))
    outcomes = at_once(acts)
    statuses = sorted(outcome.result.status_code for outcome in outcomes)
    assert statuses == [302, *[409] * MANY]
    entries = JournalEntry.objects.about(*one.subject)
    assert len(entries) == 2 and Enhancement.objects.get().version == 1


def test_marking_and_unmarking_at_once_leaves_the_queue_as_the_list_says(client_of, carol, dana):
    review = make.sent()
    page = f"/reviews/{review.reference}/idea/"
    acts = []
    for number, person in enumerate([carol, dana] * (MANY // 2)):
        client = client_of(person)
        typed = form_on(client.get(page)) | {"why": f"Reason {number}"}
        acts.append((f"mark {number}", lambda c=client, t=typed: c.post(page, t)))
        acts.append((f"unmark {number}", lambda c=client: c.post(f"{page}unmark/")))
    outcomes = at_once(acts)
    assert {one.result.status_code for one in outcomes if one.won} == {302}
    assert all(one.won for one in outcomes), [one for one in outcomes if not one.won]
    marked = Idea.objects.marked().filter(review=review).exists()
    assert Review.objects.get().is_idea is marked
