"""Whether a fault means that the database is away, and that it helps to wait for it."""

from django.db import DatabaseError, InterfaceError, OperationalError


def is_away(problem: BaseException | None) -> bool:
    """The connection broke off, or there is none.

    In the middle of an answer PostgreSQL's driver says so by the most general of its faults, which
    it has for nothing else; Django's own of that name have no cause.
    """
    if type(problem) is DatabaseError:
        return problem.__cause__ is not None
    return isinstance(problem, OperationalError | InterfaceError)
