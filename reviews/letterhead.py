"""What stands around the words of a decision or a request: letterhead, date, reference, signatory.

The words are the reviewer's; the frame is the same on the page, in the mail and in the PDF.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.conf import settings

from portal.models import GoverningLetter, User
from portal.wording import plain_day

if TYPE_CHECKING:
    from reviews.models import Review

WHOEVER_RELEASES = "The approver who releases it"


@dataclass(frozen=True)
class Frame:
    """The lines of the letterhead, the day, the reference, and the lines of the signatory."""

    head: list[str]
    on: str
    reference: str
    signed: list[str]

    def as_kept(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_kept(cls, kept: dict[str, Any]) -> Frame:
        return cls(**kept)

    def around(self, letter: str) -> str:
        """The whole letter as plain text."""
        top = "\n".join([*self.head, self.on, self.reference])
        return "\n\n".join([top, letter.strip(), "\n".join(self.signed)])


def frame_of(
    review: Review, on: date, approver: User | None, letter: GoverningLetter | None = None
) -> Frame:
    """The frame as it stands today, with the approver who signs; without one, who that will be.

    `LETTERHEAD` puts lines of the department's own beneath its name, such as its address. `letter`
    is the governing letter, where it is at hand.
    """
    letter = letter or GoverningLetter.objects.current()
    office = [letter.division, letter.department]
    who = [approver.name, approver.title] if approver else [WHOEVER_RELEASES]
    return Frame(
        head=[letter.department, letter.division, *settings.LETTERHEAD],
        on=plain_day(on),
        reference=review.reference,
        signed=[line for line in (*who, *office) if line],
    )
