"""What someone typed for a signature is kept while their password is asked for once more.

A signature asks for the password unless it was given within the last minutes (Civ. Code 1633).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from django.http import HttpRequest, HttpResponse

from portal.access import ask_again, signed_in_lately


class Signed(Protocol):
    """A form with a signature."""

    def typed(self) -> dict[str, str]: ...


@dataclass(frozen=True)
class Typed:
    """What was typed on one page with a signature; `act` names it, like "send CIP-2027-0042"."""

    request: HttpRequest
    act: str

    @property
    def _key(self) -> str:
        return f"typed to {self.act}"

    @property
    def kept(self) -> dict[str, Any] | None:
        """What was typed before signing in again; None where nothing was."""
        return self.request.session.get(self._key)

    @property
    def is_stale(self) -> bool:
        """Whether the password was given too long ago for a signature."""
        return not signed_in_lately(self.request)

    def ask_again(self, form: Signed) -> HttpResponse | None:
        """Keep what was typed and ask for the password; None when it was given just now."""
        if not self.is_stale:
            return None
        self.request.session[self._key] = form.typed()
        return ask_again(self.request)

    def forget(self) -> None:
        """It was sent."""
        self.request.session.pop(self._key, None)
