"""The administrator's pages of the hall, by subject."""

from portal.admin import letter, people, record, state

__all__ = ["letter", "people", "record", "state"]
