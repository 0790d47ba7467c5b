"""Charts: every value has its bar, to scale, inside the drawing, with its figure on it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews import charts

VALUES = st.lists(st.none() | st.integers(0, 100_000), min_size=1, max_size=charts.MOST)


@given(VALUES)
def test_columns_stand_side_by_side_within_the_drawing(numbers):
    chart = charts.columns([(f"M{place}", one) for place, one in enumerate(numbers)])
    for bar in chart.bars:
        assert bar.x >= 0 and bar.x + bar.width <= chart.width
        assert bar.above >= 0 and bar.y + bar.height == pytest.approx(chart.ground, abs=0.11)
    for left, right in zip(chart.bars, chart.bars[1:], strict=False):
        assert left.x + left.width < right.x


@given(VALUES)
def test_columns_are_to_scale(numbers):
    chart = charts.columns([("M", one) for one in numbers])
    known = [(one, bar.height) for one, bar in zip(numbers, chart.bars, strict=True) if one]
    highest = max((one for one, _ in known), default=0)
    for number, height in known:
        assert height == pytest.approx(charts.COLUMN_HEIGHT * number / highest, abs=0.06)


def test_the_last_month_that_is_known_is_dark_and_an_unknown_one_is_a_dash():
    chart = charts.columns([("Nov", 20), ("Dec", 17.5), ("Jan", None)], " d")
    assert [bar.value for bar in chart.bars] == ["20 d", "17.5 d", "–"]
    assert [bar.colour for bar in chart.bars] == [charts.PALE, charts.DARK, charts.PALE]
    assert chart.bars[2].height == 0


def test_a_share_is_measured_by_the_whole_not_by_the_highest():
    (bar,) = charts.columns([("Jan", 50)], "%", top=100).bars
    assert bar.height == charts.COLUMN_HEIGHT / 2


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=charts.MOST))
def test_lying_bars_are_to_scale_each_under_its_label(numbers):
    chart = charts.lines([(f"Line {place}", one) for place, one in enumerate(numbers)], [])
    highest = max(numbers) or 1
    for place, (number, bar) in enumerate(zip(numbers, chart.bars, strict=True)):
        assert bar.width == pytest.approx(chart.width * number / highest, abs=0.06)
        assert charts.LINE * place < bar.above < bar.y
        assert bar.y + bar.height <= chart.height
        assert bar.value == f"{number:,}"


def test_the_main_lines_are_dark():
    chart = charts.lines([("Approved", 3), ("Withdrawn", 1)], ["Approved"])
    assert [bar.colour for bar in chart.bars] == [charts.DARK, charts.PALE]
