"""A letter as a page shows it: line by line, with what a person changed and what is still blank.

The text itself stays plain: what is shown marked here leaves exactly as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from proposals.content import word_changes
from reviews.decision_text import LINE, blanks_in
from reviews.letter_kinds import OPENING

SAME, NEW, GONE, FILL = "same", "new", "gone", "blank"
HEADINGS = ("Reasons", "Conditions", "What is allowed instead", "What happens next")
LONGEST_HEADING, ENDS = 60, tuple(".,:;?!")
SUBJECT = "Subject:"
# What a blank may begin with instead of a plain square bracket.
BESIDES = f"{{\uff5b{OPENING}"
NUMBER = re.compile(r"(\d+)\. +(?=\S)")


@dataclass
class Line:
    """One line of a letter, in pieces of (kind, words)."""

    pieces: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not any(words.strip() for _, words in self.pieces)

    @property
    def text(self) -> str:
        """The line as it leaves."""
        found = (shown(kind, words) for kind, words in self.pieces if kind != GONE)
        return "".join(found)

    @property
    def number(self) -> int:
        """Which item of a numbered list it is; 0 for a line of none."""
        found = NUMBER.match(self.text)
        return int(found[1][:4]) if found else 0

    def without_number(self) -> Line:
        """The line as an item of a list, which numbers itself."""
        left = len(NUMBER.match(self.text)[0]) if self.number else 0
        pieces = []
        for kind, words in self.pieces:
            cut = 0 if kind in (GONE, FILL) else min(left, len(words))
            left -= cut
            if rest := words[cut:]:
                pieces.append((kind, rest))
        return Line(pieces)


@dataclass(frozen=True)
class Part:
    """Lines of running text, or the items of a numbered list."""

    is_list: bool
    lines: list[Line]


@dataclass(frozen=True)
class Block:
    """A paragraph; one of a heading stands beneath it, the subject is read as one."""

    heading: Line | None
    lines: list[Line]

    @property
    def is_subject(self) -> bool:
        return bool(self.heading) and self.heading.text.startswith(SUBJECT)

    @property
    def parts(self) -> list[Part]:
        """Its lines, where they are numbered from 1 as the list that they are."""
        found: list[Part] = []
        for line in self.lines:
            wanted = len(found[-1].lines) + 1 if found and found[-1].is_list else 1
            is_item = line.number == wanted
            if is_item and wanted > 1 or not is_item and found and not found[-1].is_list:
                found[-1].lines.append(line.without_number() if is_item else line)
            else:
                found.append(Part(is_item, [line.without_number() if is_item else line]))
        return found


def shown(kind: str, words: str) -> str:
    """A piece as it leaves: a blank stands in its brackets, unless it is a line to write on."""
    is_bare = kind != FILL or words[:1] in BESIDES or LINE.fullmatch(words)
    return words if is_bare else f"[{words}]"


def sheet(text: str, standard: str, known: str = "") -> list[Block]:
    """The paragraphs of a letter, marked where it differs from the standard text.

    `known` are words of the county in which brackets are no blank.
    """
    blocks: list[Block] = []
    paragraph: list[Line] = []
    is_greeted = False
    for line in [*_lines(text, standard, known), Line()]:
        if not line.is_empty:
            paragraph.append(line)
        elif paragraph:
            blocks.append(_block(paragraph, is_greeted))
            is_greeted = is_greeted or paragraph[0].text.startswith("Dear ")
            paragraph = []
    return blocks


def differs(blocks: list[Block]) -> bool:
    """Whether a person changed the standard text."""
    lines = [line for block in blocks for line in (block.heading, *block.lines) if line]
    return any(kind in (NEW, GONE) for line in lines for kind, _ in line.pieces)


def _block(lines: list[Line], is_greeted: bool) -> Block:
    """After the greeting a short line without an end stands as a heading above its lines."""
    first = lines[0].text.strip()
    is_short = len(lines) > 1 and len(first) <= LONGEST_HEADING and first[-1:] not in ENDS
    is_heading = is_greeted and is_short and not lines[0].number
    if first in HEADINGS or is_heading or first.startswith(SUBJECT):
        return Block(lines[0], lines[1:])
    return Block(None, lines)


def _lines(text: str, standard: str, known: str) -> Iterator[Line]:
    line = Line()
    for kind, words in word_changes(standard, text):
        if kind == GONE:
            # What went is shown where it stood, and breaks no line of the letter.
            line.pieces.append((GONE, " ".join(words.split()) + " "))
            continue
        first, *others = words.split("\n")
        line.pieces.extend(_pieces(kind, first, known))
        for other in others:
            yield line
            line = Line(list(_pieces(kind, other, known)))
    yield line


def _pieces(kind: str, words: str, known: str) -> Iterator[tuple[str, str]]:
    """Words with their blanks apart."""
    place = 0
    for match in blanks_in(words, known):
        if before := words[place : match.start()]:
            yield kind, before
        yield FILL, match[0][1:-1].strip() if match[0][0] == "[" else match[0]
        place = match.end()
    if rest := words[place:]:
        yield kind, rest
