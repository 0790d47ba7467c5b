"""Filters that are read from the address of a list: CDSS's queue, a county's register."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict

from portal.forms import PlainText, PortalForm
from portal.models import User
from proposals.forms.start import few_words
from reviews import register

ANY = ("", "Any")


class Filters(PortalForm):
    """Filters of a list; nothing is required, and an odd one is named and left out."""

    def __init__(self, data: Mapping[str, str]) -> None:
        super().__init__(data)
        for field in self.fields.values():
            field.error_messages["invalid_choice"] = (
                f"Choose “{field.label}” from the list: what the address names is not in it"
            )

    def asked(self) -> dict[str, Any]:
        """The filters that can be followed."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def chips(self) -> list[tuple[str, str, str]]:
        """Each filter in force: its name in the address, its label, and its value in words."""
        found = []
        for name, value in self.asked().items():
            field = self.fields[name]
            words = dict(field.choices)[value] if hasattr(field, "choices") else self.data[name]
            label = "Words" if name == "q" else str(field.label)
            found.append((name, label, str(words)))
        return found


class RegisterFilters(Filters):
    """The filters of a county's register."""

    q = PlainText(label="Words in tool, vendor, purpose or reference", required=False)
    status = forms.ChoiceField(label="Status", required=False, choices=(ANY, *register.STATUSES))
    year = forms.ChoiceField(label="Year", required=False)
    by = forms.ChoiceField(label="Prepared by", required=False)

    def __init__(self, data: QueryDict, *, user: User) -> None:
        super().__init__(data)
        years = [(str(year), str(year)) for year in register.years(user)]
        self.fields["year"].choices = [ANY, *years]
        self.fields["by"].choices = [("", "Anyone"), *register.people(user)]

    def clean_q(self) -> str:
        return few_words(self.cleaned_data["q"])
