"""The data-flow picture shows every row, wraps its text, and marks what the letter forbids."""

import itertools

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from proposals.models import Proposal
from proposals.picture import TALLEST, breadth, picture, wrapped
from tests import make


def row(what="Case list", where="DDL", transport="sftp", sensitive="yes") -> dict[str, str]:
    return {
        "what": what,
        "where": where,
        "how_often": "daily",
        "transport": transport,
        "sensitive": sensitive,
    }


def drawn(data_in=(), data_out=()):
    return picture(
        {
            "answers": {"tool_name": "Caseload Compass"},
            "data_in": list(data_in),
            "data_out": list(data_out),
        }
    )


def words(drawing) -> str:
    return " ".join(text.words for box in drawing.boxes for text in box.texts)


def test_there_is_no_picture_without_rows():
    assert drawn() is None


def drawings(found):
    return [drawing for part in found.parts for drawing in (part.wide, part.narrow)]


@pytest.mark.acl("ACL-3")
def test_both_drawings_show_every_row_and_the_tool():
    found = drawn([row(), row("Absences", "Supervisors")], [row("Report", "Managers")])
    assert found.title == "As described: 2 in, 1 out"
    assert [part.title for part in found.parts] == [""]
    for drawing in drawings(found):
        assert len(drawing.boxes) == len(drawing.arrows) == 3
        for said in ("DDL", "Absences", "Managers", "Every day or night"):
            assert said in words(drawing)
        assert "Compass" in " ".join(text.words for text in drawing.tool.texts)


@pytest.mark.parametrize("rows", [1, 2, 3, 9, 40])
def test_boxes_of_one_side_stand_apart_and_inside_the_drawing(rows):
    found = drawn([row("x" * 300, "y" * 200)] * rows, [row()])
    for drawing in drawings(found):
        ins = [box for box in drawing.boxes if "DDL" not in box.texts[0].words]
        for above, below in itertools.pairwise(ins):
            assert above.y + above.height < below.y
        for box in [*drawing.boxes, drawing.tool]:
            assert box.y >= 0 and box.y + box.height <= drawing.height + 0.01
            assert box.x + box.width <= drawing.width
            for text in box.texts:
                assert box.y < text.y < box.y + box.height


def test_many_rows_are_drawn_in_parts_that_fit_on_a_page():
    found = drawn([row(f"List {n}") for n in range(1, 41)], [row(f"Report {n}") for n in range(40)])
    assert len(found.parts) > 3
    assert all(part.wide.height <= TALLEST for part in found.parts)
    assert all("Compass" in str(part.wide.tool.texts) for part in found.parts)
    assert found.parts[0].title.startswith(f"Part 1 of {len(found.parts)}: data in 1 to ")
    assert found.parts[-1].title.endswith(" to 40")
    for place in ("wide", "narrow"):
        shown = [box for part in found.parts for box in getattr(part, place).boxes]
        said = [box.texts[1].words for box in shown if box.texts[1].words.startswith("List")]
        assert said == [f"List {n}" for n in range(1, 41)]


def test_the_arrows_of_many_rows_do_not_meet_in_one_point():
    (part,) = drawn([row()] * 6, [row()]).parts
    ends = sorted(float(arrow.tip.split()[1].split("l")[0]) for arrow in part.wide.arrows[:6])
    assert min(b - a for a, b in itertools.pairwise(ends)) > 40


@pytest.mark.parametrize(
    "text", ["W" * 300, "y" * 200, "Every word of it", "資料" * 80, "W i " * 99]
)
def test_lines_are_wrapped_by_how_wide_their_letters_are(text):
    lines = wrapped(text, 192)
    assert 1 <= len(lines) <= 3
    assert all(breadth(line) <= 192 for line in lines)
    said = "".join(lines).replace(" ", "")
    assert said.endswith("…") or said == text.replace(" ", "")


@pytest.mark.acl("ACL-9")
def test_a_direct_connection_to_cmips_is_marked_in_words_and_by_a_cross():
    found = drawn([row(where="CMIPS database", transport="interface"), row()])
    for drawing in drawings(found):
        (said,) = (text for box in drawing.boxes for text in box.texts if text.kind == "warning")
        assert said.words == "Direct connection: not allowed"
        assert said.mark
        assert [bool(arrow.cross) for arrow in drawing.arrows] == [True, False]
    other = drawn([row(where="County payroll", transport="interface")])
    assert not other.parts[0].wide.arrows[0].cross


def test_sensitive_data_is_marked_in_words_and_by_a_shape():
    found = drawn([row(sensitive="yes")], [row(sensitive="no"), row(sensitive="undecided")])
    for drawing in drawings(found):
        said = [[text for text in box.texts if text.kind == "sensitive"] for box in drawing.boxes]
        assert [len(texts) for texts in said] == [1, 0, 0]
        assert said[0][0].words == "Personal or confidential" and said[0][0].mark


def test_the_page_has_the_picture_and_its_table(client_of, alice):
    draft = Proposal.objects.start(make.county("Alameda"), by=alice, tool_name="<b>Compass")
    draft.save_section("data", {"data_in": [row("<i>List")], "data_out": []}, by=alice, seen=0)
    answer = client_of(alice).get(reverse("section", args=[draft.reference, "data"]))
    soup = BeautifulSoup(answer.content, "html.parser")
    assert len(soup.select("figure > svg[aria-hidden=true]")) == 2
    cells = [" ".join(cell.text.split()) for cell in soup.select("figure tbody tr > *")]
    assert cells == [
        "<i>List",
        "from DDL",
        "Every day or night",
        "Secure file transfer (SFTP)",
        "Yes",
    ]
    assert b"<i>List" not in answer.content
