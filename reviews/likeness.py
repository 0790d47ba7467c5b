"""How like two tools are, from what their counties signed: a rule that says its reasons in words.

So that two counties' same tool is not decided on in two ways, and that none pays for what CDSS
implements itself (ACL-12). It points; it decides nothing. No database, no framework.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

FIELDS = ("tool_name", "purpose", "business_needs", "technical_component")
FOR_VENDOR, FOR_NAMED, FOR_DATA, MOST_FOR_WORDS = 6, 3, 1, 6
FEWEST_WORDS, WORDS_SHOWN, WORDS_KEPT = 3, 4, 60
# Of the shorter of two texts, the share of words that must stand in the other too.
LEAST_SHARE = 0.12
SHORTEST, LONGEST_WORD = 4, 28

_WORD = re.compile(r"[^\W\d_]+")
_COMPANY = {"inc", "llc", "llp", "corp", "corporation", "co", "company", "ltd", "limited", "lp"}
NO_VENDOR = {
    "",
    "none",
    "na",
    "n a",
    "tbd",
    "not decided yet",
    "not decided",
    "undecided",
    "county",
}
# Words that most proposals of this field have, and so say nothing of a tool.
_COMMON = (
    "about above access account after again agency already also answer any application approval "
    "asked automatically based been before being below benefit between both browser business case "
    "caseload cdss client cmips come copy countie county current daily data database day decide "
    "department does done download each electronic every export factor field file first follow "
    "form from full give have help here home hour ihss import information input into keep kept "
    "know last less list look made make many month monthly more most much must name need never "
    "next night nightly none office only open order other output over page password people person "
    "place portal process program proposal provider public purpose puts question reach reached "
    "read recipient record report reporting result review run same save screen second section "
    "secure security send server service several share show sign since single social software "
    "some staff state store such supervisor supportive system table take that their them then "
    "there these they this those through time tool under unit until update upon used user using "
    "vendor very view want week weekly well were what when where which while will with without "
    "work worker would write year your"
)
COMMON = frozenset(_COMMON.split())
# Data that are sensitive enough to be named as shared; many tools have a name or an address.
SENSITIVE = {
    "ssn": "Social Security number",
    "case_number": "case number",
    "birth_date": "date of birth",
    "address": "address",
    "medical": "medical information",
    "bank": "bank information",
    "criminal_record": "criminal record",
}


@dataclass(frozen=True)
class Traits:
    """What two tools are compared by: vendor, distinctive words with how they were written, those
    of the tool's name, and sensitive data."""

    vendor: str
    words: Mapping[str, str]
    name: Collection[str]
    data: Collection[str]

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Traits:
        """From the content of a proposal, signed or not."""
        answers = content["answers"]
        words = distinctive(" ".join(str(answers.get(field) or "") for field in FIELDS))
        return cls(
            vendor=vendor_key(answers.get("vendor_name") or ""),
            words=dict(list(words.items())[:WORDS_KEPT]),
            name=sorted(distinctive(str(answers.get("tool_name") or ""))),
            data=sorted(set(answers.get("data_elements") or ()) & set(SENSITIVE)),
        )


@dataclass(frozen=True)
class Likeness:
    """How like two tools are, and why."""

    score: int
    reasons: tuple[str, ...]


def compare(one: Traits, other: Traits, common: Collection[str] = ()) -> Likeness | None:
    """Whether two tools are alike; None when nothing of weight is the same.

    `common` are words that too many proposals have to tell them apart. The same data is a reason
    only beside another.
    """
    score, reasons = 0, []
    if one.vendor and one.vendor == other.vendor:
        score += FOR_VENDOR
        reasons.append("same vendor")
    shared = [word for word in one.words if word in other.words and word not in common]
    named = [word for word in one.name if word in other.name and word not in common]
    least = LEAST_SHARE * max(1, min(len(one.words), len(other.words)))
    is_like = len(shared) >= max(FEWEST_WORDS, least) or len(named) >= 2
    if shared and (is_like or reasons):
        score += min(MOST_FOR_WORDS, len(shared)) + (FOR_NAMED if len(named) >= 2 else 0)
        shown = sorted(shared, key=lambda word: (word not in named, -len(word), word))
        written = [one.words[word] for word in shown[:WORDS_SHOWN]]
        reasons.append(f"similar words: {', '.join(written)}")
    if not reasons:
        return None
    if same := [word for key, word in SENSITIVE.items() if key in one.data and key in other.data]:
        score += FOR_DATA * len(same)
        reasons.append(f"same data: {', '.join(same)}")
    return Likeness(score, tuple(reasons))


def matches(tool: Traits, planned: Collection[str], listed: Collection[str]) -> tuple[str, ...]:
    """The words of a tool that a planned enhancement has too; empty when it is another matter.

    `planned` are the words of the enhancement's own text, `listed` those by which reviewers want
    it found: two of these are enough (one, where they list no more).
    """
    hits = [word for word in tool.words if word in listed]
    shared = [word for word in tool.words if word in planned and word not in listed]
    if not (hits and len(hits) >= min(2, len(listed))) and len(hits) + len(shared) < FEWEST_WORDS:
        return ()
    return tuple(tool.words[word] for word in [*hits, *shared][:WORDS_SHOWN])


def vendor_key(name: str) -> str:
    """A vendor's name without what tells no two apart: case, signs, Inc, LLC, spaces, ampersand."""
    plain = unicodedata.normalize("NFKD", name).casefold().replace("&", " and ")
    plain = plain.replace("'", "").replace("’", "").replace(".", "")
    words = re.findall(r"[^\W_]+", plain)
    if " ".join(words) in NO_VENDOR:
        return ""
    while len(words) > 1 and words[-1] in _COMPANY:
        words.pop()
    if words[:1] == ["the"]:
        words = words[1:]
    return "".join(words)[:120]


def distinctive(text: str) -> dict[str, str]:
    """The words that say what a tool is, by their root, each as it stood first."""
    found: dict[str, str] = {}
    for word in _WORD.findall(unicodedata.normalize("NFKC", text).casefold()):
        root = stem(word)
        if len(word) >= SHORTEST and word not in COMMON and root not in COMMON:
            found.setdefault(root, word)
    return found


def stem(word: str) -> str:
    """A word without its common endings: route, routes and routing are one."""
    for ending, instead in (
        ("ies", "y"),
        ("ing", ""),
        ("ed", ""),
        ("es", ""),
        ("s", ""),
        ("e", ""),
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 4 and not word.endswith("ss"):
            return (word[: -len(ending)] + instead)[:LONGEST_WORD]
    return word.removesuffix("e")[:LONGEST_WORD] if len(word) > 4 else word[:LONGEST_WORD]
