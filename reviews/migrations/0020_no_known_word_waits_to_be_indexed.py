from django.db import migrations

INDEX = "known_words_by_letters"


def without_pending_list(apps, schema_editor):
    """A misspelt word is found as fast after a thousand receipts as before: the list of words that
    wait to be indexed is read whole at each search, and PostgreSQL empties it when it likes."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER INDEX {INDEX} SET (fastupdate = off)")
        schema_editor.execute(f"SELECT gin_clean_pending_list('{INDEX}')")


def with_pending_list(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER INDEX {INDEX} RESET (fastupdate)")


class Migration(migrations.Migration):
    dependencies = [("reviews", "0019_what_the_statewide_page_counts_has_more_indexes")]

    operations = [migrations.RunPython(without_pending_list, with_pending_list)]
