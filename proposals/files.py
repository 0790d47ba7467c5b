"""Which files the portal takes, by name and by content; pure but for reading the stream.

A county sends plans and diagrams, never case data: pdf, docx, xlsx, png, jpg, txt, csv, up to
25 MB each. A file that is not what its name says, is locked with a password or carries macros
is refused with a sentence that says what to do.
"""

from __future__ import annotations

import unicodedata
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import BinaryIO

from proposals import screening

KINDS = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "png": "image/png",
    "jpg": "image/jpeg",
    "txt": "text/plain",
    "csv": "text/csv",
}
ACCEPTED = "PDF, Word, Excel, PNG, JPG, text or CSV"
NAME_LIMIT = 150
SPOKEN_LIMIT = 60
# A container that grows more than this many times when unpacked is a bomb, not a plan.
UNPACKED_LIMIT = 200 * 1024 * 1024
ENTRIES_LIMIT = 5000

# The list of a container's parts with the kind of each, and how much of it is read.
_LIST, _LIST_LIMIT = "[Content_Types].xml", 1024 * 1024
_WITH_MACROS = ("vbaproject.bin", ".docm", ".dotm", ".xlsm", ".xltm", ".xlam", ".pptm")
_BROKEN_CONTAINER = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)
_PARTS = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}
# How each line of a container's directory begins.
_ENTRY = b"PK\x01\x02"
_BOMB = "The file unpacks to far more than its size. Save it again, smaller."
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class FileRefused(Exception):
    """The file cannot be taken; the message says why and what to do instead."""


def clean_name(name: str) -> str:
    """The file's own name without folders. Raises FileRefused for one that cannot be shown."""
    name = _own_name(name)
    if any(_is_hidden(sign) for sign in name):
        raise FileRefused("Rename the file: its name has characters that can't be shown.")
    if len(name) > NAME_LIMIT:
        raise FileRefused(f"Rename the file: its name has more than {NAME_LIMIT} characters.")
    if shapes := screening.case_data(name):
        raise FileRefused(f"Rename the file. {shapes[0].sentence}")
    return name


def _own_name(name: str) -> str:
    # A Mac writes é in two signs, Windows in one.
    name = unicodedata.normalize("NFC", name)
    return PurePosixPath(name.replace("\\", "/")).name.strip()


def _is_hidden(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cf", "Cs")


def spoken_name(name: str) -> str:
    """How a sentence names a file that isn't taken: only what can be shown, and not endless."""
    shown = "".join(sign for sign in _own_name(name) if not _is_hidden(sign))
    return shown if len(shown) <= SPOKEN_LIMIT else f"{shown[:40]}…{shown[-15:]}"


def check(name: str, size: int, stream: BinaryIO, limit: int) -> tuple[str, str]:
    """The clean name and the content type of a file that may be kept.

    Raises FileRefused. Leaves the stream at its beginning.
    """
    name = clean_name(name)
    ending = PurePosixPath(name).suffix.lower().lstrip(".").replace("jpeg", "jpg")
    if ending not in KINDS:
        raise FileRefused(f"Choose a file of one of these kinds: {ACCEPTED}.")
    if not size:
        raise FileRefused("The file is empty. Choose another one.")
    if size > limit:
        raise FileRefused(
            f"The file is larger than {limit // (1024 * 1024)} MB. Make it smaller or split it."
        )
    stream.seek(0)
    try:
        _check_content(ending, stream)
    finally:
        stream.seek(0)
    return name, KINDS[ending]


def _check_content(ending: str, stream: BinaryIO) -> None:
    head = stream.read(4096)
    if ending in _PARTS:
        if head.startswith(_OLE):
            raise FileRefused(
                "The file is locked with a password or of an old format. "
                "Save it again without a password, as .docx or .xlsx."
            )
        _check_container(ending, stream)
    elif ending == "pdf":
        if b"%PDF-" not in head[:1024]:
            raise _not_what_it_says(ending)
        stream.seek(0)
        if _is_locked(stream):
            raise FileRefused("The PDF is locked with a password. Save it again without one.")
    elif ending == "png":
        if not head.startswith(b"\x89PNG\r\n\x1a\n"):
            raise _not_what_it_says(ending)
    elif ending == "jpg":
        if not head.startswith(b"\xff\xd8\xff"):
            raise _not_what_it_says(ending)
    else:
        _check_text(ending, head, stream)


def _not_what_it_says(ending: str) -> FileRefused:
    return FileRefused(
        f"The file's name ends in .{ending}, but its content is something else. "
        "Open it in the program it was made with, save it again, and choose that file."
    )


def _is_locked(stream: BinaryIO) -> bool:
    """An encrypted PDF names its encryption dictionary in the trailer."""
    tail = b""
    while block := stream.read(1024 * 1024):
        if b"/Encrypt" in tail + block:
            return True
        tail = block[-16:]
    return False


def _count(stream: BinaryIO, mark: bytes) -> int:
    """How often a mark of a few bytes stands in the whole stream."""
    stream.seek(0)
    found, tail = 0, b""
    while block := stream.read(1024 * 1024):
        found += (tail + block).count(mark)
        tail = block[-len(mark) + 1 :]
    return found


def _check_text(ending: str, head: bytes, stream: BinaryIO) -> None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return
    stream.seek(0)
    while block := stream.read(1024 * 1024):
        if b"\x00" in block:
            raise _not_what_it_says(ending)
    if head.startswith((b"%PDF-", b"PK\x03\x04", b"MZ", b"\x7fELF", _OLE)):
        raise _not_what_it_says(ending)


def _check_container(ending: str, stream: BinaryIO) -> None:
    # Before the directory is read: one of half a million entries would take seconds.
    if _count(stream, _ENTRY) > ENTRIES_LIMIT:
        raise FileRefused(_BOMB)
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as container:
            _check_entries(ending, container)
    except _BROKEN_CONTAINER:
        raise _not_what_it_says(ending) from None


def _check_entries(ending: str, container: zipfile.ZipFile) -> None:
    entries = container.infolist()
    names = {entry.filename for entry in entries}
    if _LIST not in names or _PARTS[ending] not in names:
        raise _not_what_it_says(ending)
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise FileRefused("The file is locked with a password. Save it again without one.")
    if any(_is_macro(name.lower()) for name in names) or _names_macros(container):
        raise FileRefused("The file has macros in it. Save it again without them.")
    if sum(entry.file_size for entry in entries) > UNPACKED_LIMIT:
        raise FileRefused(_BOMB)


def _is_macro(name: str) -> bool:
    """Whether a part of a container holds macros, of the present kind or of Excel's old one, or
    is a document with macros inside this one."""
    return name.endswith(_WITH_MACROS) or name.startswith("xl/macrosheets/")


def _names_macros(container: zipfile.ZipFile) -> bool:
    """Whether the container's own list of its parts names macros, whatever its files are called."""
    with container.open(_LIST) as listed:
        kinds = listed.read(_LIST_LIMIT).replace(b"\x00", b"").lower()
    return b"macroenabled" in kinds or b"vbaproject" in kinds
