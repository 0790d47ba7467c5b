"""A signed copy as PDF: everything that the page of the copy says, tagged, with its signature."""

import io
import logging

import pytest
from django.urls import reverse
from pypdf import PdfReader

from portal import paper
from portal.models import JournalEntry
from proposals import content as contents
from proposals.sections import FLOWS, SECTIONS
from reviews.models import Review
from reviews.papers import paper_of
from tests import make
from tests.house.test_pages import page_faults
from tests.pages import soup, words
from tests.portal.test_paper import tags

pytestmark = pytest.mark.django_db


def taken(client, review, number=1, route="copy_pdf"):
    return client.get(reverse(route, args=[review.reference, number]))


def said(made: bytes) -> str:
    """All its text on one line, without the foot of each page."""
    pages = (page.extract_text() for page in PdfReader(io.BytesIO(made)).pages)
    return " ".join(" ".join(pages).split())


def alternatives(made: bytes) -> list[str]:
    """What is said in the place of each picture."""
    reader = PdfReader(io.BytesIO(made))
    objects = (reader.get_object(number) for number in range(1, len(reader.xref[0]) + 1))
    return [str(one["/Alt"]) for one in objects if isinstance(one, dict) and "/Alt" in one]


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.acl("ACL-15")
def test_it_holds_every_answer_the_copy_holds(alice, client_of):
    review = make.sent()
    copy = review.proposal.copies.get()
    made = taken(client_of(alice), review).content
    text = squeezed(said(made))
    for section in SECTIONS:
        assert squeezed(section.title) in text
        for line in contents.lines(section, copy.content):
            if section is FLOWS or line.field.partition("_")[0] in ("program", "technical"):
                continue
            assert squeezed(line.label) in text
            assert squeezed(line.text) in text, line.label
    for name, value in copy.content["answers"].items():
        if name.startswith(("program_", "technical_")) and isinstance(value, str):
            assert squeezed(value) in text, name
    for row in copy.content["data_in"] + copy.content["data_out"]:
        assert squeezed(row["what"]) in text and squeezed(row["where"]) in text
    for one in copy.content["agreements"]:
        assert squeezed(one["text"]) in text


@pytest.mark.acl("ACL-10")
def test_it_has_signature_statement_account_letter_and_fingerprint(alice, client_of):
    review = make.sent()
    copy = review.proposal.copies.get()
    answer = taken(client_of(alice), review)
    assert answer["Content-Type"] == "application/pdf"
    name = f"{review.reference}-copy-1.pdf"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    text = said(answer.content)
    assert "Concept proposal as signed" in text
    assert f"{alice.name}, {alice.email}" in text
    assert copy.content["signature"]["statement"] in text
    assert copy.sha256 in text
    assert f"version {copy.governing_letter.version} in the portal" in text
    assert text.count("Agreed") == 6
    pages = PdfReader(io.BytesIO(answer.content)).pages
    for number, page in enumerate(pages, start=1):
        foot = page.extract_text()
        assert review.reference in foot
        assert f"Page {number} of {len(pages)}" in foot


def test_what_the_county_cannot_agree_to_stands_with_its_reason(alice):
    review = Review.objects.send(
        make.draft(),
        by=alice,
        name=alice.name,
        title=alice.title,
        agreements=make.agreements(3, because="our vendor must see it"),
    )
    text = said(paper_of(review.proposal.copies.get(), review.proposal))
    assert "Cannot agree, because: our vendor must see it" in text
    assert text.count("Agreed") == 5


def test_one_that_came_by_email_says_that_it_is_not_signed():
    review = make.logged()
    text = said(paper_of(review.proposal.copies.get(), review.proposal))
    assert "Concept proposal as CDSS received it" in text
    assert "Not signed in the portal" in text
    assert "Statement" not in text


def test_its_documents_stand_with_label_and_fingerprint():
    review = make.responded()
    copy = review.proposal.copies.get(number=2)
    (document,) = copy.content["documents"]
    text = said(paper_of(copy, review.proposal))
    assert document["title"] in text
    assert "Confidential (security)" in text
    assert document["sha256"] in squeezed(text)


def test_the_picture_has_words_in_its_place_and_the_rows_are_tables_with_headers():
    row = make.full_answers()["data_in"][0] | {"where": "CMIPS itself", "transport": "interface"}
    review = make.sent(data_in=[row] * 40, data_out=[row] * 40)
    made = paper_of(review.proposal.copies.get(), review.proposal)
    found = tags(made)
    assert found.count("/Figure") > 3
    assert found.count("/TH") == 10
    assert found.count("/TD") == 400
    assert "Direct connection: not allowed" in said(made)
    assert any(alt.startswith("Data-flow picture. Part 1 of ") for alt in alternatives(made))


def test_it_is_tagged_as_the_standard_asks(alice, client_of):
    made = taken(client_of(alice), make.sent()).content
    root = PdfReader(io.BytesIO(made)).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "en-US"
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_object().get_data()
    assert PdfReader(io.BytesIO(made)).metadata.title.startswith("Concept proposal as signed:")


def test_the_same_copy_is_the_same_file():
    review = make.sent()
    copy = review.proposal.copies.get()
    assert paper_of(copy, review.proposal) == paper_of(copy, review.proposal)


def test_whatever_a_county_wrote_makes_a_paper():
    odd = "#panic() $x$ `y` *z* <a> @b // c \u202e 🙂 資料 " + "w" * 300 + "\n\n\n\ttab"
    answers = {
        name: odd
        for name, value in make.full_answers().items()
        if isinstance(value, str) and name in ("purpose", "hosting", "mobile", "tool_name")
    }
    row = make.full_answers()["data_in"][0] | {"what": odd, "where": odd}
    review = make.sent(**answers, business_needs="word " * 4000, data_in=[row], data_out=[row])
    text = squeezed(said(paper_of(review.proposal.copies.get(), review.proposal)))
    assert squeezed("#panic() $x$ `y` *z* <a> @b // c") in text
    assert "[U+202ERIGHT-TO-LEFTOVERRIDE]" in text
    assert "can'tbeprintedinthistypeface" in text
    assert text.count("word") >= 4000


def test_each_download_is_on_record(alice, carol, client_of):
    review = make.sent()
    assert taken(client_of(alice), review).status_code == 200
    assert taken(client_of(carol), review, route="review_copy_pdf").status_code == 200
    kept = JournalEntry.objects.filter(act="download copy", subject=review.reference)
    assert [entry.actor for entry in kept.order_by("number")] == [alice, carol]


def test_nobody_else_has_it(alice, bob, carol, client_of):
    review = make.sent()
    assert taken(client_of(bob), review).status_code == 404
    assert taken(client_of(alice), review, 2).status_code == 404
    assert taken(client_of(alice), review, route="review_copy_pdf").status_code == 404
    review.recall(by=alice)
    assert taken(client_of(carol), review, route="review_copy_pdf").status_code == 404
    assert taken(client_of(alice), review).status_code == 200


def test_where_it_cannot_be_made_a_page_leads_to_the_copy(alice, client_of, monkeypatch, caplog):
    def broken(*args: object, **kwargs: object) -> bytes:
        raise paper.PaperFailed("the sheet broke")

    monkeypatch.setattr(paper, "pdf", broken)
    review = make.sent()
    with caplog.at_level(logging.ERROR):
        answer = taken(client_of(alice), review)
    assert answer.status_code == 503
    assert "The PDF can't be made now" in words(answer)
    assert list(page_faults(soup(answer))) == []
    assert reverse("copy", args=[review.reference, 1]) in answer.text
    assert "the sheet broke" in caplog.text and "the sheet broke" not in answer.text
    assert not JournalEntry.objects.filter(act="download copy").exists()


def test_the_pages_of_the_copy_lead_to_it(alice, carol, client_of):
    review = make.sent()
    own = reverse("copy_pdf", args=[review.reference, 1])
    for page in ("", "sent/", "copies/1/"):
        assert own in client_of(alice).get(f"/proposals/{review.reference}/{page}").text
    shown = client_of(carol).get(f"/reviews/{review.reference}/copies/1/").text
    assert reverse("review_copy_pdf", args=[review.reference, 1]) in shown
