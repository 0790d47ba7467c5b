from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("reviews", "0009_the_words_by_which_a_proposal_is_found")]

    operations = [
        migrations.AddIndex(
            "decision",
            models.Index(
                fields=["id", "review", "number"],
                condition=Q(released_at__isnull=False),
                name="released_decisions",
            ),
        ),
        migrations.AddIndex(
            "round",
            models.Index(
                fields=["review", "number"], condition=Q(number__gt=1), name="further_periods"
            ),
        ),
    ]
