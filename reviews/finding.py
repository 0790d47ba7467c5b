"""Proposals found by words: how a search that was typed becomes a condition on the queue.

The words are looked up first. Those of few proposals are found by their keys. Those of many are
asked of each row as the queue is read in its order, which comes upon a page of them soon; so
neither sorts what a page does not show.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

from django.db.models import BooleanField, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery

from reviews import search
from reviews.composed import composed
from reviews.models import KnownWord, Words

FEW = 1000


@dataclass(frozen=True)
class Wanted:
    """What is searched for: one word of each group, and every word of the vendor's name."""

    groups: tuple[tuple[str, ...], ...]
    vendor: tuple[str, ...]

    def holding(self) -> Q:
        return Words.objects.holding(self.groups, self.vendor)

    def few(self) -> tuple[int, ...] | None:
        """The reviews in which they stand; None where they are many."""

        def rows() -> QuerySet[Words, int]:
            return Words.objects.filter(self.holding()).values_list("review", flat=True)[: FEW + 1]

        found = composed((self, FEW), rows).ask()
        return tuple([key for (key,) in found]) if len(found) <= FEW else None


@dataclass(frozen=True)
class Found:
    """What a search leaves of the queue: these reviews, or, where they are many (None), whichever
    hold the words. `meant` are the words that were read for some that nobody wrote."""

    wanted: Wanted
    few: tuple[int, ...] | None = ()
    meant: dict[str, list[str]] = field(default_factory=dict)

    @property
    def key(self) -> Hashable:
        """What tells its condition from every other."""
        return self.wanted if self.few is None else self.few

    @property
    def condition(self) -> Q:
        if self.few is not None:
            return Q(pk__in=self.few)
        # A question to each row, which no planner turns into a join and a sort of them all.
        says_so = ExpressionWrapper(self.wanted.holding(), output_field=BooleanField())
        theirs = Words.objects.filter(review=OuterRef("pk")).values(holds=says_so)
        return Q(Subquery(theirs, output_field=BooleanField()))


def look_up(text: str, vendor: str) -> Found:
    """What is found by these words, all of them, and by these words of the vendor's name.

    Where nothing is, words that are spelled nearly alike are read for each that nobody wrote.
    """
    words, names = search.typed(text), tuple(search.typed(vendor))
    wanted = Wanted(tuple((word,) for word in words), names)
    if (text.strip() and not words) or (vendor.strip() and not names):
        # Signs and pictures alone, which are no words.
        return Found(wanted)
    found = _found(wanted)
    if found.few == () and (meant := _meant(words)):
        groups = tuple(tuple(meant.get(word, [word])) for word in words)
        found = _found(Wanted(groups, names), meant)
        return found if found.few != () else Found(wanted)
    return found


def _found(wanted: Wanted, meant: dict[str, list[str]] | None = None) -> Found:
    return Found(wanted, wanted.few(), meant or {})


def _meant(words: Iterable[str]) -> dict[str, list[str]]:
    """For each word that nobody wrote, those that are spelled nearly like it."""
    return {
        word: near
        for word, near in KnownWord.objects.near(list(words)).items()
        if near and not any(one.startswith(search.root(word)) for one in near)
    }
