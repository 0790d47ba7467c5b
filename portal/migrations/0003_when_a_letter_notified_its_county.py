from django.db import migrations, models
from django.db.models import Min, OuterRef, Q, Subquery


def fill(apps, schema_editor):
    """What was accepted so far: the first mail to a program contact or sender that stayed."""
    recipients = apps.get_model("portal", "NoticeRecipient").objects
    reached = recipients.filter(
        Q(part__contains="program contact") | Q(part__contains="sender"),
        notice=OuterRef("pk"),
        accepted_at__isnull=False,
    ).exclude(state="bounced")
    first = reached.order_by().values("notice").annotate(first=Min("accepted_at")).values("first")
    apps.get_model("portal", "Notice").objects.update(notified_at=Subquery(first))


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0002_barrier_reports"),
    ]

    operations = [
        migrations.AddField(
            model_name="notice",
            name="notified_at",
            field=models.DateTimeField(
                help_text="What `portal.notices.notified_at` says, kept for lists and reports.",
                null=True,
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
