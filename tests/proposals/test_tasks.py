"""The task list says who finished which section, and who worked on it last."""

from datetime import timedelta

import pytest
from django.urls import reverse

from portal import clock, wording
from proposals.models import Proposal
from proposals.tasks import task_list
from tests import make
from tests.pages import words


@pytest.fixture
def draft(alice):
    return Proposal.objects.start(make.county("Alameda"), by=alice)


def whose(draft) -> dict[str, str]:
    found = Proposal.objects.whole().get(pk=draft.pk)
    return {task["key"]: task["who"] for task in task_list(found)}


def test_nobody_is_named_before_the_first_save(draft):
    assert set(whose(draft).values()) == {""}


def test_who_completed_it_and_who_worked_on_it_today(draft, alice, amir):
    draft.save_section("purpose", {"purpose": "x", "business_needs": "y"}, by=amir, seen=0)
    draft.save_section("tool", {"tool_name": "x"}, by=alice, seen=0)
    at = wording.time_of_day(clock.now())
    found = whose(draft)
    assert found["purpose"] == f"Completed by Amir Haddad, today at {at}"
    assert found["tool"] == "Alice Nakamura worked on it today"


def test_an_earlier_day_is_named(draft, alice, amir):
    with clock.travel(clock.now() - timedelta(days=3)):
        day = wording.plain_day(clock.now())
        draft.save_section("purpose", {"purpose": "x", "business_needs": "y"}, by=amir, seen=0)
        draft.save_section("tool", {"tool_name": "x"}, by=alice, seen=0)
    found = whose(draft)
    assert found["purpose"] == f"Completed by Amir Haddad, {day}"
    assert found["tool"] == f"Alice Nakamura worked on it on {day}"


def test_the_page_says_so_and_asks_the_database_no_more(
    client_of, draft, amir, django_assert_num_queries
):
    draft.save_section("tool", {"tool_name": "x"}, by=amir, seen=0)
    answer = client_of(amir).get(reverse("proposal", args=[draft.reference]))
    assert "Amir Haddad worked on it today" in words(answer)
    found = Proposal.objects.whole().get(pk=draft.pk)
    with django_assert_num_queries(0):
        task_list(found)
