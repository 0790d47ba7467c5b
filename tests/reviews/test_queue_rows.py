"""A row of the queue's table is written once, and anew when anything in it changes."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup

from portal import clock
from portal.models import County, User
from reviews import queue
from reviews.models import Idea, Message, Review
from reviews.queue_rows import _row, written
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_written():
    _row.cache_clear()


def rows(user, days: int = 0, **told) -> list[str]:
    page = queue.page(user, "all", {}, make.in_days(days))
    found = written(page.rows, make.in_days(days), **({"boxes": True} | told))
    return [" ".join(BeautifulSoup(one, "html.parser").text.split()) for one in found]


def test_the_same_row_is_written_once(carol):
    make.sent()
    assert rows(carol) == rows(carol)
    assert _row.cache_info()[:2] == (1, 1)


def test_whatever_changes_in_a_row_is_seen_at_once(carol, dana, alice):
    review = make.sent(tool_name="Compass")
    changes = {
        "the day": lambda: None,
        "who": lambda: review.take(by=carol),
        "news": lambda: Message.objects.write(review, by=alice, text="Any news?"),
        "flags": lambda: Review.objects.filter(pk=review.pk).update(flags="|ssn|"),
        "an idea": lambda: Idea.objects.mark(review, by=carol),
        "the person's name": lambda: User.objects.filter(pk=carol.pk).update(name="Caroline"),
        "the county's name": lambda: County.objects.filter(pk="01").update(name="Alamedas"),
        "a draft": lambda: make.drafted_decision(Review.objects.get(pk=review.pk)),
        "the end": lambda: Review.objects.get(pk=review.pk).withdraw(by=alice, why="No."),
    }
    seen = rows(carol, days=-1)
    for name, change in changes.items():
        change()
        now = rows(carol)
        assert now != seen, name
        seen = now
    assert "Withdrawn" in seen[0] and "Caroline" in seen[0] and "Alamedas" in seen[0]


def test_the_days_that_are_left_are_counted_anew_each_day(carol):
    # The last day may have moved off a weekend, whichever day it is now.
    last = (make.sent().due - clock.today()).days
    left = [rows(carol, days)[0] for days in (0, 1, last + 1)]
    assert len(set(left)) == 3
    assert "Overdue by 1 day" in left[2]


def test_a_box_stands_where_one_may_tick_and_is_ticked_for_whom_it_was(carol):
    reference = make.sent().reference
    lines = queue.page(carol, "all", {}, clock.today()).rows
    told = {
        (boxes, ticked): BeautifulSoup(
            written(lines, clock.today(), boxes=boxes, ticked=ticked)[0], "html.parser"
        ).find("input")
        for boxes in (True, False)
        for ticked in ((), (reference,))
    }
    assert not told[True, ()].has_attr("checked")
    assert told[True, (reference,)].has_attr("checked")
    assert told[False, ()] is told[False, (reference,)] is None


def test_a_row_says_the_same_as_its_review(carol, dana, alice):
    with clock.travel(clock.now() - timedelta(days=3)):
        make.decided(make.in_review(by=carol))
    make.drafted_decision(make.in_review(by=dana))
    closed = make.sent()
    closed.withdraw(by=alice, why="No.")
    lines = queue.page(carol, "all", {}, clock.today()).rows
    assert len(lines) == 3
    for line in lines:
        review = Review.objects.for_lists().get(pk=line.id)
        for name in ("where", "label", "is_open"):
            assert getattr(line, name) == getattr(review, name)
        assert line.title == review.proposal.title
        assert queue.waits_for(line) == queue.waits_for(review)
        assert queue.flags(line) == queue.flags(review)
