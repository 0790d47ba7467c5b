"""The register of thirty-day periods as an auditor reads it, and an audit bundle out of its ZIP."""

import zipfile
from collections.abc import Iterator
from datetime import timedelta

from django.db import transaction

from portal import clock, notices
from portal.models.notices import NoticeRecipient
from portal.models.notices import State as Mail
from reviews import audit_bundle, parcel
from reviews.models import Note, Review, Round
from tests import make
from tests.stories.scenes import Stage, State, scene


def told(period: Round, state: str) -> None:
    """Every mail of the answer's letter ends this way."""
    for one in period.answer_notice.recipients.all():
        NoticeRecipient.objects.filter(pk=one.pk).update(state=state, accepted_at=clock.now())
        one.refresh_from_db()
        with transaction.atomic():
            notices.keep_notified(one)


def periods_of_all_kinds() -> Review:
    """In time, late, came back, overdue, void, taken back, and one that runs."""
    begin = clock.now() - timedelta(days=90)
    with clock.travel(begin):
        in_time, asked, late, back = (make.in_review() for _ in range(4))
        make.sent(make.draft(tool_name="Home Visit Planner with quite a long name of its own"))
        make.standing_at("withdrawn")
        make.standing_at("draft")
    with clock.travel(begin + timedelta(days=27)):
        told(make.decided(in_time).round, Mail.DELIVERED)
        request = make.requested(asked)
        told(request.review.rounds.get(), Mail.ACCEPTED)
    with clock.travel(begin + timedelta(days=40)):
        told(make.decided(late).round, Mail.ACCEPTED)
        told(make.decided(back).round, Mail.BOUNCED)
        make.responded(request)
    make.logged(make.county("Alameda"), tool_name="Timesheet Check")
    return Review.objects.get(pk=asked.pk)


@scene
def the_register_of_periods(stage: Stage) -> Iterator[State]:
    yield "periods, none yet", stage.open("frank", "/register/")
    periods_of_all_kinds()
    yield "periods", stage.open("frank", "/register/")
    yield "periods, late", stage.open("carol", "/register/?late=either&first=1/1/2020&rows=50")
    yield "periods, no match", stage.open("frank", "/register/?county=58&answer=void&mode=none")
    odd = "?late=purple&county=99&first=soon&rows=7&after=forged"
    yield "periods, odd", stage.open("frank", f"/register/{odd}")


@scene
def the_audit_bundle(stage: Stage) -> Iterator[State]:
    review, carol = make.decided(make.responded(), conditions=[make.condition()]).review, "carol"
    Note.objects.write(review, by=make.someone(carol), text="Ask about the tablets.")
    with parcel.Parcel("audit") as held:
        audit_bundle.fill(held, review.proposal, make.someone(carol))
        with zipfile.ZipFile(held.finish()) as packed:
            index, style = (
                packed.read(f"audit/{name}").decode() for name in ("index.html", "portal.css")
            )
    page = stage.open("carol", f"/reviews/{review.reference}/history/")
    yield "history, with the bundle", page
    # It is opened from a folder, where no server is: what it links to isn't asked for here.
    page.goto("about:blank")
    page.set_content(index.replace('<link rel="stylesheet" href="portal.css">', ""))
    page.add_style_tag(content=style)
    yield "audit bundle", page
