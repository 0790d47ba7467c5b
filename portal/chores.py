"""What the worker does aside, now and then, besides sending letters.

The hall, which knows none of the wings, does the chores that they have offered. Each does a little
and returns soon; what it leaves is done the next time.
"""

import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError

log = logging.getLogger(__name__)

CHORES: list[Callable[[], object]] = []


def do_all() -> None:
    """Do each chore once; one that fails keeps neither the others nor the letters waiting."""
    for chore in CHORES:
        try:
            chore()
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("A chore of the worker failed: %s", chore.__qualname__)
