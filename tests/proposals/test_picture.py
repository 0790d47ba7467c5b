"""The data-flow picture shows every row, wraps its text, and marks what the letter forbids."""

import itertools

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from proposals.models import Proposal
from proposals.picture import picture
from tests import make


def row(what="Case list", where="DDL", transport="sftp") -> dict[str, str]:
    return {
        "what": what,
        "where": where,
        "how_often": "daily",
        "transport": transport,
        "sensitive": "yes",
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


@pytest.mark.acl("ACL-3")
def test_both_drawings_show_every_row_and_the_tool():
    found = drawn([row(), row("Absences", "Supervisors")], [row("Report", "Managers")])
    assert found.title == "As described: 2 in, 1 out"
    for drawing in (found.wide, found.narrow):
        assert len(drawing.boxes) == len(drawing.arrows) == 3
        for said in ("DDL", "Absences", "Managers", "Every day or night"):
            assert said in words(drawing)
        assert "Compass" in " ".join(text.words for text in drawing.tool.texts)


def test_boxes_of_one_side_stand_apart_and_inside_the_drawing():
    found = drawn([row("x" * 300, "y" * 200)] * 40, [row()])
    for drawing in (found.wide, found.narrow):
        ins = drawing.boxes[:40]
        for above, below in itertools.pairwise(ins):
            assert above.y + above.height < below.y
        for box in [*drawing.boxes, drawing.tool]:
            assert box.y >= 0 and box.y + box.height <= drawing.height + 0.01
            assert box.x + box.width <= drawing.width


@pytest.mark.acl("ACL-9")
def test_a_direct_connection_to_cmips_is_marked_in_words():
    found = drawn([row(where="CMIPS database", transport="interface"), row()])
    for drawing in (found.wide, found.narrow):
        assert "not allowed" in words(drawing)
        assert [arrow.prohibited for arrow in drawing.arrows] == [True, False]
    other = drawn([row(where="County payroll", transport="interface")])
    assert not other.wide.arrows[0].prohibited


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
