"""How words are read for the queue's search: in what CDSS stores of a proposal, and as typed.

A word is a run of letters and digits, small and without accents. What is typed finds every word
that begins like it, less an ending of grammar: "reports" finds "reporting", "0042" a reference.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

# What a reviewer remembers of a proposal; its reference and county stand before these.
SEARCHED = (
    "tool_name",
    "vendor_name",
    "purpose",
    "technical_component",
    "users",
    "business_needs",
)
MOST_WORDS = 8
LONGEST = 60
MOST_STORED = 5000
_WORD = re.compile(r"[^\W_]+")
_ENDINGS = ("ing", "ies", "ed")
_DOUBLED = re.compile(r"([bdgmnprt])\1$")
_SHORTEST_ROOT = 4


def words_of(text: str) -> list[str]:
    """The words of a text, in its order; nothing but letters and digits is in them."""
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(one for one in plain if not unicodedata.combining(one))
    return [word[:LONGEST] for word in _WORD.findall(plain.casefold())]


def typed(text: str) -> list[str]:
    """The words that someone searches for: those of as many pieces as the queue takes."""
    pieces = text[: MOST_WORDS * LONGEST].split()[:MOST_WORDS]
    return list(dict.fromkeys(words_of(" ".join(pieces))))


def root(word: str) -> str:
    """How all words begin that a reader takes for the same: that of "reports" is "report"."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_ROOT:
            return _DOUBLED.sub(r"\1", word.removesuffix(ending))
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word.removesuffix("es")
    if word.endswith("s") and not word.endswith("ss") and len(word) > _SHORTEST_ROOT:
        return word.removesuffix("s")
    return word


def stored(pieces: Iterable[str]) -> str:
    """Texts as they are searched: each word once, with a space before it."""
    words = dict.fromkeys(word for piece in pieces for word in words_of(piece))
    return "".join(f" {word}" for word in list(words)[:MOST_STORED])


def text_of(reference: str, county: str, answers: Mapping[str, Any]) -> str:
    """All that a search looks through of one proposal."""
    return stored([reference, county, *(str(answers[name]) for name in SEARCHED)])
