"""Asking a colleague to sign, and their answer: sent, or returned with a comment.

Everything here is about a draft and stays inside the county.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from portal import clock, tokens
from portal.access import county_staff
from portal.models import Membership, User
from portal.numbers import whole_number
from proposals import content as contents
from proposals.models import EditRefused, Proposal
from proposals.sections import SECTIONS
from reviews.acting import ActPage, too_late
from reviews.colleagues import signers_of
from reviews.forms.asking import AskToSign, OnceOfDraft, ReturnIt
from reviews.models import Asking
from reviews.moves import MoveRefused

NOT_ASKED = "Nobody asks you to sign this proposal now. Nothing was changed."
NOTHING_STANDS = "Nobody is asked to sign it any more. Nothing was changed."
RETURN_PAGE = ActPage(
    "Return it with a comment",
    "Return it",
    "It stays a draft, and whoever asked you gets your comment by email and on their page.",
    "reviews/county/act.html",
)


def asking_of(
    proposal: Proposal, content: contents.Content, user: User, colleagues: Iterable[Membership]
) -> dict[str, Any]:
    """What the draft's pages say of asking for the signature (1 query)."""
    standing = Asking.objects.standing_for(proposal)
    signers = {one.user_id for one in colleagues if one.signs}
    said = {
        "standing": standing,
        "asks_you": False,
        "others_sign": bool(signers - {user.pk}),
        "is_ready": not contents.missing_for_letter(content),
    }
    if standing is None:
        return said
    since = standing.ended_at or standing.asked_at
    states = {one.section: one for one in proposal.states.all()}
    return said | {
        "asks_you": standing.waits_for(user) and user.pk in signers,
        "signer_left": standing.signer_id not in signers,
        "changed": standing.fingerprint != contents.fingerprint(content),
        "changed_in": [
            {"title": section.title, "by": one.saved_by, "at": one.saved_at}
            for section in SECTIONS
            if (one := states.get(section.key)) and one.saved_at and one.saved_at > since
        ],
    }


def draft_of(request: HttpRequest, reference: str) -> Proposal:
    """A proposal of the person's county with all it says; 404 for any other."""
    whole = Proposal.objects.visible_to(request.user).whole()
    return get_object_or_404(whole, reference=reference)


@county_staff
@require_http_methods(["GET", "HEAD", "POST"])
def ask_to_sign(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask one of the county's signers to sign the draft and send it."""
    proposal = draft_of(request, reference)
    if not proposal.is_draft and request.method != "POST":
        return redirect("proposal", reference=reference)
    signers = [one for one in signers_of(proposal.county, clock.today()) if one != request.user]
    form = AskToSign(
        request.POST or None,
        user=request.user,
        proposal=proposal,
        signers=signers,
        standing=Asking.objects.standing_for(proposal),
    )
    if not form.is_valid():
        return ask_page(request, proposal, form, status=422 if form.is_bound else 200)

    def do() -> None:
        note, seen = form.cleaned_data["note"], form.cleaned_data["seen"]
        Asking.objects.ask(proposal, by=request.user, signer=form.chosen(), note=note, seen=seen)

    try:
        once(form, proposal, do)
    except MoveRefused as refusal:
        return _refused(request, proposal, form, str(refusal), ask_page)
    messages.success(request, f"{form.chosen().name} is asked to sign, and gets an email.")
    return redirect("proposal", reference=reference)


def ask_page(
    request: HttpRequest, proposal: Proposal, form: AskToSign, *, status: int = 200
) -> HttpResponse:
    """Who may be asked, and who is asked already."""
    standing = Asking.objects.standing_for(proposal)
    if status == 409:
        form.look_again(standing)
    context = {
        "proposal": proposal,
        "form": form,
        "standing": standing,
        "is_ready": not contents.missing_for_letter(proposal.content()),
        "may_sign": request.user.may_sign_for(proposal.county),
    }
    return render(request, "reviews/county/ask_to_sign.html", context, status=status)


def once(form: OnceOfDraft, proposal: Proposal, do: Callable[[], Any]) -> None:
    """Do what the form asks for, unless this very form did it before. Raises MoveRefused."""
    user = form.user
    try:
        with transaction.atomic():
            used = tokens.redeem(form.cleaned_data["token"], user=user, act=form.act)
            do()
            form.record_statement(proposal, by=user)
            used.conclude(reverse("proposal", args=[proposal.reference]))
    except tokens.AlreadyUsed:
        return
    except tokens.Invalid as fault:
        raise MoveRefused(f"{fault} Press the button again.") from fault


def _refused(
    request: HttpRequest,
    proposal: Proposal,
    form: Any,
    words: str,
    page: Callable[..., HttpResponse],
) -> HttpResponse:
    """Why nothing was done (409): on the same page, with what was typed, while it is a draft."""
    form.refuse(words)
    still = draft_of_or_none(request, proposal)
    if still is None:
        return overtaken(request, proposal, words)
    return page(request, still, form, status=409)


def draft_of_or_none(request: HttpRequest, proposal: Proposal) -> Proposal | None:
    """The proposal as it is now, while it is a draft this person sees."""
    drafts = Proposal.objects.visible_to(request.user).filter(sent_at__isnull=True)
    return drafts.whole().filter(pk=proposal.pk).first()


def overtaken(request: HttpRequest, proposal: Proposal, words: str) -> HttpResponse:
    """Someone was first with a draft: back to it, or home where it is this person's no more."""
    there = Proposal.objects.visible_to(request.user).filter(pk=proposal.pk).exists()
    url = reverse("proposal", args=[proposal.reference]) if there else reverse("home")
    return too_late(request, url, words)


@county_staff
@require_http_methods(["GET", "HEAD", "POST"])
def return_to_preparer(request: HttpRequest, reference: str) -> HttpResponse:
    """Whoever was asked to sign returns the draft with a comment."""
    proposal = draft_of(request, reference)
    form = ReturnIt(request.POST or None, user=request.user, proposal=proposal)
    if form.was_done:
        return redirect("proposal", reference=reference)
    standing = Asking.objects.standing_for(proposal)
    if standing is None or not standing.waits_for(request.user):
        return overtaken(request, proposal, NOT_ASKED)
    if not form.is_valid():
        return return_page(request, proposal, form, status=422 if form.is_bound else 200)

    def do() -> None:
        standing.give_back(form.cleaned_data["comment"], by=request.user)

    try:
        once(form, proposal, do)
    except MoveRefused as refusal:
        return _refused(request, proposal, form, str(refusal), return_page)
    who = f"{standing.asked_by.name} gets" if standing.asker_is_there else "Your county reads"
    messages.success(request, f"Returned. {who} your comment.")
    return redirect("proposal", reference=reference)


def return_page(
    request: HttpRequest, proposal: Proposal, form: ReturnIt, *, status: int = 200
) -> HttpResponse:
    """The page where the comment is written."""
    context = {"proposal": proposal, "form": form, "page": RETURN_PAGE}
    return render(request, RETURN_PAGE.template, context, status=status)


@require_POST
@county_staff
def take_back_asking(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask no more for the signature; or put a comment aside that was read."""
    proposal = draft_of(request, reference)
    standing = Asking.objects.standing_for(proposal)
    if standing is None or standing.pk != whole_number(request.POST.get("asking", "")):
        return overtaken(request, proposal, standing.told() if standing else NOTHING_STANDS)
    try:
        standing.take_back(by=request.user)
    except MoveRefused as refusal:
        return overtaken(request, proposal, str(refusal))
    messages.success(request, f"{standing.signer.name} is not asked to sign any more.")
    return redirect("proposal", reference=reference)


@require_POST
@county_staff
def put_aside_comment(request: HttpRequest, reference: str) -> HttpResponse:
    """A signer's comment was read and needn't stand on the pages any more."""
    proposal = draft_of(request, reference)
    standing = Asking.objects.standing_for(proposal)
    if standing and standing.pk == whole_number(request.POST.get("asking", "")):
        standing.put_aside(by=request.user)
    return redirect("proposal", reference=reference)


@county_staff
@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: HttpRequest, reference: str) -> HttpResponse:
    """Put a draft out of sight, after asking; nobody is asked to sign it any more."""
    visible = Proposal.objects.visible_to(request.user)
    proposal = get_object_or_404(visible, reference=reference)
    page = reverse("proposal", args=[reference])
    if not proposal.is_draft:
        messages.info(request, "This proposal was sent, so it can't be discarded.")
        return redirect(page)
    if request.method != "POST":
        return render(request, "proposals/discard.html", {"proposal": proposal})
    try:
        Asking.objects.discard(proposal, by=request.user)
    except EditRefused as refusal:
        return render(request, "409.html", {"message": refusal, "url": page}, status=409)
    messages.success(request, f"{proposal.reference}, {proposal.title}, is discarded.")
    return redirect("home")
