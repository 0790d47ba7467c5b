"""The forms of a planned enhancement, and of an idea for CMIPS reporting."""

from __future__ import annotations

from typing import Any

from django import forms

from portal.forms import OneOf, PlainText
from proposals.forms import Screened
from reviews.acting import Once
from reviews.models import Enhancement
from reviews.models.plans import TEXT_LIMIT, TITLE_LIMIT


class EnhancementForm(Screened):
    """What CDSS plans, in words that counties read, and by which words it is found."""

    token = forms.CharField(widget=forms.HiddenInput, max_length=400)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    title = PlainText(
        label="Name",
        longest=TITLE_LIMIT,
        help_text="Counties read it.",
        error_messages={"required": "Enter a name for the enhancement"},
    )
    what = PlainText(
        label="What it does",
        rows=4,
        longest=TEXT_LIMIT,
        help_text="In plain words. Counties read it.",
        error_messages={"required": "Write what it does, so that a county can tell"},
    )
    expected = PlainText(
        label="Expected when",
        longest=TITLE_LIMIT,
        optional=True,
        help_text="A date or words, like summer 2027. Counties read it.",
    )
    state = OneOf(
        label="Where does it stand?",
        choices=Enhancement.State.choices,
        error_messages={"required": "Choose where it stands"},
    )
    words = PlainText(
        label="Words it is found by",
        longest=400,
        optional=True,
        help_text="Words that proposals for the same would have, like overtime, workweek. Counties don’t see them.",
    )

    def given(self) -> dict[str, Any]:
        names = ("title", "what", "expected", "state", "words")
        return {name: self.cleaned_data[name] for name in names}


class IdeaForm(Once):
    """Why a proposal is an idea for CMIPS reporting; inside CDSS."""

    why = PlainText(
        label="Why",
        rows=3,
        longest=500,
        optional=True,
        help_text="A sentence. Only CDSS sees this.",
    )
