"""What came of an open request so far, as the reviewer sees it before the response (ACL-7)."""

from datetime import time, timedelta

import pytest
from django.urls import reverse

from portal import clock
from reviews.models import Request
from tests import make
from tests.pages import soup, words

pytestmark = [pytest.mark.django_db, pytest.mark.acl("ACL-7")]
NEW = "The county's data center in Oakland."


@pytest.fixture
def asked(alice) -> Request:
    """Asked twenty days ago: two items by six days ago, one by three, one far ahead."""
    items = [
        make.document_item(),
        make.answer_item(),
        make.document_item("network_diagram", days=17),
        make.document_item("training", days=60),
    ]
    passed = timedelta(days=20)
    with clock.travel(clock.instant(make.in_days(-20), time(9))):
        return make.requested(items=[one | {"by": one["by"] - passed} for one in items])


def page_of(client, asked: Request):
    return client.get(f"/reviews/{asked.review.reference}/")


def item_on(page, number: int) -> str:
    """What the panel says of one item."""
    found = next(
        head.parent
        for head in soup(page).select(".item-head")
        if head.text.strip()[:2] == f"{number}."
    )
    return " ".join(found.get_text(" ").split())


def test_each_item_says_whether_it_arrived_is_open_or_late(client_of, carol, alice, asked):
    asked.items.get(number=1).add_document(make.a_file(), by=alice, label="internal")
    page = page_of(client_of(carol), asked)
    assert "Open: 1 of 4 arrived, 2 late." in words(page)
    assert "Arrived" in item_on(page, 1) and "6 days late, from Alice Nakamura" in item_on(page, 1)
    assert "6 days late" in item_on(page, 2)
    assert "3 days late" in item_on(page, 3)
    assert "Waits for the county" in item_on(page, 4) and "late" not in item_on(page, 4)


def test_what_the_county_does_not_have_is_never_told_as_arrived(client_of, carol, alice, asked):
    asked.items.get(number=1).add_document(make.a_file(), by=alice, label="internal")
    asked.items.get(number=3).decline("Our vendor draws none.", by=alice)
    page = page_of(client_of(carol), asked)
    assert "Open: 1 of 4 arrived, 1 answered with a reason, 1 late." in words(page)
    assert "Arrived" not in item_on(page, 3)
    assert "The county doesn’t have it, because: Our vendor draws none." in item_on(page, 3)


def test_a_document_is_read_before_the_response_is_sent(client_of, carol, alice, asked):
    document = asked.items.get(number=1).add_document(make.a_file(), by=alice, label="internal")
    client = client_of(carol)
    link = reverse("review_document", args=[asked.review.reference, document.pk])
    assert soup(page_of(client, asked)).select(f"main a[href='{link}']")
    assert client.get(link).status_code == 200
    asked.items.get(number=1).take_back(document, by=alice)
    page = page_of(client, asked)
    assert not soup(page).select(f"main a[href='{link}']")
    assert "6 days late" in item_on(page, 1) and "Arrived" not in item_on(page, 1)


def test_a_changed_answer_stands_word_by_word_beside_the_old_one(client_of, carol, alice, asked):
    asked.items.get(number=2).change_answer(NEW, by=alice)
    page = soup(page_of(client_of(carol), asked))
    panel = page.select_one("section.panel[aria-label='Request 1']")
    assert "Oakland." in panel.ins.text and "data center" not in panel.ins.text
    assert "New answer, to come with the response" in panel.text
    kept = " ".join(word.strip() for word in panel.ins.find_parent("p").stripped_strings)
    for word in NEW.split():
        assert word in kept


def test_changed_rows_are_compared_as_they_are_read(client_of, carol, alice):
    asked = make.requested(items=[make.answer_item("data_in")])
    rows = asked.review.proposal.content()["data_in"]
    asked.items.get().change_answer([rows[0] | {"what": "Closed cases"}], by=alice)
    panel = soup(page_of(client_of(carol), asked)).select_one("section.panel")
    assert "Assigned" in panel.select_one("del").text
    assert "Closed" in panel.select_one("ins").text


def test_what_is_waived_or_cancelled_is_never_late(client_of, carol, asked):
    asked.items.get(number=2).excuse_it("waived", "We know enough.", by=carol)
    asked.items.get(number=3).excuse_it("cancelled", "Asked in error.", by=carol)
    page = page_of(client_of(carol), asked)
    assert "Open: 0 of 2 arrived, 1 late." in words(page)
    assert "late" not in item_on(page, 2) + item_on(page, 3)


def test_after_the_response_the_panel_tells_what_was_given_and_counts_nothing(client_of, carol):
    asked = make.requested()
    make.responded(asked)
    page = page_of(client_of(carol), asked)
    assert "Earlier requests" in words(page)
    assert "of 2 arrived" not in words(page)
    # Its answers stand far below the proposal's: a line above them leads there.
    link = soup(page).find("a", string="read what the county gave for each item")
    assert soup(page).select_one(link["href"])["aria-label"] == "Request 1"


def test_the_panel_says_what_is_lacking_before_it_can_be_closed_without_answer(
    client_of, carol, asked
):
    client = client_of(carol)
    page = words(page_of(client, asked))
    assert "Closing without answer: The county's date has not passed yet: it has until" in page
    assert "Record two reminders to the county first." in page
    asked.items.get(number=4).excuse_it("waived", "We know enough.", by=carol)
    asked.record_reminder(by=carol, on=clock.today(), how="A call.")
    page = words(page_of(client, asked))
    assert "without answer: Record two reminders to the county first: 1 is on record." in page
    asked.refresh_from_db()
    asked.record_reminder(by=carol, on=clock.today(), how="A second call.")
    assert "an approver can close the proposal without answer" in words(page_of(client, asked))


def test_a_waived_item_no_longer_keeps_the_countys_date_ahead(carol, asked):
    asked.items.get(number=4).excuse_it("waived", "We know enough.", by=carol)
    asked.review.refresh_from_db()
    assert asked.review.county_by == make.in_days(-3)


def test_with_nothing_left_the_panel_says_what_to_do(client_of, carol, asked):
    for item in asked.items.all():
        item.excuse_it("cancelled", "Asked in error.", by=carol)
    assert "No item waits for an answer." in words(page_of(client_of(carol), asked))


def test_who_closes_it_reads_what_was_not_answered(client_of, dana, alice):
    with clock.travel(clock.instant(make.in_days(-30), time(9))):
        asked = make.requested(items=[make.document_item(), make.answer_item()])
        asked.items.get(number=1).add_document(make.a_file(), by=alice, label="internal")
    for on in (2, 1):
        asked.refresh_from_db()
        asked.record_reminder(by=dana, on=make.in_days(-on), how="A call.")
    page = words(client_of(dana).get(f"/reviews/{asked.review.reference}/close/"))
    assert "Not answered: “Change an answer: Where is it hosted?”" in page
    assert "1 of its items arrived, but it never sent its response." in page
