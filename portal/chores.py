"""What the worker does aside, now and then, besides sending letters.

The hall, which knows none of the wings, does the chores that they have offered. Each does a little
and returns soon; what it leaves is done the next time.
"""

import logging
from collections.abc import Callable

from portal.away import is_away

log = logging.getLogger(__name__)

CHORES: list[Callable[[], object]] = []


def do_all() -> None:
    """Do each chore once; one that fails keeps neither the others nor the letters waiting."""
    for chore in CHORES:
        try:
            chore()
        except Exception as problem:
            if is_away(problem):
                raise
            log.exception("A chore of the worker failed: %s", chore.__qualname__)
