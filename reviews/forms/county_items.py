"""Forms by which a county settles one item of a request, over days and by several people."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, QueryDict

from portal.forms import (
    PlainText,
    PortalForm,
    Upload,
)
from portal.models import User
from proposals import content as contents
from proposals.files import ACCEPTED
from proposals.forms import Screened
from proposals.models import Proposal
from proposals.sections import ANSWERS, DOCUMENT_LABELS, ROWS_LIMIT, Answer, row_answers
from reviews.forms.questions import control_for
from reviews.forms.rows import rows_of
from reviews.models import Item
from reviews.models.items import ROW_FIELDS


class GiveDocument(Screened):
    """A file for one item; the item says of what kind it is."""

    file = Upload(
        label="Document",
        help_text=f"{ACCEPTED}, up to 25 MB.",
        error_messages={"required": "Choose a file"},
    )
    label = forms.ChoiceField(
        label="Who may see it",
        choices=[("", "Choose a label"), *DOCUMENT_LABELS],
        help_text="Most security plans, risk assessments and test reports are confidential.",
        error_messages={"required": "Choose a label: public, internal or confidential"},
    )
    title = PlainText(
        label="Title",
        help_text="A few words. Without one, the file's name is shown.",
        longest=150,
        optional=True,
    )

    def __init__(self, *args: Any, item: Item, **kwargs: Any) -> None:
        super().__init__(*args, prefix=f"document-{item.number}", **kwargs)
        self.fields["label"].widget.attrs["class"] = "w-m"


class Settles(Screened):
    """Carries when the item was settled last, so that a colleague's answer isn't overwritten."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)

    @property
    def seen_before(self) -> str:
        return self.cleaned_data["seen"]

    def look_again(self, item: Item) -> None:
        """After a refusal: what was typed stays and may replace what is there now."""
        self.data = self.data.copy()
        self.data[self.add_prefix("seen")] = item.settled_token


class Because(Settles):
    """ "We don't have this, because …"."""

    because = PlainText(
        label="We don't have this, because …",
        rows=4,
        longest=2000,
        error_messages={"required": "Write why you don't have it"},
    )

    def __init__(self, *args: Any, item: Item, **kwargs: Any) -> None:
        start = {"because": item.because, "seen": item.settled_token}
        super().__init__(*args, prefix="because", initial=start, **kwargs)
        if item.kind == Item.ANSWER:
            self.fields["because"].label = "We keep the answer, because …"
            self.fields["because"].error_messages["required"] = "Write why you keep the answer"


class ChangedAnswer(Settles):
    """One answer of the proposal, with the control it has in the editor."""

    def __init__(self, data: QueryDict | None, *, item: Item, proposal: Proposal) -> None:
        answer = ANSWERS[item.field]
        value = item.value if item.is_changed_answer else proposal.content()["answers"][item.field]
        if answer.kind == "day" and value:
            value = date.fromisoformat(value)
        self.answer, self.proposal = answer, proposal
        self.base_fields = {item.field: control_for(answer), **type(self).base_fields}
        start = {item.field: value, "seen": item.settled_token}
        super().__init__(data, prefix="answer", initial=start)

    def value(self) -> Any:
        """The answer as the proposal keeps it in its content."""
        value = self.cleaned_data[self.answer.name]
        return value.isoformat() if isinstance(value, date) else value

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        name = self.answer.name
        if words := contents.problem_with(self.answer, given.get(name)):
            self.add_error(name, words)
        elif name in given and self.value() == self.proposal.content()["answers"][name]:
            self.add_error(name, "Change the answer, or write below why you keep it as it is")
        return given


def row_form(direction: str) -> type[PortalForm]:
    """The form of one row of data in or data out."""
    fields: dict[str, Any] = {
        answer.name: _row_control(answer) for answer in row_answers(direction)
    }
    return type(f"Row{direction.title()}", (Screened,), fields)


def _row_control(answer: Answer) -> forms.Field:
    if answer.kind != "choice":
        return control_for(answer)
    return forms.ChoiceField(
        label=answer.label,
        choices=[("", "Choose"), *answer.choices],
        error_messages={"required": answer.missing},
    )


class ChangedRows:
    """All rows of data in or data out, as an answer to an item."""

    def __init__(self, request: HttpRequest | None, *, item: Item, proposal: Proposal) -> None:
        direction = item.field.removeprefix("data_")
        self.title, self.seen = ROW_FIELDS[item.field], item.settled_token
        self.seen_before = request.POST.get("answer-seen", "") if request else ""
        self.names = [answer.name for answer in row_answers(direction)]
        self.now = proposal.content()[item.field]
        self.rows = rows_of(
            row_form(direction),
            direction,
            request,
            stored=item.value if item.is_changed_answer else self.now,
            each=self.title,
            most=ROWS_LIMIT,
        )

    @property
    def changed(self) -> bool:
        """Whether a row was just added or removed, and nothing is to be saved yet."""
        return self.rows.changed

    def is_valid(self) -> bool:
        """Whether they can be kept, as an answer that is another one than before."""
        if self.rows.is_valid() and self.value() == self.now:
            words = "Change a row, or write below why you keep them as they are"
            self.rows.non_form_errors().append(words)
        return self.rows.is_valid()

    def value(self) -> list[dict[str, str]]:
        """The rows as the proposal keeps them."""
        return [{name: row.cleaned_data[name] for name in self.names} for row in self.rows.given()]

    def look_again(self, item: Item) -> None:
        """After a refusal: what was typed stays and may replace what is there now."""
        self.seen = item.settled_token

    def record_statement(self, proposal: Proposal, *, by: User) -> None:
        """Put on record which rows their writer said to be no case data."""
        for form in self.rows:
            form.record_statement(proposal, by=by)
