"""Multiplies the benchmark's first proposals inside PostgreSQL, until there are a hundred thousand.

Copying row by row in Python is too slow for millions of rows. So a first few hundred proposals are
copied with all that belongs to them (`bench_data.py`), and the database copies those: each time
with keys, references and dates of their own. The journal alone is written here, because each entry
carries the hash of the one before it.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from datetime import timedelta
from io import StringIO

from django.core.management.color import no_style
from django.db import connection, models, transaction

from portal.models import JournalEntry, JournalHead, Notice
from reviews.models import Words
from reviews.search import stored

SPREAD = 8  # Over how many days the copies of one proposal lie.
# What a letter looked like in HTML is on no page that is measured, and would be most of the bytes.
LEFT_OUT: dict[type[models.Model], str] = {Notice: "html"}


class Multiplier:
    """Copies a first generation so many times; `spans` says which keys of each table it has."""

    def __init__(self, prefix: str, spans: dict[type[models.Model], range], times: int) -> None:
        self.prefix, self.spans, self.times = prefix, spans, times

    def run(self) -> int:
        """Writes all copies; returns how many rows they are."""
        with ThreadPoolExecutor(1) as beside:
            # The database copies while the hashes are worked out here.
            chained = beside.submit(self.chained)
            rows = sum(self.multiply(model) for model in self.spans if model is not JournalEntry)
            rows += chained.result()
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), list(self.spans)):
                cursor.execute(statement)
        return rows

    @transaction.atomic
    def multiply(self, model: type[models.Model]) -> int:
        """The copies of one table, all at once."""
        span = self.spans[model]
        if not span:
            return 0
        fields = model._meta.concrete_fields
        columns = ", ".join(quoted(field.column) for field in fields if not field.generated)
        values = ", ".join(self.value(model, field) for field in fields if not field.generated)
        table, key = quoted(model._meta.db_table), quoted(model._meta.pk.column)
        with connection.cursor() as cursor:
            # What is copied fits together already, so nothing is looked up for each row.
            cursor.execute("SET LOCAL session_replication_role = replica")
            # Only names of our own tables stand in the statement.
            statement = (
                f"INSERT INTO {table} ({columns}) SELECT {values} "  # nosec B608
                f"FROM {table} AS one, generate_series(1, %s) AS turn "
                f"WHERE one.{key} BETWEEN %s AND %s"
            )
            cursor.execute(statement, [self.times, span.start, span.stop - 1])
            return cursor.rowcount

    def value(self, model: type[models.Model], field: models.Field) -> str:
        """What stands in a column of a copy, in SQL."""
        column = f"one.{quoted(field.column)}"
        span = self.spans[model]
        if field.primary_key:
            return f"{column} + turn * {len(span)}"
        if isinstance(field, models.ForeignKey):
            theirs = self.spans.get(field.related_model)
            if not theirs:
                return column
            return (
                f"CASE WHEN {column} BETWEEN {theirs.start} AND {theirs.stop - 1} "
                f"THEN {column} + turn * {len(theirs)} ELSE {column} END"
            )
        if isinstance(field, models.DateField):
            return f"({column} - make_interval(days => mod(turn, {SPREAD})))::{field.db_type(connection)}"
        if field.name == LEFT_OUT.get(model):
            return "''"
        if field.name == "stored":
            return f"{column} || '-' || turn"
        if isinstance(field, models.CharField | models.TextField):
            prefix = f"{stored([self.prefix])} " if model is Words else self.prefix
            # The first generation is numbered from a thousand on, the next from two thousand on.
            return f"replace({column}, '{prefix}1', '{prefix}' || turn + 1)"
        return column

    def chained(self) -> int:
        try:
            return self.chain()
        finally:
            connection.close()

    def chain(self) -> int:
        """The journal of the copies, each entry with its number and the hash before it."""
        entries = list(JournalEntry.objects.filter(pk__in=self.spans[JournalEntry]).order_by("pk"))
        head = JournalHead.objects.get()
        key = self.spans[JournalEntry].stop
        text, rows = StringIO(), 0
        for turn in range(1, self.times + 1):
            for entry in entries:
                new = self.entry(entry, turn)
                new.number, new.previous_hash = head.number + 1, head.hash
                new.hash = new.computed_hash()
                head.number, head.hash = new.number, new.hash
                new.pk = key + rows
                text.write(line(new))
                rows += 1
        text.seek(0)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            columns = ", ".join(
                quoted(field.column) for field in JournalEntry._meta.concrete_fields
            )
            table = quoted(JournalEntry._meta.db_table)
            cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", text)
            head.save()
        return rows

    def entry(self, entry: JournalEntry, turn: int) -> JournalEntry:
        new = copy(entry)
        first, fresh = f"{self.prefix}1", f"{self.prefix}{turn + 1}"
        new.subject = entry.subject.replace(first, fresh)
        new.data = json.loads(json.dumps(entry.data).replace(first, fresh))
        new.at = entry.at - timedelta(days=turn % SPREAD)
        return new


def quoted(name: str | None) -> str:
    return connection.ops.quote_name(name or "")


def line(entry: JournalEntry) -> str:
    """An entry as COPY reads it."""
    cells = []
    for field in entry._meta.concrete_fields:
        value = getattr(entry, field.attname)
        text = json.dumps(value) if isinstance(field, models.JSONField) else value
        cells.append(r"\N" if text is None else escaped(str(text)))
    return "\t".join(cells) + "\n"


def escaped(text: str) -> str:
    for plain, written in (("\\", r"\\"), ("\t", r"\t"), ("\n", r"\n"), ("\r", r"\r")):
        text = text.replace(plain, written)
    return text
