"""The benchmark's proposals: as many as asked for, whole, and with a journal that holds."""

import pytest
from django.core.management import call_command
from django.db.models import F

from portal import journal
from portal.models import Notice
from proposals.models import Proposal, SignedCopy
from reviews.models import Decision, Review, Round
from tools import bench_data

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


@pytest.mark.parametrize("size", [3, 20, 116])
def test_the_copies_are_whole_and_their_journal_holds(monkeypatch, size):
    """However many are copied here, and however many times by the database, of which the last
    time only some."""
    monkeypatch.setattr(bench_data, "FIRST", size)
    call_command("load_demo", verbosity=0)
    there = Review.objects.count()
    before = journal.head()[0]
    drafts, decidable, rows = bench_data.fill(400, spare=5)
    assert Proposal.objects.count() == 400
    assert len(set(drafts) | set(decidable)) == 10
    assert Proposal.objects.filter(reference__in=drafts, sent_at=None).count() == 5
    assert Decision.objects.pending().filter(review__proposal__reference__in=decidable).count() == 5
    assert Review.objects.count() > there * 8
    assert Review.objects.values("status").distinct().count() > 4
    assert not Review.objects.exclude(county=F("proposal__county")).exists()
    assert Round.objects.count() > there * 8
    assert journal.verify() == []
    assert journal.head()[0] > before * 5
    assert rows > 400 * 20


def test_every_copy_names_itself_alone():
    call_command("load_demo", verbosity=0)
    bench_data.fill(300, spare=3)
    for review in Review.objects.filter(proposal__reference__startswith="CIP-2001-")[::17]:
        told = Notice.objects.filter(subject=review.reference)
        assert told and all(review.reference in one.event + one.heading for one in told)
        assert review.reference.lower().replace("-", " ") in review.words.text
    copies = SignedCopy.objects.filter(proposal__reference__startswith="CIP-200")
    assert copies.count() > 100 and all(copy.is_whole() for copy in copies)
