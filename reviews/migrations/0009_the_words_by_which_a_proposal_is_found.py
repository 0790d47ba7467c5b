import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F

import reviews.models.words
from reviews.search import SEARCHED, stored, text_of

MANY = 1000


def fill(apps, schema_editor):
    """The words of what was sent before there was a search."""
    Review = apps.get_model("reviews", "Review")
    Words = apps.get_model("reviews", "Words")
    KnownWord = apps.get_model("reviews", "KnownWord")
    answers = {name: F(f"proposal__{name}") for name in SEARCHED}
    sent = Review.objects.exclude(status="draft").order_by("pk")
    sent = sent.values("pk", "proposal__reference", "county__name", **answers)
    known = set()
    batch = []

    def write():
        Words.objects.bulk_create(batch)
        batch.clear()

    for one in sent.iterator(chunk_size=MANY):
        text = text_of(one["proposal__reference"], one["county__name"], one)
        known.update(word for word in text.split() if word.isalpha() and 4 <= len(word) <= 32)
        batch.append(Words(review_id=one["pk"], vendor=stored([one["vendor_name"]]), text=text))
        if len(batch) == MANY:
            write()
    write()
    KnownWord.objects.bulk_create(
        [KnownWord(word=word) for word in sorted(known)], batch_size=MANY, ignore_conflicts=True
    )
    if schema_editor.connection.vendor == "postgresql":
        # It indexes no table whose new keys wait to be checked at the end.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def without_pending_list(apps, schema_editor):
    """A search is as fast after a thousand receipts as before: none waits to be indexed."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER INDEX words_by_vector SET (fastupdate = off)")


def find_what_is_spelled_alike(apps, schema_editor):
    """PostgreSQL's own extension for groups of three letters; it stays when this is undone."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")


class Migration(migrations.Migration):
    dependencies = [("reviews", "0008_each_view_of_the_queue_has_its_index")]

    operations = [
        migrations.RunPython(find_what_is_spelled_alike, migrations.RunPython.noop),
        migrations.CreateModel(
            "KnownWord",
            [("word", models.CharField(max_length=32, primary_key=True, serialize=False))],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["word"],
                        name="known_words_by_letters",
                        opclasses=["gin_trgm_ops"],
                    )
                ]
            },
        ),
        migrations.CreateModel(
            "Words",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "review",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="words",
                        to="reviews.review",
                    ),
                ),
                ("vendor", models.TextField()),
                ("text", models.TextField()),
                (
                    "vector",
                    models.GeneratedField(
                        db_persist=True,
                        expression=reviews.models.words.Vector(F("vendor"), F("text")),
                        output_field=django.contrib.postgres.search.SearchVectorField(null=True),
                    ),
                ),
            ],
            options={"verbose_name_plural": "words"},
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            "words",
            django.contrib.postgres.indexes.GinIndex(fields=["vector"], name="words_by_vector"),
        ),
        migrations.RunPython(without_pending_list, migrations.RunPython.noop),
    ]
