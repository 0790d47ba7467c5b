"""The library of wordings for requests: reviewers add, change and end; others at CDSS read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from portal import tokens
from portal.access import reads_cases, reviewer
from reviews.forms.wordings import WordingForm
from reviews.models import StandardWording
from reviews.moves import MoveRefused
from reviews.to_ask import what_can_be_asked

ANY = "Any document or answer"


@reads_cases
@require_safe
def wordings(request: HttpRequest) -> HttpResponse:
    """Every wording in use, under the document or answer it is for."""
    found = StandardWording.objects.select_related("added_by").by_subject()
    groups = [(name, found[what]) for what, name in _subjects() if what in found]
    return render(request, "reviews/desk/wordings.html", {"groups": groups})


def _subjects() -> list[tuple[str, str]]:
    """What a wording may be for, in the order of the page."""
    named = [(value, name) for _, several in what_can_be_asked()[1:] for value, name in several]
    return [("", ANY), *named]


@reviewer
def add_wording(request: HttpRequest) -> HttpResponse:
    """Put a wording into the library."""
    return _answer(
        request,
        "add wording",
        lambda form: StandardWording.objects.add(by=request.user, **form.given()),
        "Added. Requests offer it from now on.",
        initial={"what": request.GET.get("what", "")},
    )


@reviewer
def change_wording(request: HttpRequest, wording: int) -> HttpResponse:
    """Put another wording in the place of one, or offer it no longer."""
    one = get_object_or_404(StandardWording, pk=wording)
    if one.ended_at and request.method != "POST":
        return _overtaken(request, "A colleague changed or ended this wording.")

    def do(form: WordingForm) -> StandardWording:
        return one.change(by=request.user, **form.given())

    return _answer(
        request,
        f"change wording {wording}",
        do,
        "Changed. Letters that were sent with the old one stay as they are.",
        initial={"what": one.what, "title": one.title, "text": one.text},
        wording=one,
    )


@require_POST
@reviewer
def end_wording(request: HttpRequest, wording: int) -> HttpResponse:
    """Offer a wording no longer."""
    one = get_object_or_404(StandardWording, pk=wording)
    try:
        one.end(by=request.user)
    except MoveRefused as refusal:
        one.refresh_from_db()
        if one.ended_by != request.user:
            return _overtaken(request, str(refusal))
        # The same person pressed twice: the second answers like the first.
    messages.success(request, "Ended. Requests don't offer it any more.")
    return redirect("wordings")


def _answer(
    request: HttpRequest,
    act: str,
    do: Callable[[WordingForm], StandardWording],
    done: str,
    *,
    initial: dict[str, Any],
    wording: StandardWording | None = None,
) -> HttpResponse:
    """Show the form, or do its act once and go back to the list."""
    token = tokens.issue(request.user, act)
    form = WordingForm(request.POST or None, initial=initial | {"token": token})
    status = 422 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        try:
            _once(form, act, do, request)
        except MoveRefused as refusal:
            form.add_error(None, str(refusal))
            status = 409
        except tokens.Invalid as fault:
            form.add_error(None, f"{fault} Open the page again and press the button there.")
        else:
            messages.success(request, done)
            return redirect("wordings")
    subject = dict(_subjects())[wording.what] if wording else ""
    context = {"form": form, "wording": wording, "subject": subject}
    return render(request, "reviews/desk/wording.html", context, status=status)


def _once(
    form: WordingForm,
    act: str,
    do: Callable[[WordingForm], StandardWording],
    request: HttpRequest,
) -> None:
    """Do it, unless this very form did it before."""
    try:
        with transaction.atomic():
            used = tokens.redeem(form.cleaned_data["token"], user=request.user, act=act)
            form.record_statement(do(form), by=request.user)
            used.conclude("done")
    except tokens.AlreadyUsed:
        return


def _overtaken(request: HttpRequest, words: str) -> HttpResponse:
    context = {"message": words, "url": reverse("wordings")}
    return render(request, "409.html", context, status=409)
