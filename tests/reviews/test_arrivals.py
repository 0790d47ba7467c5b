"""What reaches CDSS by email or post: logged with its true time, and answered for the county."""

from datetime import timedelta
from typing import Any

import pytest

from portal import clock
from portal.models import JournalEntry, Notice
from proposals.models import Document, Proposal
from reviews.models import Review
from reviews.moves import Status
from tests import make
from tests.pages import form_on, words

pytestmark = pytest.mark.django_db

LOG = "/reviews/log/"


def received(days_ago: int = 0) -> dict[str, str]:
    """A time of receipt as a reviewer types it."""
    local = clock.pacific(clock.now()) - timedelta(days=days_ago, minutes=1)
    return {"on": f"{local:%Y-%m-%d}", "at": f"{local:%H:%M}"}


def original() -> Any:
    return make.a_file("email.txt", b"Please find our proposal.")


def log_form(client, **changes: Any) -> dict[str, Any]:
    return (
        form_on(client.get(LOG))
        | received(3)
        | {
            "county": "04",
            "arrived_by": "email",
            "original": original(),
            "tool_name": "Visit Planner",
            "program_name": "Bea Ortiz",
            "program_email": "bea@butte.example.gov",
        }
        | changes
    )


@pytest.mark.acl("ACL-1")
def test_a_proposal_by_email_is_logged_once_with_its_true_time(client_of, carol):
    client = client_of(carol)
    typed = log_form(client)
    first = client.post(LOG, typed)
    again = client.post(LOG, typed | {"original": original()})
    assert first["Location"] == again["Location"]
    review = Review.objects.get()
    assert review.status == Status.SUBMITTED
    assert clock.pacific_date(review.received_at) == clock.today() - timedelta(days=3)
    assert review.rounds.get().receipt_at == review.received_at
    kept = Document.objects.get()
    assert (kept.kind, kept.is_part) == (Document.ORIGINAL, False)
    receipt = Notice.objects.get(event__startswith="receipt:")
    assert receipt.recipients.get().email == "bea@butte.example.gov"
    assert review.proposal.copies.get().signer is None


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"on": "2090-01-01"}, "not in the future"),
        ({"original": ""}, "Choose the file of the county's email or letter"),
        ({"program_email": ""}, "Enter the email address that the acknowledgement goes to"),
        ({"tool_name": ""}, "Enter the name of the system or tool"),
        ({"county": ""}, "Choose a county"),
    ],
)
def test_what_cannot_be_logged_says_why_and_makes_nothing(client_of, carol, changes, sentence):
    client = client_of(carol)
    answer = client.post(LOG, log_form(client, **changes))
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert not Proposal.objects.exists()


@pytest.mark.acl("ACL-7")
def test_a_response_by_email_is_entered_for_the_county(client_of, carol):
    request = make.requested()
    document, answer = request.items.all()
    page = f"/reviews/{request.review.reference}/on-behalf/respond/"
    client = client_of(carol)
    # The request is of this very minute, and nothing is received before it was asked for.
    with clock.travel(clock.now() + timedelta(hours=1)):
        typed = form_on(client.get(page)) | received() | {"original": original()}
        typed |= {f"how-{document.pk}": "original", f"how-{answer.pk}": "typed"}
        assert client.post(page, typed).status_code == 422
        typed |= {f"text-{answer.pk}": "In Oakland.", "original": original()}
        assert client.post(page, typed).status_code == 302
    review = Review.objects.get()
    assert review.status == Status.IN_REVIEW
    assert review.proposal.hosting == "In Oakland."
    assert review.current_round().why == "respond"
    assert Notice.objects.filter(event__startswith="response_received:").count() == 1
    entry = JournalEntry.objects.get(act="respond")
    assert (entry.actor, bool(entry.data["original"])) == (carol, True)


def test_a_withdrawal_by_post_is_entered_for_the_county(client_of, carol):
    review = make.in_review()
    page = f"/reviews/{review.reference}/on-behalf/withdraw/"
    client = client_of(carol)
    typed = form_on(client.get(page)) | received() | {"original": original(), "why": "No money."}
    assert client.post(page, typed).status_code == 302
    assert Review.objects.get().status == Status.WITHDRAWN
    assert Document.objects.get().kind == Document.ORIGINAL


def test_no_other_move_is_made_for_a_county(client_of, carol):
    review = make.sent()
    assert client_of(carol).get(f"/reviews/{review.reference}/on-behalf/recall/").status_code == 404
