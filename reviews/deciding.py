"""Drafting a decision with its letter, sending the draft back, and releasing it (ACL-6)."""

from __future__ import annotations

from datetime import time
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from portal import clock
from portal.access import approver, reviewer
from reviews import letters
from reviews.acting import ActPage, Once, act, not_now, page_of, review_for
from reviews.forms.acts import Reason
from reviews.forms.deciding import DecideForm, as_drafted, conditions_of
from reviews.forms.rows import AskCondition, Rows, rows_of
from reviews.models import Decision, Review
from reviews.moves import MoveRefused
from reviews.sheet import blanks, differs, sheet
from reviews.status_page import letter_readers

OFFICE_CLOSES = time(17, 0)
READ_IT = "Read it, change what you like, then send it to the approver."
FILL_IT = "It still has blanks. Fill them, and have it written again."
DECIDE = ActPage(
    "Decide",
    "Send to the approver",
    "You draft the decision. An approver checks it and releases the letter.",
    template="reviews/desk/acts/decide.html",
    beside=True,
)
RELEASE = ActPage(
    "Release the decision",
    "Release the decision",
    "The letter leaves exactly as it stands here.",
    template="reviews/desk/acts/release.html",
    beside=True,
)


@reviewer
def recommend(request: HttpRequest, reference: str) -> HttpResponse:
    """Draft a decision: outcome, reasons, conditions, then the letter, then to the approver."""
    review = review_for(request, reference)
    if request.method != "POST" and (refusal := not_now(request, review, "recommend")):
        return refusal
    form, rows, last = _draft(request, review)
    words = "" if form.was_done(request.user) else _letter_to_read(request, form, rows)
    more = {"rows": rows, "people": letter_readers(review), "last": last, "letter_words": words}
    more |= _preview(form, rows)
    if words:
        status = 200 if all([form.is_valid(), rows.is_valid()]) else 422
        return page_of(request, DECIDE, form, status=status, **more)

    def do() -> None:
        Decision.objects.recommend(
            review,
            by=request.user,
            outcome=form.cleaned_data["outcome"],
            reasons=form.all_reasons(),
            conditions=_conditions(rows),
            letter=form.cleaned_data["letter"],
            override=form.cleaned_data.get("override", ""),
            seen=form.version,
        )

    return act(request, DECIDE, form, do, "Drafted. The approvers get an email.", **more)


def _draft(request: HttpRequest, review: Review) -> tuple[DecideForm, Rows, Decision | None]:
    """The form with its conditions: as typed, empty, or as in the draft that was sent back."""
    last = review.decisions.last()
    start, stored = {}, []
    if last and last.sent_back_at:
        start, stored = as_drafted(last), conditions_of(last)
    rows = rows_of(AskCondition, "condition", request, at_least=0, stored=stored)
    form = DecideForm.on(
        request, rows, review=review, initial=start, user=request.user, act="decide"
    )
    return form, rows, last


def _conditions(rows: Rows) -> list[dict[str, Any]]:
    """The conditions as far as they are right."""
    return [
        {"text": row.cleaned_data.get("text", ""), "by": row.cleaned_data.get("by")}
        for row in rows.given()
    ]


def _letter_to_read(request: HttpRequest, form: DecideForm, rows: Rows) -> str:
    """Offer a letter when there is none yet, or when what it was written from has changed.

    Returns the words that say so; empty when the letter can go as it stands.
    """
    if not form.is_bound:
        return ""
    is_right = all([form.is_valid(), rows.is_valid()])
    conditions = _conditions(rows)
    if request.POST.get("write") or not form.data.get("letter", "").strip():
        if not form.write(conditions):
            return ""
        return READ_IT if is_right else FILL_IT
    if not is_right or form.is_written_for(conditions):
        return ""
    if form.is_untouched():
        form.write(conditions)
        return f"It was written again from what you changed. {READ_IT}"
    form.offer(form.cleaned_data["letter"], conditions, mine=True)
    return (
        "The outcome, reasons or conditions changed after you changed this letter by hand. Change "
        "it, or have it written again; then send it to the approver."
    )


def _preview(form: DecideForm, rows: Rows) -> dict[str, Any]:
    """The letter as a sheet, marked where it differs from the portal's own, with its blanks."""
    text = (form["letter"].value() or "").replace("\r\n", "\n")
    # Both are asked, so that what is right in either is known.
    known = form.is_bound and [form.is_valid(), rows.is_valid()]
    standard = form.standard(_conditions(rows)) if known else text
    blocks = sheet(text, standard or text) if text.strip() else []
    missing = [(name, _place_of(name, rows)) for name in blanks(text)]
    return {"blocks": blocks, "differs": differs(blocks), "missing": missing}


def _place_of(blank: str, rows: Rows) -> str:
    """The field in which a blank of the letter is filled."""
    what, _, number = blank.rpartition(" ")
    if what and int(number) <= len(rows.forms):
        row = rows.forms[int(number) - 1]
        return row["by" if what.startswith("date") else "text"].id_for_label
    return "id_letter" if what else "id_more_reasons"


@approver
def send_back(request: HttpRequest, reference: str) -> HttpResponse:
    """Return a drafted decision to the reviewer with a reason."""
    review = review_for(request, reference)
    if request.method != "POST" and (refusal := not_now(request, review, "send_back")):
        return refusal
    drafted = review.decisions.pending().first()
    hint = "The reviewer reads it, no one else."
    form = Reason.on(request, review=review, hint=hint, user=request.user, act="send back")
    page = ActPage("Send the draft back", "Send it back", "The reviewer gets an email.")

    def do() -> None:
        if drafted is None:
            raise MoveRefused(review.overtaken())
        drafted.send_back(by=request.user, why=form.cleaned_data["why"], seen=form.version)

    return act(request, page, form, do, "Sent back to the reviewer.")


@approver
def release(request: HttpRequest, reference: str) -> HttpResponse:
    """Read the drafted decision once more and let it go, exactly as drafted."""
    review = review_for(request, reference)
    if request.method != "POST" and (refusal := not_now(request, review, "release")):
        return refusal
    form = Once.on(request, review=review, user=request.user, act="release")
    drafted = review.decisions.pending().select_related("review", "round", "drafted_by").first()
    more = {
        "decision": drafted,
        "people": letter_readers(review),
        "is_late_in_the_day": _is_late_in_the_day(review),
        "is_own": drafted and settings.SECOND_LOOK and drafted.drafted_by == request.user,
        **(_as_sheet(drafted) if drafted else {}),
    }

    def do() -> None:
        if drafted is None:
            raise MoveRefused(review.overtaken())
        drafted.release(by=request.user, seen=form.version)

    return act(request, RELEASE, form, do, "Released. The letter is on its way.", **more)


def _as_sheet(decision: Decision) -> dict[str, Any]:
    """The drafted letter, marked where the reviewer changed the portal's own."""
    standard = letters.decision_text(
        decision.review, decision.outcome, decision.reasons, conditions_of(decision)
    )
    blocks = sheet(decision.letter, standard)
    return {"blocks": blocks, "differs": differs(blocks)}


def _is_late_in_the_day(review: Review) -> bool:
    """The last day, after office hours: the letter may be read as a day late."""
    now = clock.pacific(clock.now())
    return review.due == now.date() and now.time() >= OFFICE_CLOSES
