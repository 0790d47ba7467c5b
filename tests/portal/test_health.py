"""What monitoring asks, and the pages that never change."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import OperationalError, transaction

from portal import clock, notices
from portal.models import WorkerBeat
from portal.notices import To


def test_health_answers_without_the_database(client):
    response = client.get("/health")
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_version_is_that_of_the_project(client):
    assert client.get("/version").json() == {"version": settings.VERSION}


@pytest.mark.django_db
class TestReady:
    def beat(self, seconds_ago=0):
        WorkerBeat.objects.all().delete()
        WorkerBeat.objects.create(at=clock.now() - timedelta(seconds=seconds_ago))

    def letter(self):
        with transaction.atomic():
            notices.tell(
                "test:1",
                subject=("proposal", "CIP-2027-0042"),
                to=[To("a@example.gov", "A", "sender", "you sent it")],
                heading="A letter",
                text="Text",
                html="",
            )

    def test_it_is_when_the_worker_beats_and_the_queue_moves(self, client):
        self.beat()
        response = client.get("/ready")
        assert response.status_code == 200
        assert response.json()["ready"] is True

    def test_it_is_not_without_a_worker(self, client):
        response = client.get("/ready")
        assert response.status_code == 503
        assert response.json()["worker"] is False

    def test_it_is_not_when_the_last_beat_is_long_ago(self, client):
        self.beat(seconds_ago=120)
        assert client.get("/ready").status_code == 503

    def test_it_is_not_when_mail_is_stuck(self, client):
        with clock.travel(clock.now() - timedelta(minutes=20)):
            self.letter()
        self.beat()
        response = client.get("/ready")
        assert response.status_code == 503
        assert response.json()["mail_queue"] is False
        assert response.json()["waiting"] == 1

    def test_mail_that_was_just_written_is_no_trouble(self, client):
        self.letter()
        self.beat()
        assert client.get("/ready").status_code == 200

    def test_without_the_database_it_says_so(self, client, monkeypatch):
        def away():
            raise OperationalError

        monkeypatch.setattr(notices, "health", away)
        response = client.get("/ready")
        assert response.status_code == 503
        assert response.json() == {"ready": False, "database": False}


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["accessibility", "privacy", "conditions", "help"])
def test_the_pages_that_never_change_are_open_to_all(client, alice, client_of, page):
    assert client.get(f"/{page}/").status_code == 200
    assert client_of(alice).get(f"/{page}/").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["health", "ready", "version", "help/"])
def test_they_are_only_read(client, page):
    assert client.post(f"/{page}").status_code == 405
