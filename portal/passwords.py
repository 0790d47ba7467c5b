"""The rules on passwords, each with a sentence that says how to choose another one."""

from django.contrib.auth import password_validation as stock
from django.core.exceptions import ValidationError


class AtLeast(stock.MinimumLengthValidator):
    """Refuses a password that can be guessed by trying all of its length."""

    def get_error_message(self) -> str:
        return f"Choose a longer password: it needs at least {self.min_length} characters."


class NotCommon(stock.CommonPasswordValidator):
    """Refuses the passwords that attackers try first."""

    def get_error_message(self) -> str:
        return "Choose another password: this one is on lists that attackers try first."


class AtMost:
    """Refuses a password longer than the portal keeps, instead of cutting it off."""

    def __init__(self, length: int) -> None:
        self.length = length

    def validate(self, password: str, user: object = None) -> None:
        if len(password) > self.length:
            raise ValidationError(
                f"Choose a shorter password: it may have up to {self.length} characters.",
                code="password_too_long",
            )

    def get_help_text(self) -> str:
        return f"Your password must contain at most {self.length} characters."
