"""The record of a proposal: each letter with its proof, the history, and the letters in trouble."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from portal import clock
from portal import notices as mail
from portal.access import reads_cases, reviewer
from portal.models import JournalEntry, Notice, User
from portal.models.notices import NoticeRecipient, State
from portal.numbers import whole_number
from proposals.models import Proposal
from reviews import chronicle
from reviews.case import ABOUT_DRAFTS, case, reads_notes
from reviews.letter_papers import as_sheet
from reviews.returned import answers_of, may_come_back, taken_back_from, unreached
from reviews.timeline import is_to_county

ROWS = 50
# How a state of a mail looks, by the kinds of the `state` tag.
LOOKS = {
    State.WAITING: "not_started",
    State.SENDING: "progress",
    State.ACCEPTED: "completed",
    State.DELIVERED: "completed",
    State.BOUNCED: "problem",
    State.FAILED: "problem",
    State.DOUBTFUL: "problem",
}


@reads_cases
@require_safe
def notices(request: HttpRequest, reference: str) -> HttpResponse:
    """Proof of notice: each letter, to whom, how far it came, and every attempt."""
    context = case(request, reference, "notices")
    letters = list(Notice.objects.about(*context["proposal"].subject))[::-1]
    context["letters"] = [(letter, _recipients(letter)) for letter in letters]
    context["withheld"] = {one.pk for one in letters if not _may_read(request.user, one)}
    context["unreached"] = unreached(context["proposal"], letters)
    if request.user.is_reviewer:
        context["may_be_mailed"] = {one.pk for one in letters if _may_be_mailed(one)}
        context["may_come_back"] = {one.pk for one in letters if may_come_back(one)}
        context["may_be_taken_back"] = taken_back_from(letters)
    return render(request, "reviews/desk/notices.html", context)


def _may_read(user: User, letter: Notice) -> bool:
    """An auditor sees that something was written about a draft, not what."""
    return reads_notes(user) or letter.kind not in ABOUT_DRAFTS


def _may_be_mailed(letter: Notice) -> bool:
    """Whether it is written to the county and has no day of mailing on record yet."""
    return is_to_county(letter) and not any(one.is_post for one in letter.recipients.all())


def _recipients(letter: Notice) -> list[tuple[NoticeRecipient, str]]:
    return [(one, LOOKS[State(one.state)]) for one in letter.recipients.all()]


@reads_cases
@require_safe
def review_letter(request: HttpRequest, reference: str, notice: int) -> HttpResponse:
    """One letter as it left, with its fingerprint; made to be printed."""
    context = case(request, reference, "notices")
    letters = Notice.objects.about(*context["proposal"].subject)
    letter = get_object_or_404(letters, pk=notice)
    if not _may_read(request.user, letter):
        raise Http404
    context |= {"sheet": letter, "recipients": _recipients(letter), **as_sheet(letter)}
    return render(request, "reviews/desk/letter.html", context)


@reads_cases
@require_safe
def history(request: HttpRequest, reference: str) -> HttpResponse:
    """Who did what and when, by the journal, and every thirty-day period with its dates."""
    context = case(request, reference, "history")
    entries = JournalEntry.objects.about(*context["proposal"].subject)
    context["told"] = chronicle.told(entries, drafts=reads_notes(request.user))
    context["periods"] = [
        (period, period.answer_notice.notified_at if period.answer_notice else None)
        for period in context["review"].rounds.select_related("answer_notice").order_by("-number")
    ]
    return render(request, "reviews/desk/history.html", context)


@reads_cases
@require_safe
def troubled_notices(request: HttpRequest) -> HttpResponse:
    """Letters that could not be sent, came back, or may not have been sent: a person looks.

    `?from=` begins with a letter, or with the next one where it needs no look any more; where
    none follows, with the oldest.
    """
    first = whole_number(request.GET.get("from", ""))
    found = list(_troubled_from(first)[: ROWS + 1])
    if first and not found:
        first, found = None, list(_troubled_from(None)[: ROWS + 1])
    troubled = found[:ROWS]
    answers = answers_of(troubled)
    context = {
        "lines": [
            (one, LOOKS[State(one.state)], url, answers.get(one.notice_id))
            for one, url in _with_links(request, troubled)
        ],
        "today": clock.today(),
        "first": first,
        "next": found[ROWS].pk if len(found) > ROWS else "",
    }
    return render(request, "reviews/desk/letters.html", context)


def _troubled_from(mark: int | None) -> QuerySet[NoticeRecipient]:
    """The letters in trouble from that one on, the oldest first; all where there is none such."""
    troubled = NoticeRecipient.objects.troubled().select_related("notice")
    troubled = troubled.order_by("notice__created_at", "pk")
    marked = NoticeRecipient.objects.filter(pk=mark or 0)
    place = marked.values_list("notice__created_at", "pk").first()
    if place is None:
        return troubled
    at, pk = place
    return troubled.filter(notice__created_at__gte=at).exclude(notice__created_at=at, pk__lt=pk)


def _with_links(
    request: HttpRequest, troubled: list[NoticeRecipient]
) -> list[tuple[NoticeRecipient, str]]:
    """Each with the address of its proposal, where this person can open that."""
    references = {one.notice.subject for one in troubled if one.notice.subject_kind == "proposal"}
    visible = Proposal.objects.visible_to(request.user).filter(reference__in=references)
    there = set(visible.values_list("reference", flat=True))
    return [
        (one, reverse("notices", args=[one.notice.subject]) if one.notice.subject in there else "")
        for one in troubled
    ]


@require_POST
@reviewer
def settle_notice(request: HttpRequest, recipient: int) -> HttpResponse:
    """A reviewer says that a doubtful letter arrived, or has a letter sent once more."""
    one = get_object_or_404(NoticeRecipient.objects.select_related("notice"), pk=recipient)
    answer = request.POST.get("answer")
    try:
        messages.success(request, _settle(one, answer, request.user))
    except mail.AlreadySettled as refusal:
        messages.error(request, str(refusal))
    first = whole_number(request.POST.get("from", ""))
    return redirect(reverse("troubled_notices") + (f"?from={first}" if first else ""))


def _settle(one: NoticeRecipient, answer: Any, by: User) -> str:
    """Do what the button said; the sentence that tells so."""
    if answer == "arrived":
        mail.settle(one, by=by, arrived=True)
        return f"On record: the letter to {one.email} arrived."
    if answer != "again":
        raise mail.AlreadySettled("Choose one of the buttons beside the letter.")
    if one.state == State.DOUBTFUL:
        mail.settle(one, by=by, arrived=False)
    else:
        mail.try_again(one, by=by)
    return f"The letter to {one.email} is sent again."
