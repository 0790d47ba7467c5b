"""The library of wordings for requests: reviewers add, change and end; others at CDSS read."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from portal.access import reads_cases, reviewer
from reviews.forms.wordings import WordingFilters, WordingForm, subjects
from reviews.leafing import Pages, rows_on_a_page
from reviews.models import StandardWording
from reviews.queue import MOST, in_words
from reviews.upkeep import KeptList

LIST = KeptList(
    page="wordings",
    title="Wordings for requests",
    entry="wording",
    an_entry="a wording",
    end="end_wording",
    then="Requests don’t offer it any more. What was asked with it stays.",
)
PAGES = Pages("wordings", "this list", "added_at")
NOT_NOW = "No longer asked for"


@reads_cases
@require_safe
def wordings(request: HttpRequest) -> HttpResponse:
    """The wordings in use, each with the document or answer it is for, the newest first; with
    `?what=` those for one of them."""
    filters = WordingFilters(request.GET)
    found = StandardWording.objects.open().select_related("added_by")
    if what := filters.asked().get("what"):
        found = found.filter(what="" if what == filters.FOR_ANY else what)
    size, odd = rows_on_a_page(request.GET)
    page, forged = PAGES.asked(found, request.GET, size)
    names, count = dict(subjects()), found[: MOST + 1].count()
    context = {
        "filters": filters,
        "faults": odd + forged,
        "found": count,
        "found_in_words": in_words(count),
        "lines": [(names.get(one.what, NOT_NOW), one) for one in page.rows],
        "size": size,
        **PAGES.links(filters, size, page),
    }
    return render(request, "reviews/desk/wordings.html", context)


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
    subject = dict(subjects()).get(one.what, NOT_NOW)
    lead = f"{subject}. Letters that were sent stay as they are."
    return LIST.keep(request, form, do, done, name=f"{subject}, {one.title}", lead=lead)


@require_POST
@reviewer
def end_wording(request: HttpRequest, wording: int) -> HttpResponse:
    """Offer a wording no longer."""
    one = get_object_or_404(StandardWording, pk=wording)
    done = "Ended. Requests don’t offer it any more."
    return LIST.end_one(request, one, lambda: one.end(by=request.user), done)
