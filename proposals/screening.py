"""Prohibited ways to reach CMIPS, hints in free text, and shapes of case-level data.

All of it is a function of what was written, and none of it decides: the county is told at once and
may go on, the reviewer sees the same. Sentences of the letter are named by their key in the
governing letter, so that each proposal is answered in the words it was sent under (ACL-9).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

NO_DATA = "none"


@dataclass(frozen=True)
class Method:
    """One answer to *How is CMIPS data reached?*

    `sentence` is the key of the letter's sentence that applies; `instead` says what is allowed.
    """

    key: str
    label: str
    prohibited: bool = False
    sentence: str = ""
    instead: str = ""


DDL_INSTEAD = (
    "Import CMIPS Data Download (DDL) files for your reporting needs. Staff may sign in to CMIPS "
    "in the ordinary way."
)

METHODS = (
    Method("ddl", "It imports CMIPS Data Download (DDL) files", sentence="ddl"),
    Method("typed_in", "Staff type data in from their own CMIPS session"),
    Method("typed_back", "Staff type results into CMIPS themselves"),
    Method(NO_DATA, "It uses no CMIPS data"),
    Method(
        "virtual_user",
        "It signs in to CMIPS by itself (software acting as a user)",
        prohibited=True,
        sentence="software",
        instead=DDL_INSTEAD,
    ),
    Method(
        "screen_scraping",
        "It reads CMIPS screens (screen scraping)",
        prohibited=True,
        sentence="software",
        instead=DDL_INSTEAD,
    ),
    Method(
        "direct",
        "It connects to the CMIPS database or to an interface of it",
        prohibited=True,
        sentence="direct",
        instead=DDL_INSTEAD,
    ),
    Method(
        "writes",
        "It writes to CMIPS by itself",
        prohibited=True,
        sentence="crud",
        instead="Staff may type results into CMIPS themselves, each in their own session.",
    ),
)

BY_KEY = {method.key: method for method in METHODS}


@dataclass(frozen=True)
class Finding:
    """That a proposal names a prohibited method: a point to check, not a decision."""

    method: Method


def findings(methods: Iterable[str]) -> list[Finding]:
    """A finding for each prohibited method among the answers, in the order of METHODS."""
    chosen = set(methods)
    return [Finding(method) for method in METHODS if method.prohibited and method.key in chosen]


def contradictions(methods: Iterable[str]) -> list[str]:
    """A sentence for each pair of answers that exclude each other; none when they agree."""
    chosen = set(methods)
    none = BY_KEY[NO_DATA].label
    return [
        f"You selected “{none}” and also “{method.label}”. Clear the one that is wrong."
        for method in METHODS
        if NO_DATA in chosen and method.key in chosen - {NO_DATA}
    ]


@dataclass(frozen=True)
class Hint:
    """A word in free text that may mean a prohibited method: from `start` to before `end`."""

    word: str
    start: int
    end: int
    meaning: str


VIRTUAL_USER = "may mean software that signs in to CMIPS as a user"
SCRAPING = "may mean that CMIPS screens are read by software"
DIRECT = "may mean a direct connection to CMIPS"
WRITING = "may mean that software writes to CMIPS"
SHARED = "may mean that several people use one CMIPS account"

# Whole words and phrases; a space stands for a space, a line break or a hyphen of any length.
_PHRASES = {
    VIRTUAL_USER: (
        r"robots?|robotic process(?:es)? automation|rpa|(?:soft ?)?bots?|macros?|unattended"
        r"|virtual (?:users?|workers?)|digital workers?|service accounts?"
        r"|auto(?:matic|mated)? (?:log|sign) ?ins?|(?:user interface|ui|desktop) automation"
        r"|(?:log|sign)s? ?in(?:to)?(?: to)?(?: cmips)? (?:by itself|automatically)"
    ),
    SHARED: (
        r"shar(?:ed?|es|ing)(?: an?| the| one| their)?(?: cmips)?"
        r" (?:(?:log|sign) ?(?:in|on)s?|accounts?|passwords?|credentials?|user ?(?:id|name)s?)"
    ),
    SCRAPING: (
        r"(?:screen|web|data) ?scrap(?:es?|ed|ers?|ing)|scrap(?:es?|ed|ing)(?: the)? cmips"
        r"|(?:reads?|captures?|from)(?: the)? cmips screens?"
    ),
    DIRECT: (
        r"odbc|jdbc|sql links?|(?:database|db) ?links?|direct(?:ly)? connect(?:s|ed|ions?|ing)?"
        r"|connect(?:s|ed|ing)? directly|direct(?: database)? (?:interfaces?|quer(?:y|ies)|access)"
        r"|(?:apis?|interfaces?|web services?|database connections?) (?:to|with|into|for) cmips"
        r"|cmips (?:apis?|web services?|database)"
        r"|cmips interfaces?(?! (?:proposals?|requests?|data))"
    ),
    WRITING: (
        r"writ(?:e|es|ing|ten) ?backs?|writ(?:e|es|ing|ten) (?:in)?to cmips|back (?:in)?to cmips"
        r"|(?:creat|updat|delet)(?:e|es|ing)(?: (?:data|records?|cases?))? in cmips|crud"
    ),
}


def _whole_words(phrases: str) -> re.Pattern[str]:
    """Finds these phrases as whole words, whichever way their words are held together."""
    gap = r"[\s\u00ad\u2010-\u2015-]{1,2}"
    pattern = phrases.replace(" ?", f"(?:{gap})?").replace(" ", gap)
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE)


_HINTS = [(meaning, _whole_words(phrases)) for meaning, phrases in _PHRASES.items()]


def hints(text: str) -> list[Hint]:
    """The words in a text that may mean a prohibited method, in the order of the text.

    "Screening" and "screen reader" are none; nor is a "CMIPS interface proposal". Where two
    overlap, the one that begins first is named, or the longer.
    """
    found = [
        Hint(match.group(), match.start(), match.end(), meaning)
        for meaning, pattern in _HINTS
        for match in pattern.finditer(text)
    ]
    apart: list[Hint] = []
    for hint in sorted(found, key=lambda hint: (hint.start, -hint.end)):
        if not apart or hint.start >= apart[-1].end:
            apart.append(hint)
    return apart


@dataclass(frozen=True)
class Shape:
    """A part of a text that has the shape of case-level data; `sentence` says it to the writer."""

    kind: str
    start: int
    end: int
    sentence: str


SSN = "ssn"
CASE_NUMBER = "case number"
CIN = "cin"

SENTENCES = {
    SSN: "This looks like a Social Security number.",
    CASE_NUMBER: "This looks like a case number.",
    CIN: "This looks like a client index number (CIN).",
}

# Groups of 3, 2 and 4 digits, held together by hyphens, dots or spaces.
_GROUPED_SSN = re.compile(
    r"(?<!\d)(?<!\d[-.])(?<![$#])(\d{3})(?: ?[-.] ?| )(\d{2})(?: ?[-.] ?| )(\d{4})(?!\d|[-.]\d)"
)
# Nine digits in a row, which count only near words that announce them.
_NAMED_SSN = re.compile(
    r"\b(?:ssns?|ss#|social security)(?![^\W\d])[^\d\n]{0,40}(\d{3})(\d{2})(\d{4})(?!\d)",
    re.IGNORECASE,
)
_SSN_AFTER = re.compile(
    r"(?<!\d)(\d{3})(\d{2})(\d{4})[ (,]{1,3}(?:is )?(?:an? |the |her |his |their )?"
    r"(?:ssn\b|social security)",
    re.IGNORECASE,
)
_NAMED_CASE = re.compile(
    r"\bcase(?:[ -]?(?:no|nos|num|numbers?|nr|id|file)\b)?[\s.:#=(-]{0,4}(?:is[\s:]{1,2})?"
    r"(\d{7})(?!\w|[.,-]\d)",
    re.IGNORECASE,
)
_CASE_AFTER = re.compile(
    r"(?<!\w)(?<!\d[.,-])(?<!\$)(\d{7}) \(?case (?:number|no|id)\b", re.IGNORECASE
)
_COUNTY_CASE = re.compile(r"(?<!\d)(?<!\d-)(\d{2}-\w{2}-\d{7})(?!\d)")
_CIN = re.compile(r"(?<![^\W_])(9\d{7}[a-z]\d{0,5})(?![^\W_])", re.IGNORECASE)

_SSN_PATTERNS = (_GROUPED_SSN, _NAMED_SSN, _SSN_AFTER)
_OTHER_PATTERNS = (
    (CASE_NUMBER, _NAMED_CASE),
    (CASE_NUMBER, _CASE_AFTER),
    (CASE_NUMBER, _COUNTY_CASE),
    (CIN, _CIN),
)


def case_data(text: str) -> list[Shape]:
    """The parts of a text or a file name that look like case-level data, in their order.

    Assumed, since neither the letter nor CDSS publishes it: a CMIPS case number has seven digits,
    and counts as one only beside the word "case" or after a county and an aid code (01-10-1234567);
    a client index number is a 9, seven digits and a letter, perhaps with the digits of a card.
    Nine digits alone may be a ZIP code or an amount, so they count only near "SSN" or the like;
    groups of 3, 2 and 4 digits count wherever the Social Security Administration may have given
    that number (never 000, 666 and 900 up; 00; 0000).

    Digits of other scripts, hyphens of any length and invisible characters don't hide a number.
    """
    plain, places = _plain(text)
    shapes = {
        Shape(kind, places[start], places[end - 1] + 1, SENTENCES[kind])
        for kind, start, end in _shapes(plain)
    }
    return sorted(shapes, key=lambda shape: (shape.start, shape.end))


def _shapes(plain: str) -> Iterator[tuple[str, int, int]]:
    """Each shape as its kind, its start and its end in the plain text."""
    for pattern in _SSN_PATTERNS:
        for match in pattern.finditer(plain):
            if _may_be_issued(*match.groups()):
                yield SSN, match.start(1), match.end(3)
    for kind, pattern in _OTHER_PATTERNS:
        for match in pattern.finditer(plain):
            yield kind, match.start(1), match.end(1)


def _may_be_issued(area: str, group: str, serial: str) -> bool:
    """Whether a Social Security number may have these three parts."""
    return area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"


def _plain(text: str) -> tuple[str, list[int]]:
    """The text with plain digits, hyphens and spaces, and the old place of each character."""
    kept = [(place, _plain_one(character)) for place, character in enumerate(text)]
    kept = [(place, character) for place, character in kept if character]
    return "".join(character for _, character in kept), [place for place, _ in kept]


def _plain_one(character: str) -> str:
    """What a character is to a reader of numbers; an invisible one is nothing.

    An underscore is a space, as in the names of files.
    """
    if character.isascii():
        return " " if character == "_" else character
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    kind = unicodedata.category(character)
    if kind == "Pd" or character in "\u00ad\u2212":
        return "-"
    if kind == "Cf":
        return ""
    return " " if kind.startswith("Z") else character
