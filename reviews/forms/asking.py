"""Forms by which colleagues of a county ask each other for a signature, and answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from portal import tokens
from portal.forms import PlainText
from portal.models import User
from proposals.forms import Screened
from proposals.models import Proposal
from reviews.models import Asking


class OnceOfDraft(Screened):
    """An act on a draft that happens once, however often its form is sent."""

    token = forms.CharField(widget=forms.HiddenInput, max_length=400)

    def __init__(self, *args: Any, user: User, act: str, proposal: Proposal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.act = user, f"{act} {proposal.reference}"
        self.fields["token"].initial = tokens.issue(user, self.act)

    @property
    def was_done(self) -> bool:
        """Whether this very form was sent before and did its act: a second click."""
        token = self.data.get("token", "")
        return tokens.result_of(token, user=self.user, act=self.act) is not None

    def refuse(self, words: str) -> None:
        """Show why nothing was done, with what was typed; the form may be sent again."""
        self.add_error(None, words)
        self.data = self.data.copy()
        self.data["token"] = tokens.issue(self.user, self.act)


class AskToSign(OnceOfDraft):
    """Who of the county's signers is asked, with a note for them."""

    signer = forms.ChoiceField(
        label="Who should sign",
        error_messages={
            "required": "Choose who should sign",
            "invalid_choice": "Choose one of the names in the list",
        },
        widget=forms.Select(attrs={"class": "w-m"}),
    )
    note = PlainText(
        label="A note for them",
        rows=4,
        longest=2000,
        optional=True,
        help_text="They read it in an email and on their page. CDSS never sees it.",
    )
    # The asking that stood when the page was shown, so that of several who ask one wins.
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(
        self, *args: Any, signers: Iterable[User], standing: Asking | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, act="ask to sign", **kwargs)
        self.signers = {str(one.pk): one for one in signers}
        names = [(key, one.name) for key, one in self.signers.items()]
        self.fields["signer"].choices = (
            names if len(names) == 1 else [("", "Choose a name"), *names]
        )
        self.fields["seen"].initial = standing.pk if standing else 0

    def chosen(self) -> User:
        """The colleague who is asked."""
        return self.signers[self.cleaned_data["signer"]]

    def look_again(self, standing: Asking | None) -> None:
        """After a refusal: the page shows what stands now, and may ask on top of that."""
        self.data["seen"] = str(standing.pk if standing else 0)


class ReturnIt(OnceOfDraft):
    """What the signer wants changed before they sign."""

    comment = PlainText(
        label="What should be changed",
        rows=6,
        longest=4000,
        error_messages={"required": "Write what should be changed"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, act="return to preparer", **kwargs)
