"""The hall's tables, by subject."""

from portal.models.barriers import BarrierReport
from portal.models.calendar import OfficeClosure
from portal.models.journal import JournalEntry, JournalHead
from portal.models.letter import GoverningLetter
from portal.models.notices import Attempt, Notice, NoticeRecipient, State, WorkerBeat
from portal.models.people import County, Membership, Role, User
from portal.models.tokens import FormToken

__all__ = [
    "Attempt",
    "BarrierReport",
    "County",
    "FormToken",
    "GoverningLetter",
    "JournalEntry",
    "JournalHead",
    "Membership",
    "Notice",
    "NoticeRecipient",
    "OfficeClosure",
    "Role",
    "State",
    "User",
    "WorkerBeat",
]
