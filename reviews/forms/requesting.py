"""The form of a request: what is asked for, why in words of the library or one's own, by when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import forms

from portal import clock
from portal.days import EXAMPLE
from portal.forms import DayField, PlainText
from proposals.forms import Screened
from reviews.acting import Once
from reviews.decision_text import line_left_of, which_blank
from reviews.forms.rows import Rows, ahead
from reviews.models.items import Item
from reviews.models.wordings import TEXT_LIMIT
from reviews.to_ask import AtHand, what_can_be_asked

LONGEST_DAYS = 366
# Several documents may have no kind of their own; everything else is asked for once.
MORE_THAN_ONCE = ("document:other",)


class RequestForm(Once):
    """What CDSS writes above the list of items."""

    words = PlainText(
        label="Words to the county",
        rows=3,
        longest=3000,
        optional=True,
        help_text="They stand above the list in the letter.",
    )

    def clean(self) -> dict[str, Any]:
        """No line to write on leaves with the letter, above its list or in it."""
        given = super().clean()
        self._refuse_blank(self, "words")
        for row in self.beside or ():
            row.is_valid()
            self._refuse_blank(row, "why")
        return given

    def _refuse_blank(self, form: Screened, name: str) -> None:
        if blank := line_left_of(self.review, form.cleaned_data.get(name, "")):
            form.add_error(name, f"Fill the {which_blank(blank)} before the letter can go")


class AskFor(Screened):
    """One item of a request: what, why and by when."""

    what = forms.ChoiceField(
        label="What do you ask for?",
        choices=what_can_be_asked,
        error_messages={"required": "Choose a document or an answer"},
    )
    wording = forms.CharField(
        label="Use a wording",
        required=False,
        max_length=40,
        widget=forms.Select(attrs={"class": "w-m", "autocomplete": "off"}),
    )
    why = PlainText(
        label="Why it is needed",
        rows=3,
        longest=TEXT_LIMIT,
        help_text="The county reads it.",
        error_messages={"required": "Write why it is needed, or use a wording"},
    )
    keep = forms.BooleanField(label="Keep this wording for later requests", required=False)
    by = DayField(label="By when", error_messages={"required": f"Enter a date, like {EXAMPLE}"})
    # The row of the checklist it comes from, so that its note can be taken over.
    rule = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(self, *args: Any, at_hand: AtHand, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        what, self.note = self["what"].value() or "", at_hand.notes.get(self["rule"].value() or "")
        offered = at_hand.offered(what, self["rule"].value() or "") if what else ()
        self.fields["wording"].widget.choices = [
            ("", "The usual one"),
            *((value, title) for value, title, _ in offered),
        ]
        self.fields["by"].initial = at_hand.day

    def clean_by(self) -> date:
        by = ahead(self.cleaned_data["by"])
        if by > clock.today() + timedelta(days=LONGEST_DAYS):
            raise forms.ValidationError("Enter a date within a year from today")
        return by

    def item(self) -> dict[str, Any]:
        """The item as `Request.objects.ask` takes it."""
        return self.item_of(self.cleaned_data)

    @staticmethod
    def item_of(row: Mapping[str, Any]) -> dict[str, Any]:
        """The item that a row stands for, typed or drafted."""
        kind, _, name = row["what"].partition(":")
        given = {"kind": kind, "why": row["why"], "by": row["by"]}
        if kind == Item.DOCUMENT:
            return given | {"document_kind": name}
        return given | {"field": name}


class AskRows(Rows):
    """The items of a request; the same document or answer is asked for once."""

    def clean(self) -> None:
        first: dict[str, int] = {}
        for number, row in enumerate(self.forms, start=1):
            what = row.cleaned_data.get("what", "") if row.is_valid() else ""
            if what and what not in MORE_THAN_ONCE and what in first:
                words = f"Item {first[what]} asks for this already. Put both into one item"
                row.add_error("what", words)
            first.setdefault(what, number)
