"""Tools that are like one another, kept for each proposal: found when it is received (ACL-12)."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import InterfaceError, OperationalError, models, transaction
from django.db.models import F, Q

from portal import clock
from portal.once import add_once
from proposals.models import Proposal, SignedCopy
from reviews.likeness import Likeness, Traits, compare

if TYPE_CHECKING:
    from reviews.models.review import Review

log = logging.getLogger(__name__)

KEPT = 8
# As many as are looked at for one vendor and one word; a word of more proposals tells none apart.
SAME_VENDOR, RARE, LOOKED_AT = 60, 200, 80


class ToolTraitsQuerySet(models.QuerySet["ToolTraits"]):
    def await_comparison(self, review: Review) -> None:
        """Part of a receipt: the worker compares it soon, so that nobody waits for it."""
        if not add_once(ToolTraits(review=review)):
            self.filter(review=review).update(waits=True)

    def waiting(self) -> ToolTraitsQuerySet:
        return self.filter(waits=True).order_by("review")

    def compare_waiting(self, limit: int | None = None) -> int:
        """Compare what waits, the oldest first; returns how many."""
        found = [*self.waiting().values_list("review", flat=True)[:limit]]
        for review in found:
            try:
                self.compare(review)
            except (OperationalError, InterfaceError):
                raise
            except Exception:
                # One that can't be compared holds up no other; its page goes on to say so.
                log.exception("The tool of review %s can't be compared", review)
                self.filter(review=review).update(waits=False)
        return len(found)

    @transaction.atomic
    def compare(self, review: int) -> list[tuple[int, Likeness]]:
        """Read what one proposal signed last, and keep the tools most like it; on both sides."""
        # One at a time, so that of two that are like one another the second finds the first.
        self.filter(pk=self.order_by("pk").values("pk")[:1]).update(waits=F("waits"))
        copies = SignedCopy.objects.filter(proposal__review=review)
        copy = copies.select_related("proposal").latest("number")
        traits = Traits.of(copy.content)
        ToolWord.objects.filter(review=review).delete()
        ToolWord.objects.bulk_create(ToolWord(review_id=review, word=one) for one in traits.words)
        self.filter(review=review).update(
            waits=False,
            vendor=traits.vendor,
            words=traits.words,
            name=list(traits.name),
            data=list(traits.data),
            compared_at=clock.now(),
        )
        known = SimilarTool.objects.filter(other=review).values_list("review", flat=True)
        found = self._like(traits, besides=copy.proposal, also=known)
        SimilarTool.objects.keep(review, found)
        return found

    def like(self, traits: Traits, *, besides: Proposal) -> list[tuple[int, Likeness]]:
        """The tools like this one, the likest first; no more than are looked at."""
        return self._like(traits, besides=besides)

    def _like(
        self, traits: Traits, *, besides: Proposal, also: Iterable[int] = ()
    ) -> list[tuple[int, Likeness]]:
        """The tools like this one, from indexes alone, however many exist; and those in `also`.

        The proposal itself is no other tool, nor is what it revises or what revises it.
        """
        common, shared = set(), Counter[int]()
        for word in traits.words:
            # The next to come is one more than is looked at: then the word is too common.
            rows = ToolWord.objects.filter(word=word).order_by("-review")
            holders = [*rows.values_list("review", flat=True)[: RARE + 1]]
            if len(holders) > RARE:
                common.add(word)
            else:
                shared.update(holders)
        candidates = {*also, *(review for review, _ in shared.most_common(LOOKED_AT))}
        if traits.vendor:
            same = self.filter(vendor=traits.vendor).order_by("-review")
            candidates |= {*same.values_list("review", flat=True)[:SAME_VENDOR]}
        found = []
        for other in self.filter(review__in=candidates).exclude(_kin(besides)):
            if likeness := compare(traits, other.traits, common):
                found.append((other.review_id, likeness))
        return sorted(found, key=lambda one: (-one[1].score, -one[0]))


def _kin(proposal: Proposal) -> Q:
    """The proposal and its versions: revisions of the very proposal say nothing of others."""
    own = Q(review__proposal=proposal.pk) | Q(review__proposal__revises=proposal.pk)
    if proposal.revises_id:
        own |= Q(review__proposal=proposal.revises_id)
        own |= Q(review__proposal__revises=proposal.revises_id)
    return own


class ToolTraits(models.Model):
    """What the tool of one review is compared by, and whether it still waits to be compared."""

    review = models.OneToOneField("reviews.Review", models.CASCADE, related_name="traits")
    vendor = models.CharField(max_length=120, blank=True)
    words = models.JSONField(default=dict)
    name = models.JSONField(default=list)
    data = models.JSONField(default=list)
    waits = models.BooleanField(default=True)
    compared_at = models.DateTimeField(null=True)

    objects = ToolTraitsQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "traits of tools"
        indexes = (
            models.Index(fields=["vendor", "-review"], name="tools_of_a_vendor"),
            models.Index(fields=["review"], name="tools_to_compare", condition=Q(waits=True)),
        )

    def __str__(self) -> str:
        return f"Tool of {self.review}"

    @property
    def traits(self) -> Traits:
        return Traits(self.vendor, self.words, self.name, self.data)


class ToolWord(models.Model):
    """A distinctive word of one tool, so that tools are found by it."""

    review = models.ForeignKey("reviews.Review", models.CASCADE, related_name="+")
    word = models.CharField(max_length=30)

    class Meta:
        indexes = (models.Index(fields=["word", "-review"], name="tools_by_word"),)
        constraints = (
            models.UniqueConstraint(fields=["review", "word"], name="a_tool_has_a_word_once"),
        )

    def __str__(self) -> str:
        return self.word


class SimilarToolManager(models.Manager["SimilarTool"]):
    def keep(self, review: int, found: Sequence[tuple[int, Likeness]]) -> None:
        """Keep the likest in the place of what was kept; each of them names this one too, as long
        as it has none that are liker."""
        self.filter(Q(review=review) | Q(other=review)).delete()
        now = clock.now()
        rows = [SimilarTool.of(review, other, like, now) for other, like in found[:KEPT]]
        rows += [SimilarTool.of(other, review, like, now) for other, like in found]
        self.bulk_create(rows)
        ranked = Counter[int]()
        surplus = []
        others = [other for other, _ in found]
        for row in self.filter(review__in=others).order_by("review", "-score", "-other"):
            ranked[row.review_id] += 1
            if ranked[row.review_id] > KEPT:
                surplus.append(row.pk)
        self.filter(pk__in=surplus).delete()


class SimilarTool(models.Model):
    """Another proposal whose tool is like this one's, and why, in words."""

    review = models.ForeignKey("reviews.Review", models.CASCADE, related_name="similar_tools")
    other = models.ForeignKey("reviews.Review", models.CASCADE, related_name="+")
    score = models.PositiveSmallIntegerField()
    reasons = models.JSONField()
    compared_at = models.DateTimeField()

    objects = SimilarToolManager()

    class Meta:
        ordering = ("-score", "-other")
        constraints = (
            models.UniqueConstraint(fields=["review", "other"], name="a_similar_tool_once"),
            models.CheckConstraint(
                condition=~Q(review=F("other")), name="no_tool_is_similar_to_itself"
            ),
        )

    def __str__(self) -> str:
        return f"{self.other}, like {self.review}"

    @classmethod
    def of(cls, review: int, other: int, like: Likeness, at: datetime) -> SimilarTool:
        """That one tool is like another, not kept yet."""
        return cls(
            review_id=review,
            other_id=other,
            score=like.score,
            reasons=list(like.reasons),
            compared_at=at,
        )
