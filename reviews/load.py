"""Who reviews how much: open proposals by reviewer, the oldest, the late ones; and handing over.

Whoever left, or does other work now, stands first while they still hold something: nobody else
is told when their dates come.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Max, Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from portal import clock
from portal.access import reads_cases, reviewer
from portal.models import User
from reviews import queue
from reviews.assigning import carry_out
from reviews.forms.acts import reviewers
from reviews.forms.queue import Assign, holders
from reviews.forms.queue_address import address
from reviews.leafing import ROWS
from reviews.models import Review
from reviews.moves import OPEN
from reviews.queue_rows import written

AT_ONCE = ROWS[-1]


@dataclass(frozen=True)
class Load:
    """What one person holds now, or nobody: how many, how old, how late."""

    person: User | None
    open: int = 0
    oldest: datetime | None = None
    soon: int = 0
    overdue: int = 0
    waiting: int = 0
    last: datetime | None = None

    @property
    def has_left(self) -> bool:
        """Whether they hold something though they can review no more."""
        person = self.person
        return bool(self.open and person and not (person.is_active and person.is_reviewer))

    @property
    def name(self) -> str:
        return self.person.name if self.person else "Nobody yet"

    def cells(self) -> list[tuple[str, int, str]]:
        """Each number with its label and where the queue shows those proposals."""
        who = self.person.pk if self.person else queue.NOBODY
        return [
            ("Open", self.open, address(view="all", assignee=who, status="open")),
            ("Due soon", self.soon, address(view="due-soon", assignee=who)),
            ("Overdue", self.overdue, address(view="overdue", assignee=who)),
            ("Waiting for county", self.waiting, address(view="waiting", assignee=who)),
        ]


def loads(user: User, today: date) -> list[Load]:
    """What everyone holds: nobody's first, then theirs who left, then by how much it is."""
    counted = {row.pop("assignee"): row for row in _counted(user, today)}
    people = [Load(None, **counted.get(None, {}))]
    people += [Load(one, **counted.get(one.pk, {})) for one in holders()]
    there = [one for one in people if one.open or one.person is None or one.person.is_active]
    return sorted(
        there, key=lambda one: (one.person is not None, not one.has_left, -one.open, one.name)
    )


def _counted(user: User, today: date) -> Iterable[dict[str, Any]]:
    """The figures of each assignee who holds something open, in one query."""

    def how_many(view: str) -> Count:
        return Count("pk", filter=queue.VIEWS[view].holds(user, today))

    held = Review.objects.visible_to(user).filter(status__in=OPEN).order_by()
    return held.values("assignee").annotate(
        open=Count("pk"),
        oldest=Min("received_at"),
        soon=how_many("due-soon"),
        overdue=how_many("overdue"),
        waiting=how_many("waiting"),
        last=Max("moved_at"),
    )


@reads_cases
@require_safe
def load(request: HttpRequest) -> HttpResponse:
    """The workload of every reviewer."""
    found = loads(request.user, clock.today())
    context = {"loads": found, "left": [one for one in found if one.has_left]}
    return render(request, "reviews/desk/load.html", context)


@reviewer
def hand_over_all(request: HttpRequest, person: int) -> HttpResponse:
    """Give several of a person's open proposals, or all, to another reviewer."""
    holder = get_object_or_404(holders(), pk=person)
    act, back = f"hand over all {holder.pk}", reverse("load")
    bound = (request.POST,) if request.method == "POST" else ()
    form = Assign(*bound, user=request.user, act=act)
    form.fields["to"].queryset = reviewers().exclude(pk=holder.pk)
    form.fields["to"].label = "Hand over to"
    if bound and form.is_valid() and (answer := carry_out(request, form, back=back)):
        return answer
    today = clock.today()
    asked = {"assignee": holder.pk, "status": "open"}
    held = queue.found(request.user, "all", asked, today)
    lines = [queue.Line._make(row) for row in queue.lines(held)[:AT_ONCE]]
    picked = form.picked() if bound else {line.reference for line in lines}
    context = {
        "holder": holder,
        "assign": form,
        "rows": written(lines, today, boxes=True, ticked=picked),
        "count": held.count(),
        "view": queue.VIEWS["all"],
        "today": today,
    }
    return render(request, "reviews/desk/hand_over_all.html", context, status=422 if bound else 200)
