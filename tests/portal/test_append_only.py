"""What is kept stays as it is: the triggers of the journal's table, on both databases."""

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction

from portal import append_only, journal
from portal.append_only import AppendOnlyError
from portal.models import JournalEntry

TABLE = JournalEntry._meta.db_table


@pytest.fixture
def entry(db):
    with transaction.atomic():
        return journal.record("looked", by=None, subject=("proposal", "CIP-2027-0042"))


def refused(sql):
    with pytest.raises(IntegrityError) as told, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    return str(told.value)


def test_the_database_refuses_to_change_an_entry(entry):
    words = refused(f"UPDATE {TABLE} SET act = 'nothing'")
    assert f"Rows of {TABLE} are kept as they are: they cannot be changed or removed." in words


def test_the_database_refuses_to_remove_an_entry(entry):
    assert "cannot be changed or removed" in refused(f"DELETE FROM {TABLE}")


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_the_database_refuses_to_empty_the_table(entry):
    assert "cannot be changed or removed" in refused(f"TRUNCATE {TABLE} CASCADE")


def test_the_model_refuses_to_change_an_entry(entry):
    entry.act = "nothing"
    with pytest.raises(AppendOnlyError):
        entry.save()


def test_the_model_refuses_to_write_over_an_entry_by_its_key(entry):
    double = JournalEntry(pk=entry.pk, number=entry.number, at=entry.at, hash="0" * 64)
    with pytest.raises(IntegrityError), transaction.atomic():
        double.save()
    assert JournalEntry.objects.get().hash == entry.hash


def test_the_model_refuses_to_remove_an_entry(entry):
    with pytest.raises(AppendOnlyError):
        entry.delete()


@pytest.mark.parametrize(
    "use",
    [
        lambda entries: entries.update(act="nothing"),
        lambda entries: entries.delete(),
        lambda entries: entries.bulk_update(list(entries), ["act"]),
        lambda entries: entries.filter(number=1).update(act="nothing"),
    ],
)
def test_the_query_set_refuses_to_change_or_remove(entry, use):
    with pytest.raises(AppendOnlyError):
        use(JournalEntry.objects.all())


def test_protecting_twice_changes_nothing(entry):
    append_only.protect(connection, JournalEntry)
    append_only.protect(connection, JournalEntry)
    assert append_only.missing(connection, JournalEntry) == []


def test_a_table_that_is_not_there_is_passed_over(db):
    class Gone(models.Model):
        class Meta:
            app_label = "portal"
            db_table = "not_there"
            managed = False

        def __str__(self):
            return "gone"

    try:
        append_only.protect(connection, Gone)
    finally:
        del Gone._meta.apps.all_models["portal"]["gone"]
        Gone._meta.apps.clear_cache()


@pytest.mark.django_db(transaction=True)
def test_triggers_are_lifted_for_the_flush_alone():
    with transaction.atomic():
        journal.record("looked", by=None, subject=("proposal", "CIP-2027-0042"))
    with append_only.lifted(connection), connection.cursor() as cursor:
        assert append_only.missing(connection, JournalEntry)
        cursor.execute(f"DELETE FROM {TABLE}")
    assert append_only.missing(connection, JournalEntry) == []
    assert not JournalEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_triggers_come_back_after_a_migration_rebuilt_the_table():
    with transaction.atomic():
        journal.record("looked", by=None, subject=("proposal", "CIP-2027-0042"))
    old = JournalEntry._meta.get_field("act")
    new = models.CharField(max_length=90)
    new.set_attributes_from_name("act")
    new.model = JournalEntry
    try:
        with connection.schema_editor() as editor:
            editor.alter_field(JournalEntry, old, new)
        if connection.vendor == "sqlite":
            assert append_only.missing(connection, JournalEntry), "the rebuild dropped none"
        call_command("migrate", run_syncdb=True, verbosity=0)
        assert append_only.missing(connection, JournalEntry) == []
        assert "cannot be changed" in refused(f"UPDATE {TABLE} SET act = 'nothing'")
    finally:
        with connection.schema_editor() as editor:
            editor.alter_field(JournalEntry, new, old)
        append_only.protect(connection, JournalEntry)
    assert JournalEntry.objects.get().act == "looked"


@pytest.mark.django_db(transaction=True)
@pytest.mark.sqlite
def test_an_altered_trigger_is_missed_and_put_right():
    name = f"append_only_{TABLE}_update"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name}")
        cursor.execute(
            f"CREATE TRIGGER {name} BEFORE UPDATE ON {TABLE} "
            "WHEN NEW.number < 0 BEGIN SELECT 1; END"
        )
    assert append_only.missing(connection, JournalEntry) == [name]
    append_only.protect(connection, JournalEntry)
    assert append_only.missing(connection, JournalEntry) == []


DAMAGE = {
    "switched off": f"ALTER TABLE {TABLE} DISABLE TRIGGER append_only_{TABLE}_update",
    "dropped": f"DROP TRIGGER append_only_{TABLE}_update ON {TABLE}",
    "narrowed": f"""
        CREATE OR REPLACE TRIGGER append_only_{TABLE}_update BEFORE UPDATE ON {TABLE}
        FOR EACH ROW WHEN (NEW.number < 0) EXECUTE FUNCTION append_only_refuse()""",
    "hollowed": """
        CREATE OR REPLACE FUNCTION append_only_refuse() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RETURN NEW; END $$""",
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_trigger_is_missed_and_put_right(damage):
    with connection.cursor() as cursor:
        cursor.execute(DAMAGE[damage])
    assert f"append_only_{TABLE}_update" in append_only.missing(connection, JournalEntry)
    append_only.protect(connection, JournalEntry)
    assert append_only.missing(connection, JournalEntry) == []
