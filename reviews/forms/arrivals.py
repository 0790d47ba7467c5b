"""Forms for what reaches CDSS by email or post: a proposal, a response, a withdrawal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from portal import clock
from portal.forms import (
    OneOf,
    PlainText,
    Upload,
)
from portal.models import County, User
from portal.wording import plain_day
from proposals import content as contents
from proposals import files
from proposals.forms import Screened
from proposals.known_contacts import Known
from proposals.models import Document, Proposal, kept_file
from proposals.models.parts import CONTACT_PARTS
from proposals.sections import ANSWERS, row_answers
from reviews.acting import Once
from reviews.forms.acts import OLDEST_DAYS, ReceiptTime
from reviews.forms.county_items import row_form
from reviews.forms.questions import control_for
from reviews.forms.rows import Rows, rows_of
from reviews.models import Item
from reviews.models.items import ROW_FIELDS

BY_EMAIL, BY_POST = Proposal.Arrived.EMAIL, Proposal.Arrived.POST
ORIGINAL = {"kind": Document.ORIGINAL, "label": "confidential", "title": "Original as received"}
FILE_AGAIN = "Choose the file again: it is not kept until the rest is right"


class Arrival(ReceiptTime):
    """When it reached CDSS, and the county's own email or letter."""

    original = Upload(
        label="The county's email or letter",
        help_text=f"{files.ACCEPTED}, up to 25 MB.",
        error_messages={"required": "Choose the file of the county's email or letter"},
    )

    def clean_original(self) -> UploadedFile:
        """Refuses a file that the portal does not take before anything is done with it."""
        file = self.cleaned_data["original"]
        try:
            files.check(file.name, file.size, file.file, settings.UPLOAD_MAX)
        except files.FileRefused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return file

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound and self.errors and self.cleaned_data.get("original"):
            self.add_error("original", FILE_AGAIN)

    @property
    def file(self) -> UploadedFile:
        return self.cleaned_data["original"]


def _copied(name: str, *, optional: bool = True) -> forms.Field:
    """A question of the proposal, to copy in from the county's own words."""
    return control_for(ANSWERS[name], optional=optional)


class LogForm(Arrival, Screened):
    """A concept proposal that came by email or post: what it says is copied in or asked for."""

    token = forms.CharField(widget=forms.HiddenInput, max_length=400)
    county = forms.ModelChoiceField(
        County.objects.all(),
        label="County",
        empty_label="Choose a county",
        error_messages={"required": "Choose a county"},
    )
    arrived_by = OneOf(
        label="How did it arrive?",
        choices=[(BY_EMAIL, "By email"), (BY_POST, "By post")],
        inline=True,
        error_messages={"required": "Choose how it arrived"},
    )
    tool_name = _copied("tool_name", optional=False)
    program_name = _copied("program_name")
    program_email = _copied("program_email")
    program_phone = _copied("program_phone")
    program_address = _copied("program_address")
    technical_name = _copied("technical_name")
    technical_email = _copied("technical_email")
    technical_phone = _copied("technical_phone")
    technical_address = _copied("technical_address")
    vendor_name = _copied("vendor_name")
    purpose = _copied("purpose")
    business_needs = _copied("business_needs")
    technical_component = _copied("technical_component")
    cmips_methods = _copied("cmips_methods")
    users = _copied("users")
    implementation_date = _copied("implementation_date")

    # As the page shows them: the list of errors follows it.
    field_order = ("token", "arrived_by", "county", "on", "at", "original", "tool_name")
    PROGRAM = ("program_name", "program_email", "program_phone", "program_address")
    TECHNICAL = ("technical_name", "technical_email", "technical_phone", "technical_address")
    COPIED = (
        "vendor_name",
        "purpose",
        "business_needs",
        "technical_component",
        "cmips_methods",
        "users",
        "implementation_date",
    )
    # The fields under their headings, as the page shows them: two of a line stand side by side.
    # How it arrived and from which county stand above them.
    LINES = {
        "": ("on at", "original", "tool_name"),
        "Program contact": ("program_name", "program_email program_phone", "program_address"),
        "Technical contact": (
            "technical_name",
            "technical_email technical_phone",
            "technical_address",
        ),
        "Copied from the proposal": COPIED,
    }
    FOLDED = ("Copied from the proposal",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in (*self.PROGRAM, *self.TECHNICAL):
            whose, _, _ = name.partition("_")
            label = self.fields[name].label
            self.fields[name].label = f"{whose.title()} contact: {label[0].lower()}{label[1:]}"

    def offer(self, known: dict[str, list[Known]]) -> None:
        """Let the reviewer choose from those whom the county named before, for each contact."""
        for kind, people in known.items():
            if people:
                choices = [("", "Choose one"), *((one.key, one.label) for one in people)]
                self.fields[f"known_{kind}"] = forms.CharField(
                    label=f"{kind.title()} contact: somebody the county named before",
                    required=False,
                    widget=forms.Select(choices=choices, attrs={"autocomplete": "off"}),
                )

    @classmethod
    def filled(
        cls, request: HttpRequest, known: dict[str, list[Known]], initial: dict[str, Any]
    ) -> LogForm:
        """The form as typed, with the contacts that were chosen, or where none was typed the
        county's latest. Nothing is checked yet, and a file has to be chosen again."""
        form = cls()
        form.offer(known)
        form.initial = {
            name: field.widget.value_from_datadict(request.POST, {}, name)
            for name, field in form.fields.items()
        } | initial
        for kind, people in known.items():
            chosen = form.initial.get(f"known_{kind}")
            person = next((one for one in people if one.key == chosen), None)
            mine = [f"{kind}_{part}" for part in CONTACT_PARTS if f"{kind}_{part}" in form.fields]
            if not person and people and not any(form.initial[name] for name in mine):
                person = people[0]
            if person:
                form.initial |= {name: person.parts[name.partition("_")[2]] for name in mine}
        form.fields["on"].widget.attrs["autofocus"] = True
        return form

    def groups(self) -> list[dict[str, Any]]:
        """The fields under their headings; what is only copied in may stay folded."""
        found = []
        for heading, lines in self.LINES.items():
            rows = [[self[name] for name in line.split()] for line in lines]
            whose = f"known_{heading.partition(' ')[0].lower()}"
            fields = [field for row in rows for field in row]
            found.append(
                {
                    "heading": heading,
                    "known": self[whose] if whose in self.fields else None,
                    "rows": rows,
                    "folds": heading in self.FOLDED,
                    "open": any(field.errors or field.value() for field in fields),
                }
            )
        return found

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given.get("on") and given["on"] < clock.today() - timedelta(days=OLDEST_DAYS):
            self.add_error("on", "Enter a day within the last year: look at the date again")
        lacks_email = not given.get("program_email") and "program_email" not in self.errors
        if given.get("arrived_by") == BY_EMAIL and lacks_email:
            self.add_error(
                "program_email", "Enter the email address that the acknowledgement goes to"
            )
        return given

    def answers(self) -> dict[str, Any]:
        """What was copied in, by the proposal's own names."""
        names = (*self.PROGRAM, *self.TECHNICAL, *self.COPIED)
        given = {name: self.cleaned_data[name] for name in names}
        if given["vendor_name"]:
            given["builder"] = "vendor"
        return given


class OnBehalf(Arrival, Once):
    """A move of the county by email or post, done for it with its own words attached."""

    earliest_words = ""

    def __init__(self, *args: Any, earliest: datetime | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.earliest = earliest

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        first = clock.pacific_date(self.earliest) if self.earliest else None
        if first and given.get("on", first) < first:
            self.add_error("on", f"Enter a day from {plain_day(first)} on, {self.earliest_words}")
        return given

    @contextmanager
    def on_disk(self) -> Iterator[None]:
        with kept_file(self.file) as self.kept:
            yield

    def record_original(self, *, by: User) -> Document:
        """The row of the file, in the transaction of the move."""
        self.review.hold()
        return Document.objects.record(self.review.proposal, self.kept, by=by, **ORIGINAL)

    def refuse(self, words: str) -> None:
        super().refuse(words)
        self.add_error("original", FILE_AGAIN)


class BehalfForm(OnBehalf):
    """The county's withdrawal by email or post."""

    earliest_words = "when the proposal was received"
    why = PlainText(label="Reason the county gave", rows=3, longest=2000, optional=True)
    field_order = ("seen", "on", "at", "original", "why")


class RowsOfItems:
    """The rows of data in or data out, for each item that asks the county to change them."""

    def __init__(self, request: HttpRequest, items: list[Item], proposal: Proposal) -> None:
        content = proposal.content()
        self.rows = {
            item.pk: rows_of(
                row_form(item.field.removeprefix("data_")),
                f"rows-{item.pk}",
                request,
                at_least=0,
                stored=content[item.field],
                each=f"Item {item.number}, row",
            )
            for item in items
            if item.field in ROW_FIELDS
        }
        # The items whose rows the county changed; what stands in the others isn't looked at.
        self.wanted: set[int] = set()

    @property
    def changed(self) -> bool:
        return any(rows.changed for rows in self.rows.values())

    @property
    def is_bound(self) -> bool:
        return bool(self.wanted)

    def is_valid(self) -> bool:
        return all(self.rows[pk].is_valid() for pk in self.wanted)

    def __iter__(self) -> Iterator[Screened]:
        return (row for pk in self.wanted for row in self.rows[pk])

    def __getitem__(self, item: Item) -> Rows | None:
        return self.rows.get(item.pk)


class ResponseForm(OnBehalf):
    """The county's response by email or post: how each open item is settled by it."""

    earliest_words = "when the request went out"
    field_order = ("seen", "on", "at", "original")
    IN_ORIGINAL, TYPED, NOT_HAD = "original", "typed", "not_had"
    beside: RowsOfItems

    def __init__(self, *args: Any, items: list[Item], **kwargs: Any) -> None:
        self.items = items
        self.base_fields = dict(type(self).base_fields)
        for item in items:
            self.base_fields |= self._questions(item)
        super().__init__(*args, **kwargs)

    def _questions(self, item: Item) -> dict[str, forms.Field]:
        """How an item is settled, and what the county gave or wrote instead."""
        given = (self.TYPED, "The county changed the answer, as entered below")
        instead = "keeps its answer"
        if item.kind == Item.DOCUMENT:
            given = (self.IN_ORIGINAL, "It is in the file attached above")
            instead = "doesn't have it"
        asked: dict[str, forms.Field] = {}
        asked[f"how-{item.pk}"] = OneOf(
            label=f"How does the county settle item {item.number}?",
            choices=[given, (self.NOT_HAD, f"It {instead}, and says why")],
            error_messages={"required": f"Choose how item {item.number} is settled"},
        )
        if item.kind == Item.ANSWER and item.field not in ROW_FIELDS:
            value = control_for(ANSWERS[item.field], optional=True)
            value.label = f"Item {item.number}: the changed answer"
            asked[f"value-{item.pk}"] = value
        asked[f"text-{item.pk}"] = PlainText(
            label=f"Item {item.number}: why the county {instead}",
            help_text="In the county's words.",
            rows=3,
            longest=4000,
            optional=True,
        )
        return asked

    def parts(self) -> list[dict[str, Any]]:
        """The questions of each item, for the page."""
        return [
            {
                "item": item,
                "how": self[f"how-{item.pk}"],
                "value": self[f"value-{item.pk}"] if f"value-{item.pk}" in self.fields else None,
                "rows": self.beside[item],
                "text": self[f"text-{item.pk}"],
            }
            for item in self.items
        ]

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        self.beside.wanted = {
            item.pk
            for item in self.items
            if item.field in ROW_FIELDS and given.get(f"how-{item.pk}") == self.TYPED
        }
        for item in self.items:
            how = given.get(f"how-{item.pk}")
            if how == self.TYPED:
                self._check_value(item)
            elif how == self.NOT_HAD and not given.get(f"text-{item.pk}", "").strip():
                self._complain(
                    f"text-{item.pk}", f"Copy the county's reason for item {item.number}"
                )
        return given

    def _check_value(self, item: Item) -> None:
        """A changed answer is there, and one that the editor would take."""
        if (rows := self.beside[item]) is not None:
            nothing = rows.is_valid() and not rows.given()
            if words := f"Add the rows of item {item.number}" if nothing else rows.fault:
                self._complain(f"how-{item.pk}", words)
            return
        name, value = f"value-{item.pk}", self._value(item)
        if value in (None, "", []):
            self._complain(name, f"Enter the county's new answer for item {item.number}")
        elif words := contents.problem_with(ANSWERS[item.field], value):
            self._complain(name, words)

    def _complain(self, name: str, words: str) -> None:
        """Once for a field: what is wrong already is not said to be missing."""
        if name not in self.errors:
            self.add_error(name, words)

    def _value(self, item: Item) -> Any:
        """The changed answer as the proposal keeps it in its content."""
        if (rows := self.beside[item]) is not None:
            names = [answer.name for answer in row_answers(item.field.removeprefix("data_"))]
            return [{name: row.cleaned_data[name] for name in names} for row in rows.given()]
        value = self.cleaned_data.get(f"value-{item.pk}")
        return value.isoformat() if isinstance(value, date) else value

    def settlement(self, item: Item) -> tuple[str, Any]:
        """How an item is settled, and with what: the changed answer, or the county's reason."""
        how = self.cleaned_data[f"how-{item.pk}"]
        return how, self._value(item) if how == self.TYPED else self.cleaned_data[f"text-{item.pk}"]
