"""Checks a bundle of the CMIPS interface proposals: whether all in it is as the portal gave it out.

Unpack the bundle, then run in its folder:    python3 check.py

It needs Python 3.8 or newer and nothing else, changes nothing, and asks no network. It says in
words what is wrong and ends with 1, or says that all is well and ends with 0.
"""

from __future__ import annotations

import sys

# What lies beside this script is what it checks: no part of Python is taken from there.
sys.path = sys.path[1:]

import hashlib
import json
import os
import re

SUMS, INDEX, RECORD, JOURNAL = "SHA256SUMS", "index.html", "record.json", "journal.json"
PIECE = 1024 * 1024
LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
# What an entry of the journal says, all of which its hash is made of.
HASHED = (
    "number",
    "at",
    "actor",
    "actor_label",
    "act",
    "subject_kind",
    "subject",
    "data",
    "address",
    "previous_hash",
)


class Unreadable(Exception):
    """A file that the checks need can't be read; the message says which and why."""


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    faults, said = [], []
    for part in (files, copies_and_documents, journal):
        try:
            faults.extend(part(folder, said))
        except Unreadable as fault:
            faults.append(str(fault))
        except (AttributeError, KeyError, TypeError, ValueError):
            faults.append(f"{RECORD} or {JOURNAL} is not as the portal writes it.")
    for line in said:
        print(plain(line))
    if faults:
        print("Not as the portal gave it out:")
        for fault in dict.fromkeys(faults):
            print(plain(f"* {fault}"))
        return 1
    print("All is well: nothing was altered, added or taken away.")
    print(f"Fingerprint of the list of files: {digest_of(os.path.join(folder, SUMS))}")
    print("The portal's journal has the same for the download of this bundle.")
    return 0


def plain(text):
    """For any console: what it may not know to print, or would obey, is written by its number."""
    return "".join(sign if " " <= sign <= "~" else ascii(sign)[1:-1] for sign in text)


def is_ordinary(path):
    """Whether it is a file, and neither a link to one elsewhere nor something without an end."""
    return os.path.isfile(path) and not os.path.islink(path)


def digest_of(path):
    if os.path.lexists(path) and not is_ordinary(path):
        raise Unreadable(f"{os.path.basename(path)} is no ordinary file.")
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            for piece in iter(lambda: file.read(PIECE), b""):
                digest.update(piece)
    except OSError as fault:
        raise Unreadable(f"{os.path.basename(path)} can't be read: {fault.strerror}.") from fault
    return digest.hexdigest()


def content_of(folder, name):
    path = os.path.join(folder, *name.split("/"))
    if os.path.lexists(path) and not is_ordinary(path):
        raise Unreadable(f"{name} is no ordinary file.")
    try:
        with open(path, "rb") as file:
            return file.read().decode("utf-8")
    except OSError as fault:
        raise Unreadable(f"{name} can't be read: {fault.strerror}.") from fault
    except UnicodeDecodeError as fault:
        raise Unreadable(f"{name} was altered: it is no text any more.") from fault


def data_of(folder, name):
    try:
        return json.loads(content_of(folder, name))
    except (RecursionError, ValueError) as fault:
        raise Unreadable(f"{name} was altered: it can't be read any more.") from fault


def leads_away(name):
    """Whether a name could lead out of the folder."""
    parts = name.replace("\\", "/").split("/")
    return ".." in parts or "" in parts or ":" in name


# The files


def files(folder, said):
    """Each file of the list is there with its fingerprint, and no other is."""
    listed = {}
    for number, line in enumerate(content_of(folder, SUMS).splitlines(), start=1):
        found = LINE.fullmatch(line)
        if not found or leads_away(found.group(2)):
            yield f"Line {number} of {SUMS} is not as the portal writes it."
        elif found.group(2) in listed:
            yield f"{found.group(2)} stands in {SUMS} twice."
        else:
            listed[found.group(2)] = found.group(1)
    said.append(f"Files: {len(listed)} in the list.")
    there = set(files_in(folder))
    for name in sorted(set(listed) - there):
        yield f"{name} is missing."
    for name in sorted(there - set(listed) - {SUMS}):
        yield f"{name} is not part of the bundle: it was added."
    names = {digest: name for name, digest in listed.items()}
    for name in sorted(set(listed) & there):
        path = os.path.join(folder, *name.split("/"))
        if not is_ordinary(path):
            yield f"{name} is no ordinary file."
            continue
        digest = digest_of(path)
        if digest != listed[name]:
            other = names.get(digest)
            yield f"{name} was altered" + (f": it is now what {other} was." if other else ".")


def files_in(folder):
    """Each file; a folder that is empty, or leads elsewhere, counts as one."""
    for place, folders, names in os.walk(folder, onerror=_unreadable):
        links = [name for name in folders if os.path.islink(os.path.join(place, name))]
        for name in [*names, *links] if names or folders else [""]:
            path = os.path.relpath(os.path.join(place, name), folder)
            yield path.replace(os.sep, "/")


def _unreadable(fault):
    name = os.path.basename(fault.filename)
    raise Unreadable(f"{name} can't be read: {fault.strerror}.") from fault


# Signed copies, documents and letters


def copies_and_documents(folder, said):
    """Each is what the portal recorded: in the record, the journal, the copies and the index."""
    record = data_of(folder, RECORD)
    listed, given, letters = record["copies"], record["documents"], record["letters"]
    said.append(f"Signed copies: {len(listed)}. Documents: {len(given)}. Letters: {len(letters)}.")
    entries = [entry for entry in data_of(folder, JOURNAL)["entries"] if "data" in entry]
    shown = content_of(folder, INDEX)
    yield from copies(folder, listed, entries, shown)
    yield from documents(folder, record, entries, shown)
    for name, digest in ((one["file"], one["sha256"]) for one in letters):
        if name and digest_in(folder, name) not in (digest, None):
            yield f"{name} is not the letter that was written: its fingerprint differs."


def digest_in(folder, name):
    """The fingerprint of a file of the record; nothing for one that is missing, told already."""
    path = os.path.join(folder, *name.split("/"))
    if leads_away(name) or not is_ordinary(path):
        return None
    return digest_of(path)


def copies(folder, listed, entries, shown):
    recorded = {}
    for entry in entries:
        if "copy" in entry["data"] and "sha256" in entry["data"]:
            recorded[entry["data"]["copy"]] = (entry["data"]["sha256"], entry["number"])
    for copy in listed:
        name, digest, number = copy["file"], copy["sha256"], copy["number"]
        if digest_in(folder, name) not in (digest, None):
            yield f"{name} is not what was signed: it has not the fingerprint of copy {number}."
        in_journal, entry = recorded.pop(number, (None, 0))
        if in_journal is None:
            yield f"The journal has no fingerprint of copy {number}."
        elif in_journal != digest:
            yield f"Copy {number} has another fingerprint in entry {entry} of the journal."
        if digest not in shown:
            yield f"{INDEX} does not show the fingerprint of copy {number}."
    for number, (_, entry) in sorted(recorded.items()):
        yield f"Copy {number} of entry {entry} of the journal is not in the bundle."


def documents(folder, record, entries, shown):
    listed = {one["id"]: one["sha256"] for one in record["documents"]}
    for one in record["documents"]:
        name, digest, number = one["file"], one["sha256"], one["id"]
        if not name:
            yield f"The portal itself had no file of document {number} any more."
        elif digest_in(folder, name) not in (digest, None):
            yield f"{name} is not the document that was given: its fingerprint differs."
        if digest not in shown:
            yield f"{INDEX} does not show the fingerprint of document {number}."
    for place, number, digest, was_sent in recorded_documents(folder, record, entries):
        if number in listed and listed[number] != digest:
            yield f"Document {number} has another fingerprint in {place}."
        if number not in listed and was_sent:
            yield f"Document {number} of {place} is not in the bundle."


def recorded_documents(folder, record, entries):
    """What signed copies and journal say of documents, and whether each was sent for certain:
    one that the journal alone names may have been taken back before."""
    for copy in record["copies"]:
        name, digest, number = copy["file"], copy["sha256"], copy["number"]
        if digest_in(folder, name) == digest:
            for row in data_of(folder, name)["documents"]:
                yield f"copy {number}", row["id"], row["sha256"], True
    for entry in entries:
        data, number = entry["data"], entry["number"]
        if "document" in data and "sha256" in data:
            yield f"entry {number} of the journal", data["document"], data["sha256"], False


# The journal


def journal(folder, said):
    """Each entry has the hash of what it says, and follows the one before it."""
    entries = data_of(folder, JOURNAL)["entries"]
    withheld = sum("withheld" in entry for entry in entries)
    words = f" ({withheld} with number and hash alone)" if withheld else ""
    said.append(f"Entries of the journal: {len(entries)}{words}.")
    last, last_hash = 0, ""
    for entry in entries:
        number = entry["number"]
        if number <= last:
            yield f"Entry {number} of the journal stands after entry {last}."
        elif number == last + 1 and entry["previous_hash"] != last_hash and last:
            yield f"Entry {number} of the journal does not follow entry {last}: one was altered."
        if "withheld" not in entry and hash_of(entry) != entry["hash"]:
            yield f"Entry {number} of the journal was altered: its hash does not fit."
        last, last_hash = number, entry["hash"]


def hash_of(entry):
    """As the portal works it out: the same fields as JSON without spaces, sorted by name."""
    content = {name: entry[name] for name in HASHED}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
