"""Who gets which answer from which page: every route for every kind of person, by one table.

The table is `routes.txt` beside this file; its first lines say how it is read. A route without a
row fails, and so does a row without a route. Every address is opened on a small portal.
"""

import re
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.urls import reverse

from portal.models import JournalEntry, JournalHead
from reviews.models import Visit
from reviews.moves import MOVES, Who
from tests import make
from tests.house.addresses import FORM, TOKEN, Cases, address, post
from tests.house.routes_table import (
    CDSS,
    LET_IN,
    NO_SUCH_METHOD,
    NOBODY,
    PEOPLE,
    ROUTES,
    TABLE,
    TO_SIGN_IN,
    Row,
    gaps,
    read_table,
)
from tests.house.rules import WINGS

OpenedBy = Callable[[str], Client]


class TestTable:
    def test_it_holds_every_route_and_no_other(self):
        assert not gaps(TABLE)

    def test_a_gap_would_be_found(self):
        first, *others = TABLE
        assert gaps(others) == [f"{first.route} is not in the table"]
        assert gaps([first, *TABLE]) == [f"{first.route} ({first.case}) twice"]
        line = "removed_page - GET in 200 200 200 200 200 200 200"
        assert gaps([*TABLE, *read_table(line)]) == [
            "removed_page is in the table, but there is no such route"
        ]

    @pytest.mark.parametrize(
        "line",
        [
            "home - GET in 200 200 200 302 302 302",
            "home - GET in 200 200 200 302 302 302 ?",
            "home - GET in 200/422 200 200 302 302 302 302",
        ],
    )
    def test_an_empty_or_odd_cell_would_be_found(self, line):
        with pytest.raises(AssertionError):
            read_table(line)

    def test_a_row_about_a_proposal_names_its_case(self):
        assert not [row for row in TABLE if row.is_about_a_proposal and row.case == "-"]


class TestRules:
    """What holds of the table whatever the portal answers, so that it can't be filled wrongly."""

    def test_another_county_finds_nothing(self):
        rows = [row for row in TABLE if row.is_about_a_proposal]
        assert not [row for row in rows if row.all_of("bob") != {"404"}]

    def test_the_wrong_role_finds_nothing_or_is_refused(self):
        for row in TABLE:
            refusal = {"404"} if row.is_about_a_proposal else {"403"}
            for person in set(PEOPLE) - {NOBODY} - LET_IN[row.access.who]:
                assert row.all_of(person) == refusal, (row.route, person)

    def test_a_stranger_is_led_to_sign_in_but_from_public_pages_which_say_why(self):
        for row in TABLE:
            if row.access.who == "public":
                assert row.why == row.access.why, row.route
            else:
                assert row.all_of(NOBODY) == {TO_SIGN_IN} and not row.why, row.route

    def test_administrators_and_auditors_move_nothing(self):
        for row in TABLE:
            if row.is_ours and "POST" in row.methods:
                for person in ("erin", "frank"):
                    assert row.expected(person, "POST") in ("403", "404"), (row.route, person)

    def test_cdss_finds_nothing_of_a_draft(self):
        rows = [row for row in TABLE if row.case == "draft" and row.is_about_a_proposal]
        assert len(rows) >= 8
        for row, person in product(rows, CDSS):
            assert row.all_of(person) == {"404"}, (row.route, person)

    def test_what_one_may_who_signs_is_all_that_tells_two_of_a_county_apart(self):
        differ = {row.route for row in TABLE if row.cells["alice"] != row.cells["amir"]}
        assert differ == {move.name for move in MOVES.values() if move.who == Who.SIGNER}


# --- The portal it is shown on ------------------------------------------------------------------


@pytest.fixture
def opened_by(cases, client_of) -> OpenedBy:
    """The client of one of the eight."""
    return lambda person: Client() if person == NOBODY else client_of(make.someone(person))


def answer(client: Client, method: str, path: str) -> str:
    """What the table says of it: a status, or `in`."""
    response = client.get(path) if method == "GET" else post(client, path)
    if response.streaming:
        b"".join(response)  # reads the file, and so closes it
    sign_ins = tuple(f"{reverse(name)}?next=" for name in ("account_login", "admin:login"))
    leads_there = response.headers.get("Location", "").startswith(sign_ins)
    return TO_SIGN_IN if leads_there else str(response.status_code)


def everything() -> dict[str, list[dict[str, Any]]]:
    """Every row of the wings but those that record who read what: the journal's, and visits."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values())
        for wing in WINGS
        for model in apps.get_app_config(wing).get_models()
        if model not in (JournalEntry, JournalHead, Visit)
    }


# --- Every route, opened ------------------------------------------------------------------------


@pytest.mark.parametrize("person", PEOPLE)
def test_the_portal_answers_as_the_table_says_to(person, cases, opened_by):
    client = opened_by(person)
    before = everything()
    faults = differences(client, person, "GET", TABLE, cases)
    assert everything() == before, "a page that was only opened changed something"
    faults += differences(
        client, person, "POST", [row for row in TABLE if "POST" in row.methods], cases
    )
    assert not faults, "\n".join(faults)


def differences(
    client: Client, person: str, method: str, rows: list[Row], cases: Cases
) -> list[str]:
    """Where the portal answers something else."""
    found = []
    for row in rows:
        path, expected = address(row, cases), row.expected(person, method)
        if (given := answer(client, method, path)) != expected:
            found.append(f"{method} {path} ({row.case}): {given} instead of {expected}")
    return found


def test_what_only_shows_takes_no_form(cases, opened_by):
    clients = {person: opened_by(person) for person in PEOPLE}
    for row in TABLE:
        if "POST" not in row.methods:
            person = next(one for one in reversed(PEOPLE) if one in LET_IN[row.access.who])
            given = answer(clients[person], "POST", address(row, cases))
            assert given == NO_SUCH_METHOD, row.route


def about_proposals() -> list[Row]:
    """A row of each route with a reference, for a case in which what it names is there."""
    return [row for row in TABLE if row.is_about_a_proposal and row.case != "draft"]


def test_cdss_finds_no_page_of_a_draft(cases, opened_by):
    own = cases["draft"].reference
    for person in CDSS:
        client = opened_by(person)
        for row, method in product(about_proposals(), ("GET", "POST")):
            path = address(row, cases).replace(cases[row.case].reference, own)
            assert answer(client, method, path) in ("404", NO_SUCH_METHOD), (person, path)


def test_what_belongs_to_one_proposal_does_not_open_under_another(cases, opened_by):
    """The number of a document, letter or item is no key to it under a reference one may open."""
    bob = make.someone("bob")
    own = make.in_review(make.sent(make.draft(by=bob), by=bob)).reference
    rows = [
        row
        for row in about_proposals()
        if re.search("document>|notice>", ROUTES[row.route].path) or row.route == "request_item"
    ]
    assert len(rows) >= 6
    for person in ("bob", "carol"):
        client = opened_by(person)
        for row, method in product(rows, ("GET", "POST")):
            path = address(row, cases).replace(cases[row.case].reference, own)
            assert answer(client, method, path) in ("404", NO_SUCH_METHOD), (person, path)


OURS, ELSEWHERE = "http://testserver", "https://elsewhere.example.com"
TRIES = [
    ({}, OURS, False),
    ({"csrfmiddlewaretoken": "w" * 32}, OURS, False),
    (FORM, ELSEWHERE, False),
    (FORM, OURS, True),
]


def test_a_form_is_taken_from_our_own_pages_alone(cases):
    """Neither without the page's token, nor with a wrong one, nor from a page of another origin."""
    clients = {person: Client(enforce_csrf_checks=True) for person in PEOPLE[1:]}
    for person, client in clients.items():
        client.force_login(make.someone(person))
        client.cookies[settings.CSRF_COOKIE_NAME] = TOKEN
    rows = [row for row in TABLE if "POST" in row.methods]
    assert len(rows) >= 80
    for row, (form, origin, is_taken) in product(rows, TRIES):
        response = post(clients[sender(row)], address(row, cases), form, origin=origin)
        refused = "403_csrf.html" in {template.name for template in response.templates}
        assert refused is not is_taken, (row.route, form, origin)
        assert is_taken or response.status_code == 403, (row.route, form, origin)


def sender(row: Row) -> str:
    """Someone whose form the table takes, if there is anyone."""
    takes = (one for one in PEOPLE[1:] if row.expected(one, "POST") not in ("403", "404"))
    return next(takes, "erin")
