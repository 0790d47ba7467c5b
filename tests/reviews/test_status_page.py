"""The county's pages of a sent proposal."""

import pytest

from tests import make

pytestmark = pytest.mark.django_db

STATUSES = (
    "submitted",
    "in_review",
    "documents_requested",
    "approved",
    "not_approved",
    "out_of_scope",
    "withdrawn",
)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("tab", ["", "answers/", "documents/", "messages/", "sent/", "copies/1/", "correspondents/"])
def test_every_page_opens_at_every_status(client_of, status, tab):
    review = make.standing_at(status)
    alice = make.someone("alice")
    answer = client_of(alice).get(f"/proposals/{review.reference}/{tab}")
    assert answer.status_code == 200
