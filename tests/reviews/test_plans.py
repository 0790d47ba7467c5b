"""What CDSS plans itself, and proposals that are an idea for CMIPS reporting (ACL-12)."""

import pytest

from portal.journal import verify
from portal.models import JournalEntry
from reviews.models import Enhancement, Idea
from reviews.moves import MoveRefused
from tests import make
from tests.pages import errors_on, form_on, messages_on, words

pytestmark = pytest.mark.django_db

LIST = "/reviews/enhancements/"
GIVEN = {
    "title": "Overtime report",
    "what": "Shows overtime violations of each workweek.",
    "expected": "summer 2027",
    "state": "planned",
    "words": "overtime, workweek",
}
WATCH = {"tool_name": "Overtime Watch", "purpose": "Warns of violations in a workweek."}


def an_enhancement(**changes) -> Enhancement:
    return Enhancement.objects.add(by=make.someone("carol"), **GIVEN | changes)


@pytest.mark.acl("ACL-12")
def test_both_sides_read_what_cdss_plans_before_and_after_sending(client_of, carol, alice):
    an_enhancement()
    draft = make.draft(**WATCH)
    for page in ("send/", "similar/"):
        page = words(client_of(alice).get(f"/proposals/{draft.reference}/{page}"))
        assert "CDSS plans: Overtime report" in page and "expected summer 2027" in page
    review = make.sent(draft)
    page = words(client_of(alice).get(f"/proposals/{review.reference}/similar/"))
    assert "CDSS plans: Overtime report" in page
    type(review.traits).objects.compare(review.pk)
    page = words(client_of(carol).get(f"/reviews/{review.reference}/"))
    assert "Suggested by the system, not a decision. CDSS may be implementing the same" in page
    assert "Overtime report (planned, expected summer 2027)" in page


@pytest.mark.parametrize("how", ["other words", "dropped", "ended"])
def test_what_is_not_planned_is_shown_to_no_county(client_of, alice, carol, how):
    one = an_enhancement(**({"state": "dropped"} if how == "dropped" else {}))
    if how == "ended":
        one.end(by=carol, seen=0)
    draft = make.draft(**({} if how == "other words" else WATCH))
    assert "Overtime report" not in words(
        client_of(alice).get(f"/proposals/{draft.reference}/similar/")
    )


def test_a_reviewer_adds_changes_and_ends_one(client_of, carol):
    client = client_of(carol)
    typed = form_on(client.get(f"{LIST}add/")) | GIVEN
    for _ in range(2):
        answer = client.post(f"{LIST}add/", typed, follow=True)
        assert "Added." in messages_on(answer)
    one = Enhancement.objects.get()
    change = f"{LIST}{one.pk}/"
    typed = form_on(client.get(change)) | GIVEN | {"state": "in_work"}
    client.post(change, typed)
    one.refresh_from_db()
    assert (one.state, one.version, one.changed_by) == ("in_work", 1, carol)
    assert "In work" in words(client.get(LIST))
    client.post(f"{change}end/", {"seen": "1"})
    one.refresh_from_db()
    assert one.ended_by == carol
    assert "Overtime report" not in words(client.get(LIST))
    assert client.get(change).status_code == 409
    acts = JournalEntry.objects.filter(subject_kind="enhancement").values_list("act", flat=True)
    assert sorted(acts) == ["add enhancement", "change enhancement", "end enhancement"]
    verify()


def test_of_two_who_change_one_the_second_is_told(client_of, carol, dana):
    one = an_enhancement()
    page = f"{LIST}{one.pk}/"
    typed = form_on(client_of(carol).get(page)) | GIVEN | {"title": "Too late"}
    one.change(by=dana, seen=0, **GIVEN | {"title": "First"})
    answer = client_of(carol).post(page, typed)
    assert answer.status_code == 409
    assert f"{dana} changed this enhancement on" in errors_on(answer)[0]
    assert "What it says now Name First" in words(answer)
    assert form_on(answer)["title"] == "Too late"
    one.refresh_from_db()
    assert one.title == "First"
    # Whoever read what the colleague wrote may put their own in its place.
    assert client_of(carol).post(page, form_on(answer)).status_code == 302
    one.refresh_from_db()
    assert (one.title, one.version, one.changed_by) == ("Too late", 2, carol)


def test_nothing_is_kept_of_a_form_with_faults(client_of, carol):
    client = client_of(carol)
    typed = form_on(client.get(f"{LIST}add/"))
    answer = client.post(f"{LIST}add/", typed | {"title": "", "what": "SSN 219-09-9999"})
    assert answer.status_code == 422
    assert "Enter a name for the enhancement" in words(answer)
    assert not Enhancement.objects.exists()


def test_only_reviewers_keep_the_lists(alice, frank, erin):
    review = make.sent()
    for person in (alice, frank, erin):
        with pytest.raises(MoveRefused):
            Enhancement.objects.add(by=person, **GIVEN)
        with pytest.raises(MoveRefused):
            Idea.objects.mark(review, by=person)
        with pytest.raises(MoveRefused):
            Idea.objects.unmark(review, by=person)


@pytest.mark.acl("ACL-12")
def test_a_reviewer_marks_an_idea_and_takes_the_mark_away(client_of, carol, frank):
    review = make.sent(business_needs="=SUM(needs)")
    client, page = client_of(carol), f"/reviews/{review.reference}/idea/"
    typed = form_on(client.get(page)) | {"why": "All counties count this by hand."}
    client.post(page, typed)
    client.post(page, typed)
    assert Idea.objects.count() == 1
    assert "Idea for CMIPS reporting." in words(client.get(f"/reviews/{review.reference}/"))
    assert "All counties count this by hand." in words(client_of(frank).get("/reviews/ideas/"))
    file = b"".join(client.get("/reviews/ideas/csv/").streaming_content).decode("utf-8-sig")
    assert "All counties count this by hand." in file and "'=SUM(needs)" in file
    client.post(f"{page}unmark/")
    client.post(f"{page}unmark/")
    assert "All counties" not in words(client.get("/reviews/ideas/"))
    acts = JournalEntry.objects.filter(subject=review.reference).values_list("act", flat=True)
    assert [act for act in acts if "idea" in act] == ["mark idea", "unmark idea"]
    history = words(client.get(f"/reviews/{review.reference}/history/"))
    assert "marked it as an idea for CMIPS reporting" in history


def test_no_county_reads_of_an_idea(client_of, alice, carol):
    review = make.sent()
    Idea.objects.mark(review, by=carol, why="Zebra-idea")
    for page in ("", "similar/", "bundle/"):
        answer = client_of(alice).get(f"/proposals/{review.reference}/{page}")
        body = answer.getvalue() if answer.streaming else answer.content
        assert b"Zebra-idea" not in body
        assert b"Idea for CMIPS" not in body and b"marked it as an idea" not in body


def test_the_queue_leads_to_both_lists(client_of, carol):
    html = client_of(carol).get("/reviews/?view=all").content.decode()
    assert LIST in html and "/reviews/ideas/" in html
