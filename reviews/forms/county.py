"""Forms by which a county signs: sending a proposal, answering a request, and what both need."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django import forms

from portal import tokens
from portal.forms import OneOf, PlainText
from portal.models import GoverningLetter, User
from proposals.content import Content
from proposals.forms import Screened
from proposals.models import Proposal
from proposals.models.signed import STATEMENT
from reviews.models.receipts import signed_under

AGREE, CANNOT = "agree", "cannot"


class Signature(forms.Form):
    """The typed name and title of an electronic signature (UETA, Civ. Code 1633)."""

    statement = STATEMENT
    # Whether the page shows what was typed before signing in again.
    has_typed = False
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

    def typed(self) -> dict[str, str]:
        """What was typed, to be there again after signing in once more."""
        own = ("seen", "token")
        return {name: self.data.get(name, "") for name in self.fields if name not in own}


@lru_cache(maxsize=4)
def _asked(texts: tuple[str, ...]) -> dict[str, forms.Field]:
    """The fields of a letter's responsibilities: agreed to, or not and why."""
    fields: dict[str, forms.Field] = {}
    for number, text in enumerate(texts, start=1):
        fields[f"agree_{number}"] = OneOf(
            label=text,
            choices=[(AGREE, "Agree"), (CANNOT, "Cannot agree, because …")],
            inline=True,
            error_messages={"required": f"Choose whether you agree to responsibility {number}"},
        )
        fields[f"because_{number}"] = PlainText(
            label=f"Cannot agree to responsibility {number}, because …",
            rows=3,
            longest=2000,
            required=False,
        )
    return fields


class SendForm(Signature, Screened):
    """The six responsibilities, each agreed to or not and why, and the signature (ACL-10).

    Carries the fingerprint of what was on the page, and a one-time token.
    """

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    token = forms.CharField(widget=forms.HiddenInput, max_length=400)

    def __init__(
        self,
        *args: Any,
        user: User,
        proposal: Proposal,
        letter: GoverningLetter,
        typed: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self.letter = letter
        self.texts = list(enumerate(letter.responsibilities, start=1))
        # Those it is made from; each form has copies of its own.
        self.base_fields = type(self).base_fields | _asked(tuple(letter.responsibilities))
        start = {"name": user.name, "title": user.title, **(typed or {})}
        super().__init__(*args, initial=start, **kwargs)
        self.has_typed = typed is not None
        self.act = f"send {proposal.reference}"

    def shows(self, content: Content, user: User) -> None:
        """An empty form, on a page that shows what the proposal says now."""
        self.fields["seen"].initial = signed_under(content, self.letter)
        self.fields["token"].initial = tokens.issue(user, self.act)

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
            because = f"because_{number}"
            lacks_it = not given.get(because) and because not in self.errors
            if given.get(f"agree_{number}") == CANNOT and lacks_it:
                self.add_error(because, f"Write why you cannot agree to responsibility {number}")
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

    def renew(self, content: Content, user: User) -> None:
        """After a refusal: what was typed stays, and the form may be sent again."""
        self.data = self.data.copy()
        self.data["seen"] = signed_under(content, self.letter)
        self.data["token"] = tokens.issue(user, self.act)
