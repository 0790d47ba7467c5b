"""A letter as a page shows it: line by line, with what a person changed and what is still blank.

The text itself stays plain: what is shown marked here leaves exactly as it was written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from proposals.content import word_changes
from reviews.decision_text import BLANK

SAME, NEW, GONE, FILL = "same", "new", "gone", "blank"
HEADINGS = ("Reasons", "Conditions", "What is allowed instead", "What happens next")


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
        return "".join(words for kind, words in self.pieces if kind != GONE)


@dataclass(frozen=True)
class Block:
    """A paragraph; one of a heading stands beneath it, the subject is read as one."""

    heading: Line | None
    lines: list[Line]


def sheet(text: str, standard: str) -> list[Block]:
    """The paragraphs of a letter, marked where it differs from the standard text."""
    blocks: list[Block] = []
    paragraph: list[Line] = []
    for line in [*_lines(text, standard), Line()]:
        if not line.is_empty:
            paragraph.append(line)
        elif paragraph:
            blocks.append(_block(paragraph))
            paragraph = []
    return blocks


def differs(blocks: list[Block]) -> bool:
    """Whether a person changed the standard text."""
    lines = [line for block in blocks for line in (block.heading, *block.lines) if line]
    return any(kind in (NEW, GONE) for line in lines for kind, _ in line.pieces)


def blanks(text: str) -> list[str]:
    """What is still to be filled in, like "date of condition 2", in the order of the letter."""
    return [match[1] for match in BLANK.finditer(text)]


def _block(lines: list[Line]) -> Block:
    first = lines[0].text.strip()
    if first in HEADINGS or first.startswith("Subject:"):
        return Block(lines[0], lines[1:])
    return Block(None, lines)


def _lines(text: str, standard: str) -> Iterator[Line]:
    line = Line()
    for kind, words in word_changes(standard, text):
        if kind == GONE:
            # What went is shown where it stood, and breaks no line of the letter.
            line.pieces.append((GONE, " ".join(words.split()) + " "))
            continue
        first, *others = words.split("\n")
        line.pieces.extend(_pieces(kind, first))
        for other in others:
            yield line
            line = Line(list(_pieces(kind, other)))
    yield line


def _pieces(kind: str, words: str) -> Iterator[tuple[str, str]]:
    """Words with their blanks apart."""
    place = 0
    for match in BLANK.finditer(words):
        if before := words[place : match.start()]:
            yield kind, before
        yield FILL, match[1]
        place = match.end()
    if rest := words[place:]:
        yield kind, rest
