"""Letters that go on paper: their day of mailing is put on record beside the mails."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from portal import notices
from portal.access import reviewer
from portal.wording import day
from reviews.acting import ActPage, act, review_for
from reviews.forms.acts import RecordPost
from reviews.moves import MoveRefused
from reviews.timeline import county_letters


@reviewer
def record_post(request: HttpRequest, reference: str, notice: int) -> HttpResponse:
    """Put on record that a letter was mailed to the county's program contact, and when."""
    review = review_for(request, reference)
    letter = get_object_or_404(county_letters(reference), pk=notice)
    form = RecordPost.on(
        request, review=review, letter=letter, user=request.user, act=f"post {letter.pk}"
    )
    subject = letter.heading.removeprefix(f"{reference}: ")
    page = ActPage(
        f"Sent by post: {subject}",
        "Record the mailing",
        f"The letter was written {day(letter.created_at)}. Print it, mail it, then put the day of "
        "mailing on record here: the county counts as notified from that day.",
    )

    def do() -> None:
        given = form.cleaned_data
        try:
            notices.record_post(letter, name=given["name"], on=given["on"], by=request.user)
        except notices.PostRefused as refusal:
            raise MoveRefused(str(refusal)) from refusal

    return act(request, page, form, do, "On record: the letter was mailed.")
