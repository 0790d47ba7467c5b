"""The table of routes as the tests use it. It stands in `routes.txt`, which says how it is read."""

import re
from dataclasses import dataclass
from pathlib import Path

from portal.access import Access, Route, routes

NOBODY = "nobody"
PEOPLE = (NOBODY, "alice", "amir", "bob", "carol", "dana", "erin", "frank")
CDSS = ("carol", "dana", "erin", "frank")
# Whom each decorator of portal.access lets in, before anyone looks at the proposal itself.
LET_IN = {
    "public": set(PEOPLE),
    "signed in": set(PEOPLE) - {NOBODY},
    "county staff": {"alice", "amir", "bob"},
    "reviewer": {"carol", "dana"},
    "approver": {"dana"},
    "administrator": {"erin"},
    "reads cases": set(CDSS),
}
TO_SIGN_IN = "in"
NO_SUCH_METHOD = "405"


@dataclass(frozen=True)
class Row:
    """One line: what each kind of person gets from a route, for each method that it takes."""

    route: str
    case: str
    methods: list[str]
    cells: dict[str, list[str]]
    why: str

    def expected(self, person: str, method: str) -> str:
        """The answer of the table; a method that isn't in the row is taken from nobody."""
        if method in self.methods:
            return self.cells[person][self.methods.index(method)]
        return TO_SIGN_IN if person == NOBODY and self.access.who != "public" else NO_SUCH_METHOD

    def all_of(self, person: str) -> set[str]:
        return set(self.cells[person])

    @property
    def access(self) -> Access:
        return SERVED[ROUTES[self.route].path].access

    @property
    def is_about_a_proposal(self) -> bool:
        return "<ref:reference>" in ROUTES[self.route].path

    @property
    def is_ours(self) -> bool:
        """Whether it is a page of the work itself: not of an account, the portal or the admin."""
        return not re.match(r"account_|session$|report_barrier$|admin[:_]|/admin/", self.route)


def read_table(text: str) -> list[Row]:
    """The rows of the table. A cell that is empty or can't be read fails."""
    rows = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        route, case, methods, *rest = line.split(maxsplit=3 + len(PEOPLE))
        assert len(rest) >= len(PEOPLE), f"an empty cell: {line}"
        named = methods.split("/")
        cells = {
            person: read_cell(cell, len(named), line)
            for person, cell in zip(PEOPLE, rest, strict=False)
        }
        rows.append(Row(route, case, named, cells, "".join(rest[len(PEOPLE) :])))
    return rows


def read_cell(cell: str, methods: int, line: str) -> list[str]:
    """An answer for each method; a single one stands for all."""
    assert re.fullmatch(r"(in|\d{3})(/(in|\d{3}))?", cell), f"can't read {cell!r}: {line}"
    answers = cell.split("/")
    assert len(answers) in (1, methods), f"too many answers, {cell!r}: {line}"
    return answers if len(answers) == methods else answers * methods


def key(route: Route) -> str:
    """What the table calls a route: its name, or its path where Django's admin gives it none."""
    return route.path if route.name.endswith(":") else route.name


ROUTES = {key(route): route for route in routes()}
# What answers at a path: the first that is there. The admin's own sign-in stands behind ours.
SERVED = {route.path: route for route in reversed([*routes()])}
TABLE = read_table((Path(__file__).parent / "routes.txt").read_text(encoding="utf-8"))


def gaps(table: list[Row]) -> list[str]:
    """Routes without a row, rows without a route, rows that stand twice."""
    named = [(row.route, row.case) for row in table]
    rows = {route for route, _ in named}
    return [
        *(f"{route} is not in the table" for route in ROUTES if route not in rows),
        *(f"{route} is in the table, but there is no such route" for route in rows - set(ROUTES)),
        *(
            f"{route} ({case}) twice"
            for route, case in set(named)
            if named.count((route, case)) > 1
        ),
    ]
