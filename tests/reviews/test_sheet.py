"""A letter on a page: what a person changed is marked, what is blank stands out, nothing else."""

import pytest

from reviews.decision_text import blanks
from reviews.sheet import Block, differs, sheet

STANDARD = """Alice Nakamura
Alameda County Social Services Agency

Subject: Caseload Compass: approved

Reasons
1. It imports files only.
2. The data stays in the county.

What happens next
You may start now."""


def marked(blocks: list[Block]) -> list[tuple[str, str]]:
    """The pieces that are not as the portal wrote them."""
    lines = [line for one in blocks for line in (one.heading, *one.lines) if line]
    return [piece for line in lines for piece in line.pieces if piece[0] != "same"]


def as_text(blocks: list[Block]) -> str:
    return "\n\n".join(
        "\n".join(line.text for line in (one.heading, *one.lines) if line) for one in blocks
    )


def test_the_standard_letter_has_no_mark():
    blocks = sheet(STANDARD, STANDARD)
    assert as_text(blocks) == STANDARD
    assert marked(blocks) == []
    assert not differs(blocks)


def test_headings_stand_above_their_lines_and_the_subject_is_one():
    blocks = sheet(STANDARD, STANDARD)
    headings = [one.heading.text if one.heading else "" for one in blocks]
    assert headings == ["", "Subject: Caseload Compass: approved", "Reasons", "What happens next"]
    assert [line.text for line in blocks[2].lines] == [
        "1. It imports files only.",
        "2. The data stays in the county.",
    ]


def test_a_changed_word_is_marked_and_the_old_one_struck_out():
    blocks = sheet(STANDARD.replace("start now", "start on May 1"), STANDARD)
    assert [(kind, words.strip()) for kind, words in marked(blocks)] == [
        ("gone", "now."),
        ("new", "on May 1."),
    ]
    assert differs(blocks)
    assert as_text(blocks) == STANDARD.replace("start now", "start on May 1")


def test_a_line_that_was_taken_out_is_struck_out_and_breaks_nothing():
    shorter = STANDARD.replace("1. It imports files only.\n", "")
    blocks = sheet(shorter, STANDARD)
    assert [kind for kind, _ in marked(blocks)] == ["gone"]
    assert as_text(blocks) == shorter


def test_a_paragraph_of_ones_own_is_marked_whole():
    longer = f"{STANDARD}\n\nThank you for your patience."
    blocks = sheet(longer, STANDARD)
    assert marked(blocks) == [("new", "Thank you for your patience.")]
    assert as_text(blocks) == longer


def test_a_blank_stands_out_by_its_name():
    text = STANDARD.replace("files only", "files only, by [date of condition 2]")
    assert ("blank", "date of condition 2") in marked(sheet(text, text))
    assert blanks(text) == ["date of condition 2"]


@pytest.mark.parametrize("text", ["", "   ", "\n\n\n", "a " * 5000, "word\n" * 2000])
def test_any_text_can_be_shown(text):
    assert " ".join(as_text(sheet(text, STANDARD)).split()) == " ".join(text.split())
