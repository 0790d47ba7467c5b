"""Leafing through a long list in its order; its filters and its place stand in the address.

A page is found from a row that was seen (a mark), so that the last costs what the first one costs,
and what comes or goes meanwhile shifts no row. A mark that the list didn't make leads to the first
page, with a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.core import signing
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from portal.spreadsheets import WRITERS

ROWS = (25, 50, 100)
END = "end"


def address_of(page: str, parts: Mapping[str, Any], *args: Any) -> str:
    """A page, or a file, with these parts of an address; one that is empty is left out."""
    kept = urlencode({name: value for name, value in parts.items() if value})
    return reverse(page, args=args) + (f"?{kept}" if kept else "")


class ForgedMark(ValueError):
    """The mark was not made by the list, or for another order of it."""


@dataclass
class Page:
    """The rows of one page, and the marks of the pages around it (empty where there is none)."""

    rows: list[Any]
    before: str = ""
    after: str = ""


def leaf(
    found: list[Any],
    size: int,
    *,
    backwards: bool,
    is_marked: bool,
    mark: Callable[[Any], str],
) -> Page | None:
    """A page from the rows that were found past a mark, one more than it holds if there are more.

    None where going backwards fewer are left than it holds: then it is the first page.
    """
    more, here = len(found) > size, Page(found[:size])
    if backwards:
        here.rows.reverse()
        if not more and is_marked:
            return None
    if here.rows and (more if backwards else is_marked):
        here.before = mark(here.rows[0])
    if here.rows and (is_marked if backwards else more):
        here.after = mark(here.rows[-1])
    return here


class AddressFilters(Protocol):
    """Filters as they were read from the address of a list."""

    data: Mapping[str, Any]

    def chips(self) -> list[tuple[str, str, str]]:
        """Each one in force: its name in the address, its label, and its value in words."""


class Pages:
    """The pages of one list, in the order of an instant or a day and then of the key.

    `page` is the route at which it stands, `place` what a sentence calls it. The newest stands
    first, or the earliest where the list is one of dates to come.
    """

    def __init__(self, page: str, place: str, at: str, *, earliest_first: bool = False) -> None:
        self.page, self.at, self.earliest_first = page, at, earliest_first
        self.forged = f"That place in {place} is not known, so this is the first page."
        self._signer = signing.Signer(salt=f"reviews.{page}")

    def _mark(self, row: Any) -> str:
        return self._signer.sign_object([getattr(row, self.at).isoformat(), row.pk])

    def _past(self, text: str, backwards: bool) -> Q:
        """All rows past a mark. The first condition alone lets the database begin at the place."""
        try:
            at, key = self._signer.unsign_object(text)
        except signing.BadSignature as forged:
            raise ForgedMark(self.forged) from forged
        side = "gt" if self._ascends(backwards) else "lt"
        return Q(**{f"{self.at}__{side}e": at}) & (
            Q(**{f"{self.at}__{side}": at}) | Q(**{f"pk__{side}": key})
        )

    def _ascends(self, backwards: bool) -> bool:
        return backwards != self.earliest_first

    def turn_to(
        self, rows: QuerySet[Any], *, size: int = ROWS[0], after: str = "", before: str = ""
    ) -> Page:
        """One page: the first, or the one after or before a mark; `before=END` is the last.

        Raises ForgedMark for a mark that the list did not make.
        """
        backwards = bool(before)
        marked = "" if before == END else before or after
        order = (self.at, "pk") if self._ascends(backwards) else (f"-{self.at}", "-pk")
        held = rows.filter(self._past(marked, backwards)) if marked else rows
        here = leaf(
            list(held.order_by(*order)[: size + 1]),
            size,
            backwards=backwards,
            is_marked=bool(marked),
            mark=self._mark,
        )
        return here or self.turn_to(rows, size=size)

    def asked(
        self, rows: QuerySet[Any], data: QueryDict, size: int = ROWS[0]
    ) -> tuple[Page, list[str]]:
        """The page that an address asks for; for a forged mark the first, and a sentence."""
        marks = {name: data.get(name, "") for name in ("after", "before")}
        try:
            return self.turn_to(rows, size=size, **marks), []
        except ForgedMark as forged:
            return self.turn_to(rows, size=size), [str(forged)]

    def address(self, parts: Mapping[str, Any]) -> str:
        """The list as these parts of an address say."""
        return address_of(self.page, parts)

    def around(self, page: Page, parts: Mapping[str, Any]) -> dict[str, str]:
        """The addresses of the pages around one."""
        return {
            "first": self.address(parts) if page.before else "",
            "previous": self.address({**parts, "before": page.before}) if page.before else "",
            "next": self.address({**parts, "after": page.after}) if page.after else "",
            "last": self.address({**parts, "before": END}) if page.after else "",
        }

    def links(
        self, filters: AddressFilters, size: int, page: Page, *, file: str = ""
    ) -> dict[str, Any]:
        """The addresses around a page of what filters leave, and those of its files, if it has any:
        filters live in the address, so Back keeps them."""
        chips = filters.chips()
        chosen = {name: filters.data[name] for name, _, _ in chips}
        full = chosen | _unless_usual(size)
        return {
            "chips": [
                (label, words, self.address(full | {name: ""})) for name, label, words in chips
            ],
            "files": [(kind.upper(), address_of(file, chosen, kind)) for kind in WRITERS if file],
            **self.turns(chosen, size, page),
        }

    def turns(self, parts: Mapping[str, Any], size: int, page: Page) -> dict[str, Any]:
        """The addresses around a page of so many rows, and those of other sizes."""
        return {
            "sizes": [(rows, self.address({**parts, "rows": rows})) for rows in ROWS],
            **self.around(page, {**parts, **_unless_usual(size)}),
        }


def _unless_usual(size: int) -> dict[str, int]:
    return {"rows": size} if size != ROWS[0] else {}


def rows_on_a_page(data: QueryDict) -> tuple[int, list[str]]:
    """How many rows a page has, and what to say about an odd number."""
    text = data.get("rows", "")
    if text and text not in map(str, ROWS):
        choices = ", ".join(map(str, ROWS[:-1]))
        return ROWS[0], [f"Choose {choices} or {ROWS[-1]} rows: “{text[:20]}” is none of them."]
    return int(text or ROWS[0]), []
