import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("reviews", "0011_conditions_that_wait_have_an_index")]

    operations = [
        # The queue's own indexes begin with these columns, so the usual ones are left out.
        migrations.AlterField(
            "review",
            "assignee",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="assigned",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            "review",
            "county",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="portal.county",
            ),
        ),
        migrations.AddConstraint(
            "review",
            models.CheckConstraint(
                condition=Q(county_by__isnull=True) | Q(status="documents_requested"),
                name="a_county_has_a_date_only_while_asked",
            ),
        ),
    ]
