"""What CDSS plans for CMIPS itself: reviewers keep the list, others at CDSS read it (ACL-12)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from portal import journal, tokens
from portal.access import reads_cases, reviewer
from reviews.forms.plans import EnhancementForm
from reviews.models import Enhancement
from reviews.moves import MoveRefused


@reads_cases
@require_safe
def enhancements(request: HttpRequest) -> HttpResponse:
    """Every planned enhancement, with where it stands."""
    found = Enhancement.objects.open().select_related("changed_by")
    return render(request, "reviews/desk/enhancements.html", {"found": found})


@reviewer
def add_enhancement(request: HttpRequest) -> HttpResponse:
    """Put something CDSS plans on the list."""

    def do(form: EnhancementForm) -> Enhancement:
        return Enhancement.objects.add(by=request.user, **form.given())

    initial = {"state": Enhancement.State.PLANNED}
    return _answer(request, "add enhancement", do, "Added.", initial)


@reviewer
def change_enhancement(request: HttpRequest, enhancement: int) -> HttpResponse:
    """Say a planned enhancement anew, or end it."""
    one = get_object_or_404(Enhancement, pk=enhancement)
    if one.ended_at and request.method != "POST":
        return _overtaken(request, "A colleague ended this enhancement.")

    def do(form: EnhancementForm) -> Enhancement:
        one.change(by=request.user, seen=form.cleaned_data["seen"] or 0, **form.given())
        return one

    initial = {name: getattr(one, name) for name in ("title", "what", "expected", "state", "words")}
    initial["seen"] = one.version
    return _answer(request, f"change enhancement {one.pk}", do, "Changed.", initial, one)


@require_POST
@reviewer
def end_enhancement(request: HttpRequest, enhancement: int) -> HttpResponse:
    """Take a planned enhancement off the list; it is kept."""
    one = get_object_or_404(Enhancement, pk=enhancement)
    seen = request.POST.get("seen", "")
    try:
        one.end(
            by=request.user, seen=int(seen) if seen.isdecimal() and len(seen) < 9 else one.version
        )
    except MoveRefused as refusal:
        one.refresh_from_db()
        if one.ended_by != request.user:
            return _overtaken(request, str(refusal))
        # The same person pressed twice: the second answers like the first.
    messages.success(request, "Ended. It is no longer shown beside proposals.")
    return redirect("enhancements")


def _answer(
    request: HttpRequest,
    act: str,
    do: Callable[[EnhancementForm], Enhancement],
    done: str,
    initial: dict[str, Any],
    enhancement: Enhancement | None = None,
) -> HttpResponse:
    """Show the form, or do its act once and go back to the list."""
    token = tokens.issue(request.user, act)
    form = EnhancementForm(request.POST or None, initial=initial | {"token": token})
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
            return redirect("enhancements")
    context = {"form": form, "enhancement": enhancement}
    return render(request, "reviews/desk/enhancement.html", context, status=status)


def _once(
    form: EnhancementForm,
    act: str,
    do: Callable[[EnhancementForm], Enhancement],
    request: HttpRequest,
) -> None:
    """Do it, unless this very form did it before."""
    try:
        with transaction.atomic():
            used = tokens.redeem(form.cleaned_data["token"], user=request.user, act=act)
            one = do(form)
            if form.shapes:
                data = {"fields": sorted(form.shapes)}
                journal.record(
                    "say it is no case data", by=request.user, subject=one.subject, data=data
                )
            used.conclude("done")
    except tokens.AlreadyUsed:
        return


def _overtaken(request: HttpRequest, words: str) -> HttpResponse:
    context = {"message": words, "url": reverse("enhancements")}
    return render(request, "409.html", context, status=409)
