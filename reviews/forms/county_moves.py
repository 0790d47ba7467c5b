"""Forms of the county's moves and recorded acts after sending."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import transaction

from portal import tokens
from portal.forms import EmailAddress, PlainText, Upload
from portal.models import User
from portal.numbers import whole_number
from proposals.files import ACCEPTED
from proposals.forms import Screened
from proposals.sections import CONTACTS, DOCUMENT_LABELS
from reviews.acting import ActForm, Once
from reviews.forms.county import Signature
from reviews.forms.questions import control_for
from reviews.models import Correspondent, Review
from reviews.moves import MoveRefused

CONTACT_PARTS = {"program": "program contact", "technical": "technical contact"}


class Recall(ActForm):
    """Nothing to fill in: the button is the act."""

    home = "proposal"


class Withdraw(ActForm):
    """Why the county withdraws, if it wants to say."""

    home = "proposal"
    why = PlainText(
        label="Why",
        rows=4,
        longest=2000,
        optional=True,
        help_text="CDSS reads it.",
    )


class Respond(Signature, Once):
    """The response: contacts still right or changed (ACL-2), and the signature."""

    home = "proposal"

    def __init__(self, *args: Any, review: Review, user: User, typed: dict | None = None) -> None:
        self.before = contacts_now(review)
        start = {"name": user.name, "title": user.title, **self.before, **(typed or {})}
        self.base_fields = {**contact_controls(), **type(self).base_fields}
        super().__init__(*args, review=review, user=user, act="respond", initial=start)
        self.has_typed = typed is not None

    def contacts(self) -> list[Any]:
        """The fields of the contacts, for the page."""
        return [self[answer.name] for answer in CONTACTS.answers]

    @property
    def contacts_wrong(self) -> bool:
        """Whether an error stands at a contact, so that its fields must be open."""
        return any(answer.name in self.errors for answer in CONTACTS.answers)

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        for answer in CONTACTS.answers:
            needed = answer.asked == "letter" and answer.when(given)
            if needed and not given.get(answer.name) and answer.name not in self.errors:
                self.add_error(answer.name, answer.missing)
        return given

    def changed_contacts(self) -> dict[str, Any]:
        """What of the contacts is not as it was signed last, by field name: changed now, or by
        whom letters have gone to since."""
        given, signed = self.cleaned_data, self.review.proposal.content()["answers"]
        return {
            answer.name: given[answer.name]
            for answer in CONTACTS.answers
            if given[answer.name] != signed[answer.name]
        }


def contact_controls() -> dict[str, forms.Field]:
    """The questions about both contacts, each named with whose it is."""
    controls = {}
    for answer in CONTACTS.answers:
        controls[answer.name] = field = control_for(answer)
        if answer.name != "same_person":
            field.label = f"{answer.group}: {answer.label[0].lower()}{answer.label[1:]}"
        # Whether the technical contact is needed depends on the tick before it: see clean.
        field.required = answer.asked == "letter" and answer.name.startswith("program_")
        field.optional = answer.asked == "optional" and answer.kind != "tick"
    return controls


def contacts_now(review: Review) -> dict[str, Any]:
    """The proposal's contacts, with names and addresses as letters go out to now (ACL-8)."""
    answers = review.proposal.content()["answers"]
    found = {answer.name: answers[answer.name] for answer in CONTACTS.answers}
    current = {one.part: one for one in review.correspondents.current()}
    for kind, part in CONTACT_PARTS.items():
        if part in current and not (kind == "technical" and found["same_person"]):
            found |= {f"{kind}_name": current[part].name, f"{kind}_email": current[part].email}
    return found


class WithDocument(Screened):
    """A text that a document may go with; the document then says who may see it."""

    file = Upload(label="Document", help_text=f"{ACCEPTED}, up to 25 MB.", optional=True)
    label = forms.ChoiceField(
        label="Who may see the document",
        choices=[("", "Choose a label"), *DOCUMENT_LABELS],
        required=False,
        widget=forms.Select(attrs={"class": "w-m"}),
    )
    optional = ("label",)

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        file, label = given.get("file"), given.get("label")
        if file and not label:
            self.add_error("label", "Choose a label: public, internal or confidential")
        if label and not file and "file" not in self.errors:
            self.add_error("file", "Choose the document, or choose no label")
        if file and self.errors:
            # A browser doesn't keep a chosen file when the page comes back.
            self.add_error("file", f"Choose “{file.name}” again: the page does not keep it")
        return given


class WriteMessage(WithDocument):
    """A message to CDSS, perhaps with a document."""

    text = PlainText(
        label="Your message",
        rows=6,
        longest=5000,
        error_messages={"required": "Write the message first"},
    )
    token = forms.CharField(widget=forms.HiddenInput, max_length=400)
    field_order = ("text", "no_case_data", "file", "label")

    def __init__(self, *args: Any, user: User, reference: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.act = f"message {reference}"
        self.fields["token"].initial = tokens.issue(user, self.act)


class WhoGetsLetters(Screened):
    """Names and email addresses of the program contact and the technical contact (ACL-8)."""

    program_name = PlainText(
        label="Program contact: name",
        longest=120,
        error_messages={"required": "Enter the name of the program contact"},
    )
    program_email = EmailAddress(
        label="Program contact: email address",
        error_messages={"required": "Enter the email address of the program contact"},
    )
    technical_name = PlainText(
        label="Technical contact: name",
        longest=120,
        error_messages={"required": "Enter the name of the technical contact"},
    )
    technical_email = EmailAddress(
        label="Technical contact: email address",
        error_messages={"required": "Enter the email address of the technical contact"},
    )

    # Whom the page showed, by their keys: who was named meanwhile is not overwritten unseen.
    seen = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)

    parts = tuple(CONTACT_PARTS.values())
    _status = 422
    # Where CDSS's page of it leads back to; the county's page has a template of its own.
    home = "review"

    def __init__(self, *args: Any, review: Review, **kwargs: Any) -> None:
        self.review = review
        self.current = {one.part: one for one in review.correspondents.current()}
        start = {"seen": self._now()}
        for kind, part in CONTACT_PARTS.items():
            if person := self.current.get(part):
                start |= {f"{kind}_name": person.name, f"{kind}_email": person.email}
        super().__init__(*args, initial=start, **kwargs)
        if CONTACT_PARTS["technical"] not in self.current:
            # A proposal that came by email may name none.
            for name in ("technical_name", "technical_email"):
                self.fields[name].required, self.fields[name].optional = False, True

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        lacks_email = not given.get("technical_email") and "technical_email" not in self.errors
        if given.get("technical_name") and lacks_email:
            self.add_error("technical_email", "Enter the email address of the technical contact")
        return given

    def _now(self) -> str:
        return " ".join(str(one.pk) for part, one in self.current.items() if part in self.parts)

    def _shown(self) -> dict[str, Correspondent]:
        """Whom the page showed, by part."""
        keys = [whole_number(key) or 0 for key in self.cleaned_data["seen"].split()]
        shown = self.review.correspondents.filter(pk__in=keys) if keys else self.current.values()
        return {one.part: one for one in shown}

    @property
    def status(self) -> int:
        """That of its page: shown, with a mistake, or too late."""
        return self._status if self.is_bound else 200

    def saved(self, *, by: User) -> bool:
        """Whether it could be saved; where somebody else was named meanwhile the form says so."""
        try:
            self._save(by)
        except MoveRefused as refusal:
            self._refuse(str(refusal))
            return False
        return True

    @transaction.atomic
    def _save(self, by: User) -> None:
        """Name those who were changed on the page; the rest stays as it is."""
        given, shown = self.cleaned_data, self._shown()
        for kind, part in CONTACT_PARTS.items():
            name, email, was = given[f"{kind}_name"], given[f"{kind}_email"], shown.get(part)
            if email and (was is None or (was.name, was.email) != (name, email)):
                people = Correspondent.objects
                people.replace(self.review, part, name=name, email=email, by=by, seen=was)
        self.record_statement(self.review.proposal, by=by)

    def _refuse(self, words: str) -> None:
        """Why nothing was saved; what was typed stays, the rest is as it is now."""
        shown, self._status = self._shown(), 409
        self.current = {one.part: one for one in self.review.correspondents.current()}
        self.data = self.data.copy()
        self.data["seen"] = self._now()
        for kind, part in CONTACT_PARTS.items():
            was, now = shown.get(part), self.current.get(part)
            for name in ("name", "email") if was and now else ():
                if self.data.get(f"{kind}_{name}") == getattr(was, name):
                    self.data[f"{kind}_{name}"] = getattr(now, name)
        self.add_error(None, words)


class ConfirmCondition(WithDocument):
    """How a condition of the approval was met; it knows which one the page showed."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    evidence = PlainText(
        label="How you met the condition",
        rows=5,
        longest=4000,
        error_messages={"required": "Write how the condition was met"},
    )
    field_order = ("evidence", "no_case_data", "file", "label")
