"""The hall's tables, by subject."""

from portal.models.calendar import OfficeClosure
from portal.models.letter import GoverningLetter
from portal.models.people import County, Membership, Role, User

__all__ = ["County", "GoverningLetter", "Membership", "OfficeClosure", "Role", "User"]
