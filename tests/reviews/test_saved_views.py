"""A person's own views of the queue: a name for filters, and nobody else's business."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from portal import clock
from reviews import demonstration
from reviews.forms.queue_address import kept_query
from reviews.models import SavedView
from reviews.models.saved_views import MOST
from tests import make
from tests.pages import errors_on, form_on, messages_on, soup, words

pytestmark = pytest.mark.django_db

FILTERED = "view=all&rows=50&q=compass&county=01"


def save(client, name: str, query: str = FILTERED):
    return client.post("/reviews/views/", {"name": name, "query": query}, follow=True)


def links(client, address: str = "/reviews/?view=all") -> dict[str, str]:
    """The views that stand above the queue, by name, with where they lead."""
    found = soup(client.get(address)).select("nav[aria-label='Your views'] a.chip")
    return {one.text: one["href"] for one in found}


def test_a_view_keeps_the_filters_of_the_page_and_leads_back_to_them(client_of, carol):
    review = make.sent(tool_name="Compass")
    client = client_of(carol)
    page = client.get(f"/reviews/?{FILTERED}")
    kept = soup(page).select_one("form[action='/reviews/views/'] [name=query]")["value"]
    answer = save(client, "Compasses of Alameda", kept)
    assert answer.redirect_chain == [(f"/reviews/?{FILTERED}", 302)]
    assert messages_on(answer) == ["Saved as “Compasses of Alameda”. It stands above the queue."]
    assert links(client) == {"Compasses of Alameda": f"/reviews/?{FILTERED}"}
    here = soup(client.get(f"/reviews/?{FILTERED}"))
    assert here.select_one("a.chip[aria-current=page]").text == "Compasses of Alameda"
    assert [row.text for row in here.select("tbody th a")] == [review.reference]


def test_nobody_sees_names_or_removes_anothers_view(client_of, carol, dana):
    save(client_of(carol), "Carol's own")
    view = SavedView.objects.get()
    hers, his = client_of(carol), client_of(dana)
    assert links(his) == {}
    assert "Carol's own" not in words(his.get("/reviews/views/"))
    for path in (reverse("rename_view", args=[view.pk]), reverse("remove_view", args=[view.pk])):
        assert his.post(path, {"name": "Mine"}).status_code == 404
    assert his.get(reverse("rename_view", args=[view.pk])).status_code == 404
    assert list(links(hers)) == ["Carol's own"]


def test_words_that_are_too_long_as_an_address_are_not_kept_and_the_page_says_why(client_of, carol):
    # A letter that is none of ASCII takes six signs of an address, in which it is kept.
    answer = save(client_of(carol), "Long", f"view=all&q={'é' * 200}&vendor={'ж' * 200}")
    assert answer.status_code == 422
    (error,) = errors_on(answer)
    assert error.startswith("Search for fewer or shorter words")
    assert not SavedView.objects.exists()


def test_two_people_may_use_one_name(client_of, carol, dana):
    save(client_of(carol), "Late ones", "view=overdue")
    save(client_of(dana), "Late ones", "view=due-soon")
    assert links(client_of(carol)) == {"Late ones": "/reviews/?view=overdue"}
    assert links(client_of(dana)) == {"Late ones": "/reviews/?view=due-soon"}


def test_the_same_name_again_replaces_the_filters_in_capitals_or_not(client_of, carol):
    client = client_of(carol)
    save(client, "Late ones", "view=overdue")
    answer = save(client, "LATE ones", "view=due-soon")
    assert messages_on(answer)[0].startswith("Replaced what stood under “LATE ones”")
    assert links(client) == {"LATE ones": "/reviews/?view=due-soon"}


def test_the_database_holds_one_view_of_a_name_for_a_person(carol):
    SavedView.objects.keep(by=carol, name="Late", query="view=overdue")
    with pytest.raises(IntegrityError), transaction.atomic():
        SavedView.objects.create(person=carol, name="LATE", query="view=all", saved_at=clock.now())


def test_a_view_is_renamed_and_removed(client_of, carol):
    client = client_of(carol)
    save(client, "Late")
    view = SavedView.objects.get()
    rename = reverse("rename_view", args=[view.pk])
    assert form_on(client.get(rename)) == {"name": "Late"}
    client.post(rename, {"name": "Later"})
    assert list(links(client)) == ["Later"]
    answer = client.post(reverse("remove_view", args=[view.pk]), follow=True)
    assert messages_on(answer) == ["“Later” is removed from your views."]
    assert "You have no views yet" in words(answer)


def test_a_view_cant_take_the_name_of_another(client_of, carol):
    client = client_of(carol)
    save(client, "Late")
    save(client, "Soon")
    late = SavedView.objects.get(name="Late")
    answer = client.post(reverse("rename_view", args=[late.pk]), {"name": "soon"})
    assert answer.status_code == 422
    assert errors_on(answer) == ["You have another view named “soon”."]
    assert {one.name for one in SavedView.objects.all()} == {"Late", "Soon"}


def test_one_view_more_than_the_page_can_show_is_refused_in_words(client_of, carol):
    client = client_of(carol)
    for number in range(MOST):
        save(client, f"View {number}")
    answer = save(client, "One more")
    assert answer.status_code == 422
    assert "You have 20 views. Remove one, or replace one of them." in errors_on(answer)
    assert form_on(answer)["name"] == "One more"
    assert save(client, "View 3", "view=mine").status_code == 200
    assert SavedView.objects.count() == MOST


@pytest.mark.parametrize(
    ("name", "query", "sentence"),
    [
        ("", FILTERED, "Enter a name for the view"),
        ("   ", FILTERED, "Enter a name for the view"),
        ("n" * 61, FILTERED, "Shorten"),
        ("123-45-6789", FILTERED, "Take out the number"),
        ("Mrs. P", "view=all&q=123-45-6789", "Take out the number"),
        ("Mrs. P", "view=all&vendor=123-45-6789", "Take out the number"),
        ("\x01", FILTERED, "signs that can’t be shown"),
        # No page makes such an address; who sends one has changed the form.
        ("Long", "q=" + "a" * 3000, "did not arrive whole"),
    ],
)
def test_what_cant_be_kept_is_refused_in_words(client_of, carol, name, query, sentence):
    answer = save(client_of(carol), name, query)
    assert answer.status_code == 422
    assert sentence in " ".join(errors_on(answer))
    assert not SavedView.objects.exists()


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("", "view=all"),
        ("view=nothing&sort=tool&page=3", "view=all"),
        ("view=mine&county=99&rows=7&after=forged", "view=mine"),
        ("view=mine&next=//evil.example&county=04", "view=mine&county=04"),
        ("&&&=%00%ff", "view=all"),
    ],
)
def test_only_what_the_queue_can_follow_is_kept(client_of, carol, query, kept):
    save(client_of(carol), "Kept", query)
    assert SavedView.objects.get().query == kept


def test_the_demonstrations_own_views_are_ones_that_the_queue_keeps(settings, mail_folder):
    settings.DEMO = True
    demonstration.load()
    kept = SavedView.objects.values_list("query", flat=True)
    assert [kept_query(query) for query in kept] == list(kept) != []


def test_who_only_reads_bookmarks_the_address_instead(client_of, erin, frank):
    for person in (erin, frank):
        client = client_of(person)
        page = soup(client.get("/reviews/?view=all"))
        assert not page.select("[action='/reviews/views/']")
        assert client.get("/reviews/views/").status_code == 403
        assert client.post("/reviews/views/", {"name": "x"}).status_code == 403
