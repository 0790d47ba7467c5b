"""Lists as files: whole, readable in Excel, and no text in them is ever worked out."""

import csv
import tracemalloc
from datetime import date
from io import BytesIO, StringIO

import pytest
from openpyxl import load_workbook

from portal.spreadsheets import IN_MEMORY, as_csv, as_xlsx, looks_like_a_formula

TITLES = ("Tool", "Received", "Periods")
FORMULAS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+1 916 555 0142",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "＝1+1",
]


def content(answer) -> bytes:
    return b"".join(answer.streaming_content)


def csv_rows(rows) -> list[list[str]]:
    text = content(as_csv("list", TITLES, rows)).decode("utf-8-sig")
    return list(csv.reader(StringIO(text, newline="")))


def sheet_of(rows):
    return load_workbook(BytesIO(content(as_xlsx("list", TITLES, rows)))).active


def test_csv_has_titles_days_and_numbers():
    rows = csv_rows([("Compass", date(2027, 1, 28), 2), ("", None, None)])
    assert rows == [[*TITLES], ["Compass", "2027-01-28", "2"], ["", "", ""]]


def test_csv_begins_so_that_excel_reads_it_as_utf_8():
    file = content(as_csv("list", TITLES, [("Über Ⅷ, “quoted”\nand broken", None, None)]))
    assert file.startswith(b"\xef\xbb\xbf")
    assert csv_rows([("Über “a”\nb", None, None)])[1][0] == "Über “a”\nb"


def test_xlsx_has_days_that_are_days_and_numbers_that_are_numbers():
    sheet = sheet_of([("Compass", date(2027, 1, 28), 2)])
    assert [cell.value for cell in sheet[1]] == [*TITLES]
    name, received, periods = sheet[2]
    assert (name.value, name.data_type) == ("Compass", "s")
    assert received.is_date and received.value.date() == date(2027, 1, 28)
    assert (periods.value, periods.data_type) == (2, "n")
    assert sheet.freeze_panes == "A2"


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_is_a_formula(text):
    assert looks_like_a_formula(text)
    assert csv_rows([(text, None, None)])[1][0] == f"'{text}"
    cell = sheet_of([(text, None, None)])["A2"]
    assert cell.data_type == "s"
    assert cell.number_format == "@"
    assert cell.value.replace("_x000D_", "\r").strip() == text.strip()


@pytest.mark.parametrize("text", ["Compass", "A=B", "#N/A", "TRUE", "2027-01-28", "007", "1e5"])
def test_other_text_stays_as_it_is(text):
    assert csv_rows([(text, None, None)])[1][0] == text
    cell = sheet_of([(text, None, None)])["A2"]
    assert (cell.value, cell.data_type) == (text, "s")


def test_signs_that_no_workbook_takes_are_left_out():
    assert sheet_of([("a\x01b\x0bc\ufffed\uffff", None, None)])["A2"].value == "abcd"


@pytest.mark.parametrize(
    ("write", "name", "kind"),
    [
        (as_csv, "list.csv", "text/csv; charset=utf-8"),
        (
            as_xlsx,
            "list.xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
    ],
)
def test_the_answer_is_a_file_to_keep_and_says_how_long_it_is(write, name, kind):
    answer = write("list", TITLES, [("Compass", None, 1)])
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer["Content-Type"] == kind
    assert int(answer["Content-Length"]) == len(content(answer))


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
def test_a_fault_on_the_way_leaves_no_half_a_file(write):
    def rows():
        yield ("Compass", None, 1)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        write("list", TITLES, rows())


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
def test_of_a_long_list_little_is_in_memory_at_once(write):
    """Twenty thousand rows are five million characters."""
    rows = ((f"Tool {n}" * 20, date(2027, 1, 28), n) for n in range(20_000))
    tracemalloc.start()
    answer = write("list", TITLES, rows)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    answer.file_to_stream.close()
    assert most < 2 * IN_MEMORY
