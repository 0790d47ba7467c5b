"""The forms of a draft's documents: several added at once, one described, one replaced."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from portal.forms import OneOf, PlainText, PortalForm, Upload
from portal.models import User
from portal.wording import size
from proposals import files, screening
from proposals.forms.words import take_out
from proposals.models import Document, DocumentRefused, Proposal
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
TAKEN = f"{files.ACCEPTED}, up to 25 MB each. No passwords, no macros, no case data."


class Files(forms.FileInput):
    """A control that takes several files in one go."""

    allow_multiple_selected = True


class Uploads(forms.FileField):
    """One file or several; whether each is taken is said file by file, when it is kept."""

    widget = Files

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        found = [file for file in data or [] if file]
        if not found and self.required:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return found

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Lets the page say that a file is too large before it travels."""
        return super().widget_attrs(widget) | {"data-most": settings.UPLOAD_MAX}


class DocumentForm(PortalForm):
    """What a document is, and who may read it."""

    kind = forms.ChoiceField(
        label="What kind of document is it?",
        choices=KIND_CHOICES,
        widget=forms.Select(attrs={"class": "w-m"}),
        error_messages={"required": "Choose what kind of document it is"},
    )
    label = OneOf(
        label="Who may read it?",
        choices=DOCUMENT_LABELS,
        hints=LABEL_HINTS,
        error_messages={"required": "Choose who may read it"},
    )
    title = PlainText(
        label="Title", help_text="Without one, the file's name is shown.", optional=True
    )

    def clean_title(self) -> str:
        title = self.cleaned_data["title"]
        if shapes := screening.case_data(title):
            raise forms.ValidationError(take_out("Title", shapes[0]))
        return title


class AddDocuments(DocumentForm):
    """Files for a draft, with what holds for all of them: each can be told otherwise afterwards."""

    file = Uploads(
        label="Files", help_text=TAKEN, error_messages={"required": "Choose one file or several"}
    )
    title = PlainText(
        label="Title", help_text="For a single file. Without one, its name is shown.", optional=True
    )
    field_order = ("file", "kind", "label", "title")
    kinds_shown = DOCUMENT_KINDS[:DOCUMENT_KINDS_SHOWN]
    kinds_more = DOCUMENT_KINDS[DOCUMENT_KINDS_SHOWN:]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.refused: list[DocumentRefused] = []
        self.unused_title = ""
        # Whether the page keeps the file for another try: it does where its script sends it.
        self.stays_chosen = False

    @property
    def room(self) -> str:
        """How much one page takes when the browser sends all files together."""
        most = settings.DATA_UPLOAD_MAX_NUMBER_FILES
        # What stands around the files in the request has room too.
        together = size(settings.REQUEST_MAX - 1024 * 1024)
        return f"Choose up to {most} files in one go, with {together} together at most."

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        if self.cleaned_data.get("file") and self.errors and not self.stays_chosen:
            # A browser doesn't keep a chosen file when the page comes back.
            self.add_error("file", "Choose the file again")
        return found

    def add_to(self, proposal: Proposal, *, by: User) -> list[Document]:
        """Add each file. One that isn't taken gets an error with its name; the others are added.

        Raises EditRefused once the proposal is sent.
        """
        given, added = dict(self.cleaned_data), []
        if len(given["file"]) > 1:
            self.unused_title, given["title"] = given["title"], ""
        for upload in given.pop("file"):
            try:
                added.append(Document.objects.add(proposal, upload, by=by, **given))
            except DocumentRefused as refusal:
                self.refused.append(refusal)
                name = files.spoken_name(upload.name or "")
                self.add_error("file", f"“{name}” was not added. {refusal}")
        return added


class DescribeDocument(DocumentForm):
    """The kind, readers and title of a document that stands in the list."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=16)


class NewerFile(PortalForm):
    """The file that takes the place of an older one."""

    file = Upload(
        label="Newer file",
        help_text=TAKEN.replace(" each", ""),
        error_messages={"required": "Choose the newer file"},
    )
