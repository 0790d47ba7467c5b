"""The form of a wording that reviewers use again in requests."""

from __future__ import annotations

from typing import Any

from django import forms

from portal.forms import PlainText
from proposals.forms import Screened
from reviews.models.wordings import TEXT_LIMIT, TITLE_LIMIT
from reviews.to_ask import what_can_be_asked


def what_it_goes_with() -> list[Any]:
    """Any document or answer, or one of them."""
    (_, _), *groups = what_can_be_asked()
    return [("", "Any document or answer"), *groups]


class WordingForm(Screened):
    """For what it is, its title in the reviewers' list, and the text that a county reads."""

    token = forms.CharField(widget=forms.HiddenInput, max_length=400)
    what = forms.ChoiceField(label="For which document or answer?", choices=what_it_goes_with)
    title = PlainText(
        label="Title",
        longest=TITLE_LIMIT,
        help_text="Reviewers choose it by this. The county doesn't see it.",
        error_messages={"required": "Write a title, so that reviewers can choose it"},
    )
    text = PlainText(
        label="Wording",
        rows=5,
        longest=TEXT_LIMIT,
        help_text="The county reads it.",
        error_messages={"required": "Write the wording that the county reads"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["what"].required = False

    def given(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("what", "title", "text")}
