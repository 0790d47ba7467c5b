"""Releasing a drafted decision, or sending the draft back: what an approver does (ACL-6)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from portal import clock
from portal.access import approver
from portal.models import User
from reviews.acting import ActPage, Once, act, not_now, review_for
from reviews.checklist import CHOICES, RULES
from reviews.forms.acts import Reason
from reviews.models import Decision, Review
from reviews.moves import MoveRefused
from reviews.sheet import differs, sheet
from reviews.status_page import letter_readers
from reviews.way_back import with_next

OFFICE_CLOSES = time(17, 0)
CHOICE_LABELS = dict(CHOICES)
RELEASE = ActPage(
    "Release the decision",
    "Release the decision",
    "The letter leaves exactly as it stands here.",
    template="reviews/desk/acts/release.html",
    beside=True,
)


@approver
def send_back(request: HttpRequest, reference: str) -> HttpResponse:
    """Return a drafted decision to the reviewer with a reason."""
    review = review_for(request, reference)
    if request.method != "POST" and (refusal := not_now(request, review, "send_back")):
        return refusal
    drafted = review.decisions.pending().first()
    hint = "Reviewers at CDSS read it, no one else."
    form = Reason.on(request, review=review, hint=hint, user=request.user, act="send back")
    page = ActPage("Send the draft back", "Send it back", "The reviewer gets an email.")

    def do() -> None:
        if drafted is None:
            raise MoveRefused(review.overtaken(request.user))
        drafted.send_back(by=request.user, why=form.cleaned_data["why"], seen=form.version)

    done = with_next(request, review, "Sent back to the reviewer.")
    return act(request, page, form, do, done)


@approver
def release(request: HttpRequest, reference: str) -> HttpResponse:
    """Read the drafted decision once more and let it go, exactly as drafted."""
    review = review_for(request, reference)
    if request.method != "POST" and (refusal := not_now(request, review, "release")):
        return refusal
    form = Once.on(request, review=review, user=request.user, act="release")
    # Who drafted it, and from which template, only the page says.
    needed = ("round",) if request.method == "POST" else ("round", "drafted_by", "template")
    drafted = review.decisions.pending().select_related(*needed).first()

    def do() -> None:
        if drafted is None:
            raise MoveRefused(review.overtaken(request.user))
        drafted.release(by=request.user, seen=form.version)

    done = with_next(request, review, "Released. The letter is on its way.")
    return act(request, RELEASE, form, do, done, lambda: _to_release(review, drafted, request.user))


def _to_release(review: Review, drafted: Decision | None, approver: User) -> dict[str, Any]:
    """What an approver reads before a decision leaves."""
    return {
        "decision": drafted,
        "people": letter_readers(review),
        "is_late_in_the_day": _is_late_in_the_day(review),
        "is_own": drafted and settings.SECOND_LOOK and drafted.drafted_by_id == approver.pk,
        "unmet": list(_unmet(review)),
        **(_as_sheet(drafted, approver) if drafted else {}),
    }


def _as_sheet(decision: Decision, approver: User) -> dict[str, Any]:
    """The drafted letter, marked where the reviewer changed the portal's own."""
    blocks = sheet(decision.letter, decision.standard or decision.letter, decision.known)
    return {
        "blocks": blocks,
        "differs": differs(blocks),
        "around": decision.frame_for(approver),
        "template": decision.template,
    }


def _unmet(review: Review) -> Iterator[tuple[str, str, str]]:
    """What an approver should know of the checklist: each row that is not met, with its note."""
    found = {finding.rule: finding for finding in review.findings.all()}
    for rule in RULES:
        finding = found.get(rule.key)
        choice = finding.choice if finding else ""
        if choice not in ("meets", "not_applicable"):
            label = CHOICE_LABELS.get(choice, "Not looked at yet")
            yield rule.label, label, finding.note if finding else ""


def _is_late_in_the_day(review: Review) -> bool:
    """The last day, after office hours: the letter may be read as a day late."""
    now = clock.pacific(clock.now())
    return review.due == now.date() and now.time() >= OFFICE_CLOSES
