"""The letter that requests documents, in its looks: read first, sent, kept, printed (ACL-7)."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from pypdf import PdfReader

from portal import clock
from portal.models import JournalEntry, Notice
from portal.outbox import message_for
from reviews import letter_papers
from reviews.models import Request, Review
from tests import make
from tests.letters import of_html_mail, of_pdf, of_sheet, of_text_mail, on_one_line
from tests.pages import errors_on, form_on, soup, words
from tests.portal.test_paper import tags
from tests.reviews.test_requesting import filled, row, url, write

pytestmark = pytest.mark.django_db

WORDS = "Thank you for the proposal.\n\nTwo things are missing [see below]."
ROWS = (
    row(why="To see the risks.\nAll of them, <please>."),
    row(1, "answer:hosting", why="Which data center?", by=write(20)),
)


@pytest.fixture
def review(carol) -> Review:
    return make.in_review()


@pytest.fixture
def asked(review) -> Request:
    return make.requested(review)


@pytest.fixture
def logo_is_gone(settings, tmp_path) -> None:
    """No PDF of a letter can be made."""
    settings.LETTERHEAD_LOGO = tmp_path / "gone.svg"


def paper_of(asked: Request) -> bytes:
    return letter_papers.request_on_paper(asked).made()


def address(name: str, asked: Request) -> str:
    return reverse(name, args=[asked.review.reference, asked.notice.pk])


@pytest.mark.acl("ACL-8")
def test_its_preview_html_pdf_and_mail_say_the_same(client_of, alice, carol, review, settings):
    settings.LETTERHEAD = ["744 Example Street, Sacramento, CA 95814"]
    desk, county = client_of(carol), client_of(alice)
    typed = filled(desk, review, *ROWS, words=WORDS)
    preview = desk.post(url(review), typed | {"show": "letter"})
    preview_pdf = desk.post(url(review), typed | {"pdf": "1"})
    assert (preview.status_code, preview_pdf["Content-Type"]) == (200, "application/pdf")
    assert not Request.objects.exists()
    assert desk.post(url(review), typed).status_code == 302

    asked = Request.objects.get()
    mail = message_for(asked.notice.recipients.first())
    looks = {
        "preview": of_sheet(preview),
        "PDF before it leaves": of_pdf(preview_pdf.content),
        "page of CDSS": of_sheet(desk.get(address("review_letter", asked))),
        "page of the county": of_sheet(county.get(address("letter", asked))),
        "PDF of CDSS": of_pdf(desk.get(address("review_letter_pdf", asked)).content),
        "PDF of the county": of_pdf(county.get(address("letter_pdf", asked)).content),
        "enclosed PDF": of_pdf(mail.attachments[0][1]),
        "mail": of_text_mail(mail.body),
        "mail in HTML": of_html_mail(mail.alternatives[0][0]),
        "kept": on_one_line(asked.full_letter),
    }
    assert len(set(looks.values())) == 1, looks
    said = looks["mail"]
    for part in (
        "744 Example Street",
        "Two things are missing [see below].",
        f"1. Risk assessment (by {write(14)}): To see the risks. All of them, <please>.",
        f"2. Change an answer: Where is it hosted? (by {write(20)}): Which data center?",
        "When you send your response, a new thirty-day period starts",
        f"{carol.name} {carol.title} Adult Programs Division",
    ):
        assert part in said, said
    assert asked.full_letter in asked.notice.text
    assert letter_papers.NOT_SENT not in said


# Before it leaves


def test_the_pdf_beforehand_keeps_nothing_and_says_outside_its_words_that_it_was_not_sent(
    client_of, carol, review
):
    desk, entries = client_of(carol), JournalEntry.objects.count()
    answer = desk.post(url(review), filled(desk, review, *ROWS) | {"pdf": "1"})
    assert answer["Content-Disposition"].endswith('draft-not-sent.pdf"')
    reader = PdfReader(io.BytesIO(answer.content))
    assert reader.pages[0].extract_text().count(letter_papers.NOT_SENT) == 1
    assert reader.metadata.title.startswith(f"{letter_papers.NOT_SENT}: Request 1 of CDSS: ")
    assert not Request.objects.exists()
    assert not Notice.objects.filter(event__startswith="requested:").exists()
    assert JournalEntry.objects.count() == entries


def test_a_request_with_mistakes_has_no_pdf_yet(client_of, carol, review):
    desk = client_of(carol)
    answer = desk.post(url(review), filled(desk, review, row(why="")) | {"pdf": "1"})
    assert answer.status_code == 422
    assert errors_on(answer) == ["Item 1: Write why it is needed, or use a wording"]


def test_a_pdf_that_fails_beforehand_leaves_the_letter_on_the_page(
    client_of, carol, review, logo_is_gone
):
    desk = client_of(carol)
    answer = desk.post(url(review), filled(desk, review, *ROWS) | {"pdf": "1"})
    assert answer.status_code == 503
    assert errors_on(answer) == ["The PDF can't be made now. The page shows the same letter"]
    assert "To see the risks." in of_sheet(answer)
    assert desk.post(url(review), form_on(answer)).status_code == 302


# What is kept


def test_the_letter_stays_as_it_left_whatever_changes_later(asked, carol):
    made, letter = paper_of(asked), asked.full_letter
    item = asked.items.first()
    item.extend(make.in_days(60), by=carol)
    carol.name, carol.title = "Carol Newname", "Director"
    carol.save()
    asked = Request.objects.get()
    with clock.travel(clock.instant(make.in_days(40), clock.pacific(clock.now()).time())):
        assert paper_of(asked) == made
    assert asked.full_letter == letter


def test_no_letter_is_on_record_as_sent_without_its_words(asked):
    with pytest.raises(IntegrityError), transaction.atomic():
        Request.objects.update(letter="")


def test_it_is_tagged_as_the_standard_asks_with_its_list_and_headings(review):
    items = [make.document_item(), make.answer_item()]
    asked = make.requested(review, items=items)
    made = paper_of(asked)
    reader = PdfReader(io.BytesIO(made))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "en-US"
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_object().get_data()
    assert (
        reader.metadata.title == f"Request 1 of CDSS: Caseload Compass ({asked.review.reference})"
    )
    found = tags(made)
    assert (found.count("/H1"), found.count("/H2")) == (1, 3)
    assert (found.count("/L"), found.count("/LI")) == (1, 2)


@pytest.mark.parametrize(
    "odd", ["#panic() $x$ `y` *z* <a> @b // c", "🙂 資料", "w" * 300, "[a] {b}"]
)
def test_whatever_was_written_makes_a_letter(review, odd):
    asked = make.requested(review, items=[make.answer_item(why=odd)], words=f"{odd}\n\n1. {odd}")
    text = of_pdf(paper_of(asked))
    if odd.isascii():
        assert "".join(text.split()).count("".join(odd.split())) == 3


def test_thirty_long_reasons_make_a_letter(review):
    items = [make.document_item("other", why="It must be seen. " * 110) for _ in range(30)]
    asked = make.requested(review, items=items)
    assert len(PdfReader(io.BytesIO(paper_of(asked))).pages) > 10


# Who reads it


@pytest.mark.parametrize(
    ("name", "page", "at"),
    [
        ("amir", "letter", "letter_pdf"),
        ("carol", "review_letter", "review_letter_pdf"),
        ("frank", "review_letter", "review_letter_pdf"),
    ],
)
def test_the_page_of_the_letter_leads_to_its_pdf_and_who_takes_it_stands_in_the_journal(
    client_of, asked, name, page, at
):
    client = client_of(make.someone(name))
    link = address(at, asked)
    assert [one["href"] for one in soup(client.get(address(page, asked))).select("main a")].count(
        link
    ) == 1
    answer = client.get(link)
    assert answer.content == paper_of(asked)
    file_name = f"{asked.review.reference}-request-1.pdf"
    assert answer["Content-Disposition"] == f'attachment; filename="{file_name}"'
    entry = JournalEntry.objects.get(act="download letter")
    assert (entry.actor.email.partition("@")[0], entry.data) == (name, {"request": 1})
    history = client_of(make.someone("carol")).get(
        reverse("history", args=[asked.review.reference])
    )
    assert "downloaded the letter of request 1 as a PDF" in words(history)


def test_no_other_county_has_it(client_of, alice, bob, asked):
    assert client_of(bob).get(address("letter", asked)).status_code == 404
    assert client_of(bob).get(address("letter_pdf", asked)).status_code == 404
    assert client_of(alice).get(address("review_letter_pdf", asked)).status_code == 404
    other = make.in_review().reference
    theirs = reverse("letter_pdf", args=[other, asked.notice.pk])
    assert client_of(alice).get(theirs).status_code == 404


def test_a_request_from_before_its_letter_was_kept_is_read_as_its_mail(client_of, alice, asked):
    link, page = address("letter_pdf", asked), address("letter", asked)
    Request.objects.update(notice=None, letter="", frame={})
    answer = client_of(alice).get(page)
    assert "CDSS needs more from you" in words(answer)
    assert link not in answer.content.decode()
    assert client_of(alice).get(link).status_code == 404


def test_a_pdf_that_fails_leads_to_the_page_that_says_the_same(
    client_of, alice, asked, logo_is_gone
):
    answer = client_of(alice).get(address("letter_pdf", asked))
    assert answer.status_code == 503
    assert soup(answer).select_one(f'main a[href="{address("letter", asked)}"]')
    assert "To see which risks" in of_sheet(client_of(alice).get(address("letter", asked)))
    assert not JournalEntry.objects.filter(act="download letter").exists()


# The mail


def test_the_mail_brings_the_letter_as_the_same_pdf_to_each_recipient(asked):
    for recipient in asked.notice.recipients.all():
        assert message_for(recipient).attachments == [
            (f"{asked.review.reference}-request-1.pdf", paper_of(asked), "application/pdf")
        ]


def without_setting(settings: Any) -> None:
    settings.LETTER_PDF = False


def without_logo(settings: Any) -> None:
    settings.LETTERHEAD_LOGO = settings.VAR / "gone.svg"


@pytest.mark.parametrize("lacking", [without_setting, without_logo])
def test_without_the_pdf_the_mail_says_all_the_same(
    settings, asked, lacking: Callable[[Any], None]
):
    lacking(settings)
    mail = message_for(asked.notice.recipients.first())
    assert mail.attachments == []
    assert of_text_mail(mail.body) == on_one_line(asked.full_letter)
