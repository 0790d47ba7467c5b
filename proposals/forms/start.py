"""The forms that begin a draft: the guide's questions, a new one, a copy of an earlier one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from portal.forms import AnyOf, OneOf, PlainText, PortalForm
from portal.models import County, User
from proposals import screening
from proposals.forms.words import take_out
from proposals.guide import UNSURE, Question
from proposals.models.starting import MOST_WORDS


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


class GuideForm(PortalForm):
    """One question of the guide; its answer goes into the address of the next page."""

    def __init__(
        self, question: Question, data: Any = None, *, answer: tuple[str, ...] = ()
    ) -> None:
        self.base_fields = {question.key: _field_of(question)}
        initial: Mapping[str, Any] = {question.key: answer if question.many else "".join(answer)}
        super().__init__(data, initial=initial)


def _field_of(question: Question) -> forms.Field:
    kind = AnyOf if question.many else OneOf
    return kind(
        label=question.label,
        help_text=question.hint,
        choices=question.choices,
        hints=question.hints,
        exclusive=UNSURE,
        error_messages={"required": question.missing},
    )


class FindEarlier(PortalForm):
    """The search for an earlier proposal to copy, read from the address."""

    q = PlainText(label="Words in tool, vendor, purpose or reference", required=False)

    def clean_q(self) -> str:
        return few_words(self.cleaned_data["q"])


def few_words(text: str) -> str:
    """A search for no more words than it looks for."""
    if len(text.split()) > MOST_WORDS:
        raise forms.ValidationError(f"Search for up to {MOST_WORDS} words")
    return text
