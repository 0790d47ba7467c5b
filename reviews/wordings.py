"""The library of wordings for requests: reviewers add, change and end; others at CDSS read."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from portal.access import reads_cases, reviewer
from reviews.forms.wordings import ANY, WordingForm
from reviews.models import StandardWording
from reviews.to_ask import what_can_be_asked
from reviews.upkeep import KeptList

LIST = KeptList(
    page="wordings",
    title="Wordings for requests",
    entry="wording",
    an_entry="a wording",
    end="end_wording",
    then="Requests don’t offer it any more. What was asked with it stays.",
)


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
    form = WordingForm.on(request, "add wording", what=request.GET.get("what", ""))

    def do() -> StandardWording:
        return StandardWording.objects.add(by=request.user, **form.given())

    return LIST.keep(request, form, do, "Added. Requests offer it from now on.")


@reviewer
def change_wording(request: HttpRequest, wording: int) -> HttpResponse:
    """Put another wording in the place of one, or offer it no longer."""
    one = get_object_or_404(StandardWording, pk=wording)
    if one.ended_at and request.method != "POST":
        return LIST.gone(request, one.overtaken())
    form = WordingForm.on(request, "change wording", one)

    def do() -> StandardWording:
        return one.change(by=request.user, **form.given())

    done = "Changed. Letters that were sent with the old one stay as they are."
    subject = dict(_subjects()).get(one.what, ANY)
    lead = f"{subject}. Letters that were sent stay as they are."
    return LIST.keep(request, form, do, done, name=f"{subject}, {one.title}", lead=lead)


@require_POST
@reviewer
def end_wording(request: HttpRequest, wording: int) -> HttpResponse:
    """Offer a wording no longer."""
    one = get_object_or_404(StandardWording, pk=wording)
    done = "Ended. Requests don’t offer it any more."
    return LIST.end_one(request, one, lambda: one.end(by=request.user), done)
