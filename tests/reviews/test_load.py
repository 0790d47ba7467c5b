"""Who reviews how much, and how it passes to others, also when someone leaves."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal import clock
from portal.models import JournalEntry, Role
from reviews.forms.queue import holders
from reviews.models import Review
from tests import make
from tests.pages import errors_on, form_on, messages_on, soup, words

pytestmark = pytest.mark.django_db

HEADS = ["Open", "Due soon", "Overdue", "Waiting for county"]


@pytest.fixture
def miguel(db):
    return make.person("miguel@cdss.example.gov", role=Role.REVIEWER, name="Miguel Santos")


def form_of(answer) -> dict:
    """The page's form as the browser sends it: the boxes stand in the table, beside the form."""
    boxes = soup(answer).select("input[name=pick][form=assign][checked]")
    return form_on(answer) | {"pick": [box["value"] for box in boxes]}


def ago(days: int):
    return clock.travel(clock.now() - timedelta(days=days))


def leave(person) -> None:
    person.is_active = False
    person.save()


def table(client) -> dict[str, list[str]]:
    """The rows of the page: the numbers of each person, in order."""
    found = {}
    for row in soup(client.get("/reviews/load/")).select("tbody tr"):
        name = next(row.th.stripped_strings)
        cells = [row.select_one(f"[data-label='{head}']") for head in HEADS]
        found[name] = [next(cell.stripped_strings) for cell in cells]
    return found


@pytest.fixture
def some(carol, dana, miguel) -> None:
    with ago(40):
        make.in_review(by=miguel)
    with ago(27):
        make.in_review(by=miguel)
    make.requested(make.in_review(by=miguel))
    make.in_review(by=carol)
    make.sent()
    make.decided(make.in_review(by=dana))


def test_each_reviewer_stands_there_with_what_is_open_due_late_and_waiting(some, client_of, carol):
    assert table(client_of(carol)) == {
        "Nobody yet": ["1", "0", "0", "0"],
        "Miguel Santos": ["3", "1", "1", "1"],
        carol.name: ["1", "0", "0", "0"],
        "Dana Okafor": ["0", "0", "0", "0"],
    }


def test_each_number_leads_to_the_queue_that_shows_just_these(some, client_of, carol):
    client = client_of(carol)
    links = [
        (link, number)
        for link in soup(client.get("/reviews/load/")).select("tbody td a[href*='?view=']")
        if (number := next(link.stripped_strings)).isdigit()
    ]
    assert {number for _, number in links} >= {"1", "3"}
    for link, number in links:
        shown = soup(client.get(link["href"]))
        assert str(len(shown.select("tbody tr"))) == number, link["href"]
        assert not shown.select(".errors")


def test_who_left_and_who_does_other_work_now_stand_first_with_a_warning(
    some, client_of, carol, miguel, dana
):
    dana.role = Role.COUNTY
    dana.save()
    make.in_review(by=make.someone("carol"))
    Review.objects.filter(assignee=carol).update(assignee=dana)
    leave(miguel)
    client = client_of(carol)
    assert list(table(client))[:3] == ["Nobody yet", "Miguel Santos", "Dana Okafor"]
    warned = soup(client.get("/reviews/load/")).select_one(".notice.warning").get_text(" ")
    assert "Miguel Santos: 3 open, 1 overdue" in " ".join(warned.split())
    assert "Dana Okafor: 2 open" in " ".join(warned.split())


def test_who_left_with_nothing_open_is_not_shown(client_of, carol, miguel):
    leave(miguel)
    assert "Miguel Santos" not in table(client_of(carol))


def test_all_open_ones_pass_to_another_reviewer_also_of_who_left(some, client_of, carol, miguel):
    leave(miguel)
    client = client_of(carol)
    page = f"/reviews/load/{miguel.pk}/"
    shown = client.get(page)
    assert soup(shown).caption.text.startswith("Open proposals of Miguel Santos")
    form = form_of(shown)
    assert len(form["pick"]) == 3
    answer = client.post(page, form | {"to": carol.pk}, follow=True)
    assert answer.redirect_chain == [("/reviews/load/", 302)]
    assert messages_on(answer)[0].startswith(f"Assigned to {carol.name}: CIP-")
    assert not Review.objects.filter(assignee=miguel).exists()
    assert JournalEntry.objects.filter(act="hand over", actor=carol).count() == 3
    assert "Miguel Santos" not in table(client)


def test_only_the_ticked_ones_pass(some, client_of, carol, dana, miguel):
    client = client_of(carol)
    page = f"/reviews/load/{miguel.pk}/"
    form = form_of(client.get(page))
    client.post(page, form | {"to": dana.pk, "pick": form["pick"][:1]})
    assert Review.objects.filter(assignee=miguel).count() == 2


def test_a_hundred_pass_at_once_and_the_page_says_that_others_follow(
    client_of, carol, dana, miguel, monkeypatch
):
    monkeypatch.setattr("reviews.load.AT_ONCE", 2)
    for _ in range(3):
        make.in_review(by=miguel)
    answer = client_of(carol).get(f"/reviews/load/{miguel.pk}/")
    assert "The first 2 of 3 open proposals" in words(answer)
    assert len(form_of(answer)["pick"]) == 2


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"pick": []}, "Select the proposals that you want to assign"),
        ({"to": ""}, "Choose a reviewer"),
        ({"to": "the same"}, "this one can’t take on proposals now"),
        ({"token": "forged"}, "Open the page again"),
    ],
)
def test_an_odd_form_is_refused_with_its_ticks(some, client_of, carol, miguel, changes, sentence):
    client = client_of(carol)
    page = f"/reviews/load/{miguel.pk}/"
    form = form_of(client.get(page))
    form |= {"to": carol.pk, "pick": form["pick"][:1]} | changes
    if form["to"] == "the same":
        form["to"] = miguel.pk
    answer = client.post(page, form)
    assert answer.status_code == 422
    assert sentence in " ".join(errors_on(answer))
    assert len(form_of(answer)["pick"]) == len(form["pick"])
    assert Review.objects.filter(assignee=miguel).count() == 3


def test_a_token_of_one_persons_page_is_none_for_another(some, client_of, carol, dana, miguel):
    client = client_of(carol)
    form = form_of(client.get(f"/reviews/load/{miguel.pk}/"))
    answer = client.post(f"/reviews/load/{dana.pk}/", form | {"to": carol.pk})
    assert answer.status_code == 422
    assert Review.objects.filter(assignee=miguel).count() == 3


def test_nobody_but_who_can_hold_a_review_has_such_a_page(client_of, carol, alice):
    client = client_of(carol)
    for number in (alice.pk, 999_999):
        assert client.get(f"/reviews/load/{number}/").status_code == 404
    assert "holds no open proposal" in words(client.get(f"/reviews/load/{carol.pk}/"))


def test_who_only_reads_sees_the_workload_and_hands_nothing_over(some, client_of, erin, miguel):
    client = client_of(erin)
    page = soup(client.get("/reviews/load/"))
    assert "Miguel Santos" in page.text
    assert not page.select(f"a[href='/reviews/load/{miguel.pk}/']")
    assert client.post(f"/reviews/load/{miguel.pk}/", {}).status_code == 403


def test_the_page_asks_the_same_however_many_reviewers_and_proposals(client_of, carol):
    client = client_of(carol)
    client.get("/help/")
    asked = []
    for _ in range(2):
        for number in range(4):
            who = f"reviewer{len(asked)}{number}@cdss.example.gov"
            make.in_review(by=make.person(who, role=Role.REVIEWER))
        with CaptureQueriesContext(connection) as queries:
            client.get("/reviews/load/")
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 8


def test_deactivating_someone_names_the_workload_where_it_is_handed_over(
    some, client_of, erin, miguel
):
    client = client_of(erin)
    page = f"/admin/portal/user/{miguel.pk}/change/"
    form = form_on(client.get(page))
    form.pop("is_active")
    answer = client.post(page, form, follow=True)
    told = soup(answer).select_one(".messagelist .warning")
    assert "Miguel Santos still holds 3 open" in told.text
    assert told.select_one("a[href='/reviews/load/']").text == "Workload"


def test_who_holds_something_is_found_without_reading_all_reviews_for_each_person(some, miguel):
    miguel.role = Role.COUNTY
    miguel.save()
    make.someone("bob")
    assert [one.name for one in holders()] == ["Carol Whitfield", "Dana Okafor", "Miguel Santos"]
    plan = holders().explain()
    # One takes the first of each person from an index; the other reads the open ones once.
    once = "hashed SubPlan" not in plan and "Limit" in plan
    assert once if connection.vendor == "postgresql" else "CORRELATED" not in plan, plan
