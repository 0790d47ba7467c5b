"""How every page of a move or recorded act works: show a form, do one thing, say what happened.

`answer` is how any such page answers; the rest is of acts on a proposal under review. Those on an
entry of a list that reviewers keep stand in `upkeep`.

A refusal keeps what was typed and says in words who did what meanwhile (409); a form with a
mistake comes back with the mistake named (422).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from portal import clock, tokens
from portal.models import User
from proposals.forms import Screened
from proposals.models import DocumentRefused, Proposal
from reviews.models import Review, Visit
from reviews.moves import MOVES, MoveRefused

# What a reviewer is about to write on a page, as a colleague reads it who opens the case.
DOING = {"recommend": Visit.Doing.DECISION, "request_documents": Visit.Doing.REQUEST}


# What is said once an act is done, or what finds the words then.
Done = str | Callable[[], str]


class Beside(Protocol):
    """What stands on the page of an act besides its form."""

    changed: bool

    def is_valid(self) -> bool: ...

    def __iter__(self) -> Iterator[Screened]: ...


class DoesOneThing(Protocol):
    """The form of a page that does one thing."""

    is_bound: bool

    def was_done(self, by: User) -> bool:
        """Whether this very form was sent before and did its act: a second click."""

    def is_right(self) -> bool:
        """Whether all that was typed on the page can be done."""

    def carry_out(self, do: Callable[[], Any], *, by: User) -> None:
        """Do it. Raises MoveRefused."""

    def refuse(self, words: str) -> None:
        """Show why nothing was done."""


class ActForm(Screened):
    """Carries the version of the review that the page showed, so that a stale page is refused."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    # Rows or forms that stand on the same page and must be right too.
    beside: Beside | None = None
    # The page of the proposal it goes back to: CDSS's, or the county's own ("proposal").
    home = "review"

    def __init__(self, *args: Any, review: Review, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.review = review
        self.fields["seen"].initial = review.version

    @classmethod
    def on(cls, request: HttpRequest, beside: Beside | None = None, **of: Any) -> ActForm:
        """The form as the page needs it: empty, as sent, or as typed when a row was changed."""
        if request.method != "POST":
            form = cls(**of)
        elif beside and beside.changed:
            form = cls(**of)
            form.initial |= form.as_typed(request)
        else:
            form = cls(request.POST, request.FILES, **of)
        form.beside = beside
        return form

    def as_typed(self, request: HttpRequest) -> dict[str, Any]:
        """What stands in the form's fields, right or wrong; files can't be kept."""
        return {
            name: field.widget.value_from_datadict(request.POST, {}, self.add_prefix(name))
            for name, field in self.fields.items()
        }

    @property
    def version(self) -> int:
        """What the page showed."""
        return self.cleaned_data["seen"]

    def was_done(self, by: User) -> bool:
        return False

    def is_right(self) -> bool:
        """Whether the form and what stands beside it can be done; all of their faults are named."""
        return all([self.is_valid(), self.beside is None or self.beside.is_valid()])

    def carry_out(self, do: Callable[[], Any], *, by: User) -> None:
        """Do the act; what its writer stated of the words goes on record with it, or neither."""
        if not any(form.shapes for form in self._all()):
            do()
            return
        with transaction.atomic():
            do()
            self.record_statement(self.review.proposal, by=by)

    def _all(self) -> list[Screened]:
        """The form and what stands beside it."""
        return [self, *(self.beside or ())]

    def record_statement(self, proposal: Proposal, *, by: User) -> None:
        super().record_statement(proposal, by=by)
        for row in self.beside or ():
            row.record_statement(proposal, by=by)

    def refuse(self, words: str) -> None:
        """Show why nothing was done, and let the person try again from what is there now."""
        self.add_error(None, words)
        self.review.refresh_from_db()
        self.data = self.data.copy()
        self.data["seen"] = str(self.review.version)


@dataclass(frozen=True)
class ActPage:
    """What the page of an act says: its heading, what will happen, and its one button."""

    title: str
    button: str
    lead: str = ""
    template: str = "reviews/desk/acts/act.html"
    upload: bool = False
    # Whether a letter stands beside the form.
    beside: bool = False
    # Who gets the letter that the act sends, by `status_page.letter_readers`; None for no letter.
    people: list[dict[str, str]] | None = None


def review_for(request: HttpRequest, reference: str) -> Review:
    """The review this person may see, or 404 as if it weren't there."""
    reviews = Review.objects.visible_to(request.user).select_related("proposal__county", "assignee")
    return get_object_or_404(reviews, proposal__reference=reference)


def not_now(request: HttpRequest, review: Review, move: str) -> HttpResponse | None:
    """The page that says a move can't be made now; None when it can."""
    if MOVES[move] in review.moves_for(request.user):
        return None
    return overtaken(request, review, review.overtaken(request.user))


def overtaken(
    request: HttpRequest, review: Review, words: str, home: str = "review", title: str = ""
) -> HttpResponse:
    """Someone else was first with a proposal, or it can't be done now."""
    return too_late(request, reverse(home, args=[review.reference]), words, title)


def too_late(request: HttpRequest, url: str, words: str, title: str = "") -> HttpResponse:
    """The page that says why nothing was done, and the way back (409).

    What the person had typed stands there too, to be copied: nothing typed is lost.
    """
    typed = [text for text in request.POST.values() if " " in text.strip()]
    context = {"message": words, "url": url, "title": title, "typed": typed}
    return render(request, "409.html", context, status=409)


def act(
    request: HttpRequest,
    page: ActPage,
    form: ActForm,
    do: Callable[[], Any],
    done: Done,
    shown: Callable[[], dict[str, Any]] = dict,
    **more: Any,
) -> HttpResponse:
    """Answer the page of an act: show the form, or do it and go back to the review.

    `shown` is what stands on the page besides, worked out when there is a page to show.
    """

    def show(status: int) -> HttpResponse:
        return page_of(request, page, form, status=status, **more, **shown())

    return answer(
        request, form, do, done, show, back=reverse(form.home, args=[form.review.reference])
    )


def answer(
    request: HttpRequest,
    form: DoesOneThing,
    do: Callable[[], Any],
    done: Done,
    show: Callable[[int], HttpResponse],
    *,
    back: str,
) -> HttpResponse:
    """Show the form, or do what it asks, say so, and go back."""
    status = _pressed(request, form, do) if form.is_bound else 200
    # What can't be done now may have been done by this very form: a second click.
    if form.is_bound and (status == 302 or form.was_done(request.user)):
        messages.success(request, done() if callable(done) else done)
        return redirect(back)
    return show(status)


def _pressed(request: HttpRequest, form: DoesOneThing, do: Callable[[], Any]) -> int:
    """Do the act, if the form is right and nobody was first; the status of the answer."""
    if not form.is_right():
        return 422
    try:
        form.carry_out(do, by=request.user)
    except MoveRefused as refusal:
        form.refuse(str(refusal))
        return 409
    return 302


def _colleague(request: HttpRequest, review: Review) -> str:
    """Who else has the case open, now that this person reads a page of it."""
    if not request.user.is_reviewer:
        return ""
    doing = DOING.get(request.resolver_match.url_name, Visit.Doing.READING)
    is_asked = request.method == "GET"
    return Visit.objects.opened(review, by=request.user, doing=doing, kept=is_asked)


def page_of(
    request: HttpRequest, page: ActPage, form: ActForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    """The page of an act with its form as it stands."""
    review = form.review
    context = {
        "page": page,
        "form": form,
        "review": review,
        "proposal": review.proposal,
        "today": clock.today(),
        "colleague": _colleague(request, review),
        **more,
    }
    return render(request, page.template, context, status=status)


class Once(ActForm):
    """A form that decides: its one-time token makes a second sending answer like the first."""

    token = forms.CharField(widget=forms.HiddenInput, max_length=400)

    def __init__(self, *args: Any, act: str, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.act = f"{act} {self.review.reference}"
        self.fields["token"].initial = tokens.issue(user, self.act)

    def was_done(self, by: User) -> bool:
        return pressed_before(self, by)

    def carry_out(self, do: Callable[[], Any], *, by: User) -> None:
        """Do it, unless this very form did it before: then the first result stands.

        Raises MoveRefused for a refused move, a form that isn't ours, or a file that can't be kept.
        """

        def do_and_state() -> None:
            do()
            self.record_statement(self.review.proposal, by=by)

        try:
            with self.on_disk():
                once(
                    self, do_and_state, by=by, then=reverse(self.home, args=[self.review.reference])
                )
        except tokens.AlreadyUsed:
            return
        except DocumentRefused as refusal:
            raise MoveRefused(str(refusal)) from refusal

    def on_disk(self) -> AbstractContextManager[Any]:
        """What must be on the disk before the transaction, and goes again when it fails."""
        return nullcontext()


class OneTime(Protocol):
    """A form with a one-time token, issued to one person for one act."""

    act: str
    is_bound: bool
    data: Mapping[str, Any]
    cleaned_data: dict[str, Any]


def pressed_before(form: OneTime, by: User) -> bool:
    """Whether this very form was sent before and did its act."""
    token = form.data.get("token", "")
    return form.is_bound and tokens.result_of(token, user=by, act=form.act) is not None


def once(form: OneTime, do: Callable[[], Any], *, by: User, then: str) -> None:
    """Do it in one transaction that uses the form up; `then` is where its first use leads.

    Raises MoveRefused for a form that isn't ours, tokens.AlreadyUsed for one that did it before.
    """
    with transaction.atomic():
        try:
            tokens.redeem(form.cleaned_data["token"], user=by, act=form.act, result=then)
        except tokens.Invalid as fault:
            raise MoveRefused(f"{fault} Open the page again and press the button there.") from fault
        do()
