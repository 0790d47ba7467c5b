"""The forms of a planned enhancement, and of ideas for CMIPS reporting."""

from __future__ import annotations

from django import forms

from portal.forms import DayField, OneOf, PlainText
from proposals.forms.start import few_words
from reviews.acting import Once
from reviews.forms.filters import ANY, SpanFilters
from reviews.models import Enhancement
from reviews.models.plans import TEXT_LIMIT, TITLE_LIMIT
from reviews.queue import STATUSES
from reviews.upkeep import EntryForm


class EnhancementForm(EntryForm):
    """What CDSS plans, in words that counties read, and by which words it is found."""

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
        help_text="Words that proposals for the same would have, like overtime, workweek. Counties "
        "don’t see them.",
    )

    said = ("title", "what", "expected", "state", "words")

    @property
    def version(self) -> int | None:
        return self.one.version if self.one else None

    def refuse(self, words: str) -> None:
        """What a colleague wrote meanwhile stands beside what was typed; the next press writes
        over it."""
        super().refuse(words)
        if self.one is None:
            return
        self.one.refresh_from_db()
        version = str(self.one.version)
        if self.data.get("seen") != version:
            self.now = [
                (self.fields[name].label, str(said) or "Nothing")
                for name, said in self.one.in_words().items()
                if self.cleaned_data.get(name) != getattr(self.one, name)
            ]
            self.data = self.data.copy()
            self.data["seen"] = version


class IdeaFilters(SpanFilters):
    """Which ideas: with these words, of a county, where the proposal stands, marked when."""

    q = PlainText(label="Words in the proposal or the reason", required=False)
    status = forms.ChoiceField(label="Status", required=False, choices=(ANY, *STATUSES))
    first = DayField(label="Marked from", required=False)
    last = DayField(label="Marked to", required=False)
    field_order = ("q", "county", "status", "first", "last")

    def clean_q(self) -> str:
        return few_words(self.cleaned_data["q"])


class IdeaForm(Once):
    """Why a proposal is an idea for CMIPS reporting; inside CDSS."""

    why = PlainText(
        label="Why",
        rows=3,
        longest=500,
        optional=True,
        help_text="A sentence. No county sees this.",
    )
