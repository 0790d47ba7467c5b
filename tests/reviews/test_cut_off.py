"""A process that ends in the middle of a move leaves all as it was, and the same button then works.

Each move of CDSS's desk is cut off before every statement from its first change on, one after the
other; what the database and the folder of uploads hold is compared row by row. (Processes that are
really killed, at odd moments, are in `test_web_process.py`.)
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from portal import journal, outbox
from portal.models import JournalEntry, Notice, OfficeClosure, Role, WorkerBeat
from reviews.models import Decision, Request, Review, Visit
from reviews.moves import Status
from tests import make
from tests.pages import form_on
from tests.portal.test_closures import ADD, page_of
from tests.reviews import test_acts, test_deciding, test_requesting, test_returned
from tests.reviews.test_arrivals import LOG, log_form, original, received
from tests.reviews.test_assigning import row, ticked

pytestmark = pytest.mark.django_db(transaction=True)

OURS = ("portal", "proposals", "reviews")
# Who looks at a case, and that the worker is there, is no part of a move.
ASIDE = (Visit, WorkerBeat)
CHANGES = ("INSERT", "UPDATE", "DELETE")

Press = Callable[[], Any]


class Killed(BaseException):
    """The process is gone: nothing that handles errors gets to know."""


@contextmanager
def killed_before(number: int) -> Iterator[None]:
    """Ends the process before this statement, counted from the first that changes one of ours."""
    done = 0

    def look(execute: Callable, sql: str, *rest: Any) -> Any:
        nonlocal done
        if done or (sql.startswith(CHANGES) and any(f'"{app}_' in sql for app in OURS)):
            done += 1
            if done == number:
                raise Killed
        return execute(sql, *rest)

    with connection.execute_wrapper(look):
        yield


def everything(media: str) -> dict[str, list]:
    """Every row of ours, and every file."""
    models = [model for app in OURS for model in apps.get_app_config(app).get_models()]
    rows = {
        model.__name__: list(model._base_manager.order_by("pk").values_list())
        for model in models
        if model not in ASIDE
    }
    files = [str(one) for one in Path(media).rglob("*") if one.is_file()]
    return rows | {"files": sorted(files)}


@pytest.fixture
def cut_off(settings) -> Callable[..., int]:
    """cut_off(press) presses the button until it ends by itself, or ended after all was kept; how
    often it was cut off and nothing was there."""

    def check(press: Press, again: int = 302) -> int:
        before = done = everything(settings.MEDIA_ROOT)
        number = 0
        while done == before:
            number += 1
            with suppress(Killed), killed_before(number):
                press()
            done = everything(settings.MEDIA_ROOT)
        # Whatever of it is there, is all of it: to the same button there is nothing left to do.
        first, second = press(), press()
        assert (first.status_code, second.status_code) == (again, again)
        assert first.get("Location") == second.get("Location")
        after = everything(settings.MEDIA_ROOT)
        changed = [name for name in done if done[name] != after[name]]
        assert changed == [], f"cut off before statement {number}, it had left these for later"
        assert journal.verify() == []
        return number - 1

    return check


def typed(client: Client, address: str, **more: Any) -> Press:
    """A press of the button on this page, with the same form each time."""
    form = form_on(client.get(address)) | more
    return lambda: client.post(address, form)


def with_file(press: Callable[[dict[str, Any]], Any], form: dict[str, Any]) -> Press:
    """The same with the county's email, which is read anew each time."""
    return lambda: press(form | {"original": original()})


def url(review: Review, act: str) -> str:
    return f"/reviews/{review.reference}/{act}/"


def test_taking_a_proposal(cut_off, client_of, carol):
    review = make.sent()
    client = client_of(carol)
    seen = {"seen": review.version}
    assert cut_off(lambda: client.post(url(review, "take"), seen)) >= 2
    assert Review.objects.get().assignee == carol


def test_requesting_documents(cut_off, client_of, carol):
    review = make.in_review()
    client = client_of(carol)
    form = test_requesting.filled(client, review, test_requesting.row())
    assert cut_off(lambda: client.post(url(review, "request"), form)) >= 10
    assert Request.objects.get().notice.recipients.count() == 2
    assert JournalEntry.objects.filter(act="request").count() == 1


def test_handing_a_decision_to_the_approver(cut_off, client_of, carol, dana):
    review = make.in_review()
    client = client_of(carol)
    form = form_on(test_deciding.with_letter(client, review, test_deciding.condition()))
    assert cut_off(lambda: client.post(url(review, "recommend"), form)) >= 8
    assert Decision.objects.get().conditions.count() == 1


def test_sending_a_draft_back(cut_off, client_of, carol, dana):
    review = make.drafted_decision().review
    press = typed(client_of(dana), url(review, "send-back"), why="Name the data center.")
    assert cut_off(press) >= 5
    assert not Review.objects.get().is_drafted


def test_releasing_a_decision(cut_off, client_of, carol, dana):
    review = make.drafted_decision(conditions=[make.condition()]).review
    assert cut_off(typed(client_of(dana), url(review, "release"))) >= 10
    decision = Decision.objects.get()
    assert decision.review.status == Status.APPROVED
    assert decision.notice.recipients.count() == 2
    assert JournalEntry.objects.filter(act="release").count() == 1
    assert Notice.objects.filter(event__startswith="decision:").count() == 1


def test_waiving_what_is_left(cut_off, client_of, carol):
    review = make.requested().review
    press = typed(client_of(carol), url(review, "waive"), why="The county sent it by phone.")
    assert cut_off(press) >= 8


def test_closing_what_was_never_answered(cut_off, client_of, carol, dana):
    review = test_acts.overdue_request().review
    assert cut_off(typed(client_of(dana), url(review, "close"))) >= 6
    assert Review.objects.get().status == Status.WITHDRAWN


def test_reopening(cut_off, client_of, carol, dana):
    review = make.decided().review
    press = typed(client_of(dana), url(review, "reopen"), why="The vendor changed.")
    assert cut_off(press) >= 6


def test_logging_an_arrival(cut_off, client_of, carol):
    client = client_of(carol)
    form = log_form(client)
    assert cut_off(with_file(lambda sent: client.post(LOG, sent), form)) >= 20
    assert Review.objects.count() == 1


def test_a_withdrawal_by_post(cut_off, client_of, carol):
    review = make.in_review()
    client, page = client_of(carol), url(review, "on-behalf/withdraw")
    form = form_on(client.get(page)) | received() | {"why": "No money."}
    assert cut_off(with_file(lambda sent: client.post(page, sent), form)) >= 6


def test_a_letter_that_came_back(cut_off, client_of, carol, dana):
    make.decided()
    outbox.deliver_due()
    letter = Decision.objects.get().notice
    mail = letter.recipients.get(email="alice@alameda.example.gov")
    page = test_returned.page("came_back", letter)
    press = typed(client_of(carol), page, mail=str(mail.pk), said="550 No such person")
    assert cut_off(press) >= 4
    assert Notice.objects.get(pk=letter.pk).notified_at is None


def test_a_change_of_closed_days(cut_off, client_of, erin, carol):
    due = make.sent().due
    make.in_review()
    client = client_of(erin)
    day = {"date": due.isoformat(), "name": "Day of mourning", "in_force": "on"}
    shown = page_of(client.post(ADD, day)).find("input", {"name": "shown"})["value"]
    # The second press is told that the day is there.
    assert cut_off(lambda: client.post(ADD, day | {"shown": shown, "move": "all"}), again=200) >= 8
    assert OfficeClosure.objects.filter(date=due).count() == 1
    assert not Review.objects.filter(due=due).exists()


def test_of_several_that_are_assigned_each_is_whole_or_untouched(client_of, carol):
    """Each is a move of its own: some are there after a cut, and the same button does the rest."""
    miguel = make.person("miguel@cdss.example.gov", role=Role.REVIEWER, name="Miguel Santos")
    reviews = [make.sent(), make.in_review(), make.requested().review]
    client = client_of(carol)
    form = ticked(client, *(row(one) for one in reviews), to=miguel.pk)

    def given() -> list[str]:
        has = Review.objects.filter(assignee=miguel).order_by("pk")
        return [one.reference for one in has.select_related("proposal")]

    so_far = set()
    for number in range(1, 60):
        with suppress(Killed), killed_before(number):
            client.post("/reviews/assign/", form)
        entries = JournalEntry.objects.filter(act="hand over").values_list("subject", flat=True)
        letters = Notice.objects.filter(recipients__email=miguel.email)
        assert sorted(entries) == sorted(letters.values_list("subject", flat=True)) == given()
        so_far.add(len(given()))
    assert so_far == {0, 1, 2, 3}


def test_what_is_kept_in_two_parts_is_found(cut_off):
    review = make.sent()

    def press() -> HttpResponse:
        Review.objects.filter(pk=review.pk).update(news=True)
        Review.objects.filter(pk=review.pk).update(is_idea=True)
        return HttpResponse(status=302)

    with pytest.raises(AssertionError, match="before statement 2, it had left these for later"):
        cut_off(press)
