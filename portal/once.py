"""Rows that may exist once: the database itself says whether one is there already.

So nobody is asked first, and a row that is there is no error that would end the transaction.
"""

from functools import cache

from django.db import connection, models


def add_once(row: models.Model) -> bool:
    """Adds this row unless one with its unique key is there; says whether it was added.

    Of two at the same time the second waits for the first to commit.
    """
    values = [
        field.get_db_prep_save(getattr(row, field.attname), connection)
        for field in _given(type(row))
    ]
    with connection.cursor() as cursor:
        cursor.execute(_statement(type(row)), values)
        # PostgreSQL returns the new key, SQLite remembers it.
        returned = cursor.fetchone() if connection.vendor == "postgresql" else (cursor.lastrowid,)
        added = cursor.rowcount == 1
    if added:
        row.pk, row._state.adding, row._state.db = returned[0], False, connection.alias
    return added


def _given(model: type[models.Model]) -> list[models.Field]:
    """All columns but those that the database fills: the key, and what it works out."""
    fields = model._meta.concrete_fields
    return [field for field in fields if not field.primary_key and not field.generated]


@cache
def _statement(model: type[models.Model]) -> str:
    quoted = connection.ops.quote_name
    columns = ", ".join(quoted(field.column) for field in _given(model))
    places = ", ".join("%s" for _ in _given(model))
    table, key = quoted(model._meta.db_table), quoted(model._meta.pk.column)
    # Only names of our own tables stand in the statement.
    insert = f"INSERT INTO {table} ({columns}) VALUES ({places})"  # nosec B608
    returning = f" RETURNING {key}" if connection.vendor == "postgresql" else ""
    return f"{insert} ON CONFLICT DO NOTHING{returning}"
