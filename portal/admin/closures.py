"""The days on which state offices are closed: what a change would move is shown before it is made.

A date by which CDSS answers a county never moves by itself. The page that asks before a closed day
is kept lists each open case it would move; those that the administrator ticks follow at once, each
on record, and all others stay as the counties were told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from portal import clock
from portal.access import Access
from portal.admin.base import JournaledPage, OpenedForm, site
from portal.models import OfficeClosure, User
from portal.wording import day

SATURDAY = 5
ALL = "all"
NAMED = 20


@dataclass(frozen=True)
class Moved:
    """An open case that a change of the calendar would move: by when now, by when then.

    `url` is the case's own page, `later` the one on which its date can still be moved afterwards.
    """

    pk: int
    reference: str
    url: str
    later: str
    county: str
    now: date
    then: date


# What a wing tells of its cases, given the closed days as they would be; holds those of them that
# are to follow, before the journal is written; and has them follow.
MOVED: list[Callable[[Mapping[date, str]], list[Moved]]] = []
HOLD: list[Callable[[set[int]], None]] = []
FOLLOW: list[Callable[[set[int], User], list[str]]] = []


def would_move(closed: Mapping[date, str]) -> list[Moved]:
    """Every open case that these closed days would put on another day."""
    return [one for tell in MOVED for one in tell(closed)]


@admin.register(OfficeClosure, site=site)
class ClosurePage(JournaledPage):
    """The days on which state offices are closed, which the thirty days are counted with."""

    kind, named_by = "closure", "date"
    form = OpenedForm
    list_display = ("date", "weekday", "name", "in_force")
    list_filter = ("in_force",)
    search_fields = ("name", "date")
    fields = ("date", "name", "in_force", "opened")
    untold = frozenset({"loaded_as"})

    @admin.display(description="Weekday", ordering="date")
    def weekday(self, closure: OfficeClosure) -> str:
        return f"{closure.date:%A}"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if words := OfficeClosure.objects.next_year_lacks(clock.today()):
            messages.warning(request, words)
        return super().changelist_view(request, extra_context)

    changelist_view.access = Access("administrator", "The site asks for the role.")  # type: ignore[attr-defined]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """Asks before a closed day is kept; keeps it once what the page showed still holds."""
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        with transaction.atomic():
            form = self._as_sent(request, object_id)
            if form and form.is_valid() and form.has_changed():
                rows = would_move(closed_with(form))
                if request.POST.get("shown") != _mark(form, rows):
                    return self._ask(request, form, rows)
            return super().changeform_view(request, object_id, form_url, extra_context)

    def _as_sent(self, request: HttpRequest, object_id: str | None) -> ModelForm | None:
        """The form as it was sent, read apart from the one that will be kept."""
        found = self.get_object(request, object_id) if object_id else None
        if object_id and found is None:
            return None
        return self.get_form(request, found, change=found is not None)(request.POST, instance=found)

    def _ask(self, request: HttpRequest, form: ModelForm, rows: list[Moved]) -> HttpResponse:
        """The page that asks; a case that an earlier change left behind is told apart."""
        closure = form.instance
        own = {"csrfmiddlewaretoken", "shown", "move"}
        left = {(row.pk, row.then) for row in would_move(OfficeClosure.objects.closed())}
        told = [(row, (row.pk, row.then) in left) for row in rows]
        context = {
            **site.each_context(request),
            "title": "Before the calendar changes",
            "opts": self.opts,
            "closure": closure,
            "words": [_change(form), *_to_know(form)],
            "rows": told,
            "moved": sum(not was_left for _, was_left in told),
            "sent": [(name, text) for name, text in request.POST.items() if name not in own],
            "shown": _mark(form, rows),
        }
        return render(request, "admin/portal/officeclosure/ask.html", context)

    def save_model(self, request: HttpRequest, obj: OfficeClosure, form: Any, change: bool) -> None:
        """Keeps the day on record; then the cases that were ticked follow it."""
        chosen = _ticked(request, would_move(closed_with(form)))
        for hold in HOLD:
            hold(chosen)
        super().save_model(request, obj, form, change)
        rows = would_move(OfficeClosure.objects.closed())
        for words in [words for follow in FOLLOW for words in follow(chosen, request.user)]:
            messages.info(request, words)
        if left := [row for row in rows if row.pk not in chosen]:
            messages.warning(request, _left(left))


def _ticked(request: HttpRequest, rows: list[Moved]) -> set[int]:
    """The cases that are to follow at once."""
    ticked = request.POST.getlist("move")
    return {row.pk for row in rows if ALL in ticked or str(row.pk) in ticked}


def _left(rows: list[Moved]) -> SafeString:
    """Which dates stay where they are, though the calendar has them elsewhere; each as a link."""
    links = format_html_join(
        ", ", '<a href="{}">{}</a>', ((row.later, row.reference) for row in rows[:NAMED])
    )
    more = f" and {len(rows) - NAMED} more" if len(rows) > NAMED else ""
    return format_html("These dates stay as the counties were told: {}{}.", links, more)


def closed_with(form: ModelForm) -> dict[date, str]:
    """The closed days as they would be with this change."""
    closed = OfficeClosure.objects.closed()
    if form.instance.pk:
        closed.pop(form.initial["date"], None)
    if form.instance.in_force:
        closed[form.instance.date] = form.instance.name
    return closed


def _mark(form: ModelForm, rows: list[Moved]) -> str:
    """What the page showed; another mark when the day, or a case, has changed since."""
    shown = [sorted(form.cleaned_data.items()), [(row.pk, row.now, row.then) for row in rows]]
    return hashlib.sha256(repr(shown).encode()).hexdigest()


def _change(form: ModelForm) -> str:
    """What would be kept, in a sentence."""
    new, old = form.instance, form.initial
    if not new.pk:
        words = f"State offices are closed on {day(new.date)}: {new.name}"
        return f"{words}." if new.in_force else f"{words}; but not in force yet."
    moved = f" instead of {day(old['date'])}" if "date" in form.changed_data else ""
    if "in_force" in form.changed_data and not new.in_force:
        return f"State offices work on {day(new.date)}: {new.name} is taken out of force."
    renamed = f", not “{old['name']}” any more" if "name" in form.changed_data else ""
    return f"State offices are closed on {day(new.date)}{moved}: {new.name}{renamed}."


def _to_know(form: ModelForm) -> Iterator[str]:
    """What an administrator should know of such a day."""
    new = form.instance
    if new.date < clock.today():
        yield (
            "That day is past. Only a date that fell on it and is still open can move; what was "
            "answered stays."
        )
    if new.date.weekday() >= SATURDAY:
        yield f"It is a {new.date:%A}: no answer is due on it anyway."
    if not OfficeClosure.objects.knows(new.date.year, besides=new):
        yield (
            f"The calendar has no other closed day of {new.date.year}. Add the other holidays of "
            "that year too: dates in it stay marked as ones that may move, until one is there."
        )
