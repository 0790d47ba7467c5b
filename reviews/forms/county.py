"""Forms by which a county signs: sending a proposal, answering a request, and what both need."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from portal import journal, tokens
from portal.forms import OneOf, PlainText, PortalForm
from portal.models import GoverningLetter, User
from proposals import screening
from proposals.forms import take_out
from proposals.models import Proposal
from proposals.models.signed import STATEMENT

AGREE, CANNOT = "agree", "cannot"


class Screened(PortalForm):
    """Free text that may hold no case-level data, unless its writer says that it is none.

    `screened` names the fields; the box to say so stands in the form only when it is needed.
    """

    screened: Iterable[str] = ()
    no_case_data = forms.BooleanField(
        label="This is not a Social Security or case number",
        help_text="We keep a record that you said so.",
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shapes: dict[str, screening.Shape] = {}
        if self.is_bound:
            for name in self.screened:
                text = str(self.data.get(self.add_prefix(name)) or "")
                if found := screening.case_data(text):
                    self.shapes[name] = found[0]
        if not self.shapes:
            del self.fields["no_case_data"]

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if self.shapes and not given.get("no_case_data"):
            for name, shape in self.shapes.items():
                self.add_error(name, take_out(self.fields[name].label, shape))
        return given

    def record_statement(self, proposal: Proposal, *, by: User) -> None:
        """Put on record that the writer said so; part of the act's transaction."""
        if self.shapes:
            data = {"fields": sorted(self.shapes)}
            journal.record("say it is no case data", by=by, subject=proposal.subject, data=data)


class Signature(forms.Form):
    """The typed name and title of an electronic signature (UETA, Civ. Code 1633)."""

    statement = STATEMENT
    name = PlainText(
        label="Your name",
        longest=120,
        error_messages={"required": "Enter your name, as you sign"},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    title = PlainText(
        label="Your title",
        longest=120,
        error_messages={"required": "Enter your title, like IHSS Program Manager"},
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )


class SendForm(Signature, Screened):
    """The six responsibilities, each agreed to or not and why, and the signature (ACL-10).

    Carries the fingerprint of the content that was on the page, and a one-time token.
    """

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    token = forms.CharField(widget=forms.HiddenInput, max_length=400)

    def __init__(
        self,
        *args: Any,
        user: User,
        proposal: Proposal,
        fingerprint: str,
        letter: GoverningLetter,
        typed: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self.texts = list(enumerate(letter.responsibilities, start=1))
        self.screened = [f"because_{number}" for number, _ in self.texts]
        self.base_fields = dict(type(self).base_fields)
        for number, text in self.texts:
            self._ask(number, text)
        start = {"name": user.name, "title": user.title, **(typed or {})}
        super().__init__(*args, initial=start, **kwargs)
        self.act = f"send {proposal.reference}"
        self.fields["seen"].initial = fingerprint
        self.fields["token"].initial = tokens.issue(user, self.act)

    def _ask(self, number: int, text: str) -> None:
        choose = f"Choose whether you agree to responsibility {number}"
        self.base_fields[f"agree_{number}"] = OneOf(
            label=text,
            choices=[(AGREE, "Agree"), (CANNOT, "Cannot agree, because …")],
            inline=True,
            error_messages={"required": choose},
        )
        self.base_fields[f"because_{number}"] = PlainText(
            label=f"Cannot agree to responsibility {number}, because …",
            rows=3,
            longest=2000,
            required=False,
        )

    def responsibilities(self) -> list[dict[str, Any]]:
        """The fields of each responsibility, for the page."""
        return [
            {
                "number": number,
                "agree": self[f"agree_{number}"],
                "because": self[f"because_{number}"],
            }
            for number, _ in self.texts
        ]

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        for number, _ in self.texts:
            if given.get(f"agree_{number}") == CANNOT and not given.get(f"because_{number}"):
                self.add_error(
                    f"because_{number}", f"Write why you cannot agree to responsibility {number}"
                )
        return given

    def agreements(self) -> list[dict[str, Any]]:
        """What is signed: each responsibility word for word, agreed or why not."""
        given = self.cleaned_data
        return [
            {
                "number": number,
                "text": text,
                "agrees": given[f"agree_{number}"] == AGREE,
                "because": given[f"because_{number}"] if given[f"agree_{number}"] == CANNOT else "",
            }
            for number, text in self.texts
        ]

    def typed(self) -> dict[str, str]:
        """What was typed, to be there again after signing in once more."""
        kept = [name for name in self.fields if name not in ("seen", "token")]
        return {name: self.data.get(name, "") for name in kept if self.data.get(name)}

    def renew(self, fingerprint: str, user: User) -> None:
        """After a refusal: what was typed stays, and the form may be sent again."""
        self.data = self.data.copy()
        self.data["seen"] = fingerprint
        self.data["token"] = tokens.issue(user, self.act)
