"""Papers: a template and plain data become the bytes of a PDF that a screen reader can read.

The templates are in `paper/`, set by Typst. Every file is tagged as PDF/UA-1 asks, and is the same
to the byte for the same data, so that its fingerprint may be noted. What people typed reaches the
template as data, never as markup.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import typst
from django.conf import settings

FOLDER = settings.BASE_DIR / "paper"
# More than any honest proposal has; beyond it setting the pages would take minutes.
MOST_CHARACTERS = 1_000_000
# Lines of one sign each make ten thousand pages, and take the memory and the time of these.
MOST_LINES = 10_000
# So many signs are asked about at once: each takes memory until the answer is there.
PORTION = 5_000

# Signs that show nothing and say only where a line may break.
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff\r"))
_MISSING = "\U0010ffff"
_PROBE = b"""#set page(width: auto, height: auto)
#for sign in json(bytes(sys.inputs.data)) [#block(sign)#block("|")]"""
_GLYPH = re.compile(r'href="#(\w+)"')
_known: dict[str, bool] = {}


class PaperFailed(Exception):
    """The PDF can't be made; the message is for the log."""


def pdf(template: str, data: Mapping[str, Any], *, at: datetime) -> bytes:
    """The PDF that `paper/<template>.typ` makes of the data, dated `at`. Raises PaperFailed."""
    lines = sum(text.count("\n") for text in _texts(data))
    if lines > MOST_LINES:
        raise PaperFailed(f"{template}: {lines} lines are too many.")
    given = json.dumps(printable(data))
    if len(given) > MOST_CHARACTERS:
        raise PaperFailed(f"{template}: {len(given)} characters are too many.")
    try:
        return _compiled(template, given, at)
    except typst.TypstError as fault:
        # A sign that is there alone can still be missing beside another, in one typeface with it;
        # or the two are drawn as one that stands for neither.
        if not any(words in str(fault) for words in ("could not be displayed", "codepoints")):
            raise PaperFailed(f"{template}: {fault}") from fault
    try:
        return _compiled(template, json.dumps(_each_text(data, _ascii)), at)
    except typst.TypstError as fault:
        raise PaperFailed(f"{template}: {fault}") from fault


def _compiled(template: str, given: str, at: datetime) -> bytes:
    compiler = typst.Compiler(
        FOLDER / f"{template}.typ",
        root=FOLDER,
        ignore_system_fonts=True,
        sys_inputs={"data": given},
    )
    return compiler.compile(format="pdf", pdf_standards="ua-1", timestamp=int(at.timestamp()))


def printable(value: Any) -> Any:
    """The same data with every sign that can't be printed written out, so that none is lost.

    The typefaces are those that come with Typst: they lack emoji and many of the world's scripts.
    A sign that turns the direction of text is written out as well, for it could make a text read
    as something else.
    """
    learn({sign for text in _texts(value) for sign in text if not sign.isascii()})
    return _each_text(value, _written_out)


def learn(signs: Iterable[str]) -> None:
    """Asks Typst which of these signs its typefaces have; each is asked once."""
    new = [sign for sign in signs if sign not in _known and not _is_control(sign)]
    for start in range(0, len(new), PORTION):
        _learn(new[start : start + PORTION])


def _learn(new: list[str]) -> None:
    compiler = typst.Compiler(
        _PROBE, ignore_system_fonts=True, sys_inputs={"data": json.dumps([_MISSING, *new])}
    )
    drawn = compiler.compile(format="svg").decode()
    uses = _GLYPH.findall(drawn)
    missing, between = uses[0], uses[1]
    glyphs: list[set[str]] = [set()]
    for use in uses:
        if use == between:
            glyphs.append(set())
        else:
            glyphs[-1].add(use)
    # A sign without a glyph of its own is a space of some kind.
    for sign, own in zip(new, glyphs[1:], strict=False):
        _known[sign] = missing not in own


def _is_control(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co", "Cn") and sign not in "\n\t"


def _written_out(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        f"[{_name(sign)}]" if _is_control(sign) or not (sign.isascii() or _known[sign]) else sign
        for sign in text.translate(_UNSEEN)
    )


def _ascii(text: str) -> str:
    return "".join(
        sign if sign.isascii() and not _is_control(sign) else f"[{_name(sign)}]"
        for sign in text.translate(_UNSEEN)
    )


def _name(sign: str) -> str:
    """U+1F642 SLIGHTLY SMILING FACE; a letter of a script has its number alone."""
    number = f"U+{ord(sign):04X}"
    is_letter = unicodedata.category(sign)[0] in "LM"
    return number if is_letter else f"{number} {unicodedata.name(sign, '')}".strip()


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)


def _each_text(value: Any, change: Any) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {name: _each_text(part, change) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_each_text(part, change) for part in value]
    return value
