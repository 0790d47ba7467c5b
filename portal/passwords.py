"""The rule on passwords that Django lacks."""

from django.core.exceptions import ValidationError


class AtMost:
    """Refuses a password longer than the portal keeps, instead of cutting it off (TRUST)."""

    def __init__(self, length: int) -> None:
        self.length = length

    def validate(self, password: str, user: object = None) -> None:
        if len(password) > self.length:
            raise ValidationError(
                f"This password is too long. It must contain at most {self.length} characters.",
                code="password_too_long",
            )

    def get_help_text(self) -> str:
        return f"Your password must contain at most {self.length} characters."
