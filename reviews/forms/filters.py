"""Filters that are read from the address of a list: CDSS's queue, a county's register."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.http import QueryDict
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from portal.forms import PlainText, PortalForm
from portal.models import User
from proposals.forms.start import few_words
from reviews import register

ANY = ("", "Any")


class Select(forms.Select):
    """A list to choose from, written at once: with a template for each of 58 counties it would be
    the dearest part of the page."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        asked = self.get_context(name, value, attrs)["widget"]
        options = [one for _, group, _ in asked["optgroups"] for one in group]
        written = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            (
                (one["value"], SafeString(" selected") if one["selected"] else "", one["label"])
                for one in options
            ),
        )
        about = flatatt(asked["attrs"])
        return format_html('<select name="{}"{}>{}</select>', asked["name"], about, written)


class Filters(PortalForm):
    """Filters of a list; nothing is required, and an odd one is named and left out."""

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        for field in self.fields.values():
            if type(field.widget) is forms.Select:
                # Its attributes come from the field's own list.
                field.widget = Select(field.widget.attrs, field.widget.choices)
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
