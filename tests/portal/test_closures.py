"""A change of the closed days: every open case it would move is shown before it is made."""

from datetime import date, datetime, time, timedelta

import pytest
from bs4 import BeautifulSoup

from portal import clock
from portal.models import JournalEntry, OfficeClosure
from reviews.models import Review
from tests import make
from tests.pages import change_calendar

pytestmark = pytest.mark.django_db

ADD = "/admin/portal/officeclosure/add/"


@pytest.fixture
def admin(client_of, erin):
    return client_of(erin)


def declared(day: date, **changes: str) -> dict[str, str]:
    return {"date": day.isoformat(), "name": "Day of mourning", "in_force": "on"} | changes


def page_of(answer) -> BeautifulSoup:
    assert answer.status_code == 200
    return BeautifulSoup(answer.content, "html.parser")


def text(answer) -> str:
    return " ".join(page_of(answer).select_one("#content").get_text(" ").split())


def said(answer) -> str:
    return " ".join(one.text for one in page_of(answer).select(".messagelist li"))


def acts() -> list[str]:
    return list(JournalEntry.objects.order_by("number").values_list("act", flat=True))


def change_page(closure: OfficeClosure) -> str:
    return f"{closure.pk}/change/"


@pytest.mark.acl("ACL-6")
def test_a_new_day_shows_each_open_case_it_would_move_and_keeps_nothing_yet(admin):
    review = make.sent()
    other = make.sent()
    decided = make.decided().review
    before = acts()
    answer = admin.post(ADD, declared(review.due))
    rows = [" ".join(row.get_text(" ").split()) for row in page_of(answer).select("tbody tr")]
    assert len(rows) == 2
    assert rows[0].startswith(f"{review.reference} Alameda County")
    assert f"{review.due:%A, %B} {review.due.day}" in rows[0]
    assert "2 open cases would have another date." in text(answer)
    assert "earlier change" not in text(answer)
    assert decided.reference not in text(answer)
    assert acts() == before
    assert not OfficeClosure.objects.filter(date=review.due).exists()
    for one in (review, other):
        due = one.due
        one.refresh_from_db()
        assert one.due == due


def test_a_day_that_moves_no_case_says_so_and_is_kept_after_asking(admin):
    day = date(2027, 7, 6)
    assert "No open case would have another date." in text(admin.post(ADD, declared(day)))
    change_calendar(admin, "add/", **declared(day))
    assert OfficeClosure.objects.closed()[day] == "Day of mourning"
    assert acts() == ["add closure"]


def test_only_the_cases_that_were_ticked_follow_each_on_record(admin, erin):
    first, second = make.sent(), make.sent()
    due = first.due
    answer = change_calendar(admin, "add/", move=(first.pk,), **declared(due))
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.due > due == second.due
    assert first.rounds.get().due == first.due
    assert f"CDSS answers {first.reference} by" in said(answer)
    assert f"stay as the counties were told: {second.reference}" in said(answer)
    entries = JournalEntry.objects.filter(act="follow calendar")
    assert [(one.subject, one.actor) for one in entries] == [(first.reference, erin)]
    assert entries[0].data["before"] == due.isoformat()


def test_a_case_that_an_earlier_change_left_is_told_apart_and_can_follow_now(admin):
    left = make.sent()
    change_calendar(admin, "add/", **declared(left.due))
    elsewhere = declared(date(2029, 7, 6), name="Elsewhere")
    answer = admin.post(ADD, elsewhere)
    assert "No open case would have another date." in text(answer)
    (row,) = page_of(answer).select("tbody tr")
    assert left.reference in row.text
    assert "Left by an earlier change" in row.text
    change_calendar(admin, "add/", move=(left.pk,), **elsewhere)
    due = left.due
    left.refresh_from_db()
    assert left.due > due


def test_all_of_them_follow_with_one_tick(admin):
    reviews = [make.sent() for _ in range(3)]
    due = reviews[0].due
    change_calendar(admin, "add/", move=("all",), **declared(due))
    assert all(review.due > due for review in Review.objects.all())
    assert acts().count("follow calendar") == 3


def test_a_day_taken_out_of_force_shows_which_dates_would_come_back(admin):
    review = make.sent()
    due = review.due
    change_calendar(admin, "add/", move=("all",), **declared(due))
    closure = OfficeClosure.objects.get(date=due)
    work_again = {"date": due.isoformat(), "name": closure.name}
    page = f"/admin/portal/officeclosure/{change_page(closure)}"
    answer = admin.post(page, work_again)
    assert "is taken out of force" in text(answer)
    assert review.reference in text(answer)
    change_calendar(admin, change_page(closure), move=("all",), **work_again)
    review.refresh_from_db()
    assert review.due == due


def test_a_day_that_is_renamed_or_put_elsewhere_is_shown_before_it_is_kept(admin):
    review = make.sent()
    known = OfficeClosure.objects.closed()
    later = (review.due + timedelta(days=days) for days in range(60, 90))
    free = next(day for day in later if day not in known)
    closure = OfficeClosure.objects.create(date=free, name="Old")
    page = f"/admin/portal/officeclosure/{change_page(closure)}"
    moved = text(admin.post(page, declared(review.due, name="Old")))
    assert "instead of" in moved
    assert review.reference in moved
    renamed = text(admin.post(page, declared(closure.date, name="New name")))
    assert "New name, not “Old” any more" in renamed
    change_calendar(admin, change_page(closure), **declared(closure.date, name="New name"))
    entry = JournalEntry.objects.get(act="change closure")
    assert entry.data == {"before": {"name": "Old"}, "after": {"name": "New name"}}


def test_a_case_that_comes_in_meanwhile_is_shown_before_anything_is_kept(admin):
    due = make.sent().due
    shown = page_of(admin.post(ADD, declared(due))).find("input", {"name": "shown"})["value"]
    newcomer = make.sent()
    answer = admin.post(ADD, declared(due) | {"shown": shown, "move": "all"})
    assert newcomer.reference in text(answer)
    assert not OfficeClosure.objects.filter(date=due).exists()
    assert "follow calendar" not in acts()


def test_a_forged_mark_and_forged_cases_move_nothing(admin):
    review = make.sent()
    due = review.due
    admin.post(ADD, declared(due) | {"shown": "x" * 64, "move": "all"})
    assert not OfficeClosure.objects.filter(date=due).exists()
    change_calendar(admin, "add/", move=("-1", "x", "99999", ""), **declared(due))
    review.refresh_from_db()
    assert review.due == due


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 1, 5), "That day is past."),
        (date(2028, 7, 8), "It is a Saturday"),
        (date(2044, 7, 5), "no other closed day of 2044"),
    ],
)
def test_what_an_administrator_should_know_of_a_day_is_said(admin, day, words):
    with clock.travel(datetime.combine(date(2026, 11, 22), time(20), tzinfo=clock.now().tzinfo)):
        assert words in text(admin.post(ADD, declared(day)))


@pytest.mark.parametrize("bad", [{"date": "soon"}, {"date": ""}, {"name": ""}, {"name": "x" * 121}])
def test_a_mistake_is_named_on_the_form_and_asks_nothing(admin, bad):
    answer = admin.post(ADD, declared(date(2027, 7, 6)) | bad)
    assert page_of(answer).select(".errornote, .errorlist")
    assert "Before the calendar changes" not in answer.content.decode()


def test_a_day_that_is_there_already_is_refused_in_words(admin):
    taken = OfficeClosure.objects.first().date
    assert "already exists" in admin.post(ADD, declared(taken)).content.decode()


def test_nothing_changed_asks_nothing_and_records_nothing(admin):
    closure = OfficeClosure.objects.first()
    page = f"/admin/portal/officeclosure/{change_page(closure)}"
    same = {"date": closure.date.isoformat(), "name": closure.name, "in_force": "on"}
    assert admin.post(page, same).status_code == 302
    assert acts() == []


def test_the_name_of_a_day_is_shown_as_text(admin):
    answer = admin.post(ADD, declared(date(2027, 7, 6), name="<b>Day</b>"))
    assert "<b>Day</b>" not in answer.content.decode()
    assert "<b>Day</b>" in text(answer)


@pytest.mark.parametrize(("month", "says"), [(10, False), (11, True), (12, True)])
def test_from_november_on_it_warns_that_next_year_s_days_are_missing(admin, month, says):
    OfficeClosure.objects.filter(date__year=2027).update(in_force=False)
    with clock.travel(clock.instant(date(2026, month, 3), time(12))):
        for page in ("/admin/", "/admin/portal/officeclosure/"):
            shown = "no closed day of 2027 yet" in admin.get(page).content.decode()
            assert shown is says


def test_it_warns_of_nothing_while_next_year_s_days_are_there(admin):
    with clock.travel(clock.instant(date(2026, 12, 3), time(12))):
        assert "no closed day of" not in admin.get("/admin/").content.decode()
