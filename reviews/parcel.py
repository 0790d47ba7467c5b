"""A ZIP file with its list of fingerprints, written to the disk piece by piece.

Names inside are the portal's own: nothing that anyone typed becomes part of a path. Large files
are stored as they are and copied in pieces, so that the memory it takes stays the same.
"""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from django.conf import settings
from django.http import FileResponse

from portal import clock

PIECE = 1024 * 1024
SUMS = "SHA256SUMS"


class Parcel:
    """Files in one folder, each with its SHA-256 in `SHA256SUMS`, as `sha256sum -c` reads it.

    Used as a context: a parcel that isn't finished leaves nothing on the disk.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.sums: dict[str, str] = {}
        # The SHA-256 of the list itself, once it is written: who has noted it can check it all.
        self.seal = ""
        # Beside the uploads, where there is room for as much again: /tmp may be memory.
        folder_on_disk = Path(settings.MEDIA_ROOT)
        folder_on_disk.mkdir(parents=True, exist_ok=True)
        self.file: IO[bytes] = tempfile.TemporaryFile(dir=folder_on_disk)  # noqa: SIM115
        self._zip = zipfile.ZipFile(self.file, "w", zipfile.ZIP_DEFLATED)
        self._day = clock.pacific(clock.now()).timetuple()[:6]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            # Closing the ZIP would write its directory, which a full disk has no room for either.
            self._zip.fp = None
            self.file.close()

    def add(self, name: str, content: str | bytes) -> str:
        """A small file of the given content; returns its SHA-256."""
        raw = content.encode() if isinstance(content, str) else content
        with self._zip.open(self._entry(name, zipfile.ZIP_DEFLATED), "w") as entry:
            entry.write(raw)
        return self._note(name, hashlib.sha256(raw).hexdigest())

    def add_file(self, name: str, path: Path) -> str | None:
        """A file of the disk, as it is; returns its SHA-256, or None when it isn't there."""
        try:
            source = path.open("rb")
        except OSError:
            return None
        digest = hashlib.sha256()
        entry = self._entry(name, zipfile.ZIP_STORED)
        with source, self._zip.open(entry, "w", force_zip64=True) as kept:
            while piece := source.read(PIECE):
                digest.update(piece)
                kept.write(piece)
        return self._note(name, digest.hexdigest())

    def _entry(self, name: str, how: int) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(f"{self.folder}/{name}", self._day)
        entry.compress_type = how
        entry.external_attr = 0o644 << 16
        return entry

    def _note(self, name: str, digest: str) -> str:
        self.sums[name] = digest
        return digest

    def finish(self) -> IO[bytes]:
        """Writes the list of fingerprints; the whole file, at its beginning."""
        listed = "".join(f"{digest}  {name}\n" for name, digest in self.sums.items())
        self.seal = hashlib.sha256(listed.encode()).hexdigest()
        with self._zip.open(self._entry(SUMS, zipfile.ZIP_DEFLATED), "w") as entry:
            entry.write(listed.encode())
        self._zip.close()
        self.file.seek(0)
        return self.file


def as_download(file: IO[bytes], name: str) -> FileResponse:
    """The finished parcel as something to keep; it leaves the disk piece by piece."""
    return FileResponse(
        file, as_attachment=True, filename=f"{name}.zip", content_type="application/zip"
    )
