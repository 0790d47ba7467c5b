"""Queries that are kept: what they find is what is there now, and theirs who ask."""

from datetime import timedelta

import pytest
from django.db.models import CharField, DateTimeField, Q

from portal import clock
from portal.models import County, Role, User
from proposals.models import Proposal
from reviews import composed as kept
from reviews import queue
from reviews.composed import Composed, Given, Whole, composed, how_many
from reviews.models import Review, Visit
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


def one_case() -> Whole:
    rows = Review.objects.filter(proposal__reference=Given("reference", CharField))
    related = {"proposal": Proposal, "proposal__county": County, "assignee": User}
    rows = rows.annotate(is_new=Q(status="submitted"))
    return Whole(rows, related, besides=["is_new"], without={"proposal__purpose"})


def test_whole_objects_are_those_that_django_makes(carol, django_assert_num_queries):
    asked = one_case()
    for review in (make.in_review(by=carol), make.sent()):
        with django_assert_num_queries(1):
            (found,) = asked.ask(reference=review.reference)
            assert (found.assignee and found.assignee.name) == (
                review.assignee and review.assignee.name
            )
            assert found.proposal.county.official_name == "Alameda County"
            assert found.proposal.review is found
        plain = Review.objects.get(pk=review.pk)
        for one, other in ((found, plain), (found.proposal, plain.proposal)):
            names = set(vars(one)) - {"_state", "is_new"}
            assert {name: getattr(one, name) for name in names} == {
                name: getattr(other, name) for name in names
            }
        assert found.is_new is (found.assignee is None)
        assert not found._state.adding


def test_what_is_left_out_is_read_when_it_is_wanted(django_assert_num_queries):
    review = make.sent(purpose="It plans visits.")
    (found,) = one_case().ask(reference=review.reference)
    assert "purpose" in found.proposal.get_deferred_fields()
    with django_assert_num_queries(1):
        assert found.proposal.purpose == "It plans visits."


def test_each_asking_is_answered_for_itself(carol):
    asked, reviews = one_case(), [make.sent(), make.in_review(by=carol)]
    for review in reviews:
        assert [one.pk for one in asked.ask(reference=review.reference)] == [review.pk]
    assert asked.ask(reference="CIP-2026-9999") == []
    assert asked.ask(reference="' OR 1=1 --") == []
    with pytest.raises(KeyError):
        asked.ask()


def test_a_moment_is_given_as_the_database_keeps_it(carol):
    Visit.objects.opened(make.in_review(), by=carol)
    asked = Whole(Visit.objects.filter(at__gt=Given("since", DateTimeField)), {"user": User})
    (visit,) = asked.ask(since=clock.now() - timedelta(minutes=1))
    assert visit.user == carol
    assert visit.at == Visit.objects.get().at
    assert asked.ask(since=clock.now() + timedelta(minutes=1)) == []
