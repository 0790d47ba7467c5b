"""Multiplies the benchmark's first proposals inside PostgreSQL, until there are a hundred thousand.

Copying row by row in Python is too slow for millions of rows. So a first few hundred proposals are
copied with all that belongs to them (`bench_data.py`), and the database copies those: each time
with keys, references and dates of their own. The journal alone is written here, because each entry
carries the hash of the one before it.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cache
from hashlib import sha256
from io import StringIO

from django.db import connection, models, transaction

from portal.models import County, JournalEntry, JournalHead, Notice
from reviews.models import Words
from reviews.search import stored

Table = type[models.Model]
Spans = dict[Table, range]
SPREAD = 8  # Over how many days the copies of one proposal lie.
FEW = 2000  # So many rows, or entries of the journal, are not worth a connection of their own.
# What a letter looked like in HTML is on no page that is measured, and would be most of the bytes.
LEFT_OUT: dict[Table, str] = {Notice: "html"}


def trust() -> None:
    """What is copied fits together already: here nothing is looked up for each row."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")


@transaction.atomic
def one_line(tables: Iterator[Table], write: Callable[[Table], int]) -> int:
    """Writes one table after the other, as long as there are any; returns how many rows."""
    trust()
    return sum(write(table) for table in tables)


def two_lines(tables: Iterable[Table], write: Callable[[Table], int]) -> int:
    """Writes all tables, two of them at a time; returns how many rows."""
    waiting = iter(list(tables))
    with ThreadPoolExecutor(1) as beside:
        other = beside.submit(apart, lambda: one_line(waiting, write))
        return one_line(waiting, write) + other.result()


def apart(do: Callable[[], int]) -> int:
    """Does it on a connection of its own."""
    try:
        return do()
    finally:
        connection.close()


class Multiplier:
    """Copies a first generation; `spans` says which keys of each table it has.

    `part` says which of them are copied once more than the others, `counties` in which of these
    the copies lie in turn.
    """

    def __init__(
        self, prefix: str, spans: Spans, part: Spans | None = None, counties: Sequence[str] = ()
    ) -> None:
        self.prefix, self.spans, self.part, self.counties = prefix, spans, part, counties
        self.times = 1

    def run(self, times: int) -> int:
        """Writes copies until each is there so many times; returns how many rows they are."""
        self.times = times
        tables = [model for model in self.spans if model is not JournalEntry]
        if times * len(self.spans[JournalEntry]) < FEW:
            return one_line(iter(tables), self.multiply) + self.chain()
        with ThreadPoolExecutor(1) as beside:
            # The database copies while the hashes are worked out here.
            chained = beside.submit(apart, self.chain)
            return two_lines(tables, self.multiply) + chained.result()

    def last_turn(self, model: type[models.Model]) -> range:
        """The keys of those that are copied once more."""
        return self.part[model] if self.part else range(0)

    def multiply(self, model: type[models.Model]) -> int:
        """The copies of one table, all at once."""
        span = self.spans[model]
        if not span:
            return 0
        names = ", ".join(quoted(field.column) for _, field in columns(model))
        values = ", ".join(self.value(model, field) for _, field in columns(model))
        table, key = quoted(model._meta.db_table), quoted(model._meta.pk.column)
        with connection.cursor() as cursor:
            # Only names of our own tables stand in the statement.
            statement = (
                f"INSERT INTO {table} ({names}) SELECT {values} "  # nosec B608
                f"FROM {table} AS one, generate_series(1, %s) AS turn "
                f"WHERE one.{key} BETWEEN %s AND %s AND (turn < %s OR one.{key} < %s)"
            )
            last = self.last_turn(model).stop
            cursor.execute(statement, [self.times, span.start, span.stop - 1, self.times, last])
            return cursor.rowcount

    def value(self, model: type[models.Model], field: models.Field) -> str:
        """What stands in a column of a copy, in SQL."""
        column = f"one.{quoted(field.column)}"
        span = self.spans[model]
        if field.primary_key:
            return f"{column} + turn * {len(span)}"
        if field.related_model is County and self.counties:
            names = ", ".join(f"'{number}'" for number in self.counties)
            return f"(ARRAY[{names}])[mod(turn, {len(self.counties)}) + 1]"
        if isinstance(field, models.ForeignKey):
            theirs = self.spans.get(field.related_model)
            if not theirs:
                return column
            return (
                f"CASE WHEN {column} BETWEEN {theirs.start} AND {theirs.stop - 1} "
                f"THEN {column} + turn * {len(theirs)} ELSE {column} END"
            )
        if isinstance(field, models.DateField):
            moved = f"{column} - make_interval(days => mod(turn, {SPREAD}))"
            return f"({moved})::{field.db_type(connection)}"
        if field.name == LEFT_OUT.get(model):
            return "''"
        if field.name == "stored":
            return f"{column} || '-' || turn"
        if isinstance(field, models.CharField | models.TextField):
            prefix = f"{stored([self.prefix])} " if model is Words else self.prefix
            # The first generation is numbered from a thousand on, the next from two thousand on.
            return f"replace({column}, '{prefix}1', '{prefix}' || turn + 1)"
        return column

    def chain(self) -> int:
        """The journal of the copies, each entry with its number and the hash before it."""
        span, last = self.spans[JournalEntry], self.last_turn(JournalEntry)
        first_to_last = (span.start, span.stop - 1)
        entries = JournalEntry.objects.filter(pk__range=first_to_last).order_by("pk")
        links = [Link(entry, self.prefix) for entry in entries]
        head = JournalHead.objects.get()
        text, rows = StringIO(), 0
        for turn in range(1, self.times + 1):
            for link in links if turn < self.times else links[: len(last)]:
                head.number += 1
                written, head.hash = link.copied(turn, span.stop + rows, head.number, head.hash)
                text.write(written)
                rows += 1
        with transaction.atomic():
            trust()
            copy_in(JournalEntry, text)
            head.save()
        return rows


class Link:
    """An entry of the journal, taken apart where its copies differ: in what is hashed, and in the
    line that COPY reads."""

    def __init__(self, entry: JournalEntry, prefix: str) -> None:
        self.prefix = prefix
        days = [entry.at - timedelta(days=days) for days in range(SPREAD)]
        entry.number, entry.previous_hash = 0, ""
        self.begins, rest = entry.canonical().split(f'"at":"{entry.hashed()["at"]}"', 1)
        # Inside a text both would stand with their quotes escaped.
        self.middle, self.ends = rest.rsplit('"number":0,"previous_hash":""', 1)
        self.days = []
        for entry.at in days:
            self.days.append((entry.hashed()["at"], str(entry.at)))
        names = [name for name, _ in columns(JournalEntry)]
        self.cells = line(entry)
        self.places = [names.index(one) for one in ("id", "number", "at", "previous_hash", "hash")]

    def copied(self, turn: int, key: int, number: int, previous: str) -> tuple[str, str]:
        """The line of one copy, and its hash."""
        first, fresh = f"{self.prefix}1", f"{self.prefix}{turn + 1}"
        hashed, at = self.days[turn % SPREAD]
        said = (
            f'{self.begins}"at":"{hashed}"{self.middle}'
            f'"number":{number},"previous_hash":"{previous}"{self.ends}'
        )
        own = sha256(said.replace(first, fresh).encode()).hexdigest()
        cells = [*self.cells]
        for place, cell in zip(self.places, (key, number, at, previous, own), strict=True):
            cells[place] = str(cell)
        return "\t".join(cells).replace(first, fresh) + "\n", own


def quoted(name: str | None) -> str:
    return connection.ops.quote_name(name or "")


@cache
def columns(table: Table) -> list[tuple[str, models.Field]]:
    """What is copied of a row, by the name of its attribute; the rest the database works out."""
    fields = table._meta.concrete_fields
    return [(field.attname, field) for field in fields if not field.generated]


ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def line(row: models.Model) -> list[str]:
    """The cells of a row as COPY reads them."""
    cells = []
    for name, field in columns(type(row)):
        value = row.__dict__[name]
        if value is None:
            cells.append(r"\N")
        elif isinstance(field, models.JSONField):
            cells.append(json.dumps(value).translate(ESCAPED))
        else:
            cells.append(value.translate(ESCAPED) if isinstance(value, str) else str(value))
    return cells


def copy_in(table: Table, text: StringIO) -> None:
    """Puts rows into a table, each a line of its cells."""
    text.seek(0)
    names = ", ".join(quoted(field.column) for _, field in columns(table))
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {quoted(table._meta.db_table)} ({names}) FROM STDIN", text)
