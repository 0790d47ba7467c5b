"""What the charts' titles claim: always what the figures bear, and nothing where they are few."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from reviews import headlines
from reviews.figures import (
    AGES,
    APPROVED,
    CONDITIONS,
    OUTCOMES,
    PROHIBITED,
    WAITING,
    Answers,
    CountyLine,
    Figures,
    Journey,
)
from reviews.tallies import Periods, Span, Standing

AUGUST, JANUARY = date(2026, 8, 1), date(2027, 1, 1)
SPAN = Span(AUGUST, date(2027, 1, 31), date(2027, 1, 27))


def answered(median: int, count: int = 10) -> Answers:
    return Answers(Counter({median: count}))


def told(in_time: int, settled: int) -> str:
    return headlines.in_time(Answers(Counter(), in_time, settled))


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (answered(24), answered(17), "Counties wait 17 days, down from 24"),
        (answered(17), answered(24), "Counties wait 24 days, up from 17"),
        (answered(17), answered(17), "Counties wait 17 days, as in August"),
        (answered(2), answered(1), "Counties wait 1 day, down from 2"),
        (answered(24, 4), answered(17), "Too few answers to tell how the wait moved"),
        (Answers(), answered(17, 1), "In January counties waited 17 days"),
        (Answers(), Answers(), "No answer was given in these months"),
    ],
)
def test_the_wait(first, last, words):
    assert headlines.wait({AUGUST: first, JANUARY: last}) == words


@pytest.mark.parametrize(
    ("in_time", "settled", "words"),
    [
        (0, 0, "No answer was due in these months"),
        (3, 4, "Too few answers to tell: 3 of 4 in time"),
        (126, 126, "Every county is told within 30 days"),
        (118, 126, "Nearly every county is told within 30 days"),
        (0, 9, "No county was told within 30 days"),
        (60, 80, "Three in four answers come within 30 days"),
        (16, 80, "One in five answers comes within 30 days"),
        (1, 80, "Fewer than one in ten answers come within 30 days"),
    ],
)
def test_what_is_in_time(in_time, settled, words):
    assert told(in_time, settled) == words


def test_every_is_never_said_while_one_is_late():
    assert not [whole for whole in range(5, 3000) if "Every" in told(whole - 1, whole)]


@pytest.mark.parametrize(
    ("approved", "conditions", "refused", "words"),
    [
        (61, 27, 24, "Nearly four in five outcomes are approvals"),
        (10, 2, 12, "Half of all outcomes are approvals"),
        (3, 0, 1, "Too few to tell: 3 of 4 approved"),
        (6, 0, 0, "All 6 are approvals"),
        (0, 0, 6, "None of 6 is an approval"),
        (0, 0, 0, "No proposal ended in these months"),
    ],
)
def test_outcomes(approved, conditions, refused, words):
    counts = {APPROVED: approved, CONDITIONS: conditions, OUTCOMES[2]: refused}
    assert headlines.decisions(dict.fromkeys(OUTCOMES, 0) | counts) == words


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({}, "Nothing is open"),
        ({AGES[0]: 3, WAITING: 2}, "Nothing open is past day 25"),
        ({AGES[3]: 1}, "One is past day 25"),
        ({AGES[3]: 12}, "12 are past day 25"),
        ({AGES[3]: 12, AGES[4]: 2}, "Two have waited for more than 30 days"),
    ],
)
def test_ageing(counts, words):
    ages = dict.fromkeys((*AGES, WAITING), 0) | counts
    assert headlines.ageing(ages) == words


def figures(*, received: list[int], methods: dict[str, int] | None = None, named: int = 0):
    """Counties of which each is smaller than the one before, with so many proposals."""
    lines = [
        CountyLine(
            f"{number:02}",
            f"County {number}",
            f"06{number:03}",
            1000 - number,
            replace(Standing.of(f"{number:02}"), received=count),
            Answers(),
        )
        for number, count in enumerate(received)
    ]
    counted = {2027: dict.fromkeys(PROHIBITED, 0) | (methods or {})}
    journey = Journey(0, None, None, Periods(0, 0, 0, 0, 0))
    return Figures(SPAN, {}, lines, dict.fromkeys(OUTCOMES, 0), journey, counted, {2027: named})


@pytest.mark.parametrize(
    ("received", "words"),
    [
        ([3, 0, 0], "One of 3 counties sent a proposal"),
        ([0, 0, 0], "No county sent a proposal in these months"),
        ([1], "County 0 sent one proposal"),
        ([5] * 10 + [5] * 10, "The ten largest counties sent half of all proposals"),
        ([9] * 10 + [0] * 48, "The ten largest counties sent all proposals"),
    ],
)
def test_where_proposals_come_from(received, words):
    assert headlines.where(figures(received=received)) == words


@pytest.mark.parametrize(
    ("methods", "named", "words"),
    [
        ({}, 0, "No proposal named a prohibited method"),
        ({"direct": 1}, 1, "One proposal named a prohibited method"),
        ({"direct": 6, "writes": 6}, 9, "Nine proposals named a prohibited method"),
        ({"direct": 6, "writes": 2}, 8, "Named most: software that connects to CMIPS directly"),
    ],
)
def test_prohibited_methods(methods, named, words):
    assert headlines.methods(figures(received=[1], methods=methods, named=named)) == words


@pytest.mark.parametrize(
    ("ended", "median", "words"),
    [
        (0, None, "No proposal ended in these months"),
        (4, 20, "Too few ended to tell how long it takes"),
        (40, 20.5, "Half of all proposals end within 20.5 days"),
    ],
)
def test_the_way_to_the_outcome(ended, median, words):
    found = figures(received=[1])
    journey = Journey(ended, median, 60, Periods(0, 0, 0, 0, 0))
    assert headlines.journey(replace(found, journey=journey)) == words
