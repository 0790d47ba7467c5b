"""By when CDSS answers: the thirty-day rule."""

import ast
import csv
import inspect
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews import deadlines
from reviews.deadlines import ANSWER_DAYS, answer_by, day_number, days_left, resume_days

ROOT = Path(deadlines.__file__).parents[1]


def rows(path: str) -> list[dict[str, str]]:
    with (ROOT / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


CLOSED = {
    date.fromisoformat(row["date"]): row["name"] for row in rows("portal/data/office_closures.csv")
}
CASES = [
    tuple(date.fromisoformat(value) for value in row.values())
    for row in rows("tests/data/deadline_cases.csv")
]


@pytest.mark.acl("ACL-6")
@pytest.mark.parametrize(("received", "day_30", "due"), CASES, ids=lambda day: day.isoformat())
def test_the_cases_of_the_design_come_out_as_written(received, day_30, due):
    deadline = answer_by(received, CLOSED)
    assert (deadline.day_30, deadline.due) == (day_30, due)


def walk(received, closed, days):
    """The rule once more, a day at a time, as one counts on a wall calendar."""
    day, counted, aim = received, 0, None
    while True:
        day += timedelta(days=1)
        counted += 1
        works = day.weekday() < 5 and day not in closed
        if works and counted <= days:
            aim = day
        if counted == days:
            day_30 = day
        if works and counted >= days:
            return day_30, day, aim or day


some_days = st.dates(date(2000, 1, 1), date(2090, 12, 31))


@pytest.mark.acl("ACL-6")
@settings(max_examples=10_000)
@given(received=some_days, more=st.frozensets(st.integers(-40, 60), max_size=12))
def test_it_equals_a_walk_day_by_day(received, more):
    closed = CLOSED | {received + timedelta(days=n): "Declared" for n in more}
    deadline = answer_by(received, closed)
    assert (deadline.day_30, deadline.due, deadline.aim) == walk(received, closed, ANSWER_DAYS)


@settings(max_examples=500)
@given(received=some_days, days=st.integers(1, 90))
def test_a_period_of_another_length_follows_the_same_rule(received, days):
    deadline = answer_by(received, CLOSED, days)
    assert (deadline.day_30, deadline.due, deadline.aim) == walk(received, CLOSED, days)
    assert received < deadline.day_30 <= deadline.due
    assert received < deadline.aim <= deadline.due


class TestReasons:
    def test_a_date_that_stays_is_explained_in_three_sentences(self):
        assert answer_by(date(2026, 11, 21), CLOSED).reasons == [
            "Day 1 is Sunday, November 22, 2026.",
            "Day 30 is Monday, December 21, 2026.",
            "CDSS answers by Monday, December 21, 2026.",
        ]

    def test_each_skipped_day_is_named_with_its_reason(self):
        assert answer_by(date(2026, 11, 25), CLOSED).reasons == [
            "Day 1 is Thursday, November 26, 2026.",
            "Day 30 is Friday, December 25, 2026.",
            "Friday, December 25, 2026, is skipped: Christmas Day.",
            "Saturday, December 26, 2026, is skipped: a weekend day.",
            "Sunday, December 27, 2026, is skipped: a weekend day.",
            "CDSS answers by Monday, December 28, 2026, the next working day.",
        ]

    def test_a_date_beyond_the_calendar_says_so(self):
        reasons = answer_by(date(2031, 12, 20), CLOSED).reasons
        assert reasons[-1].startswith("The calendar of state office closures doesn't reach 2032")
        assert not any("reach" in reason for reason in answer_by(date(2031, 1, 2), CLOSED).reasons)

    def test_without_a_calendar_every_year_is_beyond_it(self):
        assert "doesn't reach 2026" in answer_by(date(2026, 3, 2), {}).reasons[-1]

    def test_another_length_is_named(self):
        reasons = answer_by(date(2026, 11, 23), CLOSED, days=2).reasons
        assert reasons[1] == "Day 2 is Wednesday, November 25, 2026."


class TestAim:
    @pytest.mark.parametrize(
        ("received", "aim"),
        [
            (date(2026, 11, 21), date(2026, 12, 21)),
            (date(2026, 11, 25), date(2026, 12, 24)),
            (date(2027, 1, 15), date(2027, 2, 12)),
        ],
    )
    def test_it_is_the_last_working_day_on_or_before_day_30(self, received, aim):
        assert answer_by(received, CLOSED).aim == aim

    def test_where_no_working_day_is_left_it_is_the_due_date(self):
        friday = date(2026, 12, 4)
        deadline = answer_by(friday, CLOSED, days=1)
        assert deadline.aim == deadline.due == date(2026, 12, 7)


class TestCounting:
    def test_the_day_of_receipt_is_day_0(self):
        assert day_number(date(2026, 11, 25), date(2026, 11, 25)) == 0
        assert day_number(date(2026, 11, 25), date(2026, 12, 25)) == ANSWER_DAYS

    def test_overdue_begins_the_day_after_the_due_date(self):
        due = date(2026, 12, 28)
        assert days_left(due, date(2026, 12, 23)) == 5
        assert days_left(due, due) == 0
        assert days_left(due, date(2026, 12, 29)) == -1

    @pytest.mark.parametrize(
        ("requested", "left"),
        [
            (date(2026, 12, 1), 24),
            (date(2026, 12, 24), 1),
            (date(2026, 12, 25), 1),
            (date(2026, 12, 28), 1),
        ],
    )
    def test_a_resumed_period_has_the_days_that_were_left_at_least_one(self, requested, left):
        assert resume_days(date(2026, 12, 25), requested) == left


def test_a_period_without_days_is_refused():
    with pytest.raises(ValueError, match="at least one day"):
        answer_by(date(2026, 11, 25), CLOSED, days=0)


def test_a_deadline_cannot_be_changed_afterwards():
    with pytest.raises(AttributeError):
        answer_by(date(2026, 11, 25), CLOSED).due = date(2027, 1, 1)


def test_it_stands_on_the_standard_library_alone():
    tree = ast.parse(inspect.getsource(deadlines))
    names = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    } | {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names
