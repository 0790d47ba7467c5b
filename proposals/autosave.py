"""A section is saved while it is written: its page's script asks for it two seconds after a change.

What came in goes the way of the editor, `Proposal.save_section`. Nothing is validated but what may
not be stored. The answer names the new version, without which the page may not say "Saved", and
brings what the screening says to each text, from the same template as the whole page.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST

from portal import clock
from portal.access import county_staff
from portal.models import User
from portal.wording import lately, time_of_day
from proposals.editor import save
from proposals.forms import FlowsForm, SectionForm, TooManyRows, conflict, stored_form, typed_form
from proposals.models import EditRefused, Proposal, SectionState, StaleSection
from proposals.sections import BY_KEY
from proposals.tasks import saved_words


@require_POST
@county_staff
def autosave(request: HttpRequest, reference: str, section: str) -> JsonResponse:
    """Keep what is typed so far; answers with the new version, or with words why not (409, 422)."""
    if section not in BY_KEY:
        raise Http404
    here = BY_KEY[section]
    proposal = get_object_or_404(Proposal.objects.visible_to(request.user), reference=reference)
    try:
        typed = typed_form(proposal, here, request.POST, blanks=True)
        chosen = conflict.choose(typed, here, request.POST, by=request.user)
        state = save(request, proposal, here, chosen)
    except TooManyRows as refusal:
        return _not_saved(str(refusal), 422)
    except StaleSection as stale:
        return _not_saved(_who_was_first(stale.state, request.user), 409)
    except EditRefused:
        return _not_saved(_too_late(proposal), 409)
    form = chosen.form
    answer = {
        "version": state.version,
        "seen": state.version,
        "shown": conflict.marks(stored_form(proposal, here)),
        "places": form.places,
        "saved": _saved(state, form, request.user),
        "refused": form.refused,
        "help": _help(request, form),
    }
    return JsonResponse(answer)


def _not_saved(why: str, status: int) -> JsonResponse:
    return JsonResponse({"words": f"Not saved. {why}"}, status=status)


def _who_was_first(state: SectionState, person: User) -> str:
    how = "Press “Save and continue” to see both texts."
    if state.saved_by is None:
        return f"This page is not the one that was opened last. {how}"
    if state.saved_by == person:
        return f"You saved this section {lately(state.saved_at)} in another window. {how}"
    who, when = state.saved_by.name, lately(state.saved_at)
    return f"{who} saved this section {when}, while you had it open. {how}"


def _too_late(proposal: Proposal) -> str:
    if proposal.discarded_at:
        return "A colleague has discarded this draft. Copy what you typed last, if you need it."
    return (
        "This proposal was sent to CDSS meanwhile. "
        "Press “Save and continue” for a page to copy what you typed last from."
    )


def _saved(state: SectionState, form: SectionForm | FlowsForm, person: User) -> str:
    """When all of it was saved, or which answers were not."""
    if form.refused:
        names = " and ".join(f"“{form.spoken(name)}”" for name in form.refused)
        return f"Not saved: {names}. All else is saved. See the note there."
    if state.saved_by == person and clock.pacific_date(state.saved_at) == clock.today():
        return f"Saved {time_of_day(state.saved_at)}"
    return saved_words(state) or "Nothing is typed yet"


def _help(request: HttpRequest, form: SectionForm | FlowsForm) -> dict[str, str]:
    """What stands beneath each field that has something beneath it."""
    template = "proposals/parts/help.html"
    questions = {name: form.question(name) for name in form.asked}
    return {
        name: render_to_string(template, {"question": question, "live": True}, request)
        for name, question in questions.items()
        if question.has_help
    }
