"""The All County Letter as people read it: only what is kept, each version by its number."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.letter_page import SUBJECTS, quoted
from portal.models import GoverningLetter
from portal.models.letter import SENTENCES
from tests import make
from tests.pages import soup, words

pytestmark = pytest.mark.django_db

PEOPLE = ("alice", "amir", "bob", "carol", "dana", "erin", "frank")


@pytest.mark.acl("ACL-10")
@pytest.mark.parametrize("first_name", PEOPLE)
def test_everyone_signed_in_reads_the_letter_in_force_word_by_word(client_of, first_name):
    letter = GoverningLetter.objects.current()
    page = client_of(make.someone(first_name)).get("/letter/")
    rows = {dt.text: dt.find_next("dd").text.strip() for dt in soup(page).select("dt")}
    assert [rows[f"Responsibility {n}"] for n in range(1, 7)] == letter.responsibilities
    assert rows["Title"] == letter.title
    assert rows["Status"] == "Draft"
    assert rows["Date, as the letter gives it"] == "November XX, 2019"
    assert rows["Number of the letter"] == "Not kept in this portal"
    text = words(page)
    assert not [one for one in letter.sentences.values() if " ".join(one.split()) not in text]


def test_a_stranger_signs_in_first():
    for page in ("/letter/", "/letter/1/"):
        answer = Client().get(page)
        assert answer.status_code == 302
        assert answer["Location"].endswith(f"/accounts/login/?next={page}")


@pytest.mark.acl("ACL-17")
def test_it_says_that_these_are_parts_and_whom_to_ask_for_the_whole(client_of, alice):
    page = client_of(alice).get("/letter/")
    assert "These are parts of the letter, not the whole" in words(page)
    address = GoverningLetter.objects.current().mailbox
    assert soup(page).main.select_one(f'.notice a[href="mailto:{address}"]')


def test_each_sentence_the_portal_quotes_has_one_heading():
    keys = [key for _, keys in SUBJECTS for key in keys]
    assert sorted(keys) == sorted(SENTENCES)


def test_what_a_responsibility_says_already_is_not_read_twice():
    letter = GoverningLetter.objects.current()
    shown = [text for _, sentences in quoted(letter) for text in sentences]
    assert letter.sentences["connect"] in letter.responsibilities[0]
    assert letter.sentences["connect"] not in shown
    assert letter.sentences["direct"] in shown
    letter.sentences["connect"] = "Counties shall ask first."
    letter.responsibilities = ["Counties shall be careful."] * 6
    shown = [text for _, sentences in quoted(letter) for text in sentences]
    assert shown == [letter.sentences[key] for _, keys in SUBJECTS for key in keys]


def test_an_earlier_version_stays_to_be_read_and_says_that_it_is_no_longer_in_force(
    client_of, alice
):
    make.next_letter(title="A later letter", number="27-01", sentences={"direct": "Ask first."})
    client = client_of(alice)
    now = client.get("/letter/")
    assert "Ask first." in words(now)
    assert "27-01" in words(now)
    assert "no longer in force" not in words(now)
    assert soup(now).main.find("a", string="Version 1")["href"] == "/letter/1/"
    assert words(client.get("/letter/2/")).startswith("Version 2")
    before = client.get("/letter/1/")
    assert "This version is no longer in force" in words(before)
    assert GoverningLetter.objects.get(version=1).sentences["direct"] in words(before)
    assert "Ask first." not in words(before)
    link = soup(before).main.find("a", string="version 2, the one in force")
    assert link["href"] == "/letter/"


@pytest.mark.parametrize("version", ["2", "0", "3", "99999999999999999999999"])
def test_a_version_that_is_not_published_or_not_there_is_found_by_nobody(
    client_of, alice, erin, version
):
    make.next_letter(publish=False, title="Not yet a letter")
    for person in (alice, erin):
        assert client_of(person).get(f"/letter/{version}/").status_code == 404
        assert "Not yet a letter" not in words(client_of(person).get("/letter/"))


def test_words_of_a_letter_never_become_markup(client_of, alice):
    make.next_letter(title="<b id=hers>Bold</b>", sentences={"review": "<i id=hers>Slanted</i>"})
    page = client_of(alice).get("/letter/")
    assert not soup(page).select("#hers")
    assert "<i id=hers>Slanted</i>" in words(page)


def test_many_versions_ask_the_database_no_more_than_one(client_of, alice):
    client = client_of(alice)
    client.get("/letter/")
    few = asked(client)
    for _ in range(5):
        make.next_letter()
    assert asked(client) == few


def asked(client: Client) -> int:
    with CaptureQueriesContext(connection) as captured:
        client.get("/letter/")
    return len(captured)


def test_help_leads_there(client_of, alice):
    assert soup(client_of(alice).get("/help/")).main.select_one('a[href="/letter/"]')
