"""CDSS's bundle of a proposal: the whole record, which a script inside checks by itself."""

import ast
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.models import JournalEntry, Notice
from proposals.models import Document
from reviews import audit_bundle, parcel
from reviews.models import Decision, Finding, Message, Note, Review
from tests import make
from tests.house.test_pages import marked, page_faults  # noqa: F401  a fixture

pytestmark = pytest.mark.django_db

INTERNAL = {
    "note": "Zebra-note",
    "override": "Quagga-override",
    "sent back": "Okapi-reason",
}


@pytest.fixture
def review(alice, carol, dana) -> Review:
    """Sent with a prohibited method, asked, answered, noted, drafted twice, decided, confirmed."""
    review = make.responded(make.requested(make.in_review(cmips_methods=["virtual_user"])))
    review = Review.objects.get(pk=review.pk)
    upload = make.a_file("../../Pläne für CDSS.txt", b"A plan beside.")
    document = make.beside(review.proposal, upload, by=alice)
    Message.objects.write(review, by=alice, text="When do you decide?", document=document)
    Note.objects.write(review, by=carol, text=INTERNAL["note"])
    values = {"safeguards": {"choice": "documents", "note": "Tapir-finding"}}
    Finding.objects.save_checklist(review, by=carol, values=values)
    drafted(review).send_back(by=dana, why=INTERNAL["sent back"])
    decision = drafted(Review.objects.get(pk=review.pk))
    decision.release(by=dana)
    decision.conditions.get().confirm(by=alice, evidence="We wiped one to see.")
    return Review.objects.get(pk=review.pk)


def drafted(review: Review) -> Decision:
    condition = make.condition() | {"shown": "A report of a wipe that was tried."}
    return make.drafted_decision(review, conditions=[condition], override=INTERNAL["override"])


def packed(client, review: Review) -> bytes:
    answer = client.get(reverse("audit_bundle", args=[review.reference]))
    assert answer.status_code == 200
    return answer.getvalue()


def opened(client, review: Review) -> dict[str, bytes]:
    """The files of the bundle by their names in its one folder."""
    with zipfile.ZipFile(io.BytesIO(packed(client, review))) as found:
        assert found.testzip() is None
        names = found.namelist()
        assert len(names) == len(set(names))
        files = {name: found.read(name) for name in names}
    (folder,) = {name.partition("/")[0] for name in files}
    assert folder.startswith(f"{review.reference}-audit-")
    return {name.partition("/")[2]: content for name, content in files.items()}


def words(files: dict[str, bytes]) -> str:
    return " ".join(BeautifulSoup(files["index.html"], "html.parser").main.get_text(" ").split())


@pytest.fixture
def unpacked(client_of, carol, review, tmp_path) -> Path:
    """The folder, as someone at an audit has it."""
    with zipfile.ZipFile(io.BytesIO(packed(client_of(carol), review))) as found:
        found.extractall(tmp_path / "unpacked")
    (folder,) = (tmp_path / "unpacked").iterdir()
    return folder


def checked(folder: Path) -> tuple[int, str]:
    """What the script inside says of the folder, run by itself."""
    run = subprocess.run(
        [sys.executable, "check.py"], check=False, cwd=folder, capture_output=True, text=True
    )
    assert run.stderr == ""
    return run.returncode, run.stdout


def sealed(folder: Path) -> None:
    """Someone who alters the bundle writes its list anew too."""
    names = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "SHA256SUMS"
    )
    lines = (f"{hashlib.sha256((folder / one).read_bytes()).hexdigest()}  {one}\n" for one in names)
    (folder / "SHA256SUMS").write_text("".join(lines))


# What is in it


@pytest.mark.acl("ACL-15")
def test_it_tells_the_whole_record(client_of, carol, review):
    files = opened(client_of(carol), review)
    text = words(files)
    for said in (
        *INTERNAL.values(),
        "Tapir-finding",
        "When do you decide?",
        "The county's data center in Oakland.",
        "We wiped one to see.",
        "A report of a wipe that was tried.",
        "Sent back on",
        "Released on",
        "Period 2",
        "the county responded",
        "Pläne für CDSS.txt",
        "Not for the county",
        "person who prepared it",
    ):
        assert said in text, said
    for copy in review.proposal.copies.all():
        content = files[f"copies/copy-{copy.number}.json"]
        assert hashlib.sha256(content).hexdigest() == copy.sha256
        assert files[f"copies/copy-{copy.number}.pdf"].startswith(b"%PDF-")
    inside = {content for name, content in files.items() if name.startswith("documents/")}
    documents = review.proposal.documents.all()
    assert {hashlib.sha256(one).hexdigest() for one in inside} == {one.sha256 for one in documents}
    assert files["decisions/decision-2.pdf"].startswith(b"%PDF-")
    assert "decisions/decision-1.pdf" not in files
    assert files["requests/request-1.pdf"].startswith(b"%PDF-")
    assert 'href="requests/request-1.pdf"' in files["index.html"].decode()
    letters = list(Notice.objects.about(*review.proposal.subject))
    for place, letter in enumerate(letters, start=1):
        assert files[f"letters/letter-{place}.txt"].decode() == letter.text
        assert all(one.email in text for one in letter.recipients.all())
    assert any(letter.event.startswith("new_proposal") for letter in letters)


def test_an_auditor_gets_it_without_what_auditors_do_not_read(client_of, frank, review):
    files = opened(client_of(frank), review)
    everything = b"\n".join(files.values()).decode(errors="replace")
    for place, word in INTERNAL.items():
        assert word not in everything, place
    assert "Tapir-finding" in words(files)
    assert "An approver's words about a draft." in words(files)
    assert "decisions/decision-2.txt" in files
    assert "decisions/decision-1.txt" not in files


def test_the_county_s_work_on_its_draft_stays_its_own(client_of, carol, alice, amir):
    draft = make.draft(by=amir, no_documents_now=False)
    Document.objects.add(
        draft, make.a_file("giraffe.txt"), by=amir, kind="security_plan", label="internal"
    )
    review = make.sent(draft)
    entries = json.loads(opened(client_of(carol), review)["journal.json"])["entries"]
    before = [entry for entry in entries if "withheld" in entry]
    assert before and all(
        set(entry) == {"number", "hash", "previous_hash", "withheld"} for entry in before
    )
    acts = [entry["act"] for entry in entries if "act" in entry]
    assert acts[0] == "send"


def test_a_document_that_was_taken_out_before_sending_is_not_in_it(client_of, carol, alice):
    draft = make.draft(by=alice, no_documents_now=False)
    kinds = {"kind": "security_plan", "label": "internal"}
    for name in ("kept.txt", "giraffe.txt"):
        one = Document.objects.add(draft, make.a_file(name, name.encode()), by=alice, **kinds)
    one.remove(by=alice)
    files = opened(client_of(carol), make.sent(draft))
    assert b"kept.txt" in files.values()
    assert b"giraffe" not in b"\n".join(files.values())


def test_every_entry_of_the_journal_is_there_as_it_was_hashed(client_of, carol, review):
    before = list(JournalEntry.objects.about(*review.proposal.subject))
    entries = json.loads(opened(client_of(carol), review)["journal.json"])["entries"]
    assert [(one["number"], one["hash"]) for one in entries] == [
        (one.number, one.hash) for one in before
    ]
    open_ones = [one for one in entries if "withheld" not in one]
    assert len(open_ones) > 10
    for one in open_ones:
        content = {name: value for name, value in one.items() if name != "hash"}
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        assert hashlib.sha256(text.encode()).hexdigest() == one["hash"]


@pytest.mark.usefixtures("marked")
def test_the_index_opens_by_itself_and_every_link_leads_somewhere(client_of, carol, frank, review):
    for person in (carol, frank):
        files = opened(client_of(person), review)
        page = BeautifulSoup(files["index.html"], "html.parser")
        assert list(page_faults(page)) == []
        assert page.html["lang"] == "en-US" and page.title.text
        assert len(page.select("h1")) == 1 and not page.select("script, style, [style], img")
        ids = [one["id"] for one in page.select("[id]")]
        assert len(ids) == len(set(ids))
        for one in page.select("[href]"):
            target = one["href"]
            assert target.removeprefix("#") in ids if target.startswith("#") else target in files
        for table in page.select("table"):
            assert table.select("thead th[scope=col]") and table.select("tbody th[scope=row]")


def test_names_inside_are_the_portal_s_own(client_of, carol, review):
    for name in opened(client_of(carol), review):
        assert re.fullmatch(r"([a-z]+/)?[A-Za-z0-9-]+(\.[a-z]+)?", name), name


def test_that_it_was_taken_is_on_record_with_the_fingerprint_of_its_list(client_of, carol, review):
    files = opened(client_of(carol), review)
    entry = JournalEntry.objects.get(act="download audit bundle")
    assert (entry.actor, entry.subject) == (carol, review.reference)
    assert entry.data["sums"] == hashlib.sha256(files["SHA256SUMS"]).hexdigest()
    history = client_of(carol).get(reverse("history", args=[review.reference])).text
    assert f"{carol.name} downloaded the audit bundle." in history
    assert reverse("audit_bundle", args=[review.reference]) in history


def test_no_county_ever_gets_it(client_of, alice, bob, carol, review):
    page = reverse("audit_bundle", args=[review.reference])
    for person in (alice, bob):
        assert client_of(person).get(page).status_code == 404
    taken_back = make.sent()
    taken_back.recall(by=alice)
    page = reverse("audit_bundle", args=[taken_back.reference])
    assert client_of(carol).get(page).status_code == 404


def test_without_room_on_the_disk_a_page_says_so(client_of, carol, review, monkeypatch):
    monkeypatch.setattr(parcel.tempfile, "TemporaryFile", lambda dir: io.FileIO("/dev/full", "r+"))
    answer = client_of(carol).get(reverse("audit_bundle", args=[review.reference]))
    assert answer.status_code == 507
    assert not JournalEntry.objects.filter(act="download audit bundle").exists()


def test_what_is_done_while_it_is_packed_is_in_it_whole(
    client_of, alice, carol, tmp_path, monkeypatch
):
    """Else a copy could stand in the journal, and not in the bundle: as if it was taken away."""
    asked, letters_in = make.requested(), audit_bundle.letters_in

    def answered_meanwhile(*given):
        if asked.ended_at is None:
            make.responded(asked, by=alice)
        return letters_in(*given)

    monkeypatch.setattr(audit_bundle, "letters_in", answered_meanwhile)
    with zipfile.ZipFile(io.BytesIO(packed(client_of(carol), asked.review))) as found:
        found.extractall(tmp_path)
    (folder,) = tmp_path.glob("*-audit-*")
    code, said = checked(folder)
    assert (code, (folder / "copies" / "copy-2.json").exists()) == (0, True), said


def test_memory_stays_the_same_however_large_the_documents(alice, carol, review):
    documents = [
        make.beside(review.proposal, make.a_file(f"{n}.txt", b"%d" % n), by=alice)
        for n in range(40)
    ]
    for one in documents:
        with one.path.open("r+b") as file:
            file.truncate(5 * parcel.PIECE)
    tracemalloc.start()
    with parcel.Parcel("folder") as held:
        audit_bundle.fill(held, review.proposal, carol)
        size = held.finish().seek(0, 2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 40 * 5 * parcel.PIECE
    assert peak < 30 * parcel.PIECE


def test_it_asks_the_database_the_same_however_much_there_is(alice, carol, client_of):
    def asked(number: int) -> int:
        review = make.in_review()
        for _ in range(number):
            Message.objects.write(review, by=alice, text="How is it going?")
            Note.objects.write(review, by=carol, text="Nothing yet.")
            review = make.responded(make.requested(review))
            review = Review.objects.get(pk=review.pk)
        client = client_of(carol)
        client.get("/help/")
        with CaptureQueriesContext(connection) as captured:
            packed(client, review)
        return len(captured)

    few, many = asked(1), asked(5)
    assert few == many <= 40


# The script


def test_the_script_finds_a_whole_bundle_well_and_names_its_fingerprint(unpacked):
    code, said = checked(unpacked)
    assert code == 0, said
    assert "All is well" in said
    seal = hashlib.sha256((unpacked / "SHA256SUMS").read_bytes()).hexdigest()
    assert seal in said
    assert JournalEntry.objects.get(act="download audit bundle").data["sums"] == seal


def test_the_script_finds_an_auditor_s_bundle_well(client_of, frank, review, tmp_path):
    with zipfile.ZipFile(io.BytesIO(packed(client_of(frank), review))) as found:
        found.extractall(tmp_path / "unpacked")
    (folder,) = (tmp_path / "unpacked").iterdir()
    code, said = checked(folder)
    assert code == 0, said
    assert re.search(r"\(\d+ with number and hash alone\)", said)


def test_the_script_tells_what_the_portal_itself_had_lost(client_of, carol, review, tmp_path):
    gone, altered = review.proposal.documents.all()
    gone.path.unlink()
    altered.path.write_bytes(b"Something else.")
    with zipfile.ZipFile(io.BytesIO(packed(client_of(carol), review))) as found:
        found.extractall(tmp_path / "unpacked")
    (folder,) = (tmp_path / "unpacked").iterdir()
    code, said = checked(folder)
    assert code == 1
    assert f"* The portal itself had no file of document {gone.pk} any more." in said
    assert "* documents/document-2.txt is not the document that was given" in said


def test_the_script_needs_no_newer_python():
    ast.parse(audit_bundle.CHECK.read_text(), feature_version=(3, 8))


@pytest.mark.parametrize(
    "name", ["copies/copy-1.json", "documents/document-1.txt", "letters/letter-2.txt", "check.py"]
)
def test_an_altered_byte_is_named(unpacked, name):
    file = unpacked / name
    content = file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1 if name != "check.py" else 32]))
    code, said = checked(unpacked)
    assert code == 1
    assert f"* {name} was altered." in said
    assert "All is well" not in said


def test_a_missing_file_and_an_added_one_are_named(unpacked):
    (unpacked / "documents/document-2.txt").unlink()
    (unpacked / "documents/Größe.txt").write_text("Added.")
    code, said = checked(unpacked)
    assert code == 1
    assert "* documents/document-2.txt is missing." in said
    assert "* documents/Gr\\xf6\\xdfe.txt is not part of the bundle: it was added." in said


def swap(folder: Path) -> None:
    one, other = folder / "documents/document-1.txt", folder / "documents/document-2.txt"
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)


def test_two_swapped_documents_are_named(unpacked):
    swap(unpacked)
    code, said = checked(unpacked)
    assert code == 1
    assert (
        "* documents/document-1.txt was altered: it is now what documents/document-2.txt was."
        in said
    )


def journal_altered(folder: Path, alter) -> None:
    file = folder / "journal.json"
    data = json.loads(file.read_text())
    alter(data["entries"])
    file.write_text(json.dumps(data))


def test_an_altered_entry_is_named_though_the_list_was_written_anew(unpacked):
    def alter(entries):
        (entry,) = (one for one in entries if one.get("act") == "send")
        entry["at"] = "2020-01-01T00:00:00.000000+00:00"

    journal_altered(unpacked, alter)
    sealed(unpacked)
    code, said = checked(unpacked)
    assert code == 1
    assert re.search(r"\* Entry \d+ of the journal was altered: its hash does not fit\.", said)


def test_entries_in_another_order_are_named(unpacked):
    journal_altered(unpacked, lambda entries: entries.reverse())
    sealed(unpacked)
    code, said = checked(unpacked)
    assert code == 1
    assert re.search(r"Entry \d+ of the journal stands after entry \d+\.", said)


def test_a_taken_away_entry_of_a_copy_is_named(unpacked):
    def alter(entries):
        entries[:] = [one for one in entries if one.get("act") != "send"]

    journal_altered(unpacked, alter)
    sealed(unpacked)
    assert checked(unpacked)[0] == 1
    assert "* The journal has no fingerprint of copy 1." in checked(unpacked)[1]


def test_documents_and_copies_are_held_against_more_than_the_list(unpacked):
    swap(unpacked)
    copy = unpacked / "copies/copy-2.json"
    copy.write_text(copy.read_text().replace("Oakland", "Reno"))
    sealed(unpacked)
    code, said = checked(unpacked)
    assert code == 1
    assert "* documents/document-1.txt is not the document that was given" in said
    assert "* copies/copy-2.json is not what was signed" in said


@pytest.mark.parametrize("name", ["record.json", "journal.json", "SHA256SUMS", "index.html"])
@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"entries": 3}', b"\xff\xfe", None])
def test_a_file_that_is_broken_is_told_in_words(unpacked, name, content):
    file = unpacked / name
    file.unlink() if content is None else file.write_bytes(content)
    code, said = checked(unpacked)
    assert code == 1
    assert "Not as the portal gave it out:" in said
    assert "Traceback" not in said


def test_a_name_that_leads_out_of_the_folder_is_not_followed(unpacked):
    with (unpacked / "SHA256SUMS").open("a") as file:
        file.write(f"{'0' * 64}  ../../secret\n")
    code, said = checked(unpacked)
    assert code == 1
    assert re.search(r"\* Line \d+ of SHA256SUMS is not as the portal writes it\.", said)


def test_what_is_no_ordinary_file_is_named_and_never_read(unpacked):
    """A link may lead to a file without an end, or to one that is none of the bundle's."""
    (unpacked / "portal.css").unlink()
    (unpacked / "portal.css").symlink_to("/dev/zero")
    (unpacked / "elsewhere").symlink_to("/")
    (unpacked / "empty").mkdir()
    os.mkfifo(unpacked / "waits")
    code, said = checked(unpacked)
    assert code == 1
    assert "* portal.css is no ordinary file." in said
    for name in ("elsewhere", "empty", "waits"):
        assert f"* {name} is not part of the bundle: it was added." in said


def test_no_name_makes_the_script_say_something_else(unpacked):
    (unpacked / "x\nAll is well: nothing was altered.\x1b[2J").write_text("")
    code, said = checked(unpacked)
    assert code == 1
    assert r"* x\nAll is well: nothing was altered.\x1b[2J is not part of the bundle" in said
    assert said.replace("\n", "").isprintable()


@pytest.mark.parametrize("part", ["json", "hashlib", "re", "os"])
def test_the_script_runs_nothing_that_lies_beside_it(unpacked, part):
    (unpacked / f"{part}.py").write_text("print('All is well')\nraise SystemExit(0)\n")
    code, said = checked(unpacked)
    assert code == 1
    assert f"* {part}.py is not part of the bundle: it was added." in said
