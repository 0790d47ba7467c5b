"""A county's own bundle: all it sent and was sent, whole, checkable, and nothing of CDSS alone."""

import hashlib
import io
import json
import subprocess
import zipfile
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.models import JournalEntry
from proposals.models import Document, Proposal
from reviews import parcel, timeline
from reviews.models import Message, Review
from tests import make
from tests.house.test_pages import marked, page_faults  # noqa: F401  a fixture

pytestmark = pytest.mark.django_db


def taken(client, review: Review):
    return client.get(reverse("bundle", args=[review.reference]))


def opened(client, review: Review) -> dict[str, bytes]:
    """The files of the bundle by their names in its one folder."""
    answer = taken(client, review)
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as packed:
        assert packed.testzip() is None
        files = {name: packed.read(name) for name in packed.namelist()}
    (folder,) = {name.partition("/")[0] for name in files}
    assert folder.startswith(f"{review.reference}-bundle-")
    return {name.partition("/")[2]: content for name, content in files.items()}


def index(files: dict[str, bytes]) -> BeautifulSoup:
    return BeautifulSoup(files["index.html"], "html.parser")


def words(files: dict[str, bytes]) -> str:
    return " ".join(index(files).main.get_text(" ").split())


@pytest.fixture
def review(alice, carol, dana) -> Review:
    """Sent, asked, answered, with messages both ways, decided with a condition that is met."""
    review = make.responded(make.requested(words="Please be exact."))
    review = Review.objects.get(pk=review.pk)
    upload = make.a_file("../../Pläne für CDSS.txt", b"A plan beside.")
    document = make.beside(review.proposal, upload, by=alice)
    Message.objects.write(review, by=alice, text="When do you decide?", document=document)
    Message.objects.write(review, by=carol, text="Next week.")
    decision = make.decided(review, conditions=[make.condition()])
    decision.conditions.get().confirm(by=alice, evidence="We wiped one to see.")
    return Review.objects.get(pk=review.pk)


@pytest.mark.acl("ACL-15")
def test_every_signed_copy_is_there_as_it_was_fingerprinted_and_as_a_paper(
    alice, client_of, review
):
    files = opened(client_of(alice), review)
    copies = list(review.proposal.copies.all())
    assert len(copies) == 2
    for copy in copies:
        content = files[f"copies/copy-{copy.number}.json"]
        assert hashlib.sha256(content).hexdigest() == copy.sha256
        assert json.loads(content) == copy.content
        assert files[f"copies/copy-{copy.number}.pdf"].startswith(b"%PDF-")
        assert copy.sha256 in words(files)


def test_every_document_is_there_under_a_name_of_the_portal(alice, client_of, review):
    files = opened(client_of(alice), review)
    inside = {name: content for name, content in files.items() if name.startswith("documents/")}
    documents = list(review.proposal.documents.all())
    assert {hashlib.sha256(content).hexdigest() for content in inside.values()} == {
        document.sha256 for document in documents
    }
    assert sorted(inside) == [f"documents/document-{n}.txt" for n in (1, 2)]
    assert "Pläne für CDSS.txt" in words(files)
    assert all(document.sha256 in words(files) for document in documents)


def test_a_document_of_an_earlier_copy_stays_in_it(alice, client_of):
    draft = make.draft(no_documents_now=False)
    kinds = {"kind": "security_plan", "label": "internal"}
    document = Document.objects.add(draft, make.a_file(), by=alice, **kinds)
    review = make.sent(draft)
    review.recall(by=alice)
    Document.objects.get(pk=document.pk).remove(by=alice)
    review = make.sent(Proposal.objects.get(pk=draft.pk))
    files = opened(client_of(alice), review)
    assert files["documents/document-1.txt"] == b"How the data is kept safe."
    cell = index(files).select_one(f"#document-{document.pk} [data-label='In copies']")
    assert cell.text == "1"


def test_every_letter_to_the_county_is_there_with_whom_it_went_to(alice, client_of, review):
    files = opened(client_of(alice), review)
    letters = list(timeline.county_letters(review.reference))
    assert len(letters) >= 4
    for place, letter in enumerate(letters, start=1):
        assert files[f"letters/letter-{place}.txt"].decode() == letter.text
        assert letter.html.strip() in files[f"letters/letter-{place}.html"].decode()
        assert letter.heading in words(files)
        for person in letter.recipients.all():
            assert person.email in words(files)


def test_the_index_tells_requests_messages_decision_periods_and_what_happened(
    alice, client_of, review
):
    text = words(opened(client_of(alice), review))
    for said in (
        "Please be exact.",
        "The county's data center in Oakland.",
        "When do you decide?",
        "Next week.",
        "Approved with conditions",
        "Show that a lost tablet can be wiped.",
        "We wiped one to see.",
        "Period 2",
        "the county responded",
        "signed and sent it.",
    ):
        assert said in text, said


def test_a_draft_of_a_decision_is_not_in_it(alice, client_of):
    decision = make.drafted_decision()
    text = words(opened(client_of(alice), decision.review))
    assert "CDSS has not decided yet." in text
    assert "Approve" not in text


def test_the_fingerprints_are_checked_by_the_usual_tool(alice, client_of, review, tmp_path):
    answer = taken(client_of(alice), review)
    with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as packed:
        packed.extractall(tmp_path / "unpacked")
    (folder,) = (tmp_path / "unpacked").iterdir()
    checked = subprocess.run(
        ["sha256sum", "--strict", "-c", "SHA256SUMS"],
        check=False,
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stderr
    named = set((folder / "SHA256SUMS").read_text().split()[1::2])
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert there - named == {"SHA256SUMS"}


@pytest.mark.usefixtures("marked")
def test_the_index_opens_by_itself_and_every_link_leads_somewhere(alice, client_of, review):
    files = opened(client_of(alice), review)
    page = index(files)
    assert list(page_faults(page)) == []
    assert page.html["lang"] == "en-US" and page.title.text
    assert len(page.select("h1")) == 1 and not page.select("script, style, [style]")
    ids = [one["id"] for one in page.select("[id]")]
    assert len(ids) == len(set(ids))
    for one in page.select("[href]"):
        target = one["href"]
        assert target.removeprefix("#") in ids if target.startswith("#") else target in files
    for table in page.select("table"):
        assert table.select("thead th[scope=col]") and table.select("tbody th[scope=row]")


def test_a_file_that_is_gone_is_told_and_the_rest_is_there(alice, client_of, review):
    gone, altered = review.proposal.documents.all()
    gone.path.unlink()
    altered.path.write_bytes(b"Something else.")
    files = opened(client_of(alice), review)
    assert "The file is missing where the portal keeps its files." in words(files)
    assert "The file no longer has its fingerprint." in words(files)
    assert "documents/document-1.txt" not in files
    assert files["documents/document-2.txt"] == b"Something else."


def test_without_room_on_the_disk_a_page_says_so_and_nothing_is_left(
    alice, client_of, review, monkeypatch
):
    used = []

    def full(dir: Path):
        used.append(io.FileIO("/dev/full", "r+"))
        return used[-1]

    monkeypatch.setattr(parcel.tempfile, "TemporaryFile", full)
    answer = taken(client_of(alice), review)
    assert answer.status_code == 507
    assert [file.closed for file in used] == [True]
    assert not JournalEntry.objects.filter(act="download bundle").exists()


def test_large_files_are_stored_in_pieces(tmp_path):
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(3 * parcel.PIECE + 1)
    with parcel.Parcel("folder") as packed:
        digest = packed.add_file("documents/document-1.pdf", large)
        packed.add("index.html", "x" * 1000)
        file = packed.finish()
    with zipfile.ZipFile(file) as found:
        stored, small = (
            found.getinfo(f"folder/{name}") for name in ("documents/document-1.pdf", "index.html")
        )
        assert stored.compress_type == zipfile.ZIP_STORED
        assert small.compress_type == zipfile.ZIP_DEFLATED
        content = found.read(stored)
    assert hashlib.sha256(content).hexdigest() == digest
    assert len(content) == 3 * parcel.PIECE + 1


def test_that_it_was_taken_is_on_record(alice, client_of, review):
    opened(client_of(alice), review)
    entry = JournalEntry.objects.get(act="download bundle")
    assert (entry.actor, entry.subject) == (alice, review.reference)


def test_nobody_else_has_it(alice, bob, carol, client_of, review):
    for person in (bob, carol):
        assert taken(client_of(person), review).status_code == 404
    draft = make.draft()
    page = reverse("bundle", args=[draft.reference])
    assert client_of(alice).get(page).status_code == 404


def test_one_that_was_taken_back_keeps_its_bundle(alice, client_of):
    review = make.sent()
    review.recall(by=alice)
    assert "Void since" in words(opened(client_of(alice), review))


def test_it_asks_the_database_the_same_however_much_there_is(alice, carol, client_of):
    def asked(number: int) -> int:
        review = make.in_review()
        for place in range(number):
            Message.objects.write(review, by=alice, text="How is it going?")
            upload = make.a_file(f"plan-{place}.txt", str(place).encode())
            make.beside(review.proposal, upload, by=alice)
            request = make.requested(review)
            make.settle(request)
            request.respond(by=alice, name=alice.name, title=alice.title)
            review = Review.objects.get(pk=review.pk)
        client = client_of(alice)
        client.get("/help/")
        with CaptureQueriesContext(connection) as captured:
            opened(client, review)
        return len(captured)

    few, many = asked(1), asked(6)
    assert few == many <= 35


def test_the_status_page_leads_to_it(alice, client_of):
    review = make.sent()
    shown = client_of(alice).get(f"/proposals/{review.reference}/").text
    assert reverse("bundle", args=[review.reference]) in shown
