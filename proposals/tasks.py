"""The task list of a draft: where each section stands, and who saved last."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from portal import clock
from portal.wording import lately, moment, plain_day, time_of_day
from proposals import content as contents
from proposals.models import Proposal, SectionState
from proposals.sections import SECTIONS

# What the page's labels call the states that `contents.status_of` tells.
SHOWN = {
    contents.NOT_STARTED: "not_started",
    contents.IN_PROGRESS: "progress",
    contents.COMPLETED: "completed",
    contents.PROBLEM: "problem",
}


def task_list(proposal: Proposal) -> list[dict[str, Any]]:
    """A line for each section: number, key, title, hint, url, status as the label shows it, and
    in `who` who completed it or worked on it last.

    *Check and send* belongs to reviews, which adds it. Reads only what `whole()` has fetched.
    """
    content = proposal.content()
    states = {state.section: state for state in proposal.states.all()}
    tasks = [
        {
            "number": number,
            "key": section.key,
            "title": section.title,
            "hint": section.hint,
            "url": reverse("section", args=[proposal.reference, section.key]),
            "status": SHOWN[contents.status_of(section, content)],
        }
        for number, section in enumerate(SECTIONS, start=1)
    ]
    for task in tasks:
        task["who"] = _who(states.get(task["key"]), is_complete=task["status"] == "completed")
    return tasks


def _who(state: SectionState | None, *, is_complete: bool) -> str:
    """Completed by Amir Haddad, today at 3:42 PM; nothing before the first save."""
    if state is None or state.saved_at is None:
        return ""
    name, is_today = state.saved_by.name, clock.pacific_date(state.saved_at) == clock.today()
    if is_complete:
        when = lately(state.saved_at) if is_today else plain_day(state.saved_at)
        return f"Completed by {name}, {when}"
    return f"{name} worked on it {'today' if is_today else f'on {plain_day(state.saved_at)}'}"


def complete_count(tasks: Iterable[dict[str, Any]]) -> int:
    """How many of the sections are complete: the 5 of "5 of 7 sections complete"."""
    return sum(task["status"] == "completed" for task in tasks)


def last_saved(proposal: Proposal) -> SectionState | None:
    """The section that was saved last, with `saved_at` and `saved_by`; None before the first."""
    saved = [state for state in proposal.states.all() if state.saved_at]
    return max(saved, key=lambda state: state.saved_at, default=None)


def saved_words(state: SectionState | None) -> str:
    """Saved today at 3:42 PM by Amir Haddad; nothing before the first save."""
    if state is None or state.saved_at is None:
        return ""
    if clock.pacific_date(state.saved_at) == clock.today():
        return f"Saved today at {time_of_day(state.saved_at)} by {state.saved_by.name}"
    return f"Saved {moment(state.saved_at)} by {state.saved_by.name}"
