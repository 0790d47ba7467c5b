"""The form that adds a document to a draft."""

from __future__ import annotations

from typing import Any

from django import forms

from portal.forms import OneOf, PlainText, PortalForm, Upload
from proposals import files, screening
from proposals.forms.words import take_out
from proposals.sections import DOCUMENT_KINDS, DOCUMENT_KINDS_SHOWN, DOCUMENT_LABELS

KIND_CHOICES = [
    ("", "Choose one"),
    *DOCUMENT_KINDS[:DOCUMENT_KINDS_SHOWN],
    ("More", list(DOCUMENT_KINDS[DOCUMENT_KINDS_SHOWN:])),
]
LABEL_HINTS = {
    "public": "Anyone who asks may get it.",
    "internal": "For the county and CDSS.",
    "confidential": "Tells how a system is protected, so it is not given out.",
}


class DocumentForm(PortalForm):
    """One file with its kind and who may read it. Empty, it asks for nothing."""

    file = Upload(
        label="File",
        required=False,
        help_text=f"{files.ACCEPTED}, up to 25 MB. No passwords, no macros, no case data.",
    )
    kind = forms.ChoiceField(
        label="What kind of document is it?",
        choices=KIND_CHOICES,
        required=False,
        widget=forms.Select(attrs={"class": "w-m"}),
    )
    label = OneOf(
        label="Who may read it?", choices=DOCUMENT_LABELS, hints=LABEL_HINTS, required=False
    )
    title = PlainText(
        label="Title", help_text="Without one, the file's name is shown.", optional=True
    )

    def __init__(self, *args: Any, wanted: bool = False, **kwargs: Any) -> None:
        """`wanted` when the person pressed the button that adds the document."""
        self.wanted = wanted
        super().__init__(*args, **kwargs)

    def clean_title(self) -> str:
        title = self.cleaned_data["title"]
        if shapes := screening.case_data(title):
            raise forms.ValidationError(take_out("Title", shapes[0]))
        return title

    def clean(self) -> dict[str, Any]:
        """A file needs its kind and its readers; the button needs a file."""
        found = self.cleaned_data
        if self.wanted and not found.get("file") and "file" not in self.errors:
            self.add_error("file", "Choose a file")
        if self.has_file:
            if not found.get("kind") and "kind" not in self.errors:
                self.add_error("kind", "Choose what kind of document it is")
            if not found.get("label") and "label" not in self.errors:
                self.add_error("label", "Choose who may read it")
        if found.get("file") and self.errors:
            # A browser doesn't keep a chosen file when the page comes back.
            self.add_error("file", "Choose the file again")
        return found

    @property
    def has_file(self) -> bool:
        """A file came with the form, or should have."""
        return self.wanted or "file" in self.files
