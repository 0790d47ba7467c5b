"""Proposals found by words: how a search that was typed becomes a condition on the queue.

The words are looked up first. Those of few proposals are found by their keys. Those of many are
asked of each row as the queue is read in its order, which comes upon a page of them soon; so
neither sorts what a page does not show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import BooleanField, ExpressionWrapper, OuterRef, Q, Subquery

from reviews import search
from reviews.models import KnownWord, Words

FEW = 1000


@dataclass(frozen=True)
class Found:
    """What a search leaves of the queue; `meant` are the words read for those nobody wrote."""

    condition: Q
    meant: dict[str, list[str]] = field(default_factory=dict)


def look_up(text: str, vendor: str) -> Found:
    """What is found by these words, all of them, and by these words of the vendor's name.

    Where nothing is, words that are spelled nearly alike are read for each that nobody wrote.
    """
    words, names = search.typed(text), search.typed(vendor)
    if (text.strip() and not words) or (vendor.strip() and not names):
        # Signs and pictures alone, which are no words.
        return Found(Q(pk__in=[]))
    groups = [[word] for word in words]
    condition = _condition(groups, names)
    if condition is not None:
        return Found(condition)
    meant = {
        word: near
        for word, near in KnownWord.objects.near(words).items()
        if near and not any(one.startswith(search.root(word)) for one in near)
    }
    if meant:
        condition = _condition([meant.get(word, [word]) for word in words], names)
        if condition is not None:
            return Found(condition, meant)
    return Found(Q(pk__in=[]))


def _condition(groups: Sequence[Sequence[str]], vendor: Sequence[str]) -> Q | None:
    """The proposals in which one word of each group stands; None where there is none."""
    holding = Words.objects.holding(groups, vendor)
    few = list(Words.objects.filter(holding).values_list("review", flat=True)[: FEW + 1])
    if not few:
        return None
    if len(few) <= FEW:
        return Q(pk__in=few)
    # A question to each row, which no planner turns into a join and a sort of them all.
    says_so = ExpressionWrapper(holding, output_field=BooleanField())
    theirs = Words.objects.filter(review=OuterRef("pk")).values(holds=says_so)
    return Q(Subquery(theirs, output_field=BooleanField()))
