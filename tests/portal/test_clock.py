"""What time it is, and which day that is in California."""

from contextvars import copy_context
from datetime import UTC, date, datetime, timedelta
from threading import Thread

import pytest

from portal import clock
from portal.clock import pacific, pacific_date, travel


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.acl("ACL-6")
@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (utc(2026, 11, 26, 7, 59, 59), date(2026, 11, 25)),
        (utc(2026, 11, 26, 8, 0, 0), date(2026, 11, 26)),
        (utc(2026, 7, 2, 6, 59, 59), date(2026, 7, 1)),
        (utc(2026, 7, 2, 7, 0, 0), date(2026, 7, 2)),
    ],
    ids=["23:59 in winter", "0:00 in winter", "23:59 in summer", "0:00 in summer"],
)
def test_the_day_changes_at_midnight_in_california(instant, day):
    assert pacific_date(instant) == day


@pytest.mark.parametrize(
    ("instant", "shown"),
    [
        (utc(2026, 3, 8, 9, 59), "2026-03-08T01:59:00-08:00"),
        (utc(2026, 3, 8, 10, 0), "2026-03-08T03:00:00-07:00"),
        (utc(2026, 11, 1, 8, 59), "2026-11-01T01:59:00-07:00"),
        (utc(2026, 11, 1, 9, 0), "2026-11-01T01:00:00-08:00"),
    ],
    ids=["before it springs forward", "after", "before it falls back", "after"],
)
def test_both_changes_of_the_clock_are_known(instant, shown):
    assert pacific(instant).isoformat() == shown


@pytest.mark.parametrize(
    ("first", "last", "hours"),
    [
        (utc(2026, 3, 8, 8, 0), utc(2026, 3, 9, 6, 59, 59), 23),
        (utc(2026, 11, 1, 7, 0), utc(2026, 11, 2, 7, 59, 59), 25),
    ],
    ids=["a day of 23 hours", "a day of 25 hours"],
)
def test_the_days_of_the_changes_begin_and_end_at_midnight(first, last, hours):
    assert pacific_date(first) == pacific_date(last)
    assert pacific_date(first - timedelta(seconds=1)) < pacific_date(first)
    assert pacific_date(last + timedelta(seconds=1)) > pacific_date(last)
    assert last - first == timedelta(hours=hours, seconds=-1)


def test_an_instant_without_a_time_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        pacific_date(datetime(2026, 11, 26))
    with pytest.raises(ValueError, match="time zone"), travel(datetime(2026, 11, 26)):
        pass


def test_now_is_utc_and_today_is_the_date_in_california():
    with travel(utc(2026, 11, 26, 7, 59)):
        assert clock.now() == utc(2026, 11, 26, 7, 59)
        assert clock.now().tzinfo is UTC
        assert clock.today() == date(2026, 11, 25)


def test_without_travelling_time_passes():
    assert abs(datetime.now(UTC) - clock.now()) < timedelta(seconds=5)
    assert clock.now().tzinfo is UTC


def test_a_journey_ends_with_its_block_also_when_it_fails():
    with pytest.raises(KeyError), travel(utc(2020, 1, 1)):
        raise KeyError
    assert clock.now().year > 2020


def test_a_journey_within_a_journey_leads_back_to_the_first():
    with travel(utc(2020, 1, 1)):
        with travel(utc(2030, 1, 1)):
            assert clock.now().year == 2030
        assert clock.now().year == 2020


def test_people_served_beside_the_traveller_stay_where_they_are():
    seen = []
    with travel(utc(2020, 1, 1)):
        thread = Thread(target=lambda: seen.append(clock.now().year))
        thread.start()
        thread.join()
        copy_context().run(lambda: seen.append(clock.now().year))
    assert seen[0] > 2020
    assert seen[1] == 2020
