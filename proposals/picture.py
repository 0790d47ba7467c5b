"""The data-flow picture: what comes into the tool and what leaves it, drawn from the rows (ACL-3).

Pure: it returns shapes with their places, and the template writes them as SVG. Two drawings show
the same, one for wide screens and one for narrow ones, since text in a picture doesn't wrap by
itself. The table beside it says everything in words.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from proposals.content import Content, as_read
from proposals.sections import row_answers

LINE_HEIGHT, PADDING, APART = 16, 12, 12
CHARACTER = 6.4
MOST_LINES = 3

COLOURS = {"bold": "#1c2226", "plain": "#41474b", "warning": "#b10e1e", "tool": "#ffffff"}
NOT_ALLOWED = "✕ Direct connection: not allowed"


@dataclass(frozen=True)
class Flow:
    """One row in words; `prohibited` when it says that CMIPS itself is connected to (ACL-9)."""

    place: str
    what: str
    how_often: str
    transport: str
    sensitive: str
    prohibited: bool


@dataclass(frozen=True)
class Text:
    """One line of text in a box: its place, and whether it is bold, plain or a warning."""

    x: float
    y: float
    words: str
    kind: str

    @property
    def colour(self) -> str:
        return COLOURS[self.kind]


@dataclass(frozen=True)
class Box:
    """A source, the tool, or a place that data goes to."""

    x: int
    y: float
    width: int
    height: int
    texts: list[Text]
    prohibited: bool = False

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True)
class Arrow:
    """The way of the data from a box into another, with its tip."""

    path: str
    tip: str
    prohibited: bool


@dataclass(frozen=True)
class Drawing:
    """All shapes of one drawing and its size."""

    width: int
    height: float
    boxes: list[Box]
    tool: Box
    arrows: list[Arrow]

    @property
    def view(self) -> str:
        """What of the plane is seen: all shapes, and half a line's breadth around them."""
        return f"-1 -1 {self.width + 2} {self.height + 2:g}"


@dataclass(frozen=True)
class Picture:
    """The two drawings, the rows in words, and the sentence that says what they show."""

    title: str
    wide: Drawing
    narrow: Drawing
    data_in: list[Flow]
    data_out: list[Flow]


def picture(content: Content) -> Picture | None:
    """The picture of a proposal's rows; none while there is no row."""
    data_in, data_out = (
        [_flow(direction, row) for row in content[f"data_{direction}"]]
        for direction in ("in", "out")
    )
    if not data_in and not data_out:
        return None
    tool = str(content["answers"].get("tool_name") or "").strip() or "The tool"
    title = f"As described: {len(data_in)} in, {len(data_out)} out"
    drawings = _wide(data_in, data_out, tool), _narrow(data_in, data_out, tool)
    return Picture(title, *drawings, data_in, data_out)


def _flow(direction: str, row: Mapping[str, Any]) -> Flow:
    read = {answer.name: as_read(answer, row.get(answer.name)) for answer in row_answers(direction)}
    direct = row.get("transport") == "interface" and "cmips" in read["where"].lower()
    return Flow(
        read["where"],
        read["what"],
        read["how_often"],
        read["transport"],
        read["sensitive"],
        direct,
    )


def _box(x: int, y: float, width: int, lines: list[tuple[str, str]], bad: bool = False) -> Box:
    """A box as tall as its lines, each wrapped to the width."""
    room = int((width - 2 * PADDING) / CHARACTER)
    wrapped = [
        (part, kind)
        for words, kind in lines
        if words
        for part in textwrap.wrap(words, room, max_lines=MOST_LINES, placeholder="…")
    ]
    texts = [
        Text(x + PADDING, y + PADDING + LINE_HEIGHT * number - 4, words, kind)
        for number, (words, kind) in enumerate(wrapped, start=1)
    ]
    return Box(x, y, width, 2 * PADDING + LINE_HEIGHT * max(1, len(wrapped)) - 4, texts, bad)


def _boxes(x: int, y: float, width: int, flows: list[Flow]) -> list[Box]:
    """The boxes of one side, one beneath the other."""
    found: list[Box] = []
    for flow in flows:
        how = " · ".join(part for part in (flow.how_often, flow.transport) if part)
        lines = [(flow.place or "Not said yet", "bold"), (flow.what, "plain"), (how, "plain")]
        if flow.prohibited:
            lines.append((NOT_ALLOWED, "warning"))
        found.append(_box(x, y, width, lines, flow.prohibited))
        y += found[-1].height + APART
    return found


def _bottom(boxes: list[Box]) -> float:
    return boxes[-1].y + boxes[-1].height if boxes else 0


def _wide(data_in: list[Flow], data_out: list[Flow], tool: str) -> Drawing:
    """Sources to the left, the tool in the middle, where data goes to the right."""
    left, right = 0, 430
    height = max(
        _bottom(_boxes(0, 0, 230, data_in)),
        _bottom(_boxes(0, 0, 230, data_out)),
        _box(0, 0, 120, [(tool, "tool")]).height,
    )
    ins = _boxes(left, (height - _bottom(_boxes(0, 0, 230, data_in))) / 2, 230, data_in)
    outs = _boxes(right, (height - _bottom(_boxes(0, 0, 230, data_out))) / 2, 230, data_out)
    middle = _box(270, 0, 120, [(tool, "tool")])
    middle = _box(270, (height - middle.height) / 2, 120, [(tool, "tool")])
    arrows = [
        *(_across(230, box.middle, 270, y, box.prohibited) for box, y in _meet(ins, middle)),
        *(_across(390, y, 430, box.middle, box.prohibited) for box, y in _meet(outs, middle)),
    ]
    return Drawing(660, height, [*ins, *outs], middle, arrows)


def _meet(boxes: list[Box], tool: Box) -> list[tuple[Box, float]]:
    """Each box with the height at which its arrow meets the tool."""
    step = tool.height / (len(boxes) + 1)
    return [(box, tool.y + step * number) for number, box in enumerate(boxes, start=1)]


def _across(x1: float, y1: float, x2: float, y2: float, prohibited: bool) -> Arrow:
    bend = (x1 + x2 - 8) / 2
    path = f"M{x1:g} {y1:.1f}C{bend:g} {y1:.1f} {bend:g} {y2:.1f} {x2 - 8:g} {y2:.1f}"
    tip = f"M{x2:g} {y2:.1f}l-9 -5v10z"
    return Arrow(path, tip, prohibited)


def _narrow(data_in: list[Flow], data_out: list[Flow], tool: str) -> Drawing:
    """Sources on top, then the tool, then where data goes; lines run down at the left."""
    ins = _boxes(28, 0, 292, data_in)
    middle = _box(0, _bottom(ins) + (28 if ins else 0), 320, [(tool, "tool")])
    below = middle.y + middle.height
    outs = _boxes(28, below + 20, 292, data_out)
    arrows = [
        Arrow(f"M28 {box.middle:.1f}H14V{middle.y - 8:.1f}", _down(middle.y), box.prohibited)
        for box in ins
    ] + [
        Arrow(
            f"M14 {below:.1f}V{box.middle:.1f}H20",
            f"M28 {box.middle:.1f}l-9 -5v10z",
            box.prohibited,
        )
        for box in outs
    ]
    return Drawing(320, max(_bottom(outs), below), [*ins, *outs], middle, arrows)


def _down(y: float) -> str:
    return f"M14 {y:.1f}l-5 -9h10z"
