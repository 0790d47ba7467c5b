"""What a PDF is made of: text stays text, every sign is there or written out, tags are right."""

import io
import json
import unicodedata

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from portal import clock, paper


def a_paper(**changes) -> bytes:
    given = {
        "title": "A paper",
        "what": "A paper",
        "department": "Department",
        "division": "Division",
        "reference": "CIP-2027-0042",
        "county": "Alameda County",
        "tool": "Tool",
        "facts": [{"label": "Reference", "text": "CIP-2027-0042"}],
        "sections": [],
        "agreements": [],
        "signature": [],
        "sha256": "0" * 64,
        "check": [],
    }
    return paper.pdf("copy", given | changes, at=clock.now())


def text_of(made: bytes) -> str:
    pages = PdfReader(io.BytesIO(made)).pages
    return "\n".join(page.extract_text() for page in pages)


def tags(made: bytes) -> list[str]:
    """The kinds of everything in the tree of tags, in reading order."""
    found: list[str] = []

    def walk(node):
        node = node.get_object()
        if isinstance(node, DictionaryObject):
            if "/S" in node:
                found.append(str(node["/S"]))
            kids = node.get("/K", [])
            for kid in kids if isinstance(kids, list) else [kids]:
                walk(kid)

    walk(PdfReader(io.BytesIO(made)).trailer["/Root"]["/StructTreeRoot"])
    return found


@pytest.mark.parametrize(
    "typed",
    [
        '#read("/etc/passwd") #import "x" #panic()',
        "$x^2$ and `code` and *bold* and _slanted_",
        "= No heading\n- no list\n+ none\n/ term: none",
        "<label> @reference // no comment /* none */ \\ ~ -- --- ...",
        "\"quoted\" isn't 'changed' https://example.org/",
        "]) } #{ %} {{ x }}",
    ],
)
def test_what_is_typed_stays_as_it_is(typed):
    text = text_of(a_paper(facts=[{"label": "Typed", "text": typed}]))
    for line in typed.split("\n"):
        assert line.strip() in text


def test_the_same_data_makes_the_same_bytes():
    at = clock.now()
    with clock.travel(at):
        assert a_paper() == a_paper()


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("done 🙂", "done [U+1F642 SLIGHTLY SMILING FACE]"),
        ("資料", "[U+8CC7][U+6599]"),
        ("pay\u202eexe", "pay[U+202E RIGHT-TO-LEFT OVERRIDE]exe"),
        ("a\u200bb\u00adc\ufeffd", "abcd"),
        ("bell \a", "bell [U+0007]"),
        ("Peña Łódź Ελλάδα Москва – “quoted” ½ §", "Peña Łódź Ελλάδα Москва – “quoted” ½ §"),
        ("no\u00a0break", "no\u00a0break"),
    ],
)
def test_a_sign_that_no_typeface_has_is_written_out(typed, printed):
    assert paper.printable({"a": [typed]}) == {"a": [printed]}
    text = text_of(a_paper(facts=[{"label": "Typed", "text": typed}]))
    assert printed.replace("\u00a0", " ") in text.replace("\u00a0", " ")


def test_any_sign_there_is_makes_a_paper():
    """In lines of a few hundred: one of each kind and script that Unicode has."""
    signs = [chr(number) for number in range(0x20, 0x30000, 37)]
    signs = [sign for sign in signs if unicodedata.category(sign) != "Cs"]
    signs += ["\U0010fffd", "\ue000", "e\u0301", "\u0301", "\u0e33", "\ud800"]
    for start in range(0, len(signs), 400):
        some = signs[start : start + 400]
        a_paper(facts=[{"label": "Signs", "text": " ".join(some)}])
        a_paper(facts=[{"label": "Signs", "text": "".join(some)}])


def test_a_word_longer_than_its_line_stays_on_the_sheet():
    text = text_of(a_paper(facts=[{"label": "W" * 200, "text": "y" * 2000}]))
    lines = text.split("\n")
    assert max(map(len, lines)) < 120
    assert "W" * 200 + "y" * 2000 in "".join(lines)


def test_a_fingerprint_can_be_copied_from_it():
    assert "0123456789abcdef" * 4 in text_of(a_paper(sha256="0123456789abcdef" * 4))


def test_it_is_tagged_and_says_its_title_language_and_standard():
    made = a_paper(title="Paper of a tool")
    reader = PdfReader(io.BytesIO(made))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-US"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata.title == "Paper of a tool"
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_object().get_data()
    assert {"/H1", "/H2"} <= set(tags(made))
    assert all("/StructParents" in page for page in reader.pages)


def test_a_header_is_a_header_on_every_page():
    rows = [["What " + str(n), "Where", "Daily", "By mail", "No"] for n in range(200)]
    table = {"title": "Data in", "head": ["A", "B", "C", "D", "E"], "rows": rows}
    section = {
        "title": "Data",
        "answers": [],
        "tables": [table],
        "pictures": [],
        "documents": [],
        "gap": "",
    }
    found = tags(a_paper(sections=[section]))
    assert found.count("/TH") == 5
    assert found.count("/TD") == 1000
    assert "/THead" in found


def test_too_much_is_refused_before_it_takes_minutes():
    with pytest.raises(paper.PaperFailed, match="too many"):
        a_paper(facts=[{"label": "A", "text": "a" * paper.MOST_CHARACTERS}])


def test_a_template_that_breaks_is_told_as_one_kind_of_fault():
    with pytest.raises(paper.PaperFailed, match="copy"):
        paper.pdf("copy", {"title": "Nothing else"}, at=clock.now())


def test_lines_without_end_are_refused_before_their_pages_are_set():
    text = "a\n" * (paper.MOST_LINES + 1)
    answers = [{"label": "Purpose", "text": text}]
    section = {
        "title": "Purpose",
        "answers": answers,
        "tables": [],
        "pictures": [],
        "documents": [],
        "gap": "",
    }
    with pytest.raises(paper.PaperFailed, match="lines are too many"):
        a_paper(sections=[section])


def test_many_signs_are_asked_about_in_portions_so_that_memory_stays(monkeypatch):
    asked = []
    compiler = paper.typst.Compiler

    def counted(*given, **more):
        asked.append(len(json.loads(more["sys_inputs"]["data"])))
        return compiler(*given, **more)

    monkeypatch.setattr(paper, "_known", {})
    monkeypatch.setattr(paper.typst, "Compiler", counted)
    signs = [chr(0x4E00 + number) for number in range(2 * paper.PORTION)] + ["é"]

    paper.learn(signs)

    assert max(asked) <= paper.PORTION + 1
    assert paper._known["é"] and not paper._known["\u4e00"]
    assert set(signs) <= set(paper._known)
