"""The form of a wording that reviewers use again in requests, and the filters of their list."""

from __future__ import annotations

from typing import Any

from django import forms

from portal.forms import PlainText
from reviews.forms.filters import Filters
from reviews.models.wordings import TEXT_LIMIT, TITLE_LIMIT
from reviews.to_ask import what_can_be_asked
from reviews.upkeep import EntryForm

ANY = "Any document or answer"


def what_it_goes_with() -> list[Any]:
    """Any document or answer, or one of them."""
    (_, _), *groups = what_can_be_asked()
    return [("", ANY), *groups]


def subjects() -> list[tuple[str, str]]:
    """What a wording may be for, as one list; "" is for any."""
    return [
        ("", ANY),
        *((value, name) for _, group in what_it_goes_with()[1:] for value, name in group),
    ]


class WordingFilters(Filters):
    """Which wordings: for which document or answer."""

    FOR_ANY = "any"
    what = forms.ChoiceField(
        label="For",
        required=False,
        choices=lambda: [("", "All wordings"), (WordingFilters.FOR_ANY, ANY), *subjects()[1:]],
    )


class WordingForm(EntryForm):
    """For what it is, its title in the reviewers' list, and the text that a county reads."""

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

    said = ("what", "title", "text")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["what"].required = False
