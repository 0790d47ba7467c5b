"""The letters between colleagues of a county about a draft; CDSS reads none of them.

They carry what one colleague wrote to another, so the portal shows their text nowhere and forgets
it once they are sent: the note and the comment stay with the draft.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal import clock
from portal.models import Notice, OfficeClosure, User
from portal.notices import To
from portal.wording import day
from reviews import deadlines
from reviews.stationery import Draft, Fact, county, county_page, post

if TYPE_CHECKING:
    from reviews.models import Asking

SIGNER, PREPARER = "signer", "preparer"


def asked_to_sign(asking: Asking) -> Notice:
    """To a colleague who may sign: read the proposal, then sign and send it, or return it."""
    draft, asker, today = Draft(asking.proposal), asking.asked_by, clock.today()
    due = deadlines.answer_by(today, OfficeClosure.objects.closed()).due
    why = f"you may sign for {county(draft)}"
    return post(
        ("asked_to_sign", asking.pk),
        draft,
        [To(asking.signer.email, asking.signer.name, SIGNER, why)],
        subject=f"{asker.name} asks you to sign",
        news=f"{asker.name} asks you to sign a proposal and send it to CDSS.",
        status="Draft, ready to sign",
        facts=[Fact("Asked", day(asking.asked_at), strong=False)],
        words=[("A note for you", asking.note)] if asking.note else [],
        do="Read the proposal. Then sign and send it, or return it with a comment.",
        link=("Read and sign", county_page(draft, "send/")),
        then=f"CDSS answers within thirty days of receiving it: by {day(due)}, if you send it on "
        f"{day(today)}.",
        contact=_write_to(asker),
    )


def returned_to_preparer(asking: Asking) -> Notice:
    """To the person who asked: the signer wants something changed first."""
    draft, signer, asker = Draft(asking.proposal), asking.signer, asking.asked_by
    return post(
        ("returned_to_preparer", asking.pk),
        draft,
        [To(asker.email, asker.name, PREPARER, "you asked for the signature")],
        subject=f"{signer.name} returned it with a comment",
        news=f"{signer.name} did not sign the proposal yet, and returned it with a comment.",
        facts=[Fact("Returned", day(asking.ended_at), strong=False)],
        words=[("The comment", asking.comment)],
        do="Change what the comment asks for. Then ask for the signature again.",
        link=("Open the proposal", county_page(draft)),
        then="It stays a draft until somebody who may sign sends it.",
        contact=_write_to(signer),
    )


def _write_to(person: User) -> str:
    return (
        f"Write to {person.name}: {person.email}. A reply to this email would go to CDSS, which "
        "sees nothing of a draft."
    )
