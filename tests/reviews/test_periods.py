"""The register of thirty-day periods: what it counts, finds and tells, on pages and as files."""

import pytest

from portal import clock, notices
from portal.models.notices import NoticeRecipient, State
from reviews.models import Round
from tests import make

pytestmark = pytest.mark.django_db


def outcome(period: Round, state: str) -> None:
    """Every mail of the answer's letter ends this way, as the worker writes it."""
    when = clock.now() if state in (State.ACCEPTED, State.DELIVERED) else None
    for one in period.answer_notice.recipients.all():
        NoticeRecipient.objects.filter(pk=one.pk).update(state=state, accepted_at=when)
        one.refresh_from_db()
        notices.keep_notified(one)
    period.refresh_from_db()


# The day of notice, kept beside the period


def test_the_day_of_notice_is_kept_and_goes_when_every_letter_came_back():
    period = make.requested().review.rounds.get()
    assert period.notified_on is None
    outcome(period, State.ACCEPTED)
    assert period.notified_on == clock.today()
    outcome(period, State.BOUNCED)
    assert period.notified_on is None
