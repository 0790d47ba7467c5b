from django.db import migrations, models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import TruncDate

from portal.clock import PACIFIC


def fill(apps, schema_editor):
    """The day in California of what was accepted so far."""
    notices = apps.get_model("portal", "Notice").objects.filter(pk=OuterRef("answer_notice"))
    day = notices.order_by().annotate(on=TruncDate("notified_at", tzinfo=PACIFIC)).values("on")
    rounds = apps.get_model("reviews", "Round").objects
    rounds.filter(answer_notice__isnull=False).update(notified_on=Subquery(day))


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0003_when_a_letter_notified_its_county"),
        ("reviews", "0002_a_colleague_is_asked_to_sign"),
    ]

    operations = [
        migrations.AddField(
            model_name="round",
            name="notified_on",
            field=models.DateField(null=True),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="round",
            index=models.Index(fields=["receipt_at", "id"], name="periods_by_receipt"),
        ),
        migrations.AddConstraint(
            model_name="round",
            constraint=models.CheckConstraint(
                condition=Q(notified_on__isnull=True) | Q(answer_notice__isnull=False),
                name="a_county_is_notified_by_an_answer",
            ),
        ),
    ]
