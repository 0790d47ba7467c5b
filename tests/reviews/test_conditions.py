"""The conditions of approvals on one list: late ones first, confirmed ones with their evidence."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal import clock
from reviews import conditions as page
from reviews.models import Condition
from tests import make
from tests.pages import soup, words

pytestmark = pytest.mark.django_db

LIST = "/reviews/conditions/"


def approved(*days: int) -> list[Condition]:
    decision = make.decided(conditions=[make.condition(f"In {one} days", days=one) for one in days])
    return list(decision.conditions.all())


def rows(answer) -> list[str]:
    return [" ".join(row.get_text(" ").split()) for row in soup(answer).select("tbody tr")]


def test_late_ones_stand_first_and_each_list_says_how_many_it_has(client_of, carol, alice, dana):
    first = approved(5, 30)
    approved(4)
    first[1].confirm(by=alice, evidence="The test report is in the messages.")
    client = client_of(carol)
    assert "No condition here" in words(client.get(LIST))
    with clock.travel(clock.now() + timedelta(days=8)):
        late = client_of(carol).get(LIST)
    assert [row.split("In ")[1].split(" days")[0] for row in rows(late)] == ["4", "5"]
    assert "Late 2 To come 0 Confirmed 1" in words(late)
    assert "Overdue by 4 days" in rows(late)[0]
    (confirmed,) = rows(client.get(f"{LIST}?view=confirmed"))
    assert "The test report is in the messages." in confirmed


def test_of_a_proposal_that_is_decided_anew_only_the_last_decision_counts(client_of, carol, dana):
    decision = make.decided(conditions=[make.condition("Of the first")])
    review = decision.review
    make.decided(outcome="not_approved")
    make.drafted_decision(conditions=[make.condition("Of a draft")])
    client = client_of(carol)
    assert "Of the first" in words(client.get(f"{LIST}?view=ahead"))
    review.refresh_from_db()
    review.reopen(by=dana, why="The vendor changed.")
    assert rows(client.get(f"{LIST}?view=ahead")) == []
    review.refresh_from_db()
    make.decided(review, conditions=[make.condition("Of the second")])
    (only,) = rows(client.get(f"{LIST}?view=ahead"))
    assert "Of the second" in only


def test_a_long_list_goes_on_after_its_last_row(client_of, carol, dana, monkeypatch):
    monkeypatch.setattr(page, "ROWS", 2)
    approved(5, 5, 6)
    approved(5, 7)
    client, seen, here = client_of(carol), [], f"{LIST}?view=ahead"
    while here:
        answer = client.get(here)
        seen += rows(answer)
        following = soup(answer).find("a", string="Next conditions")
        here = following["href"] if following else ""
    assert len(seen) == len(set(seen)) == 5


@pytest.mark.parametrize("odd", ["?view=perhaps", "?after=x", "?after=999999999", "?after=-1"])
def test_an_odd_address_shows_the_first_rows(client_of, carol, odd):
    approved(5)
    assert client_of(carol).get(LIST + odd).status_code == 200


def test_it_asks_as_little_for_many_as_for_few(client_of, carol):
    client = client_of(carol)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(f"{LIST}?view=ahead")
        return len(queries)

    approved(5)
    asked()  # The first page of a session asks once for what it keeps.
    few = asked()
    for _ in range(3):
        approved(5, 6, 7)
    assert asked() == few <= 10
