"""Letters to a county that came back or reached nobody who counts: put on record, sent once more;
and such a record that was a mistake, taken back.

While no mail of an answer has reached the program contact or the sender, the county is not
notified of it, and the thirty days are not kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from portal import notices
from portal.access import reviewer
from portal.came_back import records, take_back
from portal.models import Notice
from portal.models.notices import NoticeRecipient
from portal.notices import COUNTS
from proposals.models import Contact, Proposal
from reviews.acting import ActPage, act, overtaken, review_for
from reviews.forms.acts import CameBack, DidNotComeBack, SendAgain
from reviews.models import Round
from reviews.moves import MoveRefused
from reviews.stationery import MAILBOX, correspondents
from reviews.timeline import county_letters, is_to_county

NOT_BACK = ActPage(
    "Did not come back",
    "Take the record back",
    "For a record made by mistake. The mail counts again as it did before. Where it went to the "
    "program contact or to the sender, the county is notified from the day it was sent.",
)
NOTHING = (
    "No record can be taken back: no mail of this letter came back, or the letter was sent again."
)


@dataclass(frozen=True)
class Unreached:
    """Letters that notified nobody and will not by themselves; whom to call about them."""

    letters: set[int]
    contact: Contact | None


def unreached(proposal: Proposal, letters: Iterable[Notice]) -> Unreached:
    """Of these letters, those to the county that a person must bring to it another way."""
    lost = {one.pk for one in letters if _is_lost(one)}
    contact = proposal.contacts.filter(kind=Contact.Kind.PROGRAM).first() if lost else None
    return Unreached(lost, contact)


def may_come_back(letter: Notice) -> bool:
    """Whether it is written to the county and a mail server has taken on one of its mails."""
    return is_to_county(letter) and any(one.is_taken_on for one in letter.recipients.all())


def taken_back_from(letters: Iterable[Notice]) -> set[int]:
    """Of these letters to the county, those that came back as somebody put on record, which can be
    taken back (1 query, and none while none came back)."""
    came = [one for one in letters if any(mail.is_returned for mail in one.recipients.all())]
    ours = [one for one in came if is_to_county(one)]
    return {one.mail.notice_id for one in records(ours) if one.stands}


def answers_of(mails: Iterable[NoticeRecipient]) -> dict[int, Round]:
    """The thirty-day periods whose answer, the letter of these mails, has notified nobody yet."""
    letters = {one.notice_id for one in mails}
    waiting = Round.objects.filter(answer_notice__in=letters, notified_on__isnull=True)
    return {period.answer_notice_id: period for period in waiting.exclude(due=None)}


def _is_lost(letter: Notice) -> bool:
    if letter.notified_at or not is_to_county(letter):
        return False
    count = [one for one in letter.recipients.all() if {*COUNTS}.intersection(one.parts)]
    return bool(count) and all(one.is_lost for one in count)


@reviewer
def came_back(request: HttpRequest, reference: str, notice: int) -> HttpResponse:
    """Put on record that a mail of a letter was returned to CDSS's mailbox."""
    review = review_for(request, reference)
    letter = get_object_or_404(county_letters(reference), pk=notice)
    form = CameBack.on(
        request, review=review, letter=letter, user=request.user, act=f"came back {letter.pk}"
    )
    if not (form.taken_on or form.was_done(request.user)):
        messages.info(request, "No mail server has taken on a mail of this letter.")
        return redirect("notices", reference=reference)
    page = ActPage(
        f"Came back: {_subject(letter)}",
        "Record that it came back",
        "Once it came back from the program contact and from the sender, the county is not "
        "notified any more. Then call, and send the letter again.",
    )

    def do() -> None:
        given = form.cleaned_data
        one = form.taken_on[given["mail"]]
        try:
            notices.came_back(one, said=given["said"], by=request.user)
        except notices.AlreadySettled as refusal:
            raise MoveRefused(str(refusal)) from refusal

    return act(request, page, form, do, "On record: the letter came back.")


@reviewer
def did_not_come_back(request: HttpRequest, reference: str, notice: int) -> HttpResponse:
    """Take back that a mail of a letter was returned, which was put on record by mistake."""
    review = review_for(request, reference)
    letter = get_object_or_404(county_letters(reference), pk=notice)
    form = DidNotComeBack.on(
        request,
        review=review,
        records=records([letter]),
        user=request.user,
        act=f"did not come back {letter.pk}",
    )
    if not form.was_done(request.user):
        if form.chosen and not form.chosen.stands:
            return overtaken(request, review, form.chosen.why_not, "notices")
        if not form.offered:
            messages.info(request, NOTHING)
            return redirect("notices", reference=reference)

    def do() -> None:
        try:
            take_back(
                form.offered[form.cleaned_data["mail"]],
                why=form.cleaned_data["why"],
                by=request.user,
            )
        except notices.AlreadySettled as refusal:
            raise MoveRefused(str(refusal)) from refusal

    page = replace(NOT_BACK, title=f"{NOT_BACK.title}: {_subject(letter)}")
    return act(request, page, form, do, "Taken back: the letter did not come back.")


@reviewer
def send_again(request: HttpRequest, reference: str, notice: int) -> HttpResponse:
    """Send a letter that reached nobody who counts to all who get letters now and lack it."""
    review = review_for(request, reference)
    letter = get_object_or_404(county_letters(reference), pk=notice)
    form = SendAgain.on(request, review=review, user=request.user, act=f"send again {letter.pk}")
    people = notices.distinct(one for one in correspondents(review) if one.part != MAILBOX)
    page = ActPage(
        f"Send again: {_subject(letter)}",
        "Send it again",
        "The letter leaves exactly as it was written. Who may have it already gets nothing twice. "
        "Where an address is wrong, change who gets letters first.",
        people=[{"name": f"{one.name}, {one.email}", "parts": one.part} for one in people],
    )

    def do() -> None:
        try:
            notices.send_again(letter, to=people, by=request.user)
        except notices.AlreadySettled as refusal:
            raise MoveRefused(str(refusal)) from refusal

    return act(request, page, form, do, "The letter is sent again.")


def _subject(letter: Notice) -> str:
    return letter.heading.removeprefix(f"{letter.subject}: ")
