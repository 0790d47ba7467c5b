"""Only files that are what their names say are taken; every refusal says what to do."""

import io
import random
import zipfile

import pytest

from proposals.files import NAME_LIMIT, FileRefused, check, clean_name

LIMIT = 25 * 1024 * 1024
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20
JPG = b"\xff\xd8\xff\xe0" + b"\x00" * 20
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600


def container(*names: str, part: str = "word/document.xml", content: bytes = b"<x/>") -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in ("[Content_Types].xml", part, *names):
            packed.writestr(name, content)
    return kept.getvalue()


DOCX = container()
XLSX = container(part="xl/workbook.xml")


def taken(name: str, content: bytes) -> tuple[str, str]:
    return check(name, len(content), io.BytesIO(content), LIMIT)


def refusal(name: str, content: bytes) -> str:
    with pytest.raises(FileRefused) as refused:
        taken(name, content)
    return str(refused.value)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("Plan.pdf", PDF, "application/pdf"),
        ("Flow.PNG", PNG, "image/png"),
        ("Flow.jpeg", JPG, "image/jpeg"),
        (
            "Plan.docx",
            DOCX,
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (
            "Roles.xlsx",
            XLSX,
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        ("notes.txt", "Zoë’s notes\n".encode(), "text/plain"),
        ("roles.csv", b"role,may\nclerk,read\n", "text/csv"),
        ("unicode.txt", "wide".encode("utf-16"), "text/plain"),
    ],
)
def test_the_seven_kinds_are_taken_by_name_and_content(name, content, kind):
    assert taken(name, content) == (name, kind)


@pytest.mark.parametrize("name", ["plan.exe", "plan.html", "plan.svg", "plan.docm", "plan", ".pdf"])
def test_other_kinds_are_refused_with_the_list_of_kinds(name):
    assert refusal(name, PDF) == (
        "Choose a file of one of these kinds: PDF, Word, Excel, PNG, JPG, text or CSV."
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plan.pdf", b"MZ\x90\x00 this is a program"),
        ("plan.docx", XLSX),
        ("plan.xlsx", DOCX),
        ("plan.docx", PDF),
        ("plan.docx", b"PK\x03\x04 broken"),
        ("plan.png", JPG),
        ("plan.jpg", PNG),
        ("plan.txt", b"MZ a program"),
        ("plan.csv", b"a,b\x00c"),
        ("plan.txt", DOCX),
    ],
)
def test_a_renamed_file_is_refused(name, content):
    assert "but its content is something else" in refusal(name, content)


def test_locked_files_are_refused():
    locked = PDF.replace(b"/Root", b"/Encrypt 2 0 R /Root")
    assert "locked with a password" in refusal("plan.pdf", locked)
    late = PDF + b" " * (1024 * 1024 - len(PDF) - 4) + b"/Encrypt 2 0 R"
    assert "locked with a password" in refusal("plan.pdf", late)
    assert "locked with a password" in refusal("plan.docx", OLE)
    packed = bytearray(DOCX)
    packed[packed.find(b"PK\x01\x02") + 8] |= 1
    assert "locked with a password" in refusal("plan.docx", bytes(packed))


@pytest.mark.parametrize("macro", ["word/vbaProject.bin", "xl/vbaProject.bin"])
def test_files_with_macros_are_refused(macro):
    assert "macros" in refusal("plan.docx", container(macro))


def test_old_macro_sheets_are_macros():
    packed = container("xl/macrosheets/sheet1.xml", part="xl/workbook.xml")
    assert "macros" in refusal("plan.xlsx", packed)


def test_containers_that_unpack_to_far_more_are_refused():
    assert "unpacks to far more" in refusal("plan.docx", container(*map(str, range(5001))))
    bomb = container("word/big.bin", content=b"\x00" * (110 * 1024 * 1024))
    assert len(bomb) < 1024 * 1024
    assert "unpacks to far more" in refusal("plan.docx", bomb)


def test_empty_and_large_files_are_refused():
    assert refusal("plan.pdf", b"").startswith("The file is empty")
    with pytest.raises(FileRefused, match="larger than 25 MB"):
        check("plan.pdf", LIMIT + 1, io.BytesIO(PDF), LIMIT)


def test_names_lose_their_folders():
    assert clean_name("C:\\Users\\amir\\Plan.pdf") == "Plan.pdf"
    assert clean_name("../../etc/Plan.pdf") == "Plan.pdf"


@pytest.mark.parametrize("name", ["Plan\u202efdp.exe", "Plan\r\nX: y.pdf", "Plan\u200b.pdf"])
def test_names_with_hidden_signs_are_refused(name):
    with pytest.raises(FileRefused, match="characters that can't be shown"):
        clean_name(name)


def test_names_too_long_are_refused():
    assert clean_name("a" * (NAME_LIMIT - 4) + ".pdf")
    with pytest.raises(FileRefused, match="more than 150 characters"):
        clean_name("a" * 300 + ".pdf")


@pytest.mark.parametrize("name", ["Case 1234567.pdf", "Plan_123-45-6789.pdf"])
def test_names_with_case_data_are_refused(name):
    with pytest.raises(FileRefused, match=r"Rename the file\. This looks like"):
        clean_name(name)


def test_damaged_containers_never_break_the_check():
    chance = random.Random(7)
    for _ in range(300):
        damaged = bytearray(container("word/styles.xml"))
        for _ in range(chance.randint(1, 12)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            taken("plan.docx", bytes(damaged))
        except FileRefused:
            continue
