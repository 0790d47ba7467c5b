"""A few hundred hostile requests from a fixed seed: never a 5xx, none slow, nothing said back raw.

Each page is opened by its people, and its form comes back with odd values in the place of some.
The text of one attacker stands in every field of the cases: no page shows it as markup.
"""

import io
import random
import re
import time
import zipfile
from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from portal.access import routes
from portal.models import Notice
from proposals.models import Document, Proposal
from reviews.models import Correspondent, Finding, Message, Note
from tests import make
from tests.pages import form_on

pytestmark = pytest.mark.django_db

SEED, REQUESTS = 20270128, 400
SLOW = 2.0  # seconds of work, which a busy machine makes no more of
MARKUP = "<img src=x onerror=alert(1)>"
EVIL = f"\"'>{MARKUP}</textarea></title>{{{{ 7 }}}}"
PEOPLE = ("alice", "amir", "bob", "carol", "dana", "erin", "frank")
COUNTY = ("alice", "amir", "bob")

NUMBERS = ["9" * 20, "9" * 5000, "-1", "0", "1e30", "NaN", "0x10", "٣", "²", "9223372036854775808"]
DAYS = ["0000-00-00", "2027-02-30", "9999-12-31", "1990-01-01", "13/13/27", "2/29/2100", "25:99"]
TEXTS = [
    EVIL,
    "a\r\nBcc: x@example.com",
    "\u202eabc",
    "\u2028\u0085",
    "Z\u0335\u0327" * 3000,
    "A" * 100_000,
    "\ufeff\u200b",
    "\U0010ffff\ufffe",
    "\x01\x7f",
    "../../../etc/passwd",
    "=cmd|' /C calc'!A0",
    "123-45-6789",
    "[[[[{}",
    "' OR 1=1 --",
    "item-" + "9" * 5000,
    "in-0",
    "",
]
EXTRA = ("county", "status", "seen", "token", "add", "remove", "do", "document", "shown", "text")
COUNTS = ("item-TOTAL_FORMS", "condition-TOTAL_FORMS", "memberships-TOTAL_FORMS")
ASKED = ("q", "view", "after", "before", "rows", "page", "p", "o", "copy", "add", "next", "e")
FILES = [
    ("a.txt", b""),
    ("x\u202etxt.exe", b"MZ"),
    ("a.pdf", b"PK\x05\x06" + b"\xff" * 18),
    ("a.docx", b"PK\x05\x06" + b"\xff" * 18),
    ("a.xlsx", b"PK\x05\x06" + b"\0" * 18),
    ("a" * 300 + ".txt", b"text"),
]
BODIES = [
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name="),
    ("multipart/form-data", b""),
    ("application/json", b"[[[["),
    ("application/x-www-form-urlencoded", b"a=%ff"),
    ("application/x-www-form-urlencoded", b"=&=&&&%"),
]


@pytest.fixture
def clients(client_of) -> dict[str, Client]:
    known = {name: client_of(make.someone(name)) for name in PEOPLE}
    for client in known.values():
        client.raise_request_exception = False
    return known


@pytest.fixture
def cases() -> list[Proposal]:
    """A proposal at each point of its way, with an attacker's text in every field of text."""
    alice, carol = make.someone("alice"), make.someone("carol")
    texts = {name: EVIL for name, value in make.full_answers().items() if _is_text(name, value)}
    row = {"what": EVIL, "where": EVIL, "how_often": "weekly", "transport": "intranet"}
    texts |= {"data_in": [row | {"sensitive": "yes"}], "data_out": [row | {"sensitive": "no"}]}
    draft = make.draft(**texts)
    file = make.a_file("p\"'<b>.txt")
    Document.objects.add(draft, file, by=alice, kind="security_plan", label="internal", title=EVIL)
    asked = make.requested(make.in_review(make.sent(make.draft(**texts))), words=EVIL)
    asked.items.get(kind="answer").change_answer(EVIL, by=alice)
    Message.objects.write(asked.review, by=alice, text=EVIL)
    Note.objects.write(asked.review, by=carol, text=EVIL)
    Correspondent.objects.replace(
        asked.review, "program contact", name=EVIL, email="pat@example.gov", by=alice
    )
    pending = make.drafted_decision(
        make.in_review(make.sent(make.draft(**texts))), reasons=[EVIL], letter=EVIL
    )
    found = {"choice": "meets", "note": EVIL}
    Finding.objects.save_checklist(pending.review, by=carol, values={"complete": found})
    decided = make.decided(
        make.in_review(make.sent(make.draft(**texts))),
        reasons=[EVIL],
        conditions=[make.condition(EVIL)],
    )
    reviews = [make.sent(make.draft(**texts)), asked.review, pending.review, decided.review]
    return [draft, *(review.proposal for review in reviews)]


def _is_text(name: str, value: object) -> bool:
    typed = ("email", "phone")
    chosen = re.fullmatch(r"[a-z_]{2,12}", str(value))
    return isinstance(value, str) and not name.endswith(typed) and not chosen


def addresses(name: str, cases: list[Proposal]) -> Iterator[str]:
    """The addresses of one route, for every case; numbers are few, so some of them fit."""
    asked = re.findall(r"<(?:\w+:)?(\w+)>", next(r.path for r in ROUTES if r.name == name))
    for case in cases if "reference" in asked else [None]:
        notice = case and Notice.objects.filter(subject=case.reference).first()
        document = case and case.documents.first()
        known = {
            "reference": case and case.reference,
            "section": "how",
            "move": "respond",
            "notice": notice.pk if notice else 1,
            "document": document.pk if document else 1,
            "uidb36": "1",
            "key": "set-password",
        }
        yield reverse(name, kwargs={part: known.get(part, 1) for part in asked})


ROUTES = [
    route
    for route in routes()
    if not route.name.startswith("admin:") and route.name not in ("account_logout", "ready")
]


def pages_in(answer: HttpResponse) -> str:
    """The page of an answer, or the pages inside a ZIP; nothing for a file that shows no markup."""
    if answer.get("Content-Type") == "application/zip":
        with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as packed:
            names = [name for name in packed.namelist() if name.endswith(".html")]
            assert names
            return "".join(packed.read(name).decode() for name in names)
    is_page = answer.get("Content-Type", "").startswith("text/html")
    return answer.content.decode() if is_page else ""


def test_no_page_or_letter_shows_an_attackers_text_as_markup(clients, cases):
    opened = 0
    for route in ROUTES:
        for address in addresses(route.name, cases):
            for name in ("alice", "dana", "frank"):
                answer = clients[name].get(address)
                assert answer.status_code < 500, (name, address)
                if answer.status_code == 200:
                    page = pages_in(answer)
                    assert MARKUP not in page, (name, address)
                    opened += "onerror" in page
    assert opened > 100
    for notice in Notice.objects.all():
        assert MARKUP not in notice.html, notice.event
        assert "\n" not in notice.heading


def test_nor_does_a_page_of_the_administration(clients, cases):
    kinds = ("proposals_proposal", "portal_notice", "portal_journalentry", "reviews_review")
    for case in cases[1:]:
        rows = (case.pk, Notice.objects.filter(subject=case.reference).first().pk, 1, case.pk)
        for kind, row in zip(kinds, rows, strict=True):
            try:
                pages = [reverse(f"admin:{kind}_changelist") + "?q=" + EVIL.replace("&", "")]
                pages.append(reverse(f"admin:{kind}_change", args=[row]))
            except LookupError:
                continue
            for page in pages:
                answer = clients["erin"].get(page)
                assert answer.status_code in (200, 302), page
                assert MARKUP not in answer.content.decode(), page


def test_no_hostile_request_is_a_fault_or_slow(clients, cases):
    dice = random.Random(SEED)
    faults = []
    for number in range(REQUESTS):
        name = dice.choice(PEOPLE)
        side = [r for r in ROUTES if ("/reviews/" in r.path) != (name in COUNTY)] or ROUTES
        address = dice.choice(list(addresses(dice.choice(side).name, cases)))
        began = time.process_time()
        status = attack(dice, clients[name], address)
        took = time.process_time() - began
        if status >= 500 or took > SLOW:
            faults.append(f"{number}: {name} at {address}: {status} in {took:.1f} s")
    assert not faults, "\n".join(faults)


def attack(dice: random.Random, client: Client, address: str) -> int:
    """One hostile request of a kind that the dice choose; the worst status of its answers."""
    kind = dice.random()
    if kind < 0.2:
        asked = {dice.choice(ASKED): odd(dice)[:3000] for _ in range(3)}
        return client.get(address, asked).status_code
    if kind < 0.3:
        content_type, body = dice.choice(BODIES)
        return client.post(address, body, content_type=content_type).status_code
    page = client.get(address)
    typed = form_on(page) if page.status_code == 200 and not page.streaming else {}
    for name in dice.sample(sorted(typed), k=min(3, len(typed))):
        typed[name] = odd(dice) if dice.random() < 0.8 else [odd(dice), odd(dice)]
    typed |= {name: odd(dice) for name in dice.sample((*EXTRA, *COUNTS), k=2)}
    if dice.random() < 0.3:
        typed[dice.choice(("file", "original"))] = SimpleUploadedFile(*dice.choice(FILES))
    return max(page.status_code, client.post(address, typed).status_code)


def odd(dice: random.Random) -> str:
    return dice.choice(dice.choice([NUMBERS, DAYS, TEXTS]))
