"""The words by which CDSS finds a proposal, kept beside its review; and all words known so far.

PostgreSQL searches them by an index over a text vector, and finds words that are nearly the same
by their groups of three letters. SQLite looks through the same text plainly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import (
    SearchQuery,
    SearchVectorField,
    TrigramSimilarity,
)
from django.db import connection, models
from django.db.models import F, Func, Q, Value

from portal.once import add_once
from reviews import search

if TYPE_CHECKING:
    from reviews.models.review import Review

VENDOR = "A"  # The weight of the vendor's words in the vector.
CONFIG = "simple"
NEAR, SHORTEST, LONGEST = 3, 4, 32
ALMOST = 0.8  # How like a word must be, beside the one that is most like what was typed.


class Vector(Func):
    """The vector of a proposal's words, in which those of the vendor are marked; empty on SQLite,
    which has none."""

    output_field = SearchVectorField()

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:
        return "NULL", []

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:
        vendor, text = (compiler.compile(one)[0] for one in self.get_source_expressions())
        words = f"to_tsvector('{CONFIG}'::regconfig, {text})"
        return f"setweight(to_tsvector('{CONFIG}'::regconfig, {vendor}), '{VENDOR}') || {words}", []


class WordsQuerySet(models.QuerySet["Words"]):
    def keep(self, review: Review, reference: str, county: str, answers: Mapping[str, Any]) -> None:
        """What is searched of a proposal, from the answers of its newest signed copy."""
        vendor = search.stored([answers["vendor_name"]])
        text = search.text_of(reference, county, answers)
        if not add_once(Words(review=review, vendor=vendor, text=text)):
            self.filter(review=review).update(vendor=vendor, text=text)
        KnownWord.objects.learn(text.split())

    def holding(self, words: Iterable[Sequence[str]], vendor: Iterable[str]) -> Q:
        """Where one of each group of words stands, and every one of these in the vendor's name."""
        if connection.vendor == "postgresql":
            groups = [" | ".join(map(_beginning, group)) for group in words]
            groups += [f"{search.root(one)}:*{VENDOR}" for one in vendor]
            query = " & ".join(f"({group})" for group in groups)
            return Q(vector=SearchQuery(query, search_type="raw", config=CONFIG))
        found = Q()
        for group in words:
            one_of = Q()
            for word in group:
                one_of |= Q(text__contains=f" {search.root(word)}")
            found &= one_of
        for word in vendor:
            found &= Q(vendor__contains=f" {search.root(word)}")
        return found


def _beginning(word: str) -> str:
    """How the index is asked for the words that begin like one."""
    # Each proposal has this one in its reference: to look for longer ones would read them all.
    return word if word == "cip" else f"{search.root(word)}:*"


class Words(models.Model):
    """What is searched of one proposal: every word of its names and overview, once."""

    review = models.OneToOneField("reviews.Review", models.CASCADE, related_name="words")
    vendor = models.TextField()
    text = models.TextField()
    vector = models.GeneratedField(
        expression=Vector(F("vendor"), F("text")),
        output_field=SearchVectorField(null=True),
        db_persist=True,
    )

    objects = WordsQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "words"
        indexes = (GinIndex(fields=["vector"], name="words_by_vector"),)

    def __str__(self) -> str:
        return f"Words of {self.review}"


class KnownWordQuerySet(models.QuerySet["KnownWord"]):
    def learn(self, words: Iterable[str]) -> None:
        """Know these words from now on, for whoever misspells one of them."""
        known = {one for one in words if one.isalpha() and SHORTEST <= len(one) <= LONGEST}
        # In one order, so that two who learn the same words never wait for each other.
        self.bulk_create([KnownWord(word=one) for one in sorted(known)], ignore_conflicts=True)

    def near(self, words: Sequence[str]) -> dict[str, list[str]]:
        """For each of these words, the few known ones that are spelled nearly like it."""
        asked = [one for one in words if one.isalpha() and SHORTEST <= len(one) <= LONGEST]
        if not asked:
            return {}
        if connection.vendor != "postgresql":
            known = list(self.values_list("word", flat=True))
            return {one: get_close_matches(one, known, NEAR, 0.7) for one in asked}
        near = [
            self.filter(word__trigram_similar=one)
            .annotate(typed=Value(one), likeness=TrigramSimilarity("word", one))
            .order_by("-likeness", "word")
            .values_list("typed", "word", "likeness")[:NEAR]
            for one in asked
        ]
        found: dict[str, list[str]] = {one: [] for one in asked}
        best: dict[str, float] = {}
        # What a union gives has no order of its own.
        rows = near[0].union(*near[1:], all=True)
        for one, word, likeness in sorted(rows, key=lambda row: (-row[2], row[1])):
            if likeness >= ALMOST * best.setdefault(one, likeness):
                found[one].append(word)
        return found


class KnownWord(models.Model):
    """A word that stood in a proposal once: what a misspelt one may have meant."""

    word = models.CharField(max_length=LONGEST, primary_key=True)

    objects = KnownWordQuerySet.as_manager()

    class Meta:
        indexes = (
            GinIndex(fields=["word"], name="known_words_by_letters", opclasses=["gin_trgm_ops"]),
        )

    def __str__(self) -> str:
        return self.word
