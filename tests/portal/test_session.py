"""How long a session lasts, as a page's script asks: asking is no activity, staying is."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from portal import clock
from portal.models import User
from portal.sign_off import BEGAN, SEEN, sign_of
from tests.pages import soup

pytestmark = pytest.mark.django_db

AT = "/accounts/session/"
NOON = datetime(2027, 1, 28, 20, 0, tzinfo=UTC)


def at(minutes: float):
    return clock.travel(NOON + timedelta(minutes=minutes))


@pytest.fixture
def hers(alice: User, client_of) -> Client:
    """Alice's browser, in which she did something at noon."""
    client = client_of(alice)
    with at(0):
        assert client.get("/").status_code == 200
    return client


class TestAsking:
    def test_a_stranger_is_told_so_and_gets_a_token_to_sign_in_with(self, client):
        answer = client.get(AT).json()
        assert len(answer.pop("csrf")) == 64
        assert answer == {"signed_in": False, "person": "", "ends_in": 0, "last": False}

    def test_one_who_is_signed_in_learns_when_silence_ends_it(self, hers, alice):
        with at(10):
            answer = hers.get(AT).json()
        assert (answer["signed_in"], answer["person"]) == (True, sign_of(alice))
        assert (answer["ends_in"], answer["last"]) == (20 * 60, False)

    def test_asking_is_no_activity_however_often(self, hers):
        for minutes in range(1, 30):
            with at(minutes):
                assert hers.get(AT).json()["ends_in"] == (30 - minutes) * 60
        with at(31):
            assert hers.get(AT).json()["signed_in"] is False
            assert hers.get("/").status_code == 302

    def test_staying_is_and_counts_from_the_moment(self, hers):
        with at(0.5):
            assert hers.post(AT).json()["ends_in"] == 30 * 60
        with at(29):
            assert hers.post(AT).json()["ends_in"] == 30 * 60
        with at(58):
            assert hers.get("/").status_code == 200

    def test_nobody_stays_who_is_out(self, hers):
        with at(31):
            assert hers.post(AT).json()["signed_in"] is False
            assert hers.get("/").status_code == 302

    def test_near_the_twelve_hours_nothing_puts_the_end_off(self, hers):
        for minutes in range(25, 700, 25):
            with at(minutes):
                assert hers.post(AT).json()["last"] is (minutes >= 690)
        with at(700):
            answer = hers.post(AT).json()
        assert (answer["ends_in"], answer["last"]) == (20 * 60, True)

    def test_no_cache_keeps_it(self, hers, client):
        for browser in (hers, client):
            assert "no-store" in browser.get(AT)["Cache-Control"]

    def test_staying_takes_the_pages_own_token(self, alice):
        client = Client(enforce_csrf_checks=True)
        client.force_login(alice)
        assert client.post(AT).status_code == 403
        token = client.get(AT).json()["csrf"]
        assert client.post(AT, headers={"X-CSRFToken": token}).json()["signed_in"] is True


class TestPages:
    def test_a_page_knows_whose_it_is_and_when_its_session_ends(self, hers, alice):
        with at(20):
            page = soup(hers.get("/help/"))
        assert page.body["data-person"] == sign_of(alice)
        (warning,) = page.select("dialog[data-warn]")
        assert (warning["data-ends-in"], warning["data-warn"]) == ("1800", "300")
        assert not warning.has_attr("data-last")

    def test_it_says_when_that_end_is_final(self, hers, alice):
        session = hers.session
        session[BEGAN] = (NOON - timedelta(hours=11, minutes=50)).timestamp()
        session[SEEN] = NOON.timestamp()
        session.save()
        with at(1):
            (warning,) = soup(hers.get("/help/")).select("dialog[data-warn]")
        assert warning["data-ends-in"] == "540"
        assert warning.has_attr("data-last")

    def test_a_stranger_s_page_has_neither(self, client):
        page = soup(client.get("/help/"))
        assert not page.body.has_attr("data-person")
        assert not page.select("dialog")


class TestSign:
    def test_it_is_the_same_for_one_and_another_for_each(self, alice, amir):
        assert sign_of(alice) == sign_of(str(alice.pk))
        assert len({sign_of(alice), sign_of(amir)}) == 2
        assert len(sign_of(alice)) == 12

    def test_it_tells_nothing_without_the_portals_secret(self, alice, settings):
        before = sign_of(alice)
        settings.SECRET_KEY = "another secret of fifty characters, or a few more here"
        assert sign_of(alice) != before
