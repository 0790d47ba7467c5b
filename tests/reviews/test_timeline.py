"""The county's timeline tells who acted by what was put on record then: people change sides."""

from collections.abc import Iterable
from datetime import timedelta

import pytest

from portal import clock
from portal.models import JournalEntry, Role, User
from reviews import timeline
from reviews.models import Correspondent, Message, Request, Review
from reviews.moves import ACTS, MOVES, Who
from tests import make

pytestmark = pytest.mark.django_db

OF_A_COUNTY = {Who.COUNTY, Who.SIGNER}


def told(review: Review, entries: Iterable[JournalEntry] | None = None) -> list[str]:
    """The timeline as it stands now, oldest first."""
    entries = entries or timeline.entries_of(review.proposal)
    return [one.text for one in timeline.told(review.reference, entries, [])][::-1]


def told_without_the_mark(review: Review) -> list[str]:
    """The same from a journal that did not keep yet which side wrote."""
    entries = list(timeline.entries_of(review.proposal))
    for entry in entries:
        entry.data.pop("from_county", None)
    return told(review, entries)


def joins_cdss(person: User, role: str = Role.REVIEWER) -> None:
    """Their place in the county ends, and they work for CDSS from now on."""
    person.memberships.update(ended_at=clock.now())
    User.objects.filter(pk=person.pk).update(role=role)


def joins_the_county(person: User) -> None:
    User.objects.filter(pk=person.pk).update(role=Role.COUNTY)
    make.membership(person, make.county("Alameda"))


def everything_done(alice: User, carol: User) -> Review:
    """What both sides may do is done by each; CDSS enters the second response for its county."""
    review = make.in_review(make.sent(by=alice), by=carol)
    for by in (alice, carol):
        Message.objects.write(review, by=by, text="A word.")
        email = f"quinn.{by.pk}@example.gov"
        Correspondent.objects.replace(review, "preparer", name="Quinn", email=email, by=by)
    make.responded(make.requested(review, by=carol), by=alice)
    entered_for_the_county(make.requested(review, by=carol), by=carol)
    review.withdraw(by=carol, original=make.original(review.proposal, by=carol))
    return review


def entered_for_the_county(request: Request, *, by: User) -> None:
    original = make.original(request.review.proposal, by=by)
    document, answer = request.items.all()
    document.give(original, by=by)
    answer.change_answer("A data center of the county.", by=by)
    request.respond(by=by, original=original)


BEFORE = [
    "Alice Nakamura started the proposal.",
    "Alice Nakamura signed and sent it.",
    "Carol Whitfield began the review.",
    "Alice Nakamura wrote a message to CDSS.",
    "Alice Nakamura changed who gets letters.",
    "CDSS wrote you a message.",
    "CDSS changed who gets letters.",
    "CDSS asked for documents.",
    "Alice Nakamura added a document for item 1.",
    "Alice Nakamura changed the answer for item 2.",
    "Alice Nakamura sent your response.",
    "CDSS asked for documents.",
    "CDSS entered the response that you sent by email or post.",
    "CDSS entered that you withdrew the proposal.",
]


@pytest.mark.parametrize("tell", [told, told_without_the_mark])
def test_it_stays_as_it_was_when_everyone_has_changed_sides(alice, carol, tell):
    review = everything_done(alice, carol)
    assert tell(review) == BEFORE
    joins_cdss(alice, Role.AUDITOR)
    joins_the_county(carol)
    assert tell(review) == BEFORE
    joins_cdss(alice)
    joins_cdss(carol, Role.ADMINISTRATOR)
    assert tell(review) == BEFORE


def test_someone_who_came_back_to_the_county_wrote_for_cdss_in_between(alice):
    """A place in a county that goes on again hides that it had ended: the entry itself knows."""
    review = make.in_review(make.sent(by=alice))
    joins_cdss(alice)
    alice.refresh_from_db()
    Message.objects.write(review, by=alice, text="From CDSS.")
    alice.memberships.update(ended_at=None)
    User.objects.filter(pk=alice.pk).update(role=Role.COUNTY)
    assert "CDSS wrote you a message." in told(review)
    assert "Alice Nakamura wrote a message to CDSS." not in told(review)


def test_a_place_in_another_county_is_none_in_this_one(carol):
    review = make.in_review(make.sent(), by=carol)
    Message.objects.write(review, by=carol, text="Which server?")
    make.membership(carol, make.county("Butte"), since=review.received_at - timedelta(days=9))
    assert "CDSS wrote you a message." in told_without_the_mark(review)


def test_who_logged_a_proposal_and_joined_the_county_did_not_start_it_there(carol):
    review = make.logged(make.county("Alameda"), by=carol)
    before = told(review)
    joins_the_county(carol)
    assert told(review) == before
    assert before == ["CDSS entered the proposal that you sent by email or post."]


def test_the_pages_and_the_bundle_read_it_so_too(client_of, alice, amir, carol):
    review = everything_done(alice, carol)
    joins_cdss(alice)
    joins_the_county(carol)
    page = client_of(amir).get(f"/proposals/{review.reference}/").content.decode()
    assert "Alice Nakamura wrote a message to CDSS." in page
    assert "Carol Whitfield wrote a message" not in page


def test_the_table_says_of_each_act_whether_either_side_may_do_it():
    """What only one side may do is told by the act alone; for the rest something is kept."""
    either = {move.act for move in MOVES.values() if move.on_behalf}
    for name, (_, who) in ACTS.items():
        if who & OF_A_COUNTY and who - OF_A_COUNTY:
            either.add(name.replace("_", " "))
    assert set(timeline.COUNTYS) & set(timeline.OF_CDSS) == either
    assert either <= timeline.BY_EITHER | {"respond", "withdraw"}
    of_county = {move.act for move in MOVES.values() if move.who in OF_A_COUNTY}
    assert not {move.act for move in MOVES.values()} - of_county - either & set(timeline.COUNTYS)
