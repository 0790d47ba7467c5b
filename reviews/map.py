"""The map of California's 58 counties: decoration beside their table, in four steps of one blue."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from reviews.figures import CountyLine

DATA = Path(__file__).parent / "data" / "county_map.json"
NONE, STEPS = "#eef1f3", ("#c4dfee", "#6fa9c9", "#00618d")


@dataclass(frozen=True)
class Step:
    """One blue: from which number of proposals on, and the range in words."""

    start: int
    words: str
    colour: str


@dataclass(frozen=True)
class Map:
    """Outlines with their colours, places of the overdue, and the legend."""

    width: int
    height: int
    shapes: list[tuple[str, str]]
    overdue: list[tuple[int, int]]
    legend: list[Step]


@cache
def outlines() -> dict[str, Any]:
    """The drawing as it was made once (`tools/county_map.py`)."""
    return json.loads(DATA.read_text(encoding="utf-8"))


def steps(numbers: Iterable[int]) -> list[Step]:
    """At most three ranges, from the numbers that there are: a third of them in each."""
    sent = sorted({number for number in numbers if number})
    if not sent:
        return []
    starts = sorted({1, sent[len(sent) // 3], sent[2 * len(sent) // 3]})
    ends = [start - 1 for start in starts[1:]]
    colours = STEPS[-len(starts) :]
    return [
        Step(start, _range(start, end, sent[-1]), colour)
        for start, end, colour in zip(starts, [*ends, None], colours, strict=True)
    ]


def _range(start: int, end: int | None, most: int) -> str:
    if end is None:
        return f"{start:,}" if start == most else f"{start:,} or more"
    if end == start:
        return f"{start:,}"
    return f"{start:,} {'or' if end == start + 1 else 'to'} {end:,}"


def drawn(counties: Iterable[CountyLine]) -> Map:
    """The map of these counties; those that aren't shown are as pale as those that sent nothing."""
    shown = {line.fips: line.standing for line in counties}
    legend = steps(one.received for one in shown.values())
    made = outlines()
    shapes, overdue = [], []
    for fips, (path, x, y) in made["counties"].items():
        standing = shown.get(fips)
        number = standing.received if standing else 0
        colour = next((step.colour for step in reversed(legend) if number >= step.start), NONE)
        shapes.append((path, colour))
        if standing and standing.overdue:
            overdue.append((x, y))
    return Map(made["width"], made["height"], shapes, overdue, legend)
