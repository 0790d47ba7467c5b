"""What CDSS plans for CMIPS itself: reviewers keep the list, others at CDSS read it (ACL-12)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from portal.access import reads_cases, reviewer
from portal.models import JournalEntry
from portal.numbers import whole_number
from proposals.content import word_changes
from reviews import chronicle
from reviews.forms.plans import EnhancementForm
from reviews.leafing import Pages
from reviews.models import Enhancement
from reviews.upkeep import KeptList

LIST = KeptList(
    page="enhancements",
    title="Planned enhancements",
    entry="enhancement",
    an_entry="an enhancement",
    end="end_enhancement",
    then="It is no longer shown beside proposals. The record keeps it.",
)
ENDED = Pages("enhancements", "the list", "ended_at")
ENDED_ON_A_PAGE, ACTS_ON_A_PAGE = 50, 25


@reads_cases
@require_safe
def enhancements(request: HttpRequest) -> HttpResponse:
    """Every planned enhancement, with where it stands; with `?view=ended` those that were ended."""
    lists = {"": Enhancement.objects.open(), "ended": Enhancement.objects.ended()}
    view = "ended" if request.GET.get("view") == "ended" else ""
    context = {"view": view, "tabs": [(key, found.count()) for key, found in lists.items()]}
    if view:
        ended = lists[view].select_related("ended_by")
        page, context["faults"] = ENDED.asked(ended, request.GET, ENDED_ON_A_PAGE)
        context |= {"found": page.rows, **ENDED.around(page, {"view": view})}
    else:
        context["found"] = lists[view].select_related("changed_by")
    return render(request, "reviews/desk/enhancements.html", context)


@reads_cases
@require_safe
def enhancement_history(request: HttpRequest, enhancement: int) -> HttpResponse:
    """Who planned, changed or ended one, when, and in which words; the newest first."""
    one = get_object_or_404(Enhancement.objects.select_related("ended_by"), pk=enhancement)
    entries = JournalEntry.objects.about(*one.subject)
    before = whole_number(request.GET.get("before", ""))
    if before is not None:
        entries = entries.filter(number__lt=before)
    newest = list(entries.reverse()[: ACTS_ON_A_PAGE + 1])
    shown, more = newest[:ACTS_ON_A_PAGE], len(newest) > ACTS_ON_A_PAGE
    context = {
        "one": one,
        "told": [(chronicle.tell(entry), list(_said(entry.data))) for entry in shown],
        "older": shown[-1].number if more else None,
        "newer": before is not None,
    }
    return render(request, "reviews/desk/enhancement_history.html", context)


def _said(data: dict[str, Any]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """What an entry of the journal holds of an enhancement's words: which part, and in pieces what
    stayed, went and came."""
    before, after = data.get("before"), data.get("after", data)
    for name, field in EnhancementForm.base_fields.items():
        if name not in EnhancementForm.said or name not in after:
            continue
        now = _in_words(name, after[name])
        if before is None:
            if now:
                yield field.label, [("same", now)]
        elif before[name] != after[name]:
            yield field.label, list(word_changes(_in_words(name, before[name]), now))


def _in_words(name: str, said: str) -> str:
    return str(Enhancement.State(said).label) if name == "state" else said


@reviewer
def add_enhancement(request: HttpRequest) -> HttpResponse:
    """Put something CDSS plans on the list."""
    form = EnhancementForm.on(request, "add enhancement", state=Enhancement.State.PLANNED)

    def do() -> Enhancement:
        return Enhancement.objects.add(by=request.user, **form.given())

    return LIST.keep(request, form, do, "Added.")


@reviewer
def change_enhancement(request: HttpRequest, enhancement: int) -> HttpResponse:
    """Say a planned enhancement anew, or end it."""
    one = get_object_or_404(Enhancement, pk=enhancement)
    if one.ended_at and request.method != "POST":
        return LIST.gone(request, one.overtaken())
    form = EnhancementForm.on(request, "change enhancement", one, seen=one.version)

    def do() -> Enhancement:
        one.change(by=request.user, seen=form.cleaned_data["seen"] or 0, **form.given())
        return one

    about = {"name": one.title, "history": reverse("enhancement_history", args=[one.pk])}
    return LIST.keep(request, form, do, "Changed.", **about)


@require_POST
@reviewer
def end_enhancement(request: HttpRequest, enhancement: int) -> HttpResponse:
    """Take a planned enhancement off the list; it is kept."""
    one = get_object_or_404(Enhancement, pk=enhancement)
    seen = whole_number(request.POST.get("seen", ""))
    version = one.version if seen is None else seen
    done = "Ended. It is no longer shown beside proposals."
    return LIST.end_one(request, one, lambda: one.end(by=request.user, seen=version), done)
