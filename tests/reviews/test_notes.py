"""Internal notes: a route, a model and a form of their own; only CDSS ever reads them."""

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from portal.models import JournalEntry, Notice
from reviews.models import Note, Review
from tests import make

pytestmark = pytest.mark.django_db


def address(review: Review) -> str:
    return reverse("notes", args=[review.reference])


def write(client, review: Review, text: str):
    page = BeautifulSoup(client.get(address(review)).content, "html.parser")
    form = {one["name"]: one.get("value", "") for one in page.select("main form[novalidate] input")}
    return client.post(address(review), form | {"text": text})


def test_a_reviewer_writes_a_note_that_colleagues_and_administrators_read(
    client_of, carol, dana, erin
):
    review = make.in_review()
    assert write(client_of(carol), review, "Ask about\nthe wipe tool.").status_code == 302
    for reader in (carol, dana, erin):
        page = client_of(reader).get(address(review)).content.decode()
        assert "Ask about<br>the wipe tool." in page
        assert "Only CDSS sees this" in page


def test_a_note_goes_to_nobody_and_is_on_record_without_its_text(client_of, carol):
    review = make.in_review()
    before = Notice.objects.count()
    write(client_of(carol), review, "Zebra.")
    assert Notice.objects.count() == before
    entry = JournalEntry.objects.get(act="note")
    assert "Zebra" not in str(entry.data)


def test_an_auditor_finds_neither_the_page_nor_its_tab(client_of, carol, frank):
    review = make.in_review()
    Note.objects.write(review, by=carol, text="Zebra.")
    client = client_of(frank)
    assert client.get(address(review)).status_code == 404
    assert client.post(address(review), {"text": "x"}).status_code == 404
    page = client.get(reverse("review", args=[review.reference])).content.decode()
    assert address(review) not in page
    assert "Zebra" not in page


def test_an_administrator_reads_and_writes_none(client_of, erin):
    review = make.in_review()
    page = BeautifulSoup(client_of(erin).get(address(review)).content, "html.parser")
    assert page.select("main form[novalidate]") == []
    assert client_of(erin).post(address(review), {"text": "x"}).status_code == 404
    assert not Note.objects.exists()


def test_a_county_finds_no_notes(client_of, alice, bob):
    review = make.in_review()
    for person in (alice, bob):
        assert client_of(person).get(address(review)).status_code == 404
        assert client_of(person).post(address(review), {"text": "x"}).status_code == 404


def test_pressing_the_button_twice_keeps_one_note(client_of, carol):
    review, client = make.in_review(), client_of(carol)
    page = BeautifulSoup(client.get(address(review)).content, "html.parser")
    form = {one["name"]: one.get("value", "") for one in page.select("main form[novalidate] input")}
    for _ in range(2):
        assert client.post(address(review), form | {"text": "Once."}).status_code == 302
    assert Note.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "sentence"), [("", "Write the note first"), ("x" * 5001, "by 1 character")]
)
def test_an_empty_or_long_note_is_answered_with_a_sentence(client_of, carol, text, sentence):
    review, client = make.in_review(), client_of(carol)
    answer = write(client, review, text)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert text in answer.content.decode()


def test_a_forged_form_writes_nothing_and_says_so(client_of, carol):
    review, client = make.in_review(), client_of(carol)
    form = {"seen": review.version, "token": "forged", "text": "A note."}
    answer = client.post(address(review), form)
    assert answer.status_code == 409
    assert "A note." in answer.content.decode()
    assert not Note.objects.exists()
