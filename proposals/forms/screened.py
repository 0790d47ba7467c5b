"""Free text outside the editor: refused while it looks like case-level data, on CDSS's side too."""

from __future__ import annotations

from typing import Any, Protocol

from django import forms

from portal import journal
from portal.forms import EmailAddress, PlainText, PortalForm
from portal.models import User
from proposals import screening
from proposals.forms.words import take_out

BOX = "no_case_data"


class OnRecord(Protocol):
    """What the words are about: a proposal, or an entry of a list that CDSS keeps."""

    @property
    def subject(self) -> tuple[str, str]:
        """What the journal calls it."""


class Screened(PortalForm):
    """A form whose texts may hold no case-level data, unless their writer says that they have none.

    Every line and every text is screened, whoever writes it (Welf. & Inst. Code 10850). The box to
    say so stands in the form only when it is needed.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shapes: dict[str, screening.Shape] = {}

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        for name, field in self.fields.items():
            text = given.get(name) if isinstance(field, PlainText | EmailAddress) else None
            if found := screening.case_data(text or ""):
                self.shapes[name] = found[0]
        if self.shapes:
            self._ask_whether_none()
        if self.shapes and not self.data.get(self.add_prefix(BOX)):
            for name, shape in self.shapes.items():
                self.add_error(name, take_out(self.fields[name].label, shape))
        return given

    def _ask_whether_none(self) -> None:
        box = forms.BooleanField(
            label="This is not a Social Security or case number",
            help_text="We keep a record that you said so.",
            required=False,
        )
        box.optional = False
        self.fields[BOX] = box
        self.order_fields(self.field_order)

    def record_statement(self, about: OnRecord, *, by: User) -> None:
        """Put on record that the writer said so; part of the act's transaction."""
        if self.shapes:
            data = {"fields": sorted(self.shapes)}
            journal.record("say it is no case data", by=by, subject=about.subject, data=data)
