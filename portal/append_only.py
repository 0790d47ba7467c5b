"""Tables whose rows are written once and never changed: the journal, the signed copies.

Three guards, from the outside in: the model refuses to save a kept row or to delete one, the
query set refuses `update` and `delete`, and triggers in the database refuse what comes past
both. SQLite drops a table's triggers when a migration rebuilds the table, so each app puts its
own back after every `migrate` (see `portal/apps.py`).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

PREFIX = "append_only_"
FUNCTION = "append_only_refuse"


class AppendOnlyError(TypeError):
    """A row that is kept for good was to be changed or removed."""


class AppendOnlyQuerySet(models.QuerySet):
    """Reads and adds, nothing else."""

    def _refuse(self) -> AppendOnlyError:
        return AppendOnlyError(refusal(self.model._meta.db_table))

    def update(self, **kwargs):
        raise self._refuse()

    def bulk_update(self, objs, fields, batch_size=None):
        raise self._refuse()

    def delete(self):
        raise self._refuse()


class AppendOnlyModel(models.Model):
    """A row that can be added and read. `AppendOnlyError` on any other use."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        if not self._state.adding:
            raise AppendOnlyError(refusal(self._meta.db_table))
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise AppendOnlyError(refusal(self._meta.db_table))


def refusal(table: str) -> str:
    return f"Rows of {table} are kept as they are: they cannot be changed or removed."


def protect(connection: BaseDatabaseWrapper, *model_classes: type[models.Model]) -> None:
    """Puts the triggers on the tables of these models; what is there already stays.

    A table that does not exist (an app migrated back to nothing) is passed over.
    """
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        for model in model_classes:
            table = model._meta.db_table
            if table in tables and missing(connection, model):
                for statement in _statements(connection, table):
                    cursor.execute(statement)


def missing(connection: BaseDatabaseWrapper, model: type[models.Model]) -> list[str]:
    """The names of the triggers of this table that are absent, switched off or altered."""
    table = model._meta.db_table
    if connection.vendor == "sqlite":
        wanted = _sqlite_triggers(connection, table)
        found = dict(_sqlite_found(connection))
        return [name for name, sql in wanted.items() if found.get(name) != sql]
    found = dict(_postgres_found(connection, table))
    return [
        name
        for name, sql in _postgres_triggers(connection, table).items()
        if found.get(name) != sql.replace(" OR REPLACE", "").replace('"', "")
    ]


@contextmanager
def lifted(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Lifts all triggers of this module. For the tests' own flush of their database alone."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            found = _sqlite_found(connection)
            lift = [f"DROP TRIGGER {connection.ops.quote_name(name)}" for name, _ in found]
            put_back = [
                sql.replace("CREATE TRIGGER", "CREATE TRIGGER IF NOT EXISTS", 1) for _, sql in found
            ]
        else:
            tables = [connection.ops.quote_name(table) for table in _postgres_tables(connection)]
            # PostgreSQL alters no table on which checks of foreign keys are still to come.
            check = "SET CONSTRAINTS ALL IMMEDIATE"
            lift = [check, *(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in tables)]
            put_back = [check, *(f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in tables)]
        for statement in lift:
            cursor.execute(statement)
        try:
            yield
        finally:
            for statement in put_back:
                cursor.execute(statement)


def _statements(connection: BaseDatabaseWrapper, table: str) -> list[str]:
    if connection.vendor == "sqlite":
        triggers = _sqlite_triggers(connection, table)
        drop = [f"DROP TRIGGER IF EXISTS {connection.ops.quote_name(name)}" for name in triggers]
        return drop + list(triggers.values())
    triggers = _postgres_triggers(connection, table)
    quoted = connection.ops.quote_name(table)
    enable = [
        f"ALTER TABLE {quoted} ENABLE TRIGGER {connection.ops.quote_name(name)}"
        for name in triggers
    ]
    create_function = (
        f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql"
        f" AS $refuse${_postgres_body()}$refuse$"
    )
    return [create_function, *triggers.values(), *enable]


def _sqlite_triggers(connection: BaseDatabaseWrapper, table: str) -> dict[str, str]:
    quote = connection.ops.quote_name
    return {
        f"{PREFIX}{table}_{event}": (
            f"CREATE TRIGGER {quote(f'{PREFIX}{table}_{event}')} BEFORE {event.upper()}"
            f" ON {quote(table)} BEGIN SELECT RAISE(ABORT, '{refusal(table)}'); END"
        )
        for event in ("update", "delete")
    }


def _sqlite_found(connection: BaseDatabaseWrapper) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, sql FROM sqlite_master"
            " WHERE type = 'trigger' AND substr(name, 1, %s) = %s",
            [len(PREFIX), PREFIX],
        )
        return cursor.fetchall()


def _postgres_body() -> str:
    # An integrity error, as on SQLite, so that both databases answer alike.
    words = refusal("%").replace("'", "''")
    return (
        f" BEGIN RAISE EXCEPTION '{words}', TG_TABLE_NAME"
        " USING ERRCODE = 'integrity_constraint_violation'; END "
    )


def _postgres_triggers(connection: BaseDatabaseWrapper, table: str) -> dict[str, str]:
    quote = connection.ops.quote_name
    return {
        f"{PREFIX}{table}_{event}": (
            f"CREATE OR REPLACE TRIGGER {quote(f'{PREFIX}{table}_{event}')} BEFORE {event.upper()}"
            f" ON {quote(table)} FOR EACH {each} EXECUTE FUNCTION {FUNCTION}()"
        )
        for event, each in (("update", "ROW"), ("delete", "ROW"), ("truncate", "STATEMENT"))
    }


def _postgres_found(connection: BaseDatabaseWrapper, table: str) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.tgname, pg_get_triggerdef(t.oid, true) FROM pg_trigger t"
            " JOIN pg_proc p ON p.oid = t.tgfoid"
            " WHERE t.tgrelid = to_regclass(%s) AND t.tgenabled IN ('O', 'A')"
            " AND p.proname = %s AND p.prosrc = %s",
            [connection.ops.quote_name(table), FUNCTION, _postgres_body()],
        )
        return cursor.fetchall()


def _postgres_tables(connection: BaseDatabaseWrapper) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " JOIN pg_proc p ON p.oid = t.tgfoid"
            " WHERE p.proname = %s AND pg_table_is_visible(c.oid)",
            [FUNCTION],
        )
        return [name for (name,) in cursor.fetchall()]
