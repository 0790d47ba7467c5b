"""The administrator's pages of the hall, by subject."""

from portal.admin import barriers, closures, letter, people, record, state

__all__ = ["barriers", "closures", "letter", "people", "record", "state"]
