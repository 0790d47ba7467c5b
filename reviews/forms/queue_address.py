"""What an address of the queue asks for, and the addresses that lead on from it.

A view, its filters and the rows on a page live in the address: Back keeps them, a bookmark finds
them again, a file holds the same, and a person's own view is such an address with a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from reviews import queue
from reviews.forms.queue import Choices, QueueFilters, Reading, read
from reviews.leafing import ROWS, rows_on_a_page

MARKS = ("after", "before")
NO_SUCH_VIEW = "There is no view of that name, so this is the usual one."


@dataclass(frozen=True)
class Asked:
    """What one address asks for, as far as it can be followed, and what to say of the rest."""

    data: QueryDict

    @cached_property
    def choices(self) -> Choices:
        return Choices.now()

    @cached_property
    def filters(self) -> Reading:
        """What the filters of the address say."""
        names = (name for name in QueueFilters.base_fields if self.data.get(name))
        return read(tuple((name, self.data[name]) for name in names), self.choices)

    @property
    def chosen(self) -> Mapping[str, Any]:
        """The filters that can be followed, by name."""
        return self.filters.chosen

    @property
    def view(self) -> str:
        """The view's key, or empty where the address names none that there is."""
        view = self.data.get("view", "")
        return view if view in queue.VIEWS else ""

    @property
    def rows(self) -> int:
        """How many rows a page has."""
        return rows_on_a_page(self.data)[0]

    @property
    def marks(self) -> dict[str, str]:
        """The place in the order from which the page goes on, as the address has it."""
        return {name: self.data.get(name, "") for name in MARKS}

    def faults(self) -> list[str]:
        """What to say about a view or a number of rows that there isn't."""
        found = rows_on_a_page(self.data)[1]
        if self.data.get("view", "") and not self.view:
            found.append(NO_SUCH_VIEW)
        return found

    def parts(self, view: str) -> dict[str, Any]:
        """All that tells this list from another, under a view: what a saved view keeps."""
        return {
            "view": view,
            "rows": self.rows,
            **{name: self.data[name] for name in self.chosen},
        }


def query_of(**parts: Any) -> str:
    """The parts as they stand in an address; what is empty or usual is left out."""
    return urlencode({name: value for name, value in parts.items() if value and value != ROWS[0]})


def address(**parts: Any) -> str:
    """The queue as these parts say."""
    query = query_of(**parts)
    return f"{_queue()}?{query}" if query else _queue()


@cache
def _queue() -> str:
    return reverse("queue")  # A page has twenty addresses of it.


def kept_query(text: str) -> str:
    """An address's query as a form carried it: the parts that can be followed, and no other.

    Whoever writes it, it leads to the queue and nowhere else.
    """
    asked = Asked(QueryDict(text))
    return query_of(**asked.parts(asked.view or "all"))


def way_back(text: str) -> str:
    """The page of the queue that a form was sent from."""
    asked = Asked(QueryDict(text))
    return address(**asked.parts(asked.view or "all"), **asked.marks)
