"""The data-flow picture: what comes into the tool and what leaves it, drawn from the rows (ACL-3).

Pure: it returns shapes with their places, and the template writes them as SVG. Two drawings show
the same, one for wide screens and one for narrow ones, since text in a picture doesn't wrap by
itself. Many rows are drawn in several parts, each with the tool in it and none taller than a
printed page. The table beside it says everything in words.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from proposals.content import Content, as_read
from proposals.sections import row_answers

LINE_HEIGHT, PADDING, APART = 16, 12, 12
MOST_LINES = 3
# How wide signs are in the letters of a page, a little more than less: by kind, in pixels.
NARROW_SIGNS, WIDE_SIGNS = frozenset(" ijltfrI.,:;'|!()[]-·"), frozenset("mwMW@%—…")
NARROW, USUAL, CAPITAL, WIDE, SQUARE = 4.2, 6.9, 8.4, 11, 13
BOLDER = 1.06
# How tall one part may be: it fits on a sheet of paper as wide as the page.
TALLEST = 780
# How far from the ends of the tool's box an arrow may meet it.
FROM_THE_END = 14

COLOURS = {
    "bold": "#1c2226",
    "plain": "#41474b",
    "warning": "#b10e1e",
    "sensitive": "#7a4b00",
    "tool": "#ffffff",
}
NOT_ALLOWED = "Direct connection: not allowed"
SENSITIVE = "Personal or confidential"
# A cross and a diamond stand before their words: a mark is never colour alone. They are shapes,
# since no typeface is sure to have the signs.
MARKS = {"warning": "m-4 -4l8 8m0 -8l-8 8", "sensitive": "m0 -5l5 5l-5 5l-5 -5z"}
MARK_WIDTH = 14


@dataclass(frozen=True)
class Flow:
    """One row in words; `prohibited` when it says that CMIPS itself is connected to (ACL-9),
    `is_sensitive` when it has personal or confidential data."""

    place: str
    what: str
    how_often: str
    transport: str
    sensitive: str
    prohibited: bool
    is_sensitive: bool


@dataclass(frozen=True)
class Text:
    """One line of text in a box: its place, and its kind: bold, plain, or one that is marked."""

    x: float
    y: float
    words: str
    kind: str

    @property
    def mark(self) -> str:
        """The shape before the words, where their kind has one."""
        shape = MARKS.get(self.kind)
        return f"M{self.x - MARK_WIDTH + 4:g} {self.y - 4:g}{shape}" if shape else ""

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
    """The way of the data from a box into another, with its tip; a prohibited one is crossed."""

    path: str
    tip: str
    cross: str = ""


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
class Part:
    """Some of the rows, drawn wide and narrow; `title` is empty where it shows them all."""

    title: str
    wide: Drawing
    narrow: Drawing


@dataclass(frozen=True)
class Picture:
    """The drawings, the rows in words, and the sentence that says what they show."""

    title: str
    parts: list[Part]
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
    return Picture(title, _parts(data_in, data_out, tool), data_in, data_out)


def _parts(data_in: list[Flow], data_out: list[Flow], tool: str) -> list[Part]:
    """The rows in parts that fit on a page; one that fits whole is one part without a title."""
    sheets = list(zip_longest(_sheets(data_in), _sheets(data_out), fillvalue=[]))
    parts, ins, outs = [], 0, 0
    for number, (some_in, some_out) in enumerate(sheets, start=1):
        title = f"Part {number} of {len(sheets)}: " + ", ".join(
            [*_numbers("data in", ins, some_in), *_numbers("data out", outs, some_out)]
        )
        drawings = _wide(some_in, some_out, tool), _narrow(some_in, some_out, tool)
        parts.append(Part(title if len(sheets) > 1 else "", *drawings))
        ins, outs = ins + len(some_in), outs + len(some_out)
    return parts


def _numbers(what: str, before: int, flows: list[Flow]) -> list[str]:
    """Which rows a part shows, by the numbers that the table and the answers give them."""
    if not flows:
        return []
    first, last = before + 1, before + len(flows)
    return [f"{what} {first}" if first == last else f"{what} {first} to {last}"]


def _sheets(flows: list[Flow]) -> list[list[Flow]]:
    """The rows of one side, as many together as fit beneath each other on a page."""
    sheets: list[list[Flow]] = []
    below = 0.0
    for flow, box in zip(flows, _boxes(0, 0, BOX, flows), strict=True):
        if not sheets or box.y + box.height - below > TALLEST:
            sheets.append([])
            below = box.y
        sheets[-1].append(flow)
    return sheets


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
        row.get("sensitive") == "yes",
    )


def breadth(text: str) -> float:
    """About how many pixels a text takes on one line."""
    return sum(map(_breadth, text))


def _breadth(sign: str) -> float:
    if sign in NARROW_SIGNS:
        return NARROW
    if sign in WIDE_SIGNS:
        return WIDE
    if unicodedata.combining(sign):
        return 0
    if unicodedata.east_asian_width(sign) in "WF":
        return SQUARE
    return CAPITAL if sign.isupper() else USUAL


def wrapped(text: str, room: float) -> list[str]:
    """A text in lines that fit the room; what is past the last line ends in an ellipsis."""
    lines = [""]
    for word in _pieces(text, room):
        if len(lines) > MOST_LINES:
            break
        longer = f"{lines[-1]} {word}".strip()
        if breadth(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    if len(lines) > MOST_LINES:
        last = lines[MOST_LINES - 1]
        while last and breadth(f"{last}…") > room:
            last = last[:-1]
        lines[MOST_LINES - 1 :] = [f"{last}…"]
    return [line for line in lines if line]


def _pieces(text: str, room: float) -> Iterator[str]:
    """The words of a text, one that is wider than a line in several pieces."""
    for word in text.split():
        piece, taken = "", 0.0
        for sign in word:
            own = _breadth(sign)
            if piece and taken + own > room:
                yield piece
                piece, taken = "", 0.0
            piece, taken = piece + sign, taken + own
        yield piece


def _box(x: int, y: float, width: int, lines: list[tuple[str, str]], bad: bool = False) -> Box:
    """A box as tall as its lines, each wrapped to the width."""
    texts: list[Text] = []
    for words, kind in lines:
        aside = MARK_WIDTH if kind in MARKS else 0
        room = (width - 2 * PADDING - aside) / (1 if kind == "plain" else BOLDER)
        for part in wrapped(words, room):
            base = y + PADDING + LINE_HEIGHT * (len(texts) + 1) - 4
            texts.append(Text(x + PADDING + aside, base, part, kind))
    return Box(x, y, width, 2 * PADDING + LINE_HEIGHT * max(1, len(texts)) - 4, texts, bad)


def _boxes(x: int, y: float, width: int, flows: list[Flow]) -> list[Box]:
    """The boxes of one side, one beneath the other."""
    found: list[Box] = []
    for flow in flows:
        how = " · ".join(part for part in (flow.how_often, flow.transport) if part)
        lines = [(flow.place or "Not said yet", "bold"), (flow.what, "plain"), (how, "plain")]
        if flow.is_sensitive:
            lines.append((SENSITIVE, "sensitive"))
        if flow.prohibited:
            lines.append((NOT_ALLOWED, "warning"))
        found.append(_box(x, y, width, lines, flow.prohibited))
        y += found[-1].height + APART
    return found


def _bottom(boxes: list[Box]) -> float:
    return boxes[-1].y + boxes[-1].height if boxes else 0


# Where things stand in the wide drawing: boxes of one width, the tool between two gaps.
BOX, GAP, TOOL = 230, 40, 120


def _wide(data_in: list[Flow], data_out: list[Flow], tool: str) -> Drawing:
    """Sources to the left, the tool in the middle, where data goes to the right."""
    ins, outs = _boxes(0, 0, BOX, data_in), _boxes(BOX + 2 * GAP + TOOL, 0, BOX, data_out)
    small = _box(BOX + GAP, 0, TOOL, [(tool, "tool")])
    height = max(_bottom(ins), _bottom(outs), small.height)
    ins, outs = (
        [_lower(box, (height - _bottom(side)) / 2) for box in side] for side in (ins, outs)
    )
    middle = _tool(small, height, ins, outs)
    tool_end, out_begins = BOX + GAP + TOOL, BOX + 2 * GAP + TOOL
    arrows = [
        *(_across(BOX, box.middle, BOX + GAP, y, box) for box, y in _meet(ins, middle)),
        *(_across(tool_end, y, out_begins, box.middle, box) for box, y in _meet(outs, middle)),
    ]
    return Drawing(2 * BOX + 2 * GAP + TOOL, height, [*ins, *outs], middle, arrows)


def _lower(box: Box, by: float) -> Box:
    """The same box further down."""
    texts = [replace(text, y=text.y + by) for text in box.texts]
    return replace(box, y=box.y + by, texts=texts)


def _tool(small: Box, height: float, ins: list[Box], outs: list[Box]) -> Box:
    """The tool's box in the middle; beside more than two rows it is so tall that every arrow
    meets it at its own height, for many arrows to one point can't be told apart."""
    if max(len(ins), len(outs)) <= 2:
        return _lower(small, (height - small.height) / 2)
    middles = [box.middle for box in (*ins, *outs)]
    top = min(*middles, (height - small.height) / 2 + FROM_THE_END) - FROM_THE_END
    tall = max(*middles, (height + small.height) / 2 - FROM_THE_END) + FROM_THE_END - top
    return replace(_lower(small, top + (tall - small.height) / 2), y=top, height=tall)


def _meet(boxes: list[Box], tool: Box) -> list[tuple[Box, float]]:
    """Each box with the height at which its arrow meets the tool."""
    ends = tool.y + FROM_THE_END, tool.y + tool.height - FROM_THE_END
    if all(ends[0] <= box.middle <= ends[1] for box in boxes):
        return [(box, box.middle) for box in boxes]
    step = tool.height / (len(boxes) + 1)
    return [(box, tool.y + step * number) for number, box in enumerate(boxes, start=1)]


def _across(x1: float, y1: float, x2: float, y2: float, box: Box) -> Arrow:
    bend = (x1 + x2 - 8) / 2
    path = f"M{x1:g} {y1:.1f}C{bend:g} {y1:.1f} {bend:g} {y2:.1f} {x2 - 8:g} {y2:.1f}"
    tip = f"M{x2:g} {y2:.1f}l-9 -5v10z"
    return Arrow(path, tip, _crossed(bend, (y1 + y2) / 2, box))


def _crossed(x: float, y: float, box: Box) -> str:
    return f"M{x:g} {y:.1f}{MARKS['warning']}" if box.prohibited else ""


def _narrow(data_in: list[Flow], data_out: list[Flow], tool: str) -> Drawing:
    """Sources on top, then the tool, then where data goes; lines run down at the left."""
    ins = _boxes(28, 0, 292, data_in)
    middle = _box(0, _bottom(ins) + (28 if ins else 0), 320, [(tool, "tool")])
    below = middle.y + middle.height
    outs = _boxes(28, below + 20, 292, data_out)
    arrows = [*(_down(box, middle.y) for box in ins), *(_on(box, below) for box in outs)]
    return Drawing(320, max(_bottom(outs), below), [*ins, *outs], middle, arrows)


def _down(box: Box, tool: float) -> Arrow:
    """From a source down to the tool; a prohibited way has a line of its own, further left."""
    x = _line_of(box)
    path = f"M28 {box.middle:.1f}H{x}V{tool - 8:.1f}"
    return Arrow(path, f"M{x} {tool:.1f}l-5 -9h10z", _crossed(18, box.middle, box))


def _on(box: Box, below: float) -> Arrow:
    """From the tool down to where data goes."""
    path = f"M{_line_of(box)} {below:.1f}V{box.middle:.1f}H20"
    return Arrow(path, f"M28 {box.middle:.1f}l-9 -5v10z", _crossed(13, box.middle, box))


def _line_of(box: Box) -> int:
    return 6 if box.prohibited else 16
