"""Forms of CDSS's queue: its filters, who gets what was ticked, the name of a person's own view."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from crispy_forms.templatetags.crispy_forms_filters import as_crispy_field
from django import forms
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import OuterRef, Q
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from portal import tokens
from portal.forms import DayField, PlainText, PortalForm
from portal.models import County, FormToken, Role, User
from proposals import screening
from proposals.forms.words import take_out
from reviews import queue
from reviews.composed import composed
from reviews.forms.acts import reviewers
from reviews.forms.filters import ANY, Filters
from reviews.leafing import ROWS
from reviews.models import Review
from reviews.models.orders import PLACE
from reviews.moves import OPEN

NEWS = (ANY, ("yes", "Something new"))
# A proposal as its row names it: the reference, and the version that the page showed.
PICKED = re.compile(r"(CIP-[0-9]{4}-[0-9]{4,6}):([0-9]{1,9})")
LONGEST_QUERY = 2000
REVIEW = (Role.REVIEWER, Role.APPROVER)
CAN_REVIEW = Q(is_active=True, role__in=REVIEW)
READINGS = 256  # In memory alone: what is searched for may be what the portal should never keep.


class Person(NamedTuple):
    """Someone who holds proposals, or can."""

    pk: int
    name: str
    can_review: bool


class Choices(NamedTuple):
    """What there is now to filter by: the counties, each with its number, and the people."""

    counties: tuple[tuple[str, str], ...]
    people: tuple[Person, ...]

    @classmethod
    def now(cls) -> Choices:
        counties = composed("counties", lambda: County.objects.values_list("number", "name"))
        people = composed("holders", lambda: holders().values_list("pk", "name", CAN_REVIEW))
        return cls(tuple(counties.ask()), tuple(Person._make(row) for row in people.ask()))


class QueueFilters(Filters):
    """The filters of the queue."""

    q = PlainText(label="Words in tool, vendor, county, purpose or reference", required=False)
    county = forms.ChoiceField(label="County", required=False)
    status = forms.ChoiceField(label="Status", required=False, choices=(ANY, *queue.STATUSES))
    assignee = forms.ChoiceField(label="Assigned to", required=False)
    flag = forms.ChoiceField(label="Flag", required=False, choices=(ANY, *queue.MARKED.items()))
    vendor = PlainText(label="Vendor", required=False)
    received_from = DayField(label="Received from", required=False)
    received_to = DayField(label="Received to", required=False)
    news = forms.ChoiceField(label="From the county", required=False, choices=NEWS)

    MAIN = ("q", "county", "status", "assignee", "flag")
    MORE = ("vendor", "received_from", "received_to", "news")

    def __init__(self, data: Mapping[str, str], choices: Choices) -> None:
        super().__init__(data)
        counties = choices.counties
        self.fields["county"].choices = [("", f"All {len(counties)}"), *counties]
        self.fields["assignee"].choices = [
            ("", "Anyone"),
            (queue.NOBODY, "Nobody yet"),
            *((str(person.pk), person.name) for person in choices.people),
        ]
        for name in ("received_from", "received_to"):
            self.fields[name].widget.attrs["class"] = ""

    def clean_q(self) -> str:
        text = self.cleaned_data["q"]
        if len(text.split()) > queue.MOST_WORDS:
            raise ValidationError(f"Search for up to {queue.MOST_WORDS} words")
        return text

    def clean(self) -> dict[str, Any]:
        asked = super().clean()
        first, last = asked.get("received_from"), asked.get("received_to")
        if first and last and first > last:
            self.add_error("received_to", "Enter a last day that isn’t before the first")
        return asked

    def main(self) -> list[forms.BoundField]:
        return [self[name] for name in self.MAIN]

    def more(self) -> list[forms.BoundField]:
        return [self[name] for name in self.MORE]

    def uses_more(self) -> bool:
        """Whether one of the fields that are folded away was filled in."""
        return any(self.data.get(name) for name in self.MORE)


@dataclass(frozen=True)
class Reading:
    """What the filters of an address say, and their form as HTML; the form itself where it has
    errors. Many requests share it."""

    form: QueueFilters | None
    chosen: Mapping[str, Any]
    chips: tuple[tuple[str, str, str], ...]
    html: SafeString


@lru_cache(maxsize=READINGS)
def read(given: tuple[tuple[str, str], ...], choices: Choices) -> Reading:
    """The filters, read once for as long as nothing about the choices changes."""
    form = QueueFilters(dict(given), choices)
    chosen, chips = form.asked(), form.chips()
    html = render_to_string("reviews/desk/parts/filters.html", {"filters": form})
    return Reading(form if form.errors else None, MappingProxyType(chosen), tuple(chips), html)


def holders() -> Any:
    """Who can hold a review, and who still holds an open one though they left or do other work."""
    held = Review.objects.filter(status__in=sorted(OPEN)).values("assignee")
    if connection.vendor == "postgresql":
        # The first of each person, from the index of their open ones; EXISTS reads all reviews.
        # SQLite uses no such index for values that are bound: it reads the open ones once.
        held = held.filter(assignee=OuterRef("pk")).order_by(*PLACE)[:1]
    return User.objects.filter(Q(role__in=REVIEW) | Q(pk__in=held)).order_by("name", "pk")


class Picked(forms.Field):
    """The rows that were ticked: which proposals, each with the version that its page showed."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> dict[str, int]:
        rows = [PICKED.fullmatch(one) for one in value or []]
        if not all(rows):
            raise ValidationError("Select the proposals again: what was sent is not from the list")
        return {row[1]: int(row[2]) for row in rows if row}

    def validate(self, value: dict[str, int]) -> None:
        if not value:
            raise ValidationError("Select the proposals that you want to assign")
        if len(value) > ROWS[-1]:
            raise ValidationError(f"Select up to {ROWS[-1]} proposals at once")


class Assign(PortalForm):
    """Who reviews the ticked proposals from now on; sent twice, it is done once."""

    pick = Picked()
    to = forms.ModelChoiceField(
        reviewers(),
        label="With selected, assign to",
        empty_label="Choose",
        widget=forms.Select(attrs={"class": "w-s"}),
        error_messages={
            "required": "Choose a reviewer",
            "invalid_choice": "Choose another reviewer: this one can’t take on proposals now",
        },
    )
    query = forms.CharField(required=False, max_length=LONGEST_QUERY, widget=forms.HiddenInput)
    token = forms.CharField(max_length=400, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, act: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.act = user, act
        self.used: FormToken | None = None
        self.fields["token"].initial = tokens.issue(user, act)

    def offer(self, people: Iterable[Person]) -> None:
        """Whom the page offers, where it has read them already; who is chosen is read anew."""
        field = self.fields["to"]
        field.widget.choices = [("", field.empty_label), *((one.pk, one.name) for one in people)]

    def picked(self) -> set[str]:
        """The references that were ticked, for a page that comes back with an error."""
        rows = map(PICKED.fullmatch, self.data.getlist("pick")) if self.is_bound else ()
        return {row[1] for row in rows if row}

    def is_new(self) -> bool:
        """Whether there is something to do, its token being spent now; not for a second press.

        A press that broke off halfway is gone on with: each row knows whether it was assigned.
        Raises tokens.Invalid for a form that isn't ours.
        """
        try:
            with transaction.atomic():
                self.used = tokens.redeem(self.cleaned_data["token"], user=self.user, act=self.act)
        except tokens.AlreadyUsed as before:
            return not before.result
        return True

    def conclude(self, url: str) -> None:
        """Every row is settled: the same press again changes nothing."""
        if self.used:
            self.used.conclude(url)


class NameOfView(PortalForm):
    """The name under which a person finds a view again."""

    name = PlainText(
        label="Name",
        help_text="Like “Overdue in the Bay Area”.",
        longest=60,
        error_messages={"required": "Enter a name for the view"},
    )

    def clean_name(self) -> str:
        return free_of_case_data("Name", self.cleaned_data["name"])


@cache
def name_box() -> SafeString:
    """Where a view's name is typed above the queue: empty, and the same on every page."""
    return as_crispy_field(NameOfView(auto_id="save_%s")["name"])


class SaveView(NameOfView):
    """A view as it stands in the address, to be kept under a name."""

    query = forms.CharField(required=False, max_length=LONGEST_QUERY, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """What was searched for is kept with the name, so it is looked at in the same way."""
        given = super().clean()
        try:
            typed = QueryDict(given.get("query", ""))
            for name in ("q", "vendor"):
                free_of_case_data("Words", typed.get(name, ""))
        except ValidationError as found:
            self.add_error(None, found)
        return given


def free_of_case_data(name: str, text: str) -> str:
    """The text, unless it looks like case-level data, which no view keeps."""
    if found := screening.case_data(text):
        raise ValidationError(take_out(name, found[0]))
    return text
