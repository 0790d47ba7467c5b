"""The parts that pages are made of: each state is a word, a shape and a colour."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from django.template import Context, Template
from django.template.loader import get_template
from django.test import RequestFactory

from portal import clock
from portal.context_processors import frame
from portal.models import County, Membership, User

TODAY = date(2027, 1, 28)
AFTERNOON = datetime(2027, 1, 28, 23, 58, tzinfo=UTC)


def render(source: str, **context: object) -> BeautifulSoup:
    with clock.travel(AFTERNOON):
        html = Template("{% load portal %}" + source).render(Context(context))
    return BeautifulSoup(html, "html.parser")


def words(html: BeautifulSoup) -> str:
    return " ".join(html.get_text(" ").split())


@pytest.mark.parametrize(
    ("filters", "written"),
    [
        ("day", "Thursday, January 28, 2027"),
        ("plain_day", "January 28, 2027"),
        ("short_day", "Thu, Jan 28"),
        ("moment", "January 28, 2027, 3:58 PM PT"),
        ("long_moment", "Thursday, January 28, 2027, 3:58 PM PT"),
        ("time_of_day", "3:58 PM"),
        ("machine_time", "2027-01-28T15:58-08:00"),
    ],
)
def test_an_instant_is_written_as_a_clock_in_california_shows_it(filters, written):
    assert words(render("{{ at|" + filters + " }}", at=AFTERNOON)) == written


def test_the_pacific_date_is_shown_not_the_utc_date():
    late = datetime(2027, 1, 29, 7, 59, tzinfo=UTC)
    assert words(render("{{ at|day }}", at=late)) == "Thursday, January 28, 2027"
    assert words(render("{{ at|time_of_day }}", at=late)) == "11:59 PM"


@pytest.mark.parametrize(("hour", "written"), [(8, "12:05 AM"), (20, "12:05 PM")])
def test_midnight_and_noon_are_twelve(hour, written):
    at = datetime(2027, 1, 28, hour, 5, tzinfo=UTC)
    assert words(render("{{ at|time_of_day }}", at=at)) == written


def test_a_short_day_names_its_year_when_it_is_not_this_one():
    assert words(render("{{ on|short_day }}", on=date(2026, 12, 27))) == "Sun, Dec 27, 2026"


@pytest.mark.parametrize("name", ["day", "short_day", "moment", "long_moment", "time_of_day"])
def test_no_date_is_written_as_nothing(name):
    assert words(render("{{ on|" + name + " }}", on=None)) == ""


def test_a_date_without_time_shows_none():
    assert words(render("{{ on|moment }}", on=TODAY)) == "January 28, 2027"


@pytest.mark.parametrize(
    ("size", "written"),
    [
        (1, "1 byte"),
        (850, "850 bytes"),
        (12_288, "12 KB"),
        (1_258_291, "1.2 MB"),
        (26_214_400, "25 MB"),
    ],
)
def test_a_size_is_written_as_people_read_it(size, written):
    assert words(render("{{ size|size }}", size=size)) == written


@pytest.mark.parametrize(
    ("due", "colour", "shape", "said"),
    [
        (date(2027, 1, 26), "late", "warn", "Tue, Jan 26 Overdue by 2 days"),
        (date(2027, 1, 27), "late", "warn", "Wed, Jan 27 Overdue by 1 day"),
        (date(2027, 1, 28), "late", "clock", "Thu, Jan 28 Due today"),
        (date(2027, 1, 29), "near", "clock", "Fri, Jan 29 1 day left"),
        (date(2027, 2, 2), "near", "clock", "Tue, Feb 2 5 days left"),
        (date(2027, 2, 7), "soon", "clock", "Sun, Feb 7 10 days left"),
        (date(2027, 2, 8), None, None, "Mon, Feb 8 11 days left"),
    ],
)
def test_a_due_date_says_how_far_off_it_is(due, colour, shape, said):
    html = render("{% due on today %}", on=due, today=TODAY)
    assert words(html) == said
    assert html.div["class"] == ["due", *([colour] if colour else [])]
    assert (html.use["href"] if html.use else None) == (f"#i-{shape}" if shape else None)


def test_a_stopped_clock_says_until_when_the_county_has_time():
    html = render("{% due None today on %}", on=date(2027, 2, 12), today=TODAY)
    assert words(html) == "Clock stopped County by Fri, Feb 12"


@pytest.mark.parametrize(("on", "late"), [(27, "1 day late"), (25, "3 days late")])
def test_a_county_that_is_late_is_said_to_be(on, late):
    html = render("{% due None today on %}", on=date(2027, 1, on), today=TODAY)
    assert words(html).endswith(f"Jan {on}, {late}")


def test_on_the_day_itself_a_county_is_not_late():
    html = render("{% due None today on %}", on=TODAY, today=TODAY)
    assert "late" not in words(html)


def test_without_a_due_date_nothing_stands_there():
    assert words(render("{% due None today %}", today=TODAY)) == ""


def test_the_county_reads_the_whole_date():
    html = render('{% due on today style="county" %}', on=date(2027, 2, 12), today=TODAY)
    assert words(html) == "By Friday, February 12, 2027 15 days left"


@pytest.mark.parametrize(
    ("day", "moved", "filled", "hollow"),
    [
        (0, 0, None, 0),
        (1, 0, "M0 3h6", 0),
        (13, 2, "M0 3h102", 2),
        (31, 2, "M0 3h246", 1),
        (99, 2, "M0 3h254", 0),
    ],
)
def test_the_day_strip_has_a_mark_a_day(day, moved, filled, hollow):
    html = render("{% day_strip day 30 moved %}", day=day, moved=moved)
    gone = html.find("path", class_="gone")
    assert (gone["d"] if gone else None) == filled
    assert len(html.find_all("rect")) == hollow
    assert html.svg["aria-hidden"] == "true"


@pytest.mark.parametrize(
    "kind",
    [
        "draft",
        "submitted",
        "in_review",
        "documents_requested",
        "approved",
        "not_approved",
        "out_of_scope",
        "withdrawn",
        "ready",
        "neutral",
        "problem",
        "progress",
        "not_started",
        "changed",
    ],
)
def test_a_status_label_is_shape_and_words(kind):
    html = render("{% status_label kind label %}", kind=kind, label="<b>Words</b>")
    assert html.text == "<b>Words</b>"
    assert icon_exists(html)


@pytest.mark.parametrize(
    "kind", ["completed", "progress", "not_started", "cannot_start", "problem", "settled", "to_do"]
)
def test_a_state_of_work_is_shape_and_words(kind):
    html = render("{% state kind %}", kind=kind)
    assert words(html)
    assert icon_exists(html)


def icon_exists(html: BeautifulSoup) -> bool:
    sprite = BeautifulSoup(get_template("portal/parts/icons.html").render(), "html.parser")
    return all(sprite.find(id=use["href"].removeprefix("#")) for use in html.find_all("use"))


def test_a_notice_keeps_its_content_safe():
    html = render(
        '{% notice "warning" heading %}<p>{{ text }}</p>{% endnotice %}', heading="<i>", text="<u>"
    )
    assert html.find("i") is None
    assert html.find("u") is None
    assert html.find(class_="notice")["class"] == ["notice", "warning"]
    assert html.find(class_="notice-head").name == "p"


def test_a_notice_can_head_a_part_of_the_page():
    html = render('{% notice "info" "News" level=2 %}{% endnotice %}')
    assert html.h2.text == "News"


def test_a_section_that_cannot_start_is_no_link():
    html = render('{% task_row 8 "Check and send" "/x/" "Opens later" "cannot_start" %}')
    assert html.find("a") is None
    assert "Cannot start yet" in words(html)


def test_the_state_of_a_section_describes_its_link():
    html = render('{% task_row 4 "How it works" "/x/" "Data in and out" "problem" %}')
    assert "There is a problem" in html.find(id=html.a["aria-describedby"]).text


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('{% summary_row "Users" "Supervisors" "/x/" %}', "Users Supervisors Change Users"),
        (
            '{% summary_row "Users" "" "/x/" hidden="who uses it" %}',
            "Users Not provided Change who uses it",
        ),
        ('{% summary_row "Start" None "/x/" missing="Enter the date" %}', "Start Enter the date"),
        ('{% summary_row "Start" "" gap="Not decided yet" %}', "Start Not decided yet"),
        ('{% summary_row "Users" 0 %}', "Users 0"),
        (
            '{% summary_answer "Users" change="/x/" %}<p>Many</p>{% endsummary_answer %}',
            "Users Many Change Users",
        ),
    ],
)
def test_a_summary_row_shows_the_answer_or_what_is_missing(row, said):
    assert words(render(row)) == said


def test_a_tracker_says_which_step_is_now():
    steps = [
        {"name": "Sent", "when": "January 15", "state": "done"},
        {"name": "In review", "when": "", "state": "now"},
        {"name": "Decision", "when": "", "state": "later"},
    ]
    html = render("{% tracker steps %}", steps=steps)
    assert html.find(attrs={"aria-current": "step"}).b.text == "In review (now)"


def test_a_timeline_shows_instants_and_links():
    entry = {
        "at": AFTERNOON,
        "text": "CDSS asked.",
        "link": "/x/",
        "link_text": "Letter",
        "major": True,
    }
    html = render("{% timeline entries %}", entries=[entry, {"at": AFTERNOON, "text": "<b>"}])
    assert html.time.text == "January 28, 2027, 3:58 PM PT"
    assert html.a["href"] == "/x/"
    assert html.find("b") is None


def test_breadcrumbs_end_with_this_page():
    html = render('{% crumbs "/reviews/" "Queue" "Home Visit Planner" %}')
    assert html.a["href"] == "/reviews/"
    assert html.find(attrs={"aria-current": "page"}).text == "Home Visit Planner"


def test_without_a_letter_the_mailbox_is_told_in_words():
    assert "CDSS" in words(render("{% mailbox %}"))
    html = render("{% mailbox %}", letter=SimpleNamespace(mailbox="box@cdss.example.gov"))
    assert html.a["href"] == "mailto:box@cdss.example.gov"


def alice(*names: str, role: str = "county") -> User:
    user = User(name="Alice Lee", email="alice@alameda.example.gov", role=role)
    user._memberships = [
        Membership(user=user, county=County(name=name, official_name=f"{name} County"))
        for name in names
    ]
    return user


def frame_of(user: User, path: str = "/") -> dict:
    request = RequestFactory().get(path)
    request.user = user
    return frame(request)["frame"]


@pytest.mark.parametrize(
    ("counties", "role", "said"),
    [
        (["Alameda"], "county", "Alameda County"),
        (["Alameda", "Butte"], "county", "Alameda County and Butte County"),
        (["Alameda", "Butte", "Kern"], "county", "3 counties"),
        ([], "county", "no county yet"),
        ([], "reviewer", "CDSS"),
        ([], "auditor", "auditor"),
    ],
)
def test_the_frame_says_for_whom_a_person_acts(counties, role, said):
    assert frame_of(alice(*counties, role=role))["belongs"] == said


@pytest.mark.parametrize(
    ("role", "places"),
    [
        ("county", ["Proposals", "Start a proposal", "Help"]),
        ("reviewer", ["Queue", "Statewide", "Log a proposal", "Workload", "Help"]),
        ("approver", ["Queue", "Statewide", "Log a proposal", "Workload", "Help"]),
        ("administrator", ["Queue", "Statewide", "Workload", "Admin", "Help"]),
        ("auditor", ["Queue", "Statewide", "Workload", "Register", "Help"]),
    ],
)
def test_the_navigation_offers_what_the_role_may_open(role, places):
    assert [item["label"] for item in frame_of(alice("Alameda", role=role))["nav"]] == places


def test_who_has_no_county_is_offered_no_proposal_to_start():
    assert [item["label"] for item in frame_of(alice())["nav"]] == ["Proposals", "Help"]


@pytest.mark.parametrize(
    ("role", "path", "label", "value"),
    [
        ("county", "/", "Proposals", "page"),
        ("county", "/proposals/CIP-2027-0042/", "Proposals", "true"),
        ("county", "/proposals/new/", "Start a proposal", "page"),
        ("reviewer", "/", "Queue", "true"),
        ("reviewer", "/reviews/", "Queue", "page"),
        ("reviewer", "/reviews/CIP-2027-0042/", "Queue", "true"),
        ("reviewer", "/reviews/log/", "Log a proposal", "page"),
        ("reviewer", "/reviews/load/", "Workload", "page"),
        ("reviewer", "/statewide/", "Statewide", "page"),
        ("auditor", "/register/", "Register", "page"),
        ("reviewer", "/help/", "Help", "page"),
    ],
)
def test_one_place_of_the_navigation_is_the_present_one(role, path, label, value):
    nav = frame_of(alice("Alameda", role=role), path)["nav"]
    assert [(item["label"], item["current"]) for item in nav if item["current"]] == [(label, value)]


def test_nowhere_in_the_navigation_is_nowhere():
    assert not any(item["current"] for item in frame_of(alice(), "/privacy/")["nav"])


@pytest.mark.parametrize("name", ["500.html", "503.html"])
def test_the_last_pages_need_neither_request_nor_database(name):
    html = BeautifulSoup(get_template(name).render(), "html.parser")
    assert len(html.find_all("h1")) == 1
    assert html.find(id="main")
