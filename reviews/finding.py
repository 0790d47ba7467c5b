"""Proposals found by words: how a search that was typed becomes a condition on the queue.

The words are looked up first. Those of few proposals are found by their keys. Those of many are
asked of each row as the queue is read in its order, which comes upon a page of them soon; so
neither sorts what a page does not show.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from django.db.models import BooleanField, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery

from reviews import search
from reviews.composed import composed
from reviews.models import KnownWord, Words

FEW = 1000


@dataclass(frozen=True)
class Found:
    """What a search leaves of the queue: `words` tell it from every other, and `meant` are those
    that were read for words nobody wrote."""

    condition: Q
    words: Hashable
    meant: dict[str, list[str]] = field(default_factory=dict)


NOTHING = Found(Q(pk__in=[]), ())


def look_up(text: str, vendor: str) -> Found:
    """What is found by these words, all of them, and by these words of the vendor's name.

    Where nothing is, words that are spelled nearly alike are read for each that nobody wrote.
    """
    words, names = search.typed(text), search.typed(vendor)
    if (text.strip() and not words) or (vendor.strip() and not names):
        # Signs and pictures alone, which are no words.
        return NOTHING
    groups = [[word] for word in words]
    if found := _found(groups, names):
        return found
    meant = {
        word: near
        for word, near in KnownWord.objects.near(words).items()
        if near and not any(one.startswith(search.root(word)) for one in near)
    }
    found = _found([meant.get(word, [word]) for word in words], names, meant) if meant else None
    return found or NOTHING


def _found(
    groups: Sequence[Sequence[str]],
    vendor: Sequence[str],
    meant: dict[str, list[str]] | None = None,
) -> Found | None:
    """The proposals in which one word of each group stands; None where there is none."""
    words = (*map(tuple, groups), "of", *vendor)
    holding = Words.objects.holding(groups, vendor)

    def rows() -> QuerySet[Words, int]:
        return Words.objects.filter(holding).values_list("review", flat=True)[: FEW + 1]

    few = tuple(key for (key,) in composed(("words", words, FEW), rows).ask())
    if not few:
        return None
    if len(few) <= FEW:
        return Found(Q(pk__in=few), few, meant or {})
    # A question to each row, which no planner turns into a join and a sort of them all.
    says_so = ExpressionWrapper(holding, output_field=BooleanField())
    theirs = Words.objects.filter(review=OuterRef("pk")).values(holds=says_so)
    return Found(Q(Subquery(theirs, output_field=BooleanField())), words, meant or {})
