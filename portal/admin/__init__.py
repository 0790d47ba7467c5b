"""The administrator's pages of the hall, by subject."""

from portal.admin import barriers, letter, people, record, state

__all__ = ["barriers", "letter", "people", "record", "state"]
