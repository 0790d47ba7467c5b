"""Thousands of proposals in a second: copies of one that was sent, at every point of their way."""

from datetime import timedelta
from itertools import cycle, islice

from django.db import connection

from portal import clock
from portal.models import County, User
from proposals.models import Proposal
from reviews.models import Review, Words
from reviews.moves import DECIDED, Status
from reviews.search import stored
from tests import make

# What each copy says beside its reference and county, one after the other.
TOOLS = ("Caseload Compass", "Timesheet Lantern", "Visit Planner", "Överland Mapper")


def proposals(count: int, *, year: int = 2031, assignee: User | None = None) -> list[Review]:
    """So many more proposals under review in all counties, a quarter of them with no date."""
    model = make.sent()
    one = model.proposal
    written = [
        Proposal(
            reference=f"CIP-{year}-{number:05d}",
            county=county,
            created_by=one.created_by,
            created_at=one.created_at,
            sent_at=one.sent_at,
            tool_name=TOOLS[number % len(TOOLS)],
            vendor_name=one.vendor_name,
            purpose=one.purpose,
        )
        for number, county in enumerate(islice(cycle(County.objects.order_by("number")), count))
    ]
    Proposal.objects.bulk_create(written, batch_size=500)
    reviews = [_review(number, one, model, assignee) for number, one in enumerate(written)]
    Review.objects.bulk_create(reviews, batch_size=500)
    Words.objects.bulk_create(
        (
            Words(
                review=one,
                vendor=stored([one.proposal.vendor_name]),
                text=stored(
                    [
                        one.proposal.reference,
                        one.county.name,
                        one.proposal.tool_name,
                        one.proposal.vendor_name,
                        one.proposal.purpose,
                    ]
                ),
            )
            for one in reviews
        ),
        batch_size=500,
    )
    # As a database does by itself when it has been filled.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return reviews


def _review(number: int, proposal: Proposal, model: Review, assignee: User | None) -> Review:
    status = tuple(Status)[1 + number % (len(Status) - 1)]
    with_cdss = status in (Status.SUBMITTED, Status.IN_REVIEW)
    waits = status == Status.DOCUMENTS_REQUESTED
    return Review(
        proposal=proposal,
        county=proposal.county,
        status=status,
        assignee=assignee if number % 3 and status != Status.SUBMITTED else None,
        received_at=model.received_at - timedelta(hours=number),
        due=make.in_days(number % 40 - 5) if with_cdss else None,
        county_by=make.in_days(number % 30) if waits else None,
        is_drafted=status == Status.IN_REVIEW and number % 5 == 0,
        news=number % 50 == 0,
        is_idea=number % 50 == 1,
        flags="|research|" if number % 90 == 0 else "",
        moved="release" if status in DECIDED else "send",
        moved_at=clock.now() - timedelta(minutes=number),
    )
