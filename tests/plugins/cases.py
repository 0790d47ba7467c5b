"""The small portal that the table of routes is shown on."""

import pytest

from portal import outbox
from proposals.models import Document, Proposal
from reviews.models import Enhancement, LetterTemplate, Message, Note, SavedView
from tests import make
from tests.house.addresses import Cases
from tests.house.routes_table import PEOPLE


@pytest.fixture
def cases(db) -> Cases:
    """Alameda's proposals, each at the point that some route needs."""
    people = {first_name: make.someone(first_name) for first_name in PEOPLE[1:]}
    outbox.beat()
    make.barrier()
    review = make.in_review(make.sent(with_document(make.draft())))
    Message.objects.write(review, by=people["alice"], text="When will you decide?")
    Note.objects.write(review, by=people["carol"], text="The county called.")
    SavedView.objects.keep(by=people["carol"], name="Late", query="view=overdue")
    planned = {"title": "Overtime report", "what": "Overtime of a week.", "state": "planned"}
    Enhancement.objects.add(by=people["carol"], **planned)
    text = f"{LetterTemplate.objects.in_force('approved').text} Thank you."
    LetterTemplate.objects.write("approved", text, by=people["dana"], seen=0)
    return {
        "draft": with_document(make.draft()),
        "sent": make.sent().proposal,
        "review": review.proposal,
        "asked": make.requested().review.proposal,
        "drafted": make.drafted_decision().review.proposal,
        "approved": make.decided(conditions=[make.condition()]).review.proposal,
    }


def with_document(draft: Proposal) -> Proposal:
    given = {"kind": "security_plan", "label": "internal"}
    Document.objects.add(draft, make.a_file(), by=make.someone("alice"), **given)
    return draft
