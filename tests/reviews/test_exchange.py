"""What is new from the county stays new until somebody has read it."""

import pytest
from django.test import Client

from reviews.models import Message, Review
from tests import make
from tests.pages import soup, words

pytestmark = pytest.mark.django_db


def read(client: Client, review: Review, tab: str = "") -> dict[str, str]:
    """What *Mark as read* sends from the page as it is now."""
    page = soup(client.get(f"/reviews/{review.reference}/{tab}"))
    form = page.select_one("form[action$='/read/']")
    return {one["name"]: one["value"] for one in form.select("input[name]")}


def is_new(review: Review) -> bool:
    return Review.objects.get(pk=review.pk).news


@pytest.mark.parametrize("tab", ["", "messages/", "history/"])
def test_what_a_page_showed_is_marked_as_read(client_of, carol, alice, tab):
    review = make.in_review()
    Message.objects.write(review, by=alice, text="Any news?")
    client = client_of(carol)
    answer = client.post(f"/reviews/{review.reference}/read/", read(client, review, tab))
    assert answer.status_code == 302
    assert not is_new(review)


def test_a_message_that_came_after_the_page_was_opened_stays_new(client_of, carol, alice):
    review = make.in_review()
    Message.objects.write(review, by=alice, text="Any news?")
    client = client_of(carol)
    seen = read(client, review)
    Message.objects.write(review, by=alice, text="Stop: we found a breach.")
    answer = client.post(f"/reviews/{review.reference}/read/", seen)
    assert answer.status_code == 409
    assert "stays marked as new" in words(answer)
    assert is_new(review)
    client.post(f"/reviews/{review.reference}/read/", read(client, review))
    assert not is_new(review)


def test_a_condition_confirmed_after_the_page_was_opened_stays_new(client_of, carol, alice):
    conditions = [make.condition("Wipe tablets."), make.condition("Test it.")]
    review = make.decided(conditions=conditions).review
    first, second = review.decisions.get().conditions.all()
    first.confirm(by=alice, evidence="Wiped.")
    client = client_of(carol)
    seen = read(client, review)
    second.confirm(by=alice, evidence="The test failed.")
    answer = client.post(f"/reviews/{review.reference}/read/", seen)
    assert answer.status_code == 409
    assert is_new(review)


def test_pressed_twice_it_is_read_once(client_of, carol, alice):
    review = make.responded()
    client = client_of(carol)
    seen = read(client, review)
    answers = [client.post(f"/reviews/{review.reference}/read/", seen) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert not is_new(review)
