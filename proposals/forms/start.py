"""The form that begins a draft."""

from __future__ import annotations

from typing import Any

from django import forms

from portal.forms import PlainText, PortalForm
from portal.models import County, User
from proposals import screening
from proposals.forms.words import take_out


class StartForm(PortalForm):
    """What a new draft needs: a county, if the person has several, and perhaps a name."""

    county = forms.ModelChoiceField(
        County.objects.none(),
        empty_label=None,
        error_messages={"invalid_choice": "Choose one of your own counties"},
    )
    tool_name = PlainText(
        label="Name of the system or tool",
        help_text="You can change it until you send the proposal.",
        longest=120,
        optional=True,
    )
    token = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["county"].queryset = user.counties()
        if len(user.county_list) == 1:
            self.only_county = user.county_list[0]
            del self.fields["county"]

    def clean_tool_name(self) -> str:
        text = self.cleaned_data["tool_name"]
        if shapes := screening.case_data(text):
            raise forms.ValidationError(take_out("Name of the system or tool", shapes[0]))
        return text

    def county_of_draft(self) -> County:
        """The county the draft is for: the one chosen, or the person's only one."""
        return self.cleaned_data.get("county") or self.only_county
