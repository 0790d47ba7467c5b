"""Lists as files for a spreadsheet: CSV and XLSX, written whole before they leave.

No cell becomes a formula: what begins like one is marked in CSV and stays text in XLSX. Memory is
bounded: rows are written one by one, and a long file waits on the disk.
"""

from __future__ import annotations

import csv
import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from io import TextIOWrapper
from typing import IO, Any

from django.http import FileResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from portal import clock

Value = str | int | date | None
Rows = Iterable[Sequence[Value]]

# What makes a spreadsheet take a text for a formula, in full width too.
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
BREAKS = ("\t", "\r", "\n")
# No workbook may hold these: with one of them Excel opens none of it.
UNFIT = re.compile(f"{ILLEGAL_CHARACTERS_RE.pattern}|[\ufffe\uffff]")
IN_MEMORY = 1024 * 1024
WIDTH = 18
AUTHOR = "CMIPS interface proposals"


def looks_like_a_formula(text: str) -> bool:
    """Whether a spreadsheet could read this text as something to work out."""
    return text.startswith(BREAKS) or text.lstrip().startswith(FORMULA)


def as_csv(name: str, titles: Sequence[str], rows: Rows) -> FileResponse:
    """The list as CSV that Excel reads as UTF-8; days as 2027-01-28."""

    def write(file: IO[bytes]) -> None:
        text = TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
        writer = csv.writer(text)
        writer.writerow(titles)
        writer.writerows([_in_csv(value) for value in row] for row in rows)
        text.detach()

    return _download(f"{name}.csv", "text/csv; charset=utf-8", write)


def _in_csv(value: Value) -> str:
    if isinstance(value, date):
        return value.isoformat()
    text = "" if value is None else str(value)
    return f"'{text}" if isinstance(value, str) and looks_like_a_formula(text) else text


def as_xlsx(name: str, titles: Sequence[str], rows: Rows) -> FileResponse:
    """The list as a workbook of one sheet: days are days, and all text is text."""

    def write(file: IO[bytes]) -> None:
        book = Workbook(write_only=True)
        book.properties.creator = AUTHOR
        book.properties.created = clock.now().replace(tzinfo=None)
        sheet = book.create_sheet(name[:31])
        sheet.freeze_panes = "A2"
        for number in range(1, len(titles) + 1):
            sheet.column_dimensions[get_column_letter(number)].width = WIDTH
        try:
            sheet.append([_head(sheet, title) for title in titles])
            for row in rows:
                sheet.append([_in_xlsx(sheet, value) for value in row])
        except BaseException:
            sheet.close()
            raise
        book.save(file)

    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return _download(f"{name}.xlsx", kind, write)


def _head(sheet: Any, title: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, title)
    cell.font = Font(bold=True)
    return cell


def _in_xlsx(sheet: Any, value: Value) -> WriteOnlyCell | None:
    if value is None or value == "":
        return None
    if isinstance(value, date):
        cell = WriteOnlyCell(sheet, value)
        cell.number_format = "yyyy-mm-dd"
        return cell
    if not isinstance(value, str):
        return WriteOnlyCell(sheet, value)
    cell = WriteOnlyCell(sheet, UNFIT.sub("", value))
    cell.data_type = "s"
    if looks_like_a_formula(value):
        # The format "text" keeps it one when someone edits the cell.
        cell.number_format = "@"
    return cell


def _download(name: str, kind: str, write: Callable[[IO[bytes]], None]) -> FileResponse:
    """The file as something to keep. It is whole before the answer begins: none breaks off."""
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  the answer closes it
    try:
        write(file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type=kind)


Writer = Callable[[str, Sequence[str], Rows], FileResponse]
WRITERS: dict[str, Writer] = {
    "csv": as_csv,
    "xlsx": as_xlsx,
}
