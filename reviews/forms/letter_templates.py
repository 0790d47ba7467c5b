"""The form on which an approver changes the template of a decision letter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest

from portal.forms import PlainText
from portal.models import User
from proposals.forms import Screened
from reviews.letter_kinds import LONGEST_TEMPLATE, faults
from reviews.models import LetterTemplate


class TemplateForm(Screened):
    """The text, with the version that the page showed."""

    text = PlainText(
        label="Text of the template",
        rows=24,
        longest=LONGEST_TEMPLATE,
        help_text="An empty line begins a new paragraph. A paragraph whose list has nothing in it "
        "is left out of the letter.",
        error_messages={"required": "Write the text of the template"},
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind

    @classmethod
    def on(cls, request: HttpRequest, kind: str) -> TemplateForm:
        """As sent, or with the text in force."""
        if request.method == "POST":
            return cls(request.POST, kind=kind)
        now = LetterTemplate.objects.in_force(kind)
        return cls(kind=kind, initial={"text": now.text, "seen": now.version})

    def clean_text(self) -> str:
        text = self.cleaned_data["text"].strip()
        found = list(faults(self.kind, text))
        if found:
            raise forms.ValidationError(found)
        return text

    def given(self) -> dict[str, Any]:
        return {"text": self.cleaned_data["text"], "seen": self.cleaned_data["seen"]}

    def is_right(self) -> bool:
        return self.is_valid()

    def carry_out(self, do: Callable[[], LetterTemplate], *, by: User) -> None:
        """Write it; what its writer stated of the words goes on record with it, or neither."""
        with transaction.atomic():
            self.record_statement(do(), by=by)

    def was_done(self, by: User) -> bool:
        """Whether this very form was sent before and is the version in force: a second click."""
        if not {"text", "seen"} <= self.cleaned_data.keys():
            return False
        now = LetterTemplate.objects.in_force(self.kind)
        is_next = now.version == self.cleaned_data["seen"] + 1
        return is_next and now.written_by == by and now.text == self.cleaned_data["text"]

    def refuse(self, words: str) -> None:
        """Say why nothing was kept; the next press writes over what is in force now."""
        self.add_error(None, words)
        self.data = self.data.copy()
        self.data["seen"] = str(LetterTemplate.objects.in_force(self.kind).version)
