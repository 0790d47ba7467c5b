"""The editor: one page per section, which keeps what is typed, complete or not."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from portal import clock
from portal.access import county_staff
from portal.numbers import whole_number
from portal.wording import time_of_day
from proposals import content as contents
from proposals import known_contacts
from proposals.advice import advice_on
from proposals.filing import add_files
from proposals.forms import (
    AddDocuments,
    FlowsForm,
    SectionForm,
    TooManyRows,
    conflict,
    stored_form,
    typed_form,
)
from proposals.models import (
    EditRefused,
    Proposal,
    SectionState,
    SetAside,
    StaleSection,
)
from proposals.picture import picture
from proposals.sections import BY_KEY, DIRECTIONS, ROWS_LIMIT, SECTIONS, Section
from proposals.summary import control_of, documents_listed
from proposals.tasks import saved_words


@county_staff
@require_http_methods(["GET", "HEAD", "POST"])
def section(request: HttpRequest, reference: str, section: str) -> HttpResponse:
    """One section of a draft: shown with what is wrong in it, saved whatever it says."""
    if section not in BY_KEY:
        raise Http404
    visible = Proposal.objects.visible_to(request.user).whole()
    visible = visible.annotate(any_aside=Exists(SetAside.objects.filter(proposal=OuterRef("pk"))))
    proposal = get_object_or_404(visible, reference=reference)
    here = BY_KEY[section]
    if request.method == "POST":
        return _save(request, proposal, here)
    if not proposal.is_draft:
        messages.info(request, "This proposal was sent, so its answers can't be edited here.")
        return redirect("proposal", reference)
    form = stored_form(proposal, here, blank=request.GET.get("add", ""))
    form.show(contents.problems(proposal.content()))
    return _page(request, proposal, here, form)


def _removed(request: HttpRequest) -> tuple[str, int] | None:
    """The row whose Remove button was pressed."""
    direction, _, place = request.POST.get("remove", "").partition("-")
    number = whole_number(place)
    return (direction, number) if direction in DIRECTIONS and number is not None else None


def _seen(request: HttpRequest) -> int:
    """The version the page showed; one that no section has when the form doesn't say."""
    seen = whole_number(request.POST.get("seen", ""))
    return -1 if seen is None else seen


def save(
    request: HttpRequest, proposal: Proposal, here: Section, chosen: conflict.Chosen
) -> SectionState:
    """Keep what came in, but for the answers that are refused, and aside what gives way to it.

    Raises EditRefused and StaleSection, as `Proposal.save_section` does.
    """
    form = chosen.form
    values, unparsed = form.kept()
    state = proposal.save_section(
        here.key,
        values,
        by=request.user,
        seen=_seen(request),
        unparsed=unparsed,
        not_case_data=form.said_none,
        partly=bool(form.refused),
        lost=chosen.lost,
    )
    form.is_stored()
    return state


def _save(request: HttpRequest, proposal: Proposal, here: Section) -> HttpResponse:
    try:
        typed = typed_form(proposal, here, request.POST, without=_removed(request))
        chosen = conflict.choose(typed, here, request.POST, by=request.user)
    except TooManyRows as refusal:
        context = {"proposal": proposal, "section": here, "refusal": refusal}
        return render(request, "proposals/too_many_rows.html", context, status=422)
    form = chosen.form
    try:
        if here.files and "file" in request.FILES:
            return _add_files(request, proposal, here)
        state = save(request, proposal, here, chosen)
        if here.key == "contacts" and not form.refused and known_contacts.wanted(request):
            return _fill_in(request, proposal, state)
    except StaleSection as stale:
        return _conflict(request, here, typed, stale.state)
    except EditRefused as refusal:
        context = {"proposal": proposal, "section": here, "refusal": refusal, "form": form}
        return render(request, "proposals/too_late.html", context, status=409)
    if form.refused:
        form.show(contents.problems(proposal.content()))
        return _page(request, proposal, here, form, status=422, pending=chosen.pending)
    if here.files and request.POST.get("add"):
        return _add_files(request, proposal, here)
    _say_saved(request, proposal, here)
    return redirect(_next(request, proposal, here))


def _fill_in(request: HttpRequest, proposal: Proposal, state: SectionState) -> HttpResponse:
    """Fill in the contact that was chosen, once the page is saved."""
    kind = known_contacts.wanted(request)
    chosen = request.POST.get(f"known-{kind}", "")
    words, filled = known_contacts.fill_in(
        proposal, kind, chosen, by=request.user, seen=state.version
    )
    say = messages.success if filled else messages.warning
    say(request, words)
    field = f"{kind}_name" if filled else f"known-{kind}"
    return redirect(f"{reverse('section', args=[proposal.reference, state.section])}#id_{field}")


def _add_files(request: HttpRequest, proposal: Proposal, here: Section) -> HttpResponse:
    """Add the files that came with the form; which button was pressed says where to go then."""
    upload = add_files(request, proposal)
    if not upload.errors:
        return redirect(_next(request, proposal, here))
    proposal.refresh_from_db()
    return _page(request, proposal, here, stored_form(proposal, here), upload=upload, status=422)


def _conflict(
    request: HttpRequest, here: Section, form: SectionForm | FlowsForm, state: SectionState
) -> HttpResponse:
    """A colleague saved first: both texts on one page, and the form with what was typed."""
    proposal = form.proposal
    proposal.refresh_from_db()
    stored = stored_form(proposal, here)
    settled = conflict.settle(form, stored, request.POST, state, by=request.user)
    # When the colleague's text was saved stands beside it; here it would read as if this one was.
    return _page(request, proposal, here, settled.form, conflict=settled, saved="", status=409)


def _page(
    request: HttpRequest,
    proposal: Proposal,
    here: Section,
    form: SectionForm | FlowsForm,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    state = next(state for state in proposal.states.all() if state.section == here.key)
    context = {
        "proposal": proposal,
        "section": here,
        "number": SECTIONS.index(here) + 1,
        "total": len(SECTIONS),
        "form": form,
        "state": state,
        "saved": saved_words(state),
        "shown": conflict.marks(stored_form(proposal, here)),
        "rows_limit": ROWS_LIMIT,
        "upload": AddDocuments() if here.files else None,
        "documents": documents_listed(proposal) if here.files else None,
        "picture": picture(proposal.content()) if here.rows else None,
        "conflict": None,
        "pending": (),
        "pickers": known_contacts.pickers(proposal, here, request.user, request.POST),
        "set_aside": SetAside.objects.of(proposal, here.key) if proposal.any_aside else (),
    }
    return render(request, "proposals/section.html", {**context, **more}, status=status)


def _say_saved(request: HttpRequest, proposal: Proposal, here: Section) -> None:
    """That it is saved, when, and what of it needs another look."""
    saved = f"Saved at {time_of_day(clock.now())}."
    if here.rows and (removed := _removed(request)):
        saved = f"{DIRECTIONS[removed[0]]} {removed[1] + 1} is removed. {saved}"
    page = reverse("section", args=[proposal.reference, here.key])
    content = proposal.content()
    wrong = [p for p in contents.problems(content) if p.section is here]
    if wrong:
        link = f"{page}#{control_of(wrong[0].field)}"
        words = '{} There is a problem in <a href="{}">{}</a>.'
        messages.warning(request, format_html(words, saved, link, here.title))
    elif here.key == "how" and (advice := advice_on(content["answers"]["cmips_methods"])):
        methods = " or ".join(found.methods for found in advice)
        link = f"{page}#{control_of('cmips_methods')}"
        words = '{} CDSS does not allow {}. <a href="{}">Read what is allowed instead</a>.'
        messages.warning(request, format_html(words, saved, methods, link))
    else:
        messages.success(request, saved)


def _next(request: HttpRequest, proposal: Proposal, here: Section) -> str:
    """Where the button that was pressed leads."""
    page = reverse("section", args=[proposal.reference, here.key])
    if here.files and request.POST.get("add"):
        return f"{page}#documents"
    if here.rows:
        counts = {direction: 0 for direction in DIRECTIONS}
        for flow in proposal.flows.all():
            counts[flow.direction] += 1
        direction = request.POST.get("add", "")
        if direction in counts:
            place = min(counts[direction], ROWS_LIMIT - 1)
            return f"{page}?add={direction}#id_{direction}-{place}-what"
        if removed := _removed(request):
            direction, place = removed
            place = max(0, min(place, counts[direction] - 1))
            return f"{page}#id_{direction}-{place}-what"
    later = SECTIONS[SECTIONS.index(here) + 1 :]
    if request.POST.get("then") == "list" or not later:
        return reverse("proposal", args=[proposal.reference])
    return reverse("section", args=[proposal.reference, later[0].key])
