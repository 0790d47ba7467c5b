"""How the lists are kept that reviewers keep for all of CDSS: an entry is added, changed or ended.

As with an act on a proposal (`acting`), each happens once however often its button is pressed, and
of two people at once the second reads who was first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, Self

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from portal import tokens
from portal.models import User
from proposals.forms.screened import OnRecord, Screened
from reviews.acting import answer, once, pressed_before, too_late
from reviews.moves import MoveRefused

# What the page of an entry may say besides: which one it is, what to know, where its history is.
NOTHING_MORE = {"name": "", "lead": "", "history": ""}


class Entry(OnRecord, Protocol):
    """One entry of such a list."""

    pk: int
    ended_at: datetime | None
    ended_by: User | None

    def refresh_from_db(self) -> None: ...


class EntryForm(Screened):
    """What a reviewer writes of an entry. Its page's one-time token makes a second sending answer
    like the first."""

    token = forms.CharField(widget=forms.HiddenInput, max_length=400)
    # What of it the entry says.
    said: tuple[str, ...] = ()
    # What the entry says since a colleague changed it, where the two differ.
    now: Sequence[tuple[str, str]] = ()
    # Which version of it the page shows, where it is changed in place.
    version: int | None = None

    def __init__(
        self, *args: Any, act: str, user: User, one: Entry | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.one = one
        self.act = f"{act} {one.pk}" if one else act
        self.fields["token"].initial = tokens.issue(user, self.act)

    @classmethod
    def on(cls, request: HttpRequest, act: str, one: Entry | None = None, **initial: Any) -> Self:
        """The form as its page needs it: as sent, or with what the entry says now."""
        sent = request.POST if request.method == "POST" else None
        said = {name: getattr(one, name) for name in cls.said} if one else {}
        return cls(sent, act=act, user=request.user, one=one, initial=said | initial)

    def given(self) -> dict[str, Any]:
        """What the entry shall say."""
        return {name: self.cleaned_data[name] for name in self.said}

    def was_done(self, by: User) -> bool:
        return pressed_before(self, by)

    def is_right(self) -> bool:
        return self.is_valid()

    def carry_out(self, do: Callable[[], Entry], *, by: User) -> None:
        """Do it once; what its writer stated of the words goes on record with it, or neither."""
        with suppress(tokens.AlreadyUsed):
            once(self, lambda: self.record_statement(do(), by=by), by=by, then="done")

    def refuse(self, words: str) -> None:
        self.add_error(None, words)


@dataclass(frozen=True)
class KeptList:
    """A list that reviewers keep, as the page of one entry speaks of it."""

    page: str
    title: str
    entry: str
    an_entry: str
    end: str
    then: str

    def keep(
        self,
        request: HttpRequest,
        form: EntryForm,
        do: Callable[[], Entry],
        done: str,
        **more: Any,
    ) -> HttpResponse:
        """The page of one entry: its form adds or changes it, and leads back to the list; beneath
        it stands the button that ends it."""

        def show(status: int) -> HttpResponse:
            return render(request, "reviews/desk/entry.html", context, status=status)

        context = {"form": form, "one": form.one, "list": self, **NOTHING_MORE, **more}

        return answer(request, form, do, done, show, back=reverse(self.page))

    def end_one(
        self, request: HttpRequest, one: Entry, do: Callable[[], Any], done: str
    ) -> HttpResponse:
        """End an entry, and go back to the list."""
        try:
            do()
        except MoveRefused as refusal:
            one.refresh_from_db()
            if one.ended_by != request.user:
                return self.gone(request, str(refusal))
            # The same person pressed twice: the second answers like the first.
        messages.success(request, done)
        return redirect(self.page)

    def gone(self, request: HttpRequest, words: str) -> HttpResponse:
        """A colleague was first: why nothing was done, and the way to the list."""
        return too_late(request, reverse(self.page), words)
