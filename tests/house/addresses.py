"""Where each route leads: what can stand in its address, for a case; and a form sent there."""

import re
from collections.abc import Callable, Iterator
from itertools import product

from django.apps import apps
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, reverse

from portal.access import Route
from portal.models import GoverningLetter, Notice, NoticeRecipient
from portal.spreadsheets import WRITERS
from proposals.models import Proposal
from proposals.sections import BY_KEY
from proposals.sections.sheets import SHEETS
from reviews.letter_kinds import KINDS
from reviews.models import Enhancement, SavedView, StandardWording
from reviews.tabled import FILES
from tests import make
from tests.house.routes_table import ROUTES, Row

Cases = dict[str, Proposal]
# A token as the page and the cookie bear it, and what any form carries: so none counts as empty.
TOKEN = "t" * 32
FORM = {"csrfmiddlewaretoken": TOKEN}


def filled(name: str, asked: list[str], case: Proposal | None) -> Iterator[str]:
    """A route's addresses for one case."""
    choices = [list(PARTS[part](case, name)) for part in asked]
    for values in product(*choices):
        try:
            yield reverse(name, kwargs=dict(zip(asked, values, strict=True)))
        except NoReverseMatch as missing:
            raise AssertionError(f"{name} can't be opened: say what {asked} are") from missing


def items_of(case: Proposal, name: str) -> Iterator[int]:
    """The county counts the items of a request; CDSS's addresses name the row."""
    if hasattr(case, "review"):
        for request in case.review.requests.all():
            yield from (one.number if name == "item" else one.pk for one in request.items.all())


def conditions_of(case: Proposal, name: str) -> Iterator[int]:
    if hasattr(case, "review"):
        for decision in case.review.decisions.all():
            yield from decision.conditions.values_list("number", flat=True)


PARTS: dict[str, Callable[[Proposal | None, str], object]] = {
    "reference": lambda case, name: [case.reference],
    "section": lambda case, name: BY_KEY,
    "document": lambda case, name: case.documents.values_list("pk", flat=True),
    "number": lambda case, name: case.copies.values_list("number", flat=True),
    "notice": lambda case, name: Notice.objects.filter(subject=case.reference).values_list(
        "pk", flat=True
    ),
    "item": items_of,
    "condition": conditions_of,
    "move": lambda case, name: ["respond", "withdraw"],
    "enhancement": lambda case, name: Enhancement.objects.values_list("pk", flat=True)[:2],
    "wording": lambda case, name: StandardWording.objects.values_list("pk", flat=True)[:2],
    "recipient": lambda case, name: NoticeRecipient.objects.values_list("pk", flat=True)[:2],
    "saved": lambda case, name: SavedView.objects.values_list("pk", flat=True),
    "person": lambda case, name: [make.someone("carol").pk],
    "uidb36": lambda case, name: ["1"],
    "key": lambda case, name: ["set-password"],
    "sheet": lambda case, name: [key for key in SHEETS if key],
    "version": lambda case, name: GoverningLetter.objects.values_list("version", flat=True),
    "kind": lambda case, name: WRITERS,
    "table": lambda case, name: FILES,
    "template": lambda case, name: KINDS,
}


def address(row: Row, cases: Cases) -> str:
    """Where a row's route leads for its case."""
    route, case = ROUTES[row.route], cases.get(row.case)
    parts = re.findall(r"<(?:\w+:)?(\w+)>", route.path)
    values = {part: part_of(part, route, case) for part in parts}
    if not route.name.endswith(":"):
        return reverse(route.name, kwargs=values)
    path = re.sub(r"\(\?P(<\w+>).*", r"\1", route.path)
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda part: str(values[part[1]]), path)


ADMINS = {"app_label": "portal", "content_type_id": "1", "url": "nothing/here"}


def part_of(part: str, route: Route, case: Proposal | None) -> object:
    """What stands in an address for one part of it."""
    if part in ("object_id", "pk"):
        return admins_row(route, case)
    if part == "notice":
        kind = "decision" if route.name.endswith("letter_pdf") else "receipt"
        return Notice.objects.get(event__startswith=f"{kind}:", subject=case.reference).pk
    return ADMINS.get(part) or next(iter(PARTS[part](case, route.name)))


def admins_row(route: Route, case: Proposal | None) -> object:
    """The row that a page of Django's admin is about: the case's, or just the first."""
    if "content_type_id" in route.path:
        return 1
    app, name = route.path.split("/")[2:4]
    reference = case and case.reference
    of_case = {
        "proposal": {"reference": reference},
        "review": {"proposal": case},
        "notice": {"subject": reference},
        "noticerecipient": {"notice__subject": reference},
    }
    found = apps.get_model(app, name)._default_manager.filter(**of_case.get(name, {}))
    return found.order_by("pk").first().pk


def post(client: Client, path: str, form: dict[str, str] = FORM, **headers: str) -> HttpResponse:
    """Sends a form that leaves nothing behind and signs nobody out."""
    cookies = client.cookies.copy()
    with transaction.atomic():
        response = client.post(path, form, headers=headers)
        transaction.set_rollback(True)
    client.cookies = cookies
    return response
