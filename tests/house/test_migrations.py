"""Every step of the database goes forward, back and forward again over data, and loses nothing."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from portal import clock, journal
from portal.models import JournalEntry, Notice, User
from proposals.models import Proposal, SignedCopy
from reviews.models import Finding, Review, Round
from reviews.queue import page

# Where version 0.2.0 stood.
AT_0_2_0 = [
    ("portal", "0002_barrier_reports"),
    ("proposals", "0004_texts_set_aside"),
    ("reviews", "0002_a_colleague_is_asked_to_sign"),
]
KEPT = (Proposal, SignedCopy, Review, Round, Finding, Notice, JournalEntry)


def migrate(targets: list[tuple[str, str]]) -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(targets)


pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def filled(db):
    """The demonstration; afterwards every table stands as it does now, whatever happened."""
    call_command("load_demo", stdout=StringIO())
    yield
    migrate(MigrationExecutor(connection).loader.graph.leaf_nodes())


def test_the_steps_since_an_older_release_go_back_and_forth_over_data(filled):
    def there() -> list[int]:
        return [model._default_manager.count() for model in KEPT]

    def queue() -> list[tuple[str, str, object, str]]:
        rows = page(carol, "all", {}, clock.today(), size=100).rows
        return [(one.reference, one.status, one.due, one.flags) for one in rows]

    carol = User.objects.get(email="carol@cdss.example.gov")
    before, seen = there(), queue()
    assert min(before) > 0
    assert any("|prohibited|direct|" in flags for *_, flags in seen)
    notified = list(Round.objects.order_by("pk").values_list("pk", "notified_on"))
    migrate(AT_0_2_0)
    migrate(MigrationExecutor(connection).loader.graph.leaf_nodes())
    assert there() == before
    assert queue() == seen
    assert list(Round.objects.order_by("pk").values_list("pk", "notified_on")) == notified
    assert any(day for _, day in notified)
    assert journal.verify() == []
