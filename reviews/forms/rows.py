"""Forms with rows: what is requested, and the conditions of an approval.

*Add another* and *Remove* are buttons of the same form and work without JavaScript: the page
comes back with one row more or less, and everything typed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.forms.formsets import BaseFormSet, formset_factory
from django.http import HttpRequest, QueryDict

from portal import clock
from portal.days import EXAMPLE
from portal.forms import DayField, PlainText, PortalForm
from portal.numbers import whole_number
from proposals.forms import Screened

ROWS_LIMIT = 30


@dataclass(frozen=True)
class Fill:
    """What *Fill in* does to a row as typed, and the name of the control that it writes."""

    row: Callable[[dict[str, str]], dict[str, str]]
    name: str


class Rows(BaseFormSet):
    """A few forms of one kind on one page; `changed` when a button of rows was just pressed, on
    these or on others of the page: then all come back as typed. `each` is what the page calls a
    row, before its number: so is it named in the list of errors."""

    changed = False
    each = "Row"
    most = ROWS_LIMIT
    default_error_messages = BaseFormSet.default_error_messages | {
        "missing_management_form": "The form came without its rows. Open the page again",
        "too_many_forms": "Up to %(num)d rows fit here. Take some out",
    }

    def add_fields(self, form: PortalForm, index: int) -> None:
        super().add_fields(form, index)
        form.called = f"{self.each} {index + 1}"

    def given(self) -> list[PortalForm]:
        """The rows that were filled, once all are right."""
        return [row for row in self.forms if row.cleaned_data]

    def begin_at(self, number: int, name: str = "") -> None:
        """Put the keyboard into a row's first control, or the one of that name; into the last
        row's when that row is gone."""
        if self.forms:
            row = self.forms[min(number, len(self.forms) - 1)]
            name = name or next(iter(row.fields))
            row.fields[name].widget.attrs["autofocus"] = True

    @property
    def fault(self) -> str:
        """What is wrong with the rows as a whole, such as too many."""
        return next(iter(self.non_form_errors()), "")

    @property
    def is_full(self) -> bool:
        return len(self.forms) >= self.most


def rows_of(
    form: type[PortalForm],
    prefix: str,
    request: HttpRequest | None,
    *,
    at_least: int = 1,
    stored: list[dict[str, Any]] | None = None,
    rows: type[Rows] = Rows,
    each: str = "Row",
    most: int = ROWS_LIMIT,
    fill: Fill | None = None,
    **of: Any,
) -> Rows:
    """The rows of a page: empty or as stored, as sent, or with one more or less as its buttons
    ask. Without a request they are shown as stored.

    `each` is what the page calls a row, before its number, `most` how many there may be. `fill`
    answers to the rows' button *Fill in*: the row with more in one of its controls. Each row is
    made with what else is given.
    """
    kind = formset_factory(
        form,
        formset=rows,
        extra=0,
        min_num=at_least,
        max_num=most,
        absolute_max=most,
    )
    kind.each, kind.most = each, most
    if request is None or request.method != "POST":
        return kind(prefix=prefix, initial=stored, form_kwargs=of)
    add, remove = request.POST.get("add", ""), request.POST.get("remove", "")
    filled = request.POST.get("fill", "") if fill else ""
    if not (add or remove or filled):
        return kind(request.POST, prefix=prefix, form_kwargs=of)
    typed = _typed(form, prefix, request.POST, most)
    place, name = None, ""
    if fill and filled.startswith(f"{prefix}-"):
        place, name = whole_number(filled.rpartition("-")[2]), fill.name
        typed = [fill.row(row) if at == place else row for at, row in enumerate(typed)]
    if add == prefix:
        place = len(typed)
        typed.append({})
    elif remove.startswith(f"{prefix}-"):
        place = whole_number(remove.rpartition("-")[2])
    if remove and place is not None:
        typed = typed[:place] + typed[place + 1 :]
    # With initial rows Django adds `min_num` only up to that number, so nothing is doubled.
    found = kind(prefix=prefix, initial=typed, form_kwargs=of)
    found.changed = True
    if place is not None:
        found.begin_at(place, name)
    return found


def _typed(form: type[PortalForm], prefix: str, data: QueryDict, most: int) -> list[dict[str, str]]:
    """What stands in the rows as typed, right or wrong."""
    count = min(whole_number(data.get(f"{prefix}-TOTAL_FORMS", "")) or 0, most)
    return [
        {name: data.get(f"{prefix}-{number}-{name}", "") for name in form.base_fields}
        for number in range(count)
    ]


def ahead(given: date) -> date:
    """A day by which a county does something: still ahead."""
    if given <= clock.today():
        raise forms.ValidationError("Enter a date that is still ahead")
    return given


class AskCondition(Screened):
    """One condition of an approval: what the county must do, and by when."""

    text = PlainText(
        label="What the county must do",
        rows=3,
        longest=2000,
        error_messages={"required": "Write what the county must do, or remove the condition"},
    )
    by = DayField(label="By when", error_messages={"required": f"Enter a date, like {EXAMPLE}"})
    shown = PlainText(
        label="How it is shown",
        longest=300,
        optional=True,
        help_text="Like a message with a test report",
    )

    def clean_by(self) -> date:
        return ahead(self.cleaned_data["by"])
