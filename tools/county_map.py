"""Draws the map of California's 58 counties once, into reviews/data/county_map.json.

    python tools/county_map.py counties.geojson

The file is a GeoJSON of the counties in degrees, with the FIPS code of each as the property "fips".
The one this map was drawn from, `ca-counties.geojson`, names no source of its own; the cartographic
boundary files of the United States Census Bureau, which are in the public domain, do as well. Each
county becomes one SVG path in whole numbers, on an Albers equal-area projection for California; a
point that falls on the one before it, or between two others in one line, is left out.
"""

import json
import sys
from collections.abc import Iterable
from itertools import pairwise
from math import cos, radians, sin, sqrt
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "reviews" / "data" / "county_map.json"
WIDTH = 300
# Two standard parallels, and the middle of the state.
SOUTH, NORTH, MIDDLE = radians(34), radians(40.5), (radians(-120), radians(37))

Point = tuple[float, float]
Spot = tuple[int, int]


def albers(longitude: float, latitude: float) -> Point:
    """The point on the plane; y grows to the south, as on a screen."""
    n = (sin(SOUTH) + sin(NORTH)) / 2
    c = cos(SOUTH) ** 2 + 2 * n * sin(SOUTH)
    theta = n * (radians(longitude) - MIDDLE[0])
    rho, middle = (sqrt(c - 2 * n * sin(at)) / n for at in (radians(latitude), MIDDLE[1]))
    return rho * sin(theta), rho * cos(theta) - middle


def rings_of(geometry: dict) -> list[list[Point]]:
    """The outlines of a county: one, or several where it has islands."""
    shapes = geometry["coordinates"]
    polygons = [shapes] if geometry["type"] == "Polygon" else shapes
    return [[albers(*point) for point in ring] for polygon in polygons for ring in polygon]


def simple(spots: Iterable[Spot]) -> list[Spot]:
    """Without points that add nothing to the outline."""
    kept: list[Spot] = []
    for spot in spots:
        if kept and spot == kept[-1]:
            continue
        if len(kept) > 1 and in_line(kept[-2], kept[-1], spot):
            kept.pop()
        kept.append(spot)
    return kept[:-1] if len(kept) > 1 and kept[0] == kept[-1] else kept


def in_line(one: Spot, two: Spot, three: Spot) -> bool:
    there = (two[0] - one[0]) * (three[1] - two[1]) == (two[1] - one[1]) * (three[0] - two[0])
    onward = (two[0] - one[0]) * (three[0] - two[0]) + (two[1] - one[1]) * (three[1] - two[1])
    return there and onward > 0


def path(spots: list[Spot]) -> str:
    """An outline as the shortest SVG: where it begins, and steps."""
    steps = [(here[0] - before[0], here[1] - before[1]) for before, here in pairwise(spots)]
    drawn = " ".join(f"{x} {y}" for x, y in steps).replace(" -", "-")
    return f"M{spots[0][0]} {spots[0][1]}l{drawn}z"


def area(spots: list[Spot]) -> float:
    turns = zip(spots, [*spots[1:], spots[0]], strict=True)
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in turns) / 2


def middle(spots: list[Spot]) -> Spot:
    """Where a mark of the county stands: the centre of its largest outline."""
    turns = list(zip(spots, [*spots[1:], spots[0]], strict=True))
    whole = 6 * area(spots)
    x = sum((a[0] + b[0]) * (a[0] * b[1] - b[0] * a[1]) for a, b in turns) / whole
    y = sum((a[1] + b[1]) * (a[0] * b[1] - b[0] * a[1]) for a, b in turns) / whole
    return round(x), round(y)


def drawn(counties: dict) -> dict:
    """The whole map: its size, and of each county the path and the place for a mark."""
    outlines = {
        one["properties"]["fips"]: rings_of(one["geometry"]) for one in counties["features"]
    }
    points = [point for rings in outlines.values() for ring in rings for point in ring]
    left, top = (min(point[axis] for point in points) for axis in (0, 1))
    right, bottom = (max(point[axis] for point in points) for axis in (0, 1))
    scale = WIDTH / (right - left)
    found = {}
    for fips, rings in sorted(outlines.items()):
        snapped = [
            simple((round((x - left) * scale), round((y - top) * scale)) for x, y in ring)
            for ring in rings
        ]
        largest = max(snapped, key=lambda spots: abs(area(spots)) if len(spots) > 2 else 0)
        kept = [one for one in snapped if len(one) > 2 or one is largest]
        found[fips] = ["".join(path(one) for one in kept), *middle(largest)]
    return {"width": WIDTH, "height": round((bottom - top) * scale), "counties": found}


if __name__ == "__main__":
    made = drawn(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    lines = ",\n".join(f'  "{fips}": {json.dumps(one)}' for fips, one in made["counties"].items())
    head = f'"width": {made["width"]},\n"height": {made["height"]}'
    TARGET.write_text(f'{{\n{head},\n"counties": {{\n{lines}\n}}\n}}\n', encoding="utf-8")
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes, {len(made['counties'])} counties")
