"""Forms with rows: what is requested, and the conditions of an approval.

*Add another* and *Remove* are buttons of the same form and work without JavaScript: the page
comes back with one row more or less, and everything typed.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.forms.formsets import BaseFormSet, formset_factory
from django.http import HttpRequest, QueryDict

from portal import clock
from portal.forms import DayField, PlainText, PortalForm
from portal.models import OfficeClosure
from portal.numbers import whole_number
from proposals.forms import Screened
from proposals.sections import DOCUMENT_KINDS, DOCUMENT_KINDS_SHOWN, SECTIONS
from reviews.deadlines import answer_by
from reviews.models.items import ROW_FIELDS, Item

ROWS_LIMIT = 30
USUAL_DAYS = 21


class Rows(BaseFormSet):
    """A few forms of one kind on one page; `changed` when a button of rows was just pressed, on
    these or on others of the page: then all come back as typed."""

    changed = False
    default_error_messages = BaseFormSet.default_error_messages | {
        "missing_management_form": "The form came without its rows. Open the page again",
        "too_many_forms": "Up to %(num)d rows fit here. Take some out",
    }

    def given(self) -> list[PortalForm]:
        """The rows that were filled, once all are right."""
        return [row for row in self.forms if row.cleaned_data]

    def begin_at(self, number: int) -> None:
        """Put the keyboard into a row's first control; into the last row's when that is gone."""
        if self.forms:
            row = self.forms[min(number, len(self.forms) - 1)]
            next(iter(row.fields.values())).widget.attrs["autofocus"] = True

    @property
    def fault(self) -> str:
        """What is wrong with the rows as a whole, such as too many."""
        return next(iter(self.non_form_errors()), "")

    @property
    def is_full(self) -> bool:
        return len(self.forms) >= ROWS_LIMIT


def rows_of(
    form: type[PortalForm],
    prefix: str,
    request: HttpRequest | None,
    *,
    at_least: int = 1,
    stored: list[dict[str, Any]] | None = None,
) -> Rows:
    """The rows of a page: empty or as stored, as sent, or with one more or less as its buttons
    ask. Without a request they are shown as stored."""
    kind = formset_factory(
        form,
        formset=Rows,
        extra=0,
        min_num=at_least,
        max_num=ROWS_LIMIT,
        absolute_max=ROWS_LIMIT,
    )
    if request is None or request.method != "POST":
        return kind(prefix=prefix, initial=stored)
    add, remove = request.POST.get("add", ""), request.POST.get("remove", "")
    if not add and not remove:
        return kind(request.POST, prefix=prefix)
    typed = _typed(form, prefix, request.POST)
    place = None
    if add == prefix:
        place = len(typed)
        typed.append({})
    elif remove.startswith(f"{prefix}-"):
        place = whole_number(remove.rpartition("-")[2])
    if remove and place is not None:
        typed = typed[:place] + typed[place + 1 :]
    # With initial rows Django adds `min_num` only up to that number, so nothing is doubled.
    rows = kind(prefix=prefix, initial=typed)
    rows.changed = True
    if place is not None:
        rows.begin_at(place)
    return rows


def _typed(form: type[PortalForm], prefix: str, data: QueryDict) -> list[dict[str, str]]:
    """What stands in the rows as typed, right or wrong."""
    count = min(whole_number(data.get(f"{prefix}-TOTAL_FORMS", "")) or 0, ROWS_LIMIT)
    return [
        {name: data.get(f"{prefix}-{number}-{name}", "") for name in form.base_fields}
        for number in range(count)
    ]


def what_can_be_asked() -> list[Any]:
    """Documents of the catalogue, then every answer of the proposal, by section."""
    kinds = [(f"document:{key}", label) for key, label in DOCUMENT_KINDS]
    choices: list[Any] = [
        ("", "Choose a document or an answer"),
        ("Documents", kinds[:DOCUMENT_KINDS_SHOWN]),
        ("More documents", kinds[DOCUMENT_KINDS_SHOWN:]),
    ]
    for section in SECTIONS:
        answers = [
            (
                f"answer:{answer.name}",
                f"{answer.group}: {answer.label}" if answer.group else answer.label,
            )
            for answer in section.answers
            if answer.name != "no_documents_now"
        ]
        if section.rows:
            answers = [(f"answer:{name}", title) for name, title in ROW_FIELDS.items()]
        if answers:
            choices.append((f"Answer to change: {section.title}", answers))
    return choices


class AskFor(Screened):
    """One item of a request: what, why and by when."""

    what = forms.ChoiceField(
        label="What do you ask for?",
        choices=what_can_be_asked,
        error_messages={"required": "Choose a document or an answer"},
    )
    why = PlainText(
        label="Why it is needed",
        rows=3,
        longest=2000,
        help_text="The county reads it.",
        error_messages={"required": "Write why it is needed"},
    )
    by = DayField(label="By when", error_messages={"required": "Enter a date, like March 15, 2027"})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_bound:
            closed = OfficeClosure.objects.closed()
            self.fields["by"].initial = answer_by(clock.today(), closed, USUAL_DAYS).due

    def clean_by(self) -> date:
        by = self.cleaned_data["by"]
        if by <= clock.today():
            raise forms.ValidationError("Enter a date that is still ahead")
        return by

    def item(self) -> dict[str, Any]:
        """The item as `Request.objects.ask` takes it."""
        kind, _, name = self.cleaned_data["what"].partition(":")
        given = {"kind": kind, "why": self.cleaned_data["why"], "by": self.cleaned_data["by"]}
        if kind == Item.DOCUMENT:
            return given | {"document_kind": name}
        return given | {"field": name}


class AskCondition(Screened):
    """One condition of an approval: what the county must do, and by when."""

    text = PlainText(
        label="What the county must do",
        rows=3,
        longest=2000,
        error_messages={"required": "Write what the county must do, or remove the condition"},
    )
    by = DayField(label="By when", error_messages={"required": "Enter a date, like March 15, 2027"})

    clean_by = AskFor.clean_by
