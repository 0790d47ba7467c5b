"""How the database would read a page: the plan that EXPLAIN tells, on either database."""

from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext

# Every other way to read and to order a few rows. What PostgreSQL thinks cheapest hangs on what it
# last counted, and it counts when it likes; without these it tells whether an index can serve.
OTHER_WAYS = ("seqscan", "bitmapscan", "hashjoin", "mergejoin", "sort", "incremental_sort")


def plan_of(read: Callable[[], object]) -> str:
    """The plan of the first query of `read`, as text, where an index is used if one can be."""
    is_postgresql = connection.vendor == "postgresql"
    with CaptureQueriesContext(connection) as captured:
        read()
    with connection.cursor() as cursor:
        if is_postgresql:
            for way in OTHER_WAYS:
                cursor.execute(f"SET LOCAL enable_{way} = off")
        words = "EXPLAIN" if is_postgresql else "EXPLAIN QUERY PLAN"
        cursor.execute(f"{words} {captured[0]['sql']}")
        return " ".join(str(row) for row in cursor.fetchall())


def is_ordered_by(index: str, plan: str) -> bool:
    """Whether rows come from this index in its order: none read whole, none sorted afterwards."""
    return index in plan and not any(way in plan for way in ("TEMP B-TREE", "Seq Scan", "Sort"))
