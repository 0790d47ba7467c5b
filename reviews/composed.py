"""Queries that are composed once and asked as often as a page is opened.

Django takes longer to compose the desk's queries than the database to answer them. What is kept
here is how a question is put, never an answer: nothing that a page shows grows old by it. The key
under which one is kept must name everything that it was made of.
"""

from __future__ import annotations

from collections.abc import (
    Callable,
    Container,
    Hashable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass
from itertools import chain
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet, FieldDoesNotExist
from django.db import connection
from django.db.models import Field, Model, QuerySet, Value

MOST_KEPT, MOST_VALUES = 512, 100
M = TypeVar("M", bound=Model)


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

    def ask(self, **given: Any) -> list[tuple[Any, ...]]:
        """The rows as they are now, their values as Django reads them.

        `given` fills what was left to each asking.
        """
        if not self.sql:
            return []
        with connection.cursor() as cursor:
            cursor.execute(self.sql, [_filled(value, given) for value in self.values])
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


class Given(Value):
    """A value of a composed query that each asking gives, under this name."""

    def __init__(self, name: str, field: type[Field]) -> None:
        super().__init__(None, output_field=field())
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return "%s", [self]


def _filled(value: Any, given: Mapping[str, Any]) -> Any:
    if isinstance(value, Given):
        return value.output_field.get_db_prep_value(given[value.name], connection)
    return value


@dataclass(frozen=True)
class _Part:
    """Of a composed row the columns that make one object, and whose relation that is."""

    path: str
    model: type[Model]
    names: list[str]
    columns: slice
    key: int

    def made_of(self, row: tuple[Any, ...]) -> Model | None:
        """The object; None where the row has none."""
        if row[self.key] is None:
            return None
        return self.model.from_db(connection.alias, self.names, row[self.columns])


class Whole(Generic[M]):
    """Whole objects, with those they belong to, by a query composed once.

    `related` names the relations that come along and their models; `besides` what the query was
    annotated with; `without` the fields, by their whole path, that stay where they are.
    """

    def __init__(
        self,
        rows: QuerySet[M],
        related: Mapping[str, type[Model]] | None = None,
        besides: Sequence[str] = (),
        without: Container[str] = (),
    ) -> None:
        self.parts, columns = [], []
        for path, model in {"": rows.model, **(related or {})}.items():
            before = f"{path}__" if path else ""
            fields = model._meta.concrete_fields
            names = [one.attname for one in fields if f"{before}{one.name}" not in without]
            start = len(columns)
            key = start + names.index(model._meta.pk.attname)
            columns += [f"{before}{name}" for name in names]
            self.parts.append(_Part(path, model, names, slice(start, len(columns)), key))
        self.besides = {name: len(columns) + place for place, name in enumerate(besides)}
        self.composed = Composed(rows.values_list(*columns, *besides))

    def ask(self, **given: Any) -> list[M]:
        """The objects as they are now; `given` fills what was left to each asking."""
        return [self._made(row) for row in self.composed.ask(**given)]

    def _made(self, row: tuple[Any, ...]) -> M:
        made: dict[str, Any] = {}
        for part in self.parts:
            made[part.path] = one = part.made_of(row)
            owner, _, name = part.path.rpartition("__")
            if part.path and made[owner] is not None:
                _belongs(made[owner], name, one)
        for name, place in self.besides.items():
            setattr(made[""], name, row[place])
        return made[""]


def _belongs(owner: Model, name: str, one: Model | None) -> None:
    """What a relation leads to, known without asking; both ways where there is only one."""
    try:
        relation = owner._meta.get_field(name)
    except FieldDoesNotExist:
        setattr(owner, name, one)  # A relation that the query made itself.
        return
    relation.set_cached_value(owner, one)
    if relation.one_to_one and one is not None:
        relation.remote_field.set_cached_value(one, owner)


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
    # Only statements that Django composed stand in this one; every value is given apart.
    counts = [
        f"(SELECT COUNT(*) FROM ({one.sql}) AS counted)"  # nosec B608
        for one in some.values()
    ]
    with connection.cursor() as cursor:
        values = chain.from_iterable(one.values for one in some.values())
        cursor.execute(f"SELECT {', '.join(counts)}", list(values))
        numbers = cursor.fetchone()
    return none | dict(zip(some, numbers, strict=True))
