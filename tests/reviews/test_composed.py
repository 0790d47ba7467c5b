"""Queries that are kept: what they find is what is there now, and theirs who ask."""

import pytest

from portal import clock
from portal.models import County, Role, User
from reviews import composed as kept
from reviews import queue
from reviews.composed import Composed, composed, how_many
from reviews.models import Review
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def none_kept(monkeypatch):
    monkeypatch.setattr(kept, "_kept", {})


def test_it_reads_every_value_as_django_does(carol):
    make.decided(make.in_review(by=carol))
    make.requested(make.in_review())
    make.sent()
    rows = queue.lines(queue.found(carol, "all", {}, clock.today()))
    assert Composed(rows).ask() == list(rows)
    assert len(rows) == 3


def test_what_is_kept_is_the_question_and_never_the_answer(carol, django_assert_num_queries):
    def asked() -> list[str]:
        return [line.reference for line in queue.page(carol, "all", {}, clock.today()).rows]

    assert asked() == []
    one = make.sent()
    assert asked() == [one.reference]
    Review.objects.filter(pk=one.pk).update(status="draft", due=None)
    with django_assert_num_queries(1):
        assert asked() == []


def test_who_becomes_somebody_else_asks_something_else(carol, alice):
    make.sent()
    today = clock.today()
    assert queue.counts(carol, {}, today, views=["all"])["all"] == 1
    User.objects.filter(pk=carol.pk).update(role=Role.COUNTY)
    carol = User.objects.get(pk=carol.pk)
    assert queue.counts(carol, {}, today, views=["all"])["all"] == 0
    assert not queue.page(carol, "all", {}, today).rows


def test_each_person_day_view_filter_and_place_has_its_own(carol, dana):
    mine, theirs = make.in_review(by=carol), make.in_review(by=dana)

    def asked(user, view="all", days=0, **filters):
        page = queue.page(user, view, filters, make.in_days(days), size=filters.pop("size", 25))
        return {line.reference for line in page.rows}

    for _ in range(2):
        assert asked(carol, "mine") == {mine.reference}
        assert asked(dana, "mine") == {theirs.reference}
        assert asked(carol) == asked(carol, county="01") == {mine.reference, theirs.reference}
        assert asked(carol, county="04") == asked(carol, "overdue") == set()
        assert asked(carol, "overdue", days=60) == {mine.reference, theirs.reference}
        assert asked(carol, q=mine.reference) == {mine.reference}
        assert asked(carol, q=theirs.reference) == {theirs.reference}


def test_only_a_view_of_ones_own_is_another_for_each_person(carol, dana):
    today = clock.today()
    for view in queue.VIEWS.values():
        assert (view.holds(carol, today) != view.holds(dana, today)) == view.own, view.key


def test_where_nothing_can_be_found_nothing_is_asked(django_assert_num_queries):
    none = Composed(County.objects.filter(pk__in=[]).values_list("pk"))
    some = Composed(County.objects.values_list("pk")[:10])
    with django_assert_num_queries(0):
        assert none.ask() == []
        assert how_many({"none": none}) == {"none": 0}
    with django_assert_num_queries(1):
        assert how_many({"none": none, "some": some}) == {"none": 0, "some": 10}


def test_one_of_many_values_is_not_kept_and_no_more_than_so_many_are(monkeypatch):
    composed("many", lambda: County.objects.filter(pk__in=map(str, range(200))).values_list("pk"))
    assert not kept._kept
    monkeypatch.setattr(kept, "MOST_KEPT", 3)
    for number in range(10):
        composed(number, lambda: County.objects.values_list("pk"))
        assert 0 < len(kept._kept) <= 3
