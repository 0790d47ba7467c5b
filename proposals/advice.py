"""What the county is told at once when it names a prohibited method: the letter's sentence, and
what is allowed instead (ACL-9). It decides nothing; the county may go on and send."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from portal.models import GoverningLetter
from proposals import screening


@dataclass(frozen=True)
class Advice:
    """One sentence of the letter, the answers it applies to, and what is allowed instead."""

    methods: str
    sentence: str
    instead: str


def advice_on(methods: Iterable[str]) -> list[Advice]:
    """For each sentence of the present letter that applies to a draft's answers, what it says."""
    found: dict[tuple[str, str], list[str]] = {}
    for finding in screening.findings(methods):
        key = (finding.method.sentence, finding.method.instead)
        found.setdefault(key, []).append(f"“{finding.method.label}”")
    if not found:
        return []
    sentences = GoverningLetter.objects.current().sentences
    return [
        Advice(" or ".join(labels), sentences[sentence], instead)
        for (sentence, instead), labels in found.items()
    ]
