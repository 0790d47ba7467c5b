"""Charts as shapes with their places; the template writes them as SVG, the table says the same.

Six bars at most, each with its value on it; the last or the main ones are dark.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WIDTH = 320
COLUMN_HEIGHT, COLUMN, HEAD, FOOT = 120, 36, 24, 29
LINE, BAR = 36, 7
MOST = 6
DARK, PALE = "#00618d", "#9cc3d8"

Value = int | float | None


@dataclass(frozen=True)
class Bar:
    """One bar: its place, its label and the value that stands on it."""

    x: float
    y: float
    width: float
    height: float
    label: str
    value: str
    colour: str = PALE

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    @property
    def above(self) -> float:
        return self.y - 7


@dataclass(frozen=True)
class Chart:
    """A drawing of bars; `upright` or lying, and where its ground line is."""

    kind: str
    height: int
    bars: list[Bar]
    width: int = WIDTH
    ground: int = HEAD + COLUMN_HEIGHT


def columns(values: Sequence[tuple[str, Value]], unit: str = "", top: Value = None) -> Chart:
    """Upright bars, the last one dark; what has no value has no bar.

    `top` is the value as high as the drawing, else it is the highest there is.
    """
    highest = top or max((value for _, value in values if value is not None), default=0) or 1
    step = WIDTH / max(len(values), 1)
    known = [place for place, (_, value) in enumerate(values) if value is not None]
    bars = []
    for place, (label, value) in enumerate(values):
        height = 0 if value is None else round(COLUMN_HEIGHT * min(value, highest) / highest, 1)
        words = "–" if value is None else f"{value}{unit}"
        colour = DARK if known and place == known[-1] else PALE
        x = round(step * place + (step - COLUMN) / 2, 1)
        y = round(HEAD + COLUMN_HEIGHT - height, 1)
        bars.append(Bar(x, y, COLUMN, height, label, words, colour))
    return Chart("columns", HEAD + COLUMN_HEIGHT + FOOT, bars)


def lines(values: Sequence[tuple[str, int]], main: Iterable[str]) -> Chart:
    """Lying bars under their labels, the main ones dark."""
    highest, dark = max((value for _, value in values), default=0) or 1, set(main)
    bars = [
        Bar(
            0,
            LINE * place + 24,
            round(WIDTH * value / highest, 1),
            BAR,
            label,
            f"{value:,}",
            DARK if label in dark else PALE,
        )
        for place, (label, value) in enumerate(values)
    ]
    return Chart("lines", LINE * len(values) + 4, bars)
