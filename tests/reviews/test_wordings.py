"""The library of wordings: why CDSS asks for a document or an answer, in words used again."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal import clock
from portal.journal import verify
from portal.models import JournalEntry
from proposals.sections import DOCUMENT_KINDS
from reviews.models import StandardWording
from reviews.moves import MoveRefused
from reviews.to_ask import what_can_be_asked
from tests import make
from tests.pages import errors_on, form_on, messages_on, soup, words

pytestmark = pytest.mark.django_db
LIST = "/reviews/wordings/"
MINE = {"what": "answer:hosting", "title": "Which data center", "text": "Please name it."}


def mine(by) -> StandardWording:
    return StandardWording.objects.add(by=by, **MINE)


@pytest.mark.acl("ACL-7")
def test_every_kind_of_document_has_a_wording_from_the_start():
    known = {value for _, several in what_can_be_asked()[1:] for value, _ in several}
    found = StandardWording.objects.by_subject()
    assert {f"document:{key}" for key, _ in DOCUMENT_KINDS} <= set(found)
    assert set(found) <= known | {""}
    for several in found.values():
        for one in several:
            assert one.text.endswith(".") and "Please" in one.text, one.text


def test_loading_again_adds_nothing_and_brings_nothing_back(carol):
    first = StandardWording.objects.open().first()
    first.end(by=carol)
    changed = StandardWording.objects.open().first().change(by=carol, **MINE)
    before = StandardWording.objects.count()
    call_command("load_wordings")
    assert StandardWording.objects.count() == before
    first.refresh_from_db()
    assert first.ended_at
    assert StandardWording.objects.open().filter(pk=changed.pk).exists()


def test_a_reviewer_adds_one_and_it_is_on_record(client_of, carol):
    client = client_of(carol)
    typed = form_on(client.get(f"{LIST}add/")) | MINE
    answer = client.post(f"{LIST}add/", typed, follow=True)
    assert messages_on(answer) == ["Added. Requests offer it from now on."]
    assert "Which data center" in words(answer)
    wording = StandardWording.objects.get(title="Which data center")
    assert (wording.added_by, wording.text) == (carol, "Please name it.")
    entry = JournalEntry.objects.get(act="add wording")
    assert (entry.actor, entry.subject, entry.data["text"]) == (
        carol,
        str(wording.pk),
        "Please name it.",
    )
    assert not verify()


def test_pressed_twice_it_is_added_once(client_of, carol):
    client = client_of(carol)
    typed = form_on(client.get(f"{LIST}add/")) | MINE
    assert [client.post(f"{LIST}add/", typed).status_code for _ in range(2)] == [302, 302]
    assert StandardWording.objects.filter(added_by=carol).count() == 1


def test_a_change_puts_a_new_one_in_its_place_and_keeps_the_old(client_of, carol, dana):
    old = mine(carol)
    client, page = client_of(dana), reverse("change_wording", args=[old.pk])
    answer = client.post(page, form_on(client.get(page)) | {"text": "Name it, please."})
    assert answer.status_code == 302
    old.refresh_from_db()
    new = StandardWording.objects.open().get(title="Which data center")
    assert (old.text, old.ended_by, new.text, new.replaces) == (
        "Please name it.",
        dana,
        "Name it, please.",
        old,
    )
    assert JournalEntry.objects.get(act="change wording").data["replaces"] == old.pk
    assert client.get(page).status_code == 409


def test_of_two_who_change_one_the_second_reads_so_and_keeps_the_words(client_of, carol, dana):
    old = mine(carol)
    client, page = client_of(carol), reverse("change_wording", args=[old.pk])
    typed = form_on(client.get(page)) | {"text": "Mine, later."}
    old.change(by=dana, **MINE | {"text": "Hers."})
    answer = client.post(page, typed)
    assert answer.status_code == 409
    assert f"{dana} changed this wording on" in errors_on(answer)[0]
    assert form_on(answer)["text"] == "Mine, later."
    assert StandardWording.objects.open().filter(what=MINE["what"]).latest("pk").text == "Hers."


def test_an_unchanged_wording_stays_as_it_is(client_of, carol):
    old = mine(carol)
    client, page = client_of(carol), reverse("change_wording", args=[old.pk])
    client.post(page, form_on(client.get(page)))
    old.refresh_from_db()
    assert old.ended_at is None
    assert not JournalEntry.objects.filter(act="change wording").exists()


def test_an_ended_one_is_offered_no_longer_and_twice_is_once(client_of, carol, dana):
    old = mine(carol)
    client, page = client_of(carol), reverse("end_wording", args=[old.pk])
    assert [client.post(page).status_code for _ in range(2)] == [302, 302]
    assert "Which data center" not in words(client.get(LIST))
    assert JournalEntry.objects.filter(act="end wording").count() == 1
    assert client_of(dana).post(page).status_code == 409


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": ""}, "Write a title, so that reviewers can choose it"),
        ({"text": " "}, "Write the wording that the county reads"),
        ({"what": "document:spell"}, "Choose from the answers shown"),
        ({"title": "x" * 81}, "80"),
        ({"text": "x" * 2001}, "2,000"),
        ({"text": "Like 123-45-6789."}, "Social Security"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_added(client_of, carol, changes, sentence):
    client = client_of(carol)
    answer = client.post(f"{LIST}add/", form_on(client.get(f"{LIST}add/")) | MINE | changes)
    assert answer.status_code == 422
    assert sentence in " ".join(errors_on(answer))
    assert not StandardWording.objects.filter(added_by=carol).exists()


def test_a_forged_form_adds_nothing(client_of, carol, dana):
    client = client_of(carol)
    typed = form_on(client.get(f"{LIST}add/")) | MINE
    theirs = form_on(client_of(dana).get(f"{LIST}add/"))["token"]
    for token, sentence in (
        ("forged", "This form was not made by the portal."),
        (theirs, "This form was made for another person or another step."),
    ):
        answer = client.post(f"{LIST}add/", typed | {"token": token})
        assert answer.status_code == 409
        assert sentence in errors_on(answer)[0]
        assert form_on(answer)["text"] == MINE["text"]
    assert not StandardWording.objects.filter(added_by=carol).exists()


def test_who_says_that_it_is_no_case_number_is_on_record(client_of, carol):
    client = client_of(carol)
    typed = form_on(client.get(f"{LIST}add/")) | MINE | {"text": "Like 123-45-6789."}
    client.post(f"{LIST}add/", typed | {"no_case_data": "on"})
    wording = StandardWording.objects.get(added_by=carol)
    assert JournalEntry.objects.get(act="say it is no case data").subject == str(wording.pk)


@pytest.mark.parametrize("name", ["erin", "frank"])
def test_administrators_and_auditors_read_and_change_nothing(client_of, name):
    client = client_of(make.someone(name))
    page = soup(client.get(LIST))
    assert page.select("tbody tr")
    # They filter and leaf; no link leads to a wording.
    links = [link["href"] for link in page.select("main a[href*=wordings]")]
    assert all(link.startswith(f"{LIST}?") for link in links)
    assert client.get(f"{LIST}add/").status_code == 403
    with pytest.raises(MoveRefused):
        mine(make.someone(name))
    with pytest.raises(MoveRefused):
        StandardWording.objects.open().first().end(by=make.someone(name))


def test_a_wording_that_is_not_there_is_not_found(client_of, carol):
    for name in ("change_wording", "end_wording"):
        assert client_of(carol).post(reverse(name, args=[999_999_999])).status_code == 404


def listed(page) -> list[str]:
    """The titles on a page of the list."""
    return [one.text for one in page.select("tbody th .muted")]


def test_a_long_library_is_leafed_through_and_each_wording_seen_once(client_of, carol):
    several = StandardWording.objects.bulk_create(
        StandardWording(
            what=MINE["what"],
            title=f"Wording {place}",
            text="Please say where the server stands. " * 9,
            added_by=carol,
            added_at=clock.now(),
        )
        for place in range(200)
    )
    client = client_of(carol)
    page, seen, pages = soup(client.get(LIST)), [], 0
    assert listed(page) == [one.title for one in several[:-26:-1]]
    while page:
        seen += listed(page)
        pages += 1
        link = page.select_one("main a[rel=next]")
        page = soup(client.get(link["href"])) if link else None
    assert sorted(seen) == sorted(one.title for one in StandardWording.objects.open())
    assert pages == -(-len(seen) // 25)
    assert len(client.get(LIST).content) < 60_000


def test_the_list_asks_as_often_for_two_hundred_as_for_a_few(client_of, carol):
    client = client_of(carol)
    client.get(LIST)
    asked = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST)
        asked.append(len(queries))
        for _ in range(60):
            mine(carol)
    assert asked[0] == asked[1]


def test_the_list_is_filtered_by_what_a_wording_is_for(client_of, carol):
    one, client = mine(carol), client_of(carol)
    for_any = StandardWording.objects.add(by=carol, what="", title="Any", text="Please say.")
    answer = client.get(LIST, {"what": one.what})
    assert listed(soup(answer))[0] == one.title
    assert len(listed(soup(answer))) == StandardWording.objects.open().filter(what=one.what).count()
    assert listed(soup(client.get(LIST, {"what": "any"})))[0] == for_any.title
    assert "For:" in soup(answer).select_one(".chip").text
    StandardWording.objects.open().filter(what=one.what).update(
        ended_at=clock.now(), ended_by=carol
    )
    assert "No wording for this yet" in words(client.get(LIST, {"what": one.what}))


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("what=document:spell", "Choose “For” from the list"),
        ("after=forged", "That place in this list is not known"),
        ("rows=9", "Choose 25, 50 or 100 rows"),
    ],
)
def test_an_odd_address_of_the_list_is_named_and_shows_the_first_page(
    client_of, carol, query, sentence
):
    answer = client_of(carol).get(f"{LIST}?{query}")
    assert answer.status_code == 200
    assert sentence in words(answer)
    assert len(listed(soup(answer))) == 25
