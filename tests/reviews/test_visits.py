"""Who of CDSS has a case open now: shown to colleagues, put down seldom, never a state."""

from datetime import timedelta
from unittest.mock import Mock, patch

import pytest
from bs4 import BeautifulSoup

from portal import clock
from portal.models import JournalEntry
from reviews.models import Review, Visit, visits
from tests import make

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def here(review: Review, tab: str = "") -> str:
    return f"/reviews/{review.reference}/{tab}"


def bar_of(client, review: Review) -> str:
    page = BeautifulSoup(client.get(here(review)).content, "html.parser")
    return " ".join(page.select_one(".bar").text.split())


def test_a_colleague_who_opened_the_case_is_named_for_ten_minutes(client_of, carol, dana):
    review, now = make.in_review(), clock.now()
    with clock.travel(now):
        client_of(dana).get(here(review))
    for passed, words in (
        (0, "Dana Okafor opened this just now"),
        (1, "Dana Okafor opened this 1 minute ago"),
        (3, "Dana Okafor opened this 3 minutes ago"),
    ):
        with clock.travel(now + passed * MINUTE):
            assert words in bar_of(client_of(carol), review)
    with clock.travel(now + 10 * MINUTE):
        assert "Dana Okafor" not in bar_of(client_of(carol), review)


@pytest.mark.parametrize("tab", ["", "changes/", "documents/", "messages/", "notes/", "history/"])
def test_any_page_of_the_case_counts(client_of, carol, dana, tab):
    review = make.in_review()
    client_of(dana).get(here(review, tab))
    assert "Dana Okafor opened this" in bar_of(client_of(carol), review)


def test_one_s_own_visit_is_not_named_to_oneself(client_of, carol):
    review, client = make.in_review(), client_of(carol)
    for _ in range(2):
        assert "opened this" not in bar_of(client, review)


@pytest.mark.parametrize(
    ("tab", "words"),
    [
        ("recommend/", "Dana Okafor is drafting a decision"),
        ("request/", "Dana Okafor is writing a request"),
    ],
)
def test_who_is_about_to_write_a_letter_is_named_with_it(client_of, carol, dana, tab, words):
    review = make.in_review()
    assert client_of(dana).get(here(review, tab)).status_code == 200
    assert words in bar_of(client_of(carol), review)
    page = client_of(carol).get(here(review, "recommend/"))
    assert words in page.content.decode()


def test_who_writes_comes_before_who_reads(client_of, carol, dana):
    review = make.in_review()
    client_of(dana).get(here(review, "recommend/"))
    other = make.person("olga@cdss.example.gov", role="reviewer")
    client_of(other).get(here(review))
    assert "Dana Okafor is drafting a decision" in bar_of(client_of(carol), review)


def test_leaving_the_letter_for_the_case_says_so(client_of, carol, dana):
    review = make.in_review()
    client = client_of(dana)
    client.get(here(review, "recommend/"))
    client.get(here(review))
    assert "Dana Okafor opened this just now" in bar_of(client_of(carol), review)


def test_auditors_and_administrators_are_never_named(client_of, carol, erin, frank):
    review = make.in_review()
    for reader in (erin, frank):
        client_of(reader).get(here(review))
    assert not Visit.objects.exists()
    assert "opened this" not in bar_of(client_of(carol), review)


def test_no_county_reads_of_it_and_none_is_put_down(client_of, alice, carol):
    review = make.in_review()
    client_of(carol).get(here(review))
    for page in ("", "answers/", "documents/", "messages/", "withdraw/"):
        answer = client_of(alice).get(f"/proposals/{review.reference}/{page}")
        assert answer.status_code == 200
        assert "opened this" not in answer.content.decode()
    assert Visit.objects.count() == 1


def test_a_person_is_put_down_once_a_minute_at_most(client_of, carol):
    review, now = make.in_review(), clock.now()
    client = client_of(carol)
    with clock.travel(now):
        client.get(here(review))
    with clock.travel(now + MINUTE / 2):
        client.get(here(review))
    assert Visit.objects.get().at == now
    with clock.travel(now + MINUTE):
        client.get(here(review))
    assert Visit.objects.get().at == now + MINUTE


def test_looking_changes_nothing_of_the_case_and_nothing_on_record(client_of, carol):
    review = make.in_review()
    before = Review.objects.values().get(), JournalEntry.objects.count()
    client_of(carol).get(here(review))
    assert (Review.objects.values().get(), JournalEntry.objects.count()) == before


def test_two_first_visits_at_once_are_one(carol):
    review = make.in_review()
    nobody_yet = Mock(return_value=Mock(ask=Mock(return_value=[])))
    with patch.object(visits, "_lately", nobody_yet):
        for _ in range(2):  # Both read before either wrote.
            Visit.objects.opened(review, by=carol)
    assert nobody_yet.call_count == 2
    assert Visit.objects.count() == 1


def test_a_closed_case_names_nobody(client_of, carol, dana):
    review = make.decided().review
    client_of(dana).get(here(review))
    assert "opened this" not in bar_of(client_of(carol), review)
