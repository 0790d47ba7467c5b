import datetime

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

OPEN = ["documents_requested", "in_review", "submitted"]
DECIDED = ["approved", "not_approved", "out_of_scope"]
SENT = ~Q(status="draft")
PLACE = ["due_or_far", "county_by_or_far", "id"]


def fill(apps, schema_editor):
    """The county of each review, and whether a decision waits for an approver."""
    Review = apps.get_model("reviews", "Review")
    Decision = apps.get_model("reviews", "Decision")
    Proposal = apps.get_model("proposals", "Proposal")
    county = Proposal.objects.filter(pk=OuterRef("proposal")).values("county")
    pending = Decision.objects.filter(
        review=OuterRef("pk"),
        released_at__isnull=True,
        sent_back_at__isnull=True,
        voided_at__isnull=True,
    )
    Review.objects.update(county=Subquery(county), is_drafted=Exists(pending))
    check_now(schema_editor)


def check_now(schema_editor):
    """PostgreSQL alters no table whose new keys wait to be checked at the end."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def or_far(name):
    far = Value(datetime.date(9999, 12, 31), output_field=models.DateField())
    return models.GeneratedField(
        expression=Coalesce(F(name), far), output_field=models.DateField(), db_persist=True
    )


def index(name, fields=PLACE, condition=None):
    return migrations.AddIndex("review", models.Index(fields=fields, name=name, condition=condition))


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0003_when_a_letter_notified_its_county"),
        ("proposals", "0004_texts_set_aside"),
        ("reviews", "0007_who_has_a_case_open"),
    ]

    operations = [
        migrations.RemoveIndex("review", "reviews_rev_status_c06326_idx"),
        migrations.RemoveIndex("review", "reviews_rev_assigne_f055bc_idx"),
        migrations.RemoveIndex("review", "reviews_rev_due_9356b7_idx"),
        migrations.AddField("review", "due_or_far", or_far("due")),
        migrations.AddField("review", "county_by_or_far", or_far("county_by")),
        migrations.AddField("review", "is_drafted", models.BooleanField(default=False)),
        migrations.AddField(
            "review",
            "county",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="portal.county",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField(
            "review",
            "county",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="portal.county"
            ),
        ),
        migrations.AddConstraint(
            "review",
            models.CheckConstraint(
                condition=Q(is_drafted=False) | Q(status="in_review"),
                name="a_decision_is_drafted_only_in_review",
            ),
        ),
        index("queue_all", condition=SENT),
        index("queue_of_a_reviewer", ["assignee", *PLACE], Q(status__in=OPEN)),
        index("queue_unassigned", condition=Q(assignee__isnull=True, status__in=OPEN)),
        index("queue_to_approve", condition=Q(status="in_review", is_drafted=True)),
        index("queue_decided", ["-moved_at", "-id"], Q(status__in=DECIDED)),
        index("queue_news", condition=Q(news=True) & SENT),
        index("queue_by_status", ["status", *PLACE]),
        index("queue_by_county", ["county", *PLACE], SENT),
        index("queue_by_assignee", ["assignee", *PLACE], SENT),
        index("queue_by_receipt", ["received_at"]),
    ]
