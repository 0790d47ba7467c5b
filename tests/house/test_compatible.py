"""Processes of the release before can go on while the database is already that of the next one."""

import pytest
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Lower

from tests.house.compatible import after, broken, database_at, read_by
from tests.house.test_migrations import AT_0_2_0

# Where version 0.3.0 stands, the release before the next: set anew at each release.
AT_0_3_0 = [
    ("portal", "0003_when_a_letter_notified_its_county"),
    ("proposals", "0005_drafts_of_a_county_have_their_order"),
    ("reviews", "0020_no_known_word_waits_to_be_indexed"),
]
# New constraints which the code of the release before keeps by itself, with the place in it that
# shows it: empty after each release.
HELD: frozenset[str] = frozenset()

Add, Alter = migrations.AddField, migrations.AlterField


@pytest.fixture(scope="module")
def read():
    return read_by(AT_0_3_0)


@pytest.fixture(scope="module")
def database():
    return database_at(AT_0_3_0)


def test_the_release_before_can_work_on_the_database_of_this_version(read):
    assert broken(read, database_at(), HELD) == []


def test_what_the_code_reads_is_what_its_own_steps_made(read, database):
    assert len(read.models) == len(database.models) > 40
    assert broken(read, database) == []


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (Add("review", "mood", models.TextField()), "mood is new and must be given"),
        (Add("review", "mood", models.TextField(default="")), "mood is new and must be given"),
        (
            Add("review", "of", models.ForeignKey("portal.County", models.PROTECT)),
            "of_id is new and must be given",
        ),
        (migrations.RemoveField("review", "news"), "reviews_review.news is gone"),
        (migrations.RenameField("review", "news", "fresh"), "reviews_review.news is gone"),
        (migrations.DeleteModel("savedview"), "reviews_savedview is gone"),
        (migrations.RenameModel("savedview", "keptview"), "reviews_savedview is gone"),
        (migrations.AlterModelTable("savedview", "views"), "reviews_savedview is gone"),
        (Alter("review", "due", models.DateField()), "due must not be empty any more"),
        (Alter("review", "due", models.TextField(null=True)), "was a DateField and is a TextF"),
        (Alter("review", "moved", models.CharField(max_length=19)), "moved is shorter"),
        (Alter("review", "moved", models.CharField(max_length=20, unique=True)), "be unique"),
        (Alter("review", "moved", models.TextField(db_column="did")), "moved is gone"),
        (
            migrations.AddConstraint(
                "review", models.CheckConstraint(condition=Q(version__lt=100), name="few")
            ),
            "a new rule, few",
        ),
        (
            migrations.AddConstraint(
                "review", models.UniqueConstraint(fields=["received_at"], name="each_moment_once")
            ),
            "a new rule, each_moment_once",
        ),
        (
            migrations.AddConstraint(
                "review", models.UniqueConstraint(Lower(F("flags")), name="each_flag_once")
            ),
            "a new rule, each_flag_once",
        ),
        (migrations.AlterUniqueTogether("review", {("flags", "due")}), "unique_together"),
        (
            migrations.SeparateDatabaseAndState(
                database_operations=[migrations.RemoveField("review", "news")]
            ),
            "reviews_review.news is gone",
        ),
    ],
)
def test_a_step_that_would_stop_the_release_before_is_found(step, said, read, database):
    assert said in "\n".join(broken(read, after(database, step)))


@pytest.mark.parametrize(
    "steps",
    [
        [Add("review", "mood", models.TextField(null=True))],
        [Add("review", "mood", models.TextField(default="", db_default=""))],
        [
            Add(
                "review",
                "far",
                models.GeneratedField(
                    expression=F("version"), output_field=models.IntegerField(), db_persist=True
                ),
            )
        ],
        [Alter("review", "moved", models.CharField(max_length=21))],
        [Alter("review", "moved", models.TextField())],
        [Alter("review", "received_at", models.DateTimeField(null=True))],
        # The code forgets a column; the database keeps it until nobody reads it.
        [
            migrations.SeparateDatabaseAndState(
                state_operations=[migrations.RemoveField("review", "news")]
            )
        ],
        # Of what is as new as itself a rule may say anything.
        [
            migrations.CreateModel("Mood", [("id", models.BigAutoField(primary_key=True))]),
            Add("mood", "word", models.TextField(default="")),
            migrations.AddConstraint(
                "mood", models.UniqueConstraint(fields=["word"], name="each_mood_once")
            ),
        ],
        [
            Add("review", "mood", models.TextField(null=True)),
            migrations.AddConstraint(
                "review", models.CheckConstraint(condition=~Q(mood=""), name="no_empty_mood")
            ),
        ],
        [migrations.RemoveConstraint("review", "status_is_one_of_the_table")],
        [migrations.AddIndex("review", models.Index(fields=["version"], name="by_version"))],
    ],
)
def test_a_step_that_the_release_before_does_not_notice_is_let_be(steps, read, database):
    assert broken(read, after(database, *steps)) == []


def test_a_rule_that_the_release_before_keeps_by_itself_may_become_the_databases(read, database):
    rule = models.CheckConstraint(condition=Q(version__gte=0), name="counted_up")
    step = migrations.AddConstraint("review", rule)
    assert broken(read, after(database, step), frozenset({"counted_up"})) == []


def test_what_kept_processes_of_0_2_0_from_writing_would_be_found_today(database):
    """They can't write to the tables of 0.3.0, as the README says."""
    found = "\n".join(broken(read_by(AT_0_2_0), database))
    for column in ("review.county_id", "review.is_drafted", "request.letter", "decision.frame"):
        assert f"reviews_{column} is new and must be given" in found
    assert "a_decision_is_drafted_only_in_review" in found
    assert "due_or_far" not in found and "notified_on is" not in found
