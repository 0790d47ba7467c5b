"""Check and send: the county reads its proposal once more, agrees, signs and sends it (ACL-1)."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from portal import clock, tokens
from portal.access import county_staff
from portal.models import GoverningLetter, OfficeClosure
from proposals import content as contents
from proposals.advice import advice_on
from proposals.models import Proposal
from proposals.sections import BEGUN
from proposals.summary import as_read, control_of
from reviews import deadlines, status_page
from reviews.asking import asking_of, draft_of, draft_of_or_none, overtaken
from reviews.colleagues import colleagues_of, signers_in_words
from reviews.forms.county import SendForm
from reviews.likeness import Traits
from reviews.models import Enhancement, Review
from reviews.models.conversation import people_of
from reviews.models.receipts import Lacking
from reviews.moves import MoveRefused
from reviews.signing import Typed

NOT_YOURS = "Only someone who may sign for your county can send it. Nothing was sent."


@county_staff
def send(request: HttpRequest, reference: str) -> HttpResponse:
    """Check, agree, sign and send; sent twice, it is sent once."""
    typed = Typed(request, f"send {reference}")
    if request.method == "POST":
        return _pressed(request, reference, typed)
    proposal = draft_of(request, reference)
    if not proposal.is_draft:
        return redirect("proposal", reference=reference)
    return send_page(request, proposal, send_form(request, proposal, typed))


def _pressed(request: HttpRequest, reference: str, typed: Typed) -> HttpResponse:
    """Send it, or show the page again. What it says is read once it is held, or to be shown."""
    named = Proposal.objects.visible_to(request.user).named()
    proposal = get_object_or_404(named, reference=reference)
    form = send_form(request, proposal, typed)
    may_sign = request.user.may_sign_for(proposal.county)
    if may_sign and form.is_valid() and not (typed.is_stale and _lacks(request, reference)):
        return typed.ask_again(form) or _send(request, proposal, form, typed)
    refused, status = ("", 422) if may_sign else (NOT_YOURS, 403)
    return send_page(request, draft_of(request, reference), form, refused=refused, status=status)


def _lacks(request: HttpRequest, reference: str) -> bool:
    """Nobody is asked for their password again before they read what is missing."""
    return bool(contents.missing_for_letter(draft_of(request, reference).content()))


def send_form(request: HttpRequest, proposal: Proposal, typed: Typed) -> SendForm:
    """The form, with what was typed before signing in again."""
    form = SendForm(
        request.POST if request.method == "POST" else None,
        user=request.user,
        proposal=proposal,
        letter=GoverningLetter.objects.current(),
        typed=typed.kept,
    )
    if request.method != "POST":
        form.shows(proposal.content(), request.user)
    return form


def _send(request: HttpRequest, proposal: Proposal, form: SendForm, typed: Typed) -> HttpResponse:
    """Send it once: a second use of the same form is answered like the first."""
    given, reference = form.cleaned_data, proposal.reference
    sent_page = reverse("sent", args=[reference])
    try:
        with transaction.atomic():
            tokens.redeem(given["token"], user=request.user, act=form.act, result=sent_page)
            Review.objects.send(
                proposal,
                by=request.user,
                name=given["name"],
                title=given["title"],
                agreements=form.agreements(),
                letter=form.letter,
                seen=given["seen"],
            )
            form.record_statement(proposal, by=request.user)
    except tokens.AlreadyUsed as first:
        return redirect(first.result)
    except Lacking:
        return send_page(request, draft_of(request, reference), form, status=422)
    except (tokens.Invalid, MoveRefused) as refusal:
        return _refused(request, proposal, form, str(refusal))
    typed.forget()
    return redirect(sent_page)


def _refused(request: HttpRequest, proposal: Proposal, form: SendForm, words: str) -> HttpResponse:
    """Why nothing was sent: while it is a draft the page comes back with what was typed (409)."""
    still = draft_of_or_none(request, proposal)
    if still is None:
        return overtaken(request, proposal, words)
    form.renew(still.content(), request.user)
    return send_page(request, still, form, refused=words, status=409)


def send_page(
    request: HttpRequest,
    proposal: Proposal,
    form: SendForm,
    *,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page of *Check and send*, with what is missing, what to know, and the form."""
    today, content = clock.today(), proposal.content()
    colleagues = colleagues_of(proposal.county, today)
    due = deadlines.answer_by(today, OfficeClosure.objects.closed()).due
    context = {
        "proposal": proposal,
        "form": form,
        "refused": refused,
        "due": due,
        "sections": as_read(content, proposal.reference, change=True),
        "missing": links_to(contents.missing_for_letter(content), proposal),
        "may_be_asked": links_to(contents.missing_for_review(content), proposal),
        "advice": advice_on(content["answers"]["cmips_methods"]),
        "methods_page": _page_of(proposal, "how", "cmips_methods"),
        "people": letter_readers(proposal, request),
        "may_sign": request.user.may_sign_for(proposal.county),
        "signers": signers_in_words(colleagues),
        **asking_of(proposal, content, request.user, colleagues),
        # What the county should know before it sends; neither keeps it from sending (ACL-1).
        "has_begun": content["answers"]["work_begun"] in BEGUN,
        "planned": content["answers"]["implementation_date"],
        "cdss_plans": Enhancement.objects.matching(Traits.of(content)),
        "start_page": _page_of(proposal, "users", "implementation_date"),
    }
    return render(request, "reviews/county/send.html", context, status=status)


def _page_of(proposal: Proposal, section: str, field: str) -> str:
    return f"{reverse('section', args=[proposal.reference, section])}#{control_of(field)}"


def links_to(points: list[contents.Point], proposal: Proposal) -> list[dict[str, str]]:
    """What is not there yet, each with where to enter it."""
    return [
        {
            "sentence": point.sentence,
            "url": _page_of(proposal, point.section.key, point.field),
        }
        for point in points
    ]


def letter_readers(proposal: Proposal, request: HttpRequest) -> list[str]:
    """Who will get the letters, as their names or addresses, each once (ACL-8)."""
    people = people_of(proposal, sender=request.user)
    return list({email.strip().lower(): name or email for _, name, email in people}.values())


@county_staff
@require_safe
def sent(request: HttpRequest, reference: str) -> HttpResponse:
    """What a county keeps: reference, time of receipt, what happens next and when (ACL-4)."""
    found = status_page.proposals_of(request.user).filter(sent_at__isnull=False)
    proposal = get_object_or_404(found, reference=reference)
    period = proposal.review.current_round()
    context = {
        "proposal": proposal,
        "review": proposal.review,
        "period": period,
        "people": status_page.letter_readers(proposal.review),
    }
    return render(request, "reviews/county/sent.html", context)
