"""Drafting a decision with its letter, for an approver to release (ACL-6)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal import clock
from portal.access import reviewer
from portal.paper import PaperFailed
from reviews import stationery
from reviews.acting import ActPage, act, not_now, page_of, review_for
from reviews.decision_text import blanks, known_of, to_fill
from reviews.forms.deciding import (
    DecideForm,
    as_drafted,
    as_saved,
    conditions_of,
    from_checklist,
)
from reviews.forms.rows import AskCondition, Rows, rows_of
from reviews.letter_papers import letter_paper
from reviews.letterhead import frame_of
from reviews.models import Decision, DecisionDraft, Review
from reviews.moves import MoveRefused
from reviews.papers import as_download
from reviews.sheet import differs, sheet
from reviews.status_page import letter_readers
from reviews.way_back import with_next

READ_IT = "Read it, change what you like, then send it to the approver."
FILL_IT = "It still has blanks. Fill them, and have it written again."
AGAIN = "It was written again from what you changed."
CHANGED = (
    "The outcome, reasons, conditions or the template changed after you changed this letter by "
    "hand. Change it, or have it written again; then send it to the approver."
)
CONDITION_BLANK = re.compile(r"(date of )?condition (\d{1,4})")
DECIDE = ActPage(
    "Decide",
    "Send to the approver",
    "You draft the decision. An approver checks it and releases the letter.",
    template="reviews/desk/acts/decide.html",
    beside=True,
)


@reviewer
def recommend(request: HttpRequest, reference: str) -> HttpResponse:
    """Draft a decision: outcome, reasons, conditions, then the letter, then to the approver."""
    review = review_for(request, reference)
    if request.method != "POST" and (refusal := not_now(request, review, "recommend")):
        return refusal
    form, rows, more = _begun(request, review)
    if request.POST.get("save") and form.is_bound:
        return _save(request, form, rows, more)
    words = _letter_to_read(request, form, rows)
    if request.POST.get("pdf"):
        return _as_pdf(request, form, rows, more)
    if words and not form.was_done(request.user):
        status = 200 if all([form.is_valid(), rows.is_valid()]) else 422
        return _page(request, form, rows, more | {"letter_words": words}, status)
    sent_to = _approver(request) or "the approver"
    return act(
        request,
        _act_page(request),
        form,
        lambda: _hand_over(request, form, rows),
        with_next(request, review, f"Sent to {sent_to}, who gets an email."),
        shown=lambda: _shown(request, form, rows),
        **more,
    )


def _hand_over(request: HttpRequest, form: DecideForm, rows: Rows) -> None:
    """The decision as it stands in the form goes to the approvers."""
    Decision.objects.recommend(
        form.review,
        by=request.user,
        outcome=form.cleaned_data["outcome"],
        reasons=form.all_reasons(),
        conditions=_conditions(rows),
        letter=form.cleaned_data["letter"],
        override=form.cleaned_data.get("override", ""),
        seen=form.version,
    )


def _begun(request: HttpRequest, review: Review) -> tuple[DecideForm, Rows, dict[str, Any]]:
    """The form with its conditions, and what the page says of it: as typed, empty, as a draft
    that was saved or sent back, or as the checklist has it."""
    last, kept = review.decisions.last(), None
    start, stored = {}, []
    if request.method != "POST":
        kept = DecisionDraft.objects.of(review)
        start, stored = _start(request, review, kept, last)
    rows = rows_of(AskCondition, "condition", request, at_least=0, stored=stored, each="Condition")
    form = DecideForm.on(
        request, rows, review=review, initial=start, user=request.user, act="decide"
    )
    more = {
        "rows": rows,
        "last": last,
        "kept": kept,
        "is_filled": bool(start.get("letter")) and not kept and _is_from_checklist(request),
        "names_no_outcome": _is_from_checklist(request) and not kept and not start.get("outcome"),
        "may_fill": request.method != "POST"
        and (not start.get("outcome") or bool(last and last.sent_back_at and not kept))
        and not _is_from_checklist(request)
        and review.findings.exclude(choice="").exists(),
    }
    return form, rows, more


def _is_from_checklist(request: HttpRequest) -> bool:
    return request.GET.get("from") == "checklist"


def _start(
    request: HttpRequest, review: Review, kept: DecisionDraft | None, last: Decision | None
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the form and its conditions begin with."""
    start, stored = {}, []
    if kept:
        start, stored = as_saved(kept)
    elif _is_from_checklist(request):
        start = from_checklist(review)
    elif last and last.sent_back_at:
        start, stored = as_drafted(last), conditions_of(last)
    return start | {"draft": DecisionDraft.objects.version_of(review)}, stored


def _approver(request: HttpRequest) -> str:
    """The name of the approver who gets the draft, where there is one alone."""
    names = [person.name for person in stationery.approvers(request.user) if person.name]
    return names[0] if len(names) == 1 and names != [stationery.MAILBOX] else ""


def _act_page(request: HttpRequest) -> ActPage:
    """The page of the decision; it names who gets the draft."""
    if not (name := _approver(request)):
        return DECIDE
    lead = f"You draft the decision. {name} checks it and releases the letter."
    return replace(DECIDE, button=f"Send to {name}", lead=lead)


def _page(
    request: HttpRequest, form: DecideForm, rows: Rows, more: dict[str, Any], status: int
) -> HttpResponse:
    more = more | _shown(request, form, rows)
    return page_of(request, _act_page(request), form, status=status, **more)


def _shown(request: HttpRequest, form: DecideForm, rows: Rows) -> dict[str, Any]:
    """What stands beside the form: who gets the letter, and the letter itself."""
    return {"people": letter_readers(form.review)} | _preview(request, form, rows)


def _save(request: HttpRequest, form: DecideForm, rows: Rows, more: dict[str, Any]) -> HttpResponse:
    """Keep what stands in the form, finished or not, and go back to the review."""
    # Both are asked, so that what can't be kept in either is named.
    [form.is_valid(), rows.is_valid()]
    if not form.can_be_kept():
        return _page(request, form, rows, more, 422)
    try:
        with transaction.atomic():
            DecisionDraft.objects.keep(
                form.review, by=request.user, typed=form.typed(), seen=form.draft_seen()
            )
            form.record_statement(form.review.proposal, by=request.user)
    except MoveRefused as refusal:
        form.refuse(str(refusal))
        form.data["draft"] = str(DecisionDraft.objects.version_of(form.review))
        return _page(request, form, rows, more, 409)
    messages.success(request, "Draft saved. Only CDSS sees it.")
    return redirect("review", reference=form.review.reference)


def _as_pdf(
    request: HttpRequest, form: DecideForm, rows: Rows, more: dict[str, Any]
) -> HttpResponse:
    """The letter as it stands in the form, as the PDF that would leave; nothing is kept."""
    letter = form.letter_to_show()
    if not letter:
        return _page(request, form, rows, more, 422)
    frame = frame_of(form.review, clock.today(), None)
    try:
        made = letter_paper(form.review, letter, frame, at=clock.now(), is_sent=False)
    except PaperFailed:
        form.add_error(None, "The PDF can't be made now. The page shows the same letter")
        return _page(request, form, rows, more, 503)
    return as_download(made, f"{form.review.reference}-draft-not-sent.pdf")


def _conditions(rows: Rows) -> list[dict[str, Any]]:
    """The conditions as far as they are right."""
    return [
        {name: row.cleaned_data.get(name) or "" for name in ("text", "by", "shown")}
        for row in rows.given()
    ]


def _letter_to_read(request: HttpRequest, form: DecideForm, rows: Rows) -> str:
    """Offer a letter when there is none yet, or when what it was written from has changed.

    Returns the words that say so; empty when the letter can go as it stands.
    """
    if not form.is_bound:
        return ""
    # Both are asked, so that what is right in either is known.
    [form.is_valid(), rows.is_valid()]
    conditions = _conditions(rows)
    if request.POST.get("write") or not form.data.get("letter", "").strip():
        if not form.write(conditions):
            return ""
        return READ_IT if _is_right(form, rows) else FILL_IT
    if form.is_written_for(conditions):
        return ""
    if form.is_untouched():
        if not form.write(conditions):
            return ""
        return f"{AGAIN} {READ_IT}" if _is_right(form, rows) else FILL_IT
    if not _is_right(form, rows):
        return ""
    form.offer(form.cleaned_data["letter"], conditions, mine=True)
    return CHANGED


def _is_right(form: DecideForm, rows: Rows) -> bool:
    return form.is_valid() and rows.is_valid()


def _preview(request: HttpRequest, form: DecideForm, rows: Rows) -> dict[str, Any]:
    """The letter as a sheet, marked where it differs from the portal's own, with its blanks."""
    text = form.letter_to_show()
    if not text:
        return {"blocks": []}
    if form.is_bound:
        # Both are asked, so that what is right in either is known.
        [form.is_valid(), rows.is_valid()]
        standard = form.standard(_conditions(rows))
    else:
        standard = form.standard_at_start(rows)
    names = standard.known if standard else known_of(form.review)
    blocks = sheet(text, standard.text if standard else text, names)
    return {
        "blocks": blocks,
        "differs": differs(blocks),
        "missing": [(to_fill(name), _place_of(name, rows)) for name in blanks(text, names)],
        "around": frame_of(form.review, clock.today(), None),
        "template": standard.template if standard else None,
    }


def _place_of(blank: str, rows: Rows) -> str:
    """The field in which a blank of the letter is filled."""
    found = CONDITION_BLANK.fullmatch(blank)
    if found and int(found[2]) <= len(rows.forms):
        row = rows.forms[int(found[2]) - 1]
        return row["by" if found[1] else "text"].id_for_label
    return "id_more_reasons" if blank == "reasons" else "id_letter"
