"""The forms of sign-in and passwords: allauth's, with the portal's labels and words."""

from typing import Any

from allauth.account import forms as allauth
from django import forms

from portal.forms import PortalWords

LABELS = {
    "login": "Email address",
    "email": "Email address",
    "password": "Password",
    "oldpassword": "Your present password",
    "password1": "Your new password",
    "password2": "Your new password again",
}
ASKED = {
    "login": "Enter your email address",
    "email": "Enter your email address",
    "password": "Enter your password",
}
HINTS = {"password1": "At least 15 characters, up to 128. A few words in a row are easy to keep."}


class PlainAccountForm(PortalWords):
    """Labels above the boxes instead of words inside them, and one hint for a new password."""

    labels = LABELS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.widget.attrs["class"] = "w-m"
            field.help_text = HINTS.get(name, "")
            if name in ASKED:
                field.error_messages["required"] = ASKED[name]


class SignIn(PlainAccountForm, allauth.LoginForm):
    """Sign-in by email and password. It carries what was typed when a session had ended."""

    kept = forms.CharField(required=False, widget=forms.HiddenInput)


class AskForReset(PlainAccountForm, allauth.ResetPasswordForm):
    """Asks for the mail that lets a person set a new password."""


class SetByReset(PlainAccountForm, allauth.ResetPasswordKeyForm):
    """The new password, after following the link in that mail."""


class ChangePassword(PlainAccountForm, allauth.ChangePasswordForm):
    """A new password, by someone who knows the present one."""


class SignInAgain(PlainAccountForm, allauth.ReauthenticateForm):
    """The password again, before an act that needs it."""
