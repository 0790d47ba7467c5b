"""Queries that are composed once and asked as often as a page is opened.

Django takes longer to compose the queue's queries than the database to answer them. What is kept
here is how a question is put, never an answer: nothing that a page shows grows old by it. The key
under which one is kept must name everything that it was made of.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

MOST_KEPT, MOST_VALUES = 512, 100


class Composed:
    """A query for values, as the database takes it; `sql` is empty where nothing can be found."""

    def __init__(self, rows: QuerySet[Any, Any]) -> None:
        compiler = rows.query.get_compiler(connection=connection)
        try:
            self.sql, self.values = compiler.as_sql()
        except EmptyResultSet:
            self.sql, self.values = "", ()
            return
        read = compiler.get_converters(column for column, *_ in compiler.select)
        # The columns whose values Django reads otherwise than the database gives them.
        self.read = {place: column for place, (_, column) in read.items()}

    def ask(self) -> list[tuple[Any, ...]]:
        """The rows as they are now, their values as Django reads them."""
        if not self.sql:
            return []
        with connection.cursor() as cursor:
            cursor.execute(self.sql, self.values)
            rows = cursor.fetchall()
        return list(map(tuple, self._read(rows))) if self.read else rows

    def _read(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[list[Any]]:
        ways = [
            (place, connection.ops.get_db_converters(column), column.get_db_converters(connection))
            for place, column in self.read.items()
        ]
        for row in map(list, rows):
            for place, *converters in ways:
                for convert in chain(*converters):
                    row[place] = convert(row[place], self.read[place], connection)
            yield row


_kept: dict[Hashable, Composed] = {}


def composed(key: Hashable, compose: Callable[[], QuerySet[Any, Any]]) -> Composed:
    """The query kept under a key, composed if there is none; one of many values is not kept."""
    if found := _kept.get(key):
        return found
    found = Composed(compose())
    if len(found.values) <= MOST_VALUES:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[key] = found
    return found


def how_many(asked: Mapping[str, Composed]) -> dict[str, int]:
    """How many rows each of these gives, all in one query."""
    some = {name: one for name, one in asked.items() if one.sql}
    none = dict.fromkeys(asked, 0)
    if not some:
        return none
    counts = [f"(SELECT COUNT(*) FROM ({one.sql}) AS counted)" for one in some.values()]
    with connection.cursor() as cursor:
        values = chain.from_iterable(one.values for one in some.values())
        cursor.execute(f"SELECT {', '.join(counts)}", list(values))
        numbers = cursor.fetchone()
    return none | dict(zip(some, numbers, strict=True))
