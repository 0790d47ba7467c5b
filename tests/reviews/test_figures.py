"""The statewide figures: medians and shares from groups, and the same as a plain walk over rows."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from statistics import median as plain_median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal import clock
from portal.models import County, Notice
from proposals.models import Proposal
from reviews import deadlines, figures, tallies
from reviews.models import Condition, Decision, Review, Round
from reviews.models.receipts import flags_of
from reviews.moves import CLOSED, OPEN, WITH_CDSS
from reviews.tallies import Span
from tests import make
from tests.reviews.explained import plan_of

TODAY = date(2027, 1, 27)
YEAR = Span(date(2026, 2, 1), date(2027, 1, 31), TODAY)
METHODS = [[], ["ddl"], ["direct"], ["writes", "virtual_user"], ["screen_scraping", "ddl"]]


class TestMedian:
    @given(st.lists(st.integers(0, 90), min_size=1))
    def test_it_is_the_middle_of_all_the_numbers(self, numbers):
        assert figures.median(Counter(numbers)) == plain_median(numbers)

    def test_of_nothing_there_is_none(self):
        assert figures.median({}) is None

    def test_between_two_it_is_half_way_and_a_whole_number_stays_one(self):
        assert figures.median({17: 1, 18: 1}) == 17.5
        assert repr(figures.median({16: 1, 18: 1})) == "17"


class TestShare:
    @given(st.integers(0, 5000), st.integers(1, 5000))
    def test_all_is_said_of_all_alone_and_none_of_none(self, part, whole):
        part = min(part, whole)
        share = figures.percent(part, whole)
        assert (share == 100) == (part == whole)
        assert (share == 0) == (part == 0)
        assert abs(share - 100 * part / whole) <= 1

    def test_of_nothing_there_is_none(self):
        assert figures.percent(0, 0) is None


def test_months_are_whole_and_cross_the_year():
    assert figures.months(Span(date(2026, 11, 1), date(2027, 2, 28), TODAY)) == [
        date(2026, 11, 1),
        date(2026, 12, 1),
        date(2027, 1, 1),
        date(2027, 2, 1),
    ]


# Many proposals, counted by the database and by a walk


@pytest.fixture
def many(db) -> None:
    """Some hundred proposals of six counties with random periods, answered, voided and open."""
    dice = random.Random(6800)
    people = {"by": make.someone("carol"), "dana": make.someone("dana")}
    counties = list(County.objects.order_by("number")[:6])
    for number in range(240):
        a_proposal(dice, number, dice.choice(counties), people)


def a_moment(dice: random.Random, day: date) -> datetime:
    """Any time of a day in California, close to midnight too: the date in UTC is another then."""
    hour = dice.choice([time(0, 5), time(9, 30), time(16, 50), time(23, 50)])
    return clock.instant(day, hour)


def a_proposal(dice: random.Random, number: int, county: County, people: dict) -> None:
    proposal = Proposal.objects.create(
        reference=f"CIP-2001-{number:04}",
        county=county,
        created_by=people["by"],
        created_at=clock.now(),
        cmips_methods=dice.choice(METHODS),
    )
    status = dice.choice(["draft", *sorted(OPEN), *2 * sorted(CLOSED)])
    received = date(2025, 11, 1) + timedelta(days=dice.randrange(440))
    if status in WITH_CDSS and dice.random() < 0.7:
        received = TODAY - timedelta(days=dice.randrange(45))
    at = a_moment(dice, received)
    content = {"data_elements": ["ssn"], "research": "", "other_use": "", "work_begun": ""}
    content["cmips_methods"] = proposal.cmips_methods
    review = Review.objects.create(
        proposal=proposal,
        county=county,
        status=status,
        received_at=at,
        moved_at=at,
        flags=flags_of({"answers": content}),
    )
    count = 1 if received.year == TODAY.year else dice.choice([1, 1, 2, 3])
    for place in range(1, count + 1):
        is_last = place == count
        is_open = is_last and status in WITH_CDSS
        at = a_period(dice, review, place, at, people, is_open=is_open)
    moved = {"moved_at": at}
    if status == "withdrawn" and dice.random() < 0.5:
        moved["moved"] = "close"
    Review.objects.filter(pk=review.pk).update(**moved)


def a_period(
    dice: random.Random,
    review: Review,
    number: int,
    receipt_at: datetime,
    people: dict,
    *,
    is_open: bool,
) -> datetime:
    """One period, and the instant at which it ended."""
    receipt_at = min(receipt_at, clock.instant(TODAY, time(8)))
    received = clock.pacific_date(receipt_at)
    period = Round(
        review=review,
        number=number,
        why="send" if number == 1 else "respond",
        mode="none" if number > 1 and dice.random() < 0.2 else "restart",
        days=30,
        opened_at=receipt_at,
    )
    period.count_from(receipt_at)
    if is_open:
        period.save()
        return receipt_at
    ended = a_moment(dice, received + timedelta(days=dice.choice([0, 3, 12, 25, 26, 30, 31, 33])))
    if dice.random() < 0.15:
        period.voided_at, period.voided_by = ended, "withdraw"
        period.save()
        return ended
    act = dice.choice(["request", "release"])
    notified = dice.choice([None, ended, ended + timedelta(days=1)])
    notice = Notice.objects.create(
        event=f"{review.pk}:{number}", created_at=ended, notified_at=notified
    )
    period.answered_at, period.answered_by, period.answer_notice = ended, act, notice
    period.notified_on = notified and clock.pacific_date(notified)
    period.save()
    if act == "release":
        decided(dice, review, period, ended, people)
    return ended


def decided(
    dice: random.Random, review: Review, period: Round, ended: datetime, people: dict
) -> None:
    decision = Decision.objects.create(
        review=review,
        round=period,
        number=period.number,
        outcome="approved",
        drafted_by=people["by"],
        drafted_at=ended,
        released_at=ended,
        released_by=people["dana"],
    )
    for number in range(dice.choice([0, 0, 1, 2])):
        Condition.objects.create(decision=decision, number=number + 1, text="Show it.", by=TODAY)


SPANS = [
    YEAR,
    Span(date(2026, 5, 1), date(2026, 6, 30), TODAY, plain=True),
    Span(date(2026, 2, 1), date(2027, 1, 31), TODAY, county="03"),
    Span(date(2025, 1, 1), date(2025, 6, 30), TODAY),
    Span(date(2027, 1, 1), date(2027, 12, 31), TODAY, plain=True),
]


@pytest.fixture
def walk(many) -> Iterator[dict]:
    reviews = list(Review.objects.select_related("proposal").prefetch_related("rounds"))
    yield {"reviews": reviews}


@pytest.mark.parametrize("span", SPANS, ids=["year", "plain", "county", "before", "future"])
def test_the_figures_are_those_of_a_plain_walk_over_all_rows(span, walk):
    counties = list(County.objects.values_list("number", "name", "fips", "population"))
    shown = [one for one in counties if span.county in ("", one[0])]
    found = figures.counted(span, shown)
    reviews = [one for one in walk["reviews"] if span.county in ("", one.county_id)]
    for line in found.counties:
        theirs = [one for one in reviews if one.county_id == line.number]
        assert standing_of(line) == standing_by_walk(theirs, span), line.name
        assert answers_of(line.answers) == answers_by_walk(theirs, span, lies_in(span)), line.name
    for month, answered in found.months.items():
        here = in_month(month)
        assert answers_of(answered) == answers_by_walk(reviews, span, here), month
    ended = [one for one in reviews if is_ended(one, span)]
    assert found.outcomes == outcomes_by_walk(ended)
    assert journey_of(found.journey) == journey_by_walk(reviews, ended, span)
    assert (found.methods, found.named) == methods_by_walk(reviews, span)


def test_the_random_rows_hold_all_that_is_counted(walk):
    """The control: a walk over rows that lack the cases would prove nothing."""
    reviews = walk["reviews"]
    found = figures.counted(
        YEAR, County.objects.values_list("number", "name", "fips", "population")
    )
    assert all(found.outcomes.values()) and all(found.ages.values())
    assert all(found.named.values())
    assert found.journey.periods.voided and found.journey.periods.late_requests
    assert found.journey.periods.second and found.total("overdue") and found.total("soon")
    assert 0 < found.whole.in_time < found.whole.settled
    plain = figures.counted(
        Span(YEAR.first, YEAR.last, TODAY, plain=True),
        County.objects.values_list("number", "name", "fips", "population"),
    )
    assert plain.whole.in_time < found.whole.in_time
    assert any(period.day_30 is None for one in reviews for period in one.rounds.all())


def standing_of(line: figures.CountyLine) -> dict:
    one = line.standing
    names = ("ever", "received", "open", "waiting", "soon", "overdue", "oldest")
    return {name: getattr(one, name) for name in names} | {"ages": list(one.ages)}


def standing_by_walk(reviews: list[Review], span: Span) -> dict:
    sent = [one for one in reviews if one.status != "draft"]
    running = [period for one in sent for period in one.rounds.all() if period.is_open]
    limits = [getattr(period, span.limit) for period in running if period.day_30]
    late = [limit for limit in limits if limit < span.today]
    ages = [deadlines.day_number(period.received_on, span.today) for period in running]
    bounds = [(0, 10), (11, 20), (21, 25), (26, 30), (31, 10_000)]
    return {
        "ever": len(sent),
        "received": sum(lies_in(span)(clock.pacific_date(one.received_at)) for one in sent),
        "open": sum(one.status in OPEN for one in sent),
        "waiting": sum(one.status == "documents_requested" for one in sent),
        "soon": sum(0 <= (limit - span.today).days <= 5 for limit in limits),
        "overdue": len(late),
        "oldest": min(late, default=None),
        "ages": [sum(low <= age <= high for age in ages) for low, high in bounds],
    }


def lies_in(span: Span):
    return lambda day: span.first <= day <= span.last


def in_month(month: date):
    return lambda day: (day.year, day.month) == (month.year, month.month)


def answers_of(answers: figures.Answers) -> tuple:
    return answers.count, answers.median, answers.in_time, answers.settled


def answers_by_walk(reviews: list[Review], span: Span, here) -> tuple:
    days, in_time, settled = [], 0, 0
    for period in (one for review in reviews for one in review.rounds.all()):
        if period.voided_at:
            continue
        limit, notified = getattr(period, span.limit), period.notified_on
        if notified and here(notified):
            days.append((notified - period.received_on).days)
        if limit is None:
            continue
        if notified and notified <= limit:
            in_time += here(notified)
            settled += here(notified)
        elif limit < span.today:
            settled += here(limit)
    return len(days), plain_median(days) if days else None, in_time, settled


def is_ended(review: Review, span: Span) -> bool:
    return review.status in CLOSED and lies_in(span)(clock.pacific_date(review.moved_at))


def outcomes_by_walk(ended: list[Review]) -> dict[str, int]:
    found = dict.fromkeys(figures.OUTCOMES, 0)
    for review in ended:
        last = review.decisions.filter(released_at__isnull=False).order_by("number").last()
        review.has_conditions = bool(last and last.conditions.exists())
        found[review.label] += 1
    return found


def journey_of(journey: figures.Journey) -> dict:
    periods = journey.periods
    return {
        "ended": journey.ended,
        "median": journey.median,
        "longest": journey.longest,
        "each": journey.periods_each,
        "second": periods.second,
        "most": max(periods.most, 1 if journey.ended else 0),
        "late": periods.late_requests,
        "voided": periods.voided,
    }


def journey_by_walk(reviews: list[Review], ended: list[Review], span: Span) -> dict:
    here = lies_in(span)
    days = [
        (clock.pacific_date(one.moved_at) - clock.pacific_date(one.received_at)).days
        for one in ended
    ]
    counts = [one.rounds.count() for one in ended]
    periods = [period for one in reviews for period in one.rounds.all()]
    asked = [one for one in periods if one.answered_by == "request"]
    late = [
        one
        for one in asked
        if here(clock.pacific_date(one.answered_at)) and one.day_number(span.today) > 25
    ]
    return {
        "ended": len(ended),
        "median": plain_median(days) if days else None,
        "longest": max(days, default=None),
        "each": f"{sum(counts) / len(counts):.1f}" if counts else None,
        "second": sum(count > 1 for count in counts),
        "most": max(counts, default=0),
        "late": len(late),
        "voided": sum(here(clock.pacific_date(one.voided_at)) for one in periods if one.voided_at),
    }


def methods_by_walk(reviews: list[Review], span: Span) -> tuple[dict, dict]:
    methods, named = {}, {}
    for year in range(span.first.year, span.last.year + 1):
        sent = [
            one.proposal.cmips_methods
            for one in reviews
            if one.status != "draft" and clock.pacific_date(one.received_at).year == year
        ]
        methods[year] = {key: sum(key in chosen for chosen in sent) for key in figures.PROHIBITED}
        named[year] = sum(bool(set(chosen) & set(figures.PROHIBITED)) for chosen in sent)
    return methods, named


def test_every_prohibited_method_has_its_short_words():
    assert list(figures.PROHIBITED) == list(figures._prohibited_keys())


def test_the_ages_in_words_are_those_that_are_counted():
    bounds = [name.split() for name in figures.AGES]
    assert [int(one[3]) for one in bounds[:-1]] == list(tallies.AGES[:-1])
    assert int(bounds[-1][1]) == tallies.AGES[-2]


@pytest.mark.postgres
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("counted", "index"),
    [
        (tallies.standings, "open_periods"),
        (tallies.answers_by_month, "kept_periods"),
        (tallies.answers_by_county, "kept_periods"),
    ],
)
def test_periods_are_counted_from_an_index_alone(counted, index):
    assert f"Index Only Scan using {index}" in plan_of(partial(counted, YEAR))


@pytest.mark.django_db
def test_methods_are_counted_without_a_look_at_the_answers(django_assert_num_queries):
    with django_assert_num_queries(1) as asked:
        tallies.prohibited(YEAR)
    assert Proposal._meta.db_table not in asked[0]["sql"]
