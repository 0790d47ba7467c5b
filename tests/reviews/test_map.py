"""The map: all 58 counties where they lie, in steps that hold every number, small."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.models import County
from reviews import map as county_map
from reviews.figures import Answers, CountyLine
from reviews.tallies import Standing


def places() -> dict[str, tuple[int, int]]:
    return {fips: (x, y) for fips, (_, x, y) in county_map.outlines()["counties"].items()}


def test_the_file_is_small_and_in_whole_numbers():
    assert county_map.DATA.stat().st_size < 25_000
    for path, _, _ in county_map.outlines()["counties"].values():
        assert re.fullmatch(r"(M\d+ \d+l(-?\d+[ ]?-?\d+[ ]?)+z)+", path), path


@pytest.mark.django_db
def test_it_has_the_58_counties_of_the_portal():
    known = set(County.objects.values_list("fips", flat=True))
    assert set(county_map.outlines()["counties"]) == known
    assert len(known) == 58


def test_counties_lie_where_they_lie():
    at, name = places(), {"Del Norte": "06015", "Modoc": "06049", "San Diego": "06073"}
    name |= {"Imperial": "06025", "San Francisco": "06075", "Alameda": "06001"}
    x, y = ({key: at[fips][axis] for key, fips in name.items()} for axis in (0, 1))
    assert y["Del Norte"] < y["San Francisco"] < y["San Diego"]
    assert x["Del Norte"] < x["Modoc"]
    assert x["San Francisco"] < x["Alameda"] < x["San Diego"] < x["Imperial"]
    made = county_map.outlines()
    assert all(0 <= one <= made["width"] for one, _ in at.values())
    assert all(0 <= one <= made["height"] for _, one in at.values())


@given(st.lists(st.integers(0, 3000), max_size=58))
def test_every_number_has_one_step_and_the_legend_names_it(numbers):
    steps = county_map.steps(numbers)
    assert len(steps) <= len(county_map.STEPS)
    assert len({step.colour for step in steps}) == len(steps)
    for number in filter(None, numbers):
        own = [one for one in steps if number >= one.start][-1]
        low, *rest = (int(one.replace(",", "")) for one in re.findall(r"[\d,]+", own.words))
        assert low <= number
        assert number <= rest[0] if rest else own.words.endswith("more") or number == low


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ([], []),
        ([0, 0], []),
        ([0, 1, 1], ["1"]),
        ([1, 2, 3, 3], ["1", "2", "3"]),
        ([1, 2, 3, 4, 5, 6], ["1 or 2", "3 or 4", "5 or more"]),
        ([10, 2000, 4000], ["1 to 1,999", "2,000 to 3,999", "4,000"]),
    ],
)
def test_the_legend_in_words(numbers, words):
    assert [step.words for step in county_map.steps(numbers)] == words


def test_the_overdue_are_marked_and_the_rest_are_pale():
    late = Standing("15", 4, 4, 2, 0, 0, 1, None, (0,) * 5)
    drawn = county_map.drawn([CountyLine("15", "Kern", "06029", 1, late, Answers())])
    assert drawn.overdue == [places()["06029"]]
    assert len(drawn.shapes) == 58
    assert sum(colour != county_map.NONE for _, colour in drawn.shapes) == 1
