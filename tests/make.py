"""Plain functions that make what a test needs. The people are those of the demonstration."""

from contextlib import AbstractContextManager
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils.crypto import get_random_string

from portal import clock
from portal.demonstration import ACCOUNTS, PASSWORD
from portal.models import BarrierReport, County, GoverningLetter, Membership, Role, User
from proposals.models import Document, Proposal, kept_file
from proposals.sections import FLOWS, SECTIONS
from reviews import letters
from reviews.models import Decision, Request, Review
from reviews.moves import Status


def county(name: str) -> County:
    """One of the 58, by its short name: county("Butte")."""
    return County.objects.get(name=name)


def person(
    email: str,
    *,
    role: str = Role.COUNTY,
    of: County | None = None,
    may_sign: bool = False,
    **fields: Any,
) -> User:
    """Someone with an account and the demonstration's password; of a county or of none."""
    fields.setdefault("name", email.partition("@")[0].title())
    user = User.objects.create_user(email, PASSWORD, role=role, **fields)
    if of:
        membership(user, of, may_sign=may_sign)
    return user


def membership(user: User, of: County, *, may_sign: bool = False, **fields: Any) -> Membership:
    """That this person works for that county; the right to sign began long ago, without end."""
    if may_sign:
        fields.setdefault("may_sign_from", date(2020, 1, 1))
    fields.setdefault("since", clock.now())
    return Membership.objects.create(user=user, county=of, **fields)


def known(first_name: str) -> User:
    """One of the seven everybody knows: alice, amir, bob, carol, dana, erin, frank."""
    account = next(a for a in ACCOUNTS if a.first_name == first_name)
    return person(
        account.email,
        name=account.name,
        title=account.title,
        role=account.role,
        of=County.objects.get(number=account.county) if account.county else None,
        may_sign=account.may_sign,
    )


def someone(first_name: str) -> User:
    """One of the seven, made on first asking: for factories that need a person."""
    account = next(a for a in ACCOUNTS if a.first_name == first_name)
    return User.objects.filter(email=account.email).first() or known(first_name)


def barrier(*, by: User | None = None, **given: str) -> BarrierReport:
    """A report of a barrier, from a stranger if from nobody."""
    known = {
        "token": get_random_string(20),
        "wanted": "Add a document.",
        "obstacle": "The button can't be reached by keyboard.",
    }
    return BarrierReport.objects.report(by=by, **(known | given))


def days_ago(days: int) -> AbstractContextManager[None]:
    """Noon of the Pacific day so many days before today, whatever hour summer time took."""
    return clock.travel(clock.instant(in_days(-days), time(12)))


def in_days(days: int) -> date:
    """The Pacific date so many days from today."""
    return clock.today() + timedelta(days=days)


def full_answers(**changes: Any) -> dict[str, Any]:
    """Every answer of a proposal nothing is missing from, rows included, by field name."""
    answers: dict[str, Any] = {
        "program_name": "Alice Nakamura",
        "program_title": "IHSS Program Manager",
        "program_phone": "510-555-0101",
        "program_email": "alice@alameda.example.gov",
        "program_address": "1 Lake Street\nOakland, CA 94612",
        "same_person": False,
        "technical_name": "Theo Marsh",
        "technical_title": "Systems Analyst",
        "technical_phone": "510-555-0102",
        "technical_email": "theo@alameda.example.gov",
        "technical_address": "1 Lake Street\nOakland, CA 94612",
        "tool_name": "Caseload Compass",
        "tool_state": "new",
        "work_begun": "no",
        "work_begun_detail": "",
        "builder": "vendor",
        "vendor_name": "Brightwater Systems",
        "vendor_contact_name": "Vera Lund",
        "vendor_contact_phone": "916-555-0103",
        "vendor_contact_email": "vera@brightwater.example.com",
        "subcontractors": "None.",
        "vendor_access": "Two support staff, on request and logged.",
        "vendor_return": "Destroyed within 30 days of the end, with a certificate.",
        "purpose": "Shows supervisors how many cases each worker has.",
        "business_needs": "Work is shared out evenly and reassessments are on time.",
        "technical_component": "A web application on the county's Windows servers.",
        "reached_from": "intranet",
        "multi_factor": "yes",
        "cmips_methods": ["ddl"],
        "data_elements": ["name", "case_number"],
        "data_elements_other": "",
        "other_use": "no",
        "other_use_detail": "",
        "hosting": "The county's data center.",
        "data_location": "The county's data center.",
        "outside_us": "no",
        "mobile": "None.",
        "outside_services": "None.",
        "retention": "Three years, then destroyed.",
        "automated_decisions": "no",
        "automated_decisions_detail": "",
        "research": "no",
        "research_detail": "",
        "privacy_program_date": date(2025, 3, 15),
        "users": "Forty IHSS supervisors.",
        "implementation_date": in_days(180),
        "no_documents_now": True,
        "data_in": [_row("Assigned cases", "CMIPS Data Download files")],
        "data_out": [_row("Caseload report", "IHSS supervisors")],
    }
    return answers | changes


def _row(what: str, where: str) -> dict[str, str]:
    return {
        "what": what,
        "where": where,
        "how_often": "weekly",
        "transport": "intranet",
        "sensitive": "yes",
    }


def draft(of: County | None = None, *, by: User | None = None, **answers: Any) -> Proposal:
    """A draft that may be sent as it is: Alameda's by Alice unless told otherwise."""
    by = by or someone("alice")
    return fill(Proposal.objects.start(of or by.county_list[0], by=by), by=by, **answers)


def fill(proposal: Proposal, *, by: User, **answers: Any) -> Proposal:
    """Saves every section of a draft with full answers, the way the editor does."""
    full = full_answers(**answers)
    for section in SECTIONS:
        names = [answer.name for answer in section.answers]
        if section is FLOWS:
            names = ["data_in", "data_out"]
        seen = proposal.states.get(section=section.key).version
        proposal.save_section(section.key, {name: full[name] for name in names}, by=by, seen=seen)
    return proposal


def agreements(*cannot: int, because: str = "the tool connects directly") -> list[dict[str, Any]]:
    """The six agreements as a signer gives them; `cannot` lists the numbers not agreed to."""
    texts = GoverningLetter.objects.current().responsibilities
    return [
        {
            "number": number,
            "text": text,
            "agrees": number not in cannot,
            "because": because if number in cannot else "",
        }
        for number, text in enumerate(texts, start=1)
    ]


def next_letter(
    *, publish: bool = True, sentences: dict[str, str] | None = None, **changes: Any
) -> GoverningLetter:
    """A later version of the All County Letter: in force, or still being written."""
    letter = GoverningLetter.objects.current()
    letter.pk, letter.version, letter.published_at = None, letter.version + 1, None
    letter.sentences = letter.sentences | (sentences or {})
    for name, value in changes.items():
        setattr(letter, name, value)
    letter.save()
    if publish:
        letter.publish(by=someone("erin"))
    return letter


def sent(proposal: Proposal | None = None, *, by: User | None = None, **answers: Any) -> Review:
    """A proposal as the county has just sent it: submitted, its first period running."""
    by = by or someone("alice")
    proposal = proposal or draft(by=by, **answers)
    return Review.objects.send(
        proposal, by=by, name=by.name, title=by.title, agreements=agreements()
    )


def a_file(
    name: str = "plan.txt", content: bytes = b"How the data is kept safe."
) -> SimpleUploadedFile:
    """A small upload that the portal takes."""
    return SimpleUploadedFile(name, content)


def original(proposal: Proposal, *, by: User | None = None) -> Document:
    """The county's own email or letter, as a reviewer attaches it."""
    upload = a_file("original.txt", b"Please find our proposal.")
    return beside(proposal, upload, by=by or someone("carol"), kind=Document.ORIGINAL)


def beside(
    proposal: Proposal, upload: SimpleUploadedFile, *, by: User, kind: str = "other"
) -> Document:
    """A file kept beside a sent proposal, as one that comes with a message."""
    with kept_file(upload) as kept, transaction.atomic():
        return Document.objects.record(proposal, kept, by=by, kind=kind, label="internal")


def logged(
    of: County | None = None,
    *,
    by: User | None = None,
    receipt_at: datetime | None = None,
    **answers: Any,
) -> Review:
    """A proposal that came by email, just now unless told, and that Carol entered; Butte's."""
    by = by or someone("carol")
    proposal = Proposal.objects.start(of or county("Butte"), by=by, arrived_by="email")
    fill(proposal, by=by, **answers)
    return Review.objects.log(
        proposal, by=by, receipt_at=receipt_at or clock.now(), original=original(proposal, by=by)
    )


def in_review(review: Review | None = None, *, by: User | None = None, **answers: Any) -> Review:
    """A review that Carol has taken."""
    review = review or sent(**answers)
    review.take(by=by or someone("carol"))
    return review


def document_item(kind: str = "risk_assessment", *, days: int = 14, **more: Any) -> dict[str, Any]:
    """An item of a request: a document, by so many days from today."""
    why = "To see which risks the county found."
    return {"kind": "document", "document_kind": kind, "why": why, "by": in_days(days)} | more


def answer_item(field: str = "hosting", *, days: int = 14, **more: Any) -> dict[str, Any]:
    """An item of a request: an answer to change, by so many days from today."""
    why = "The data center is not named."
    return {"kind": "answer", "field": field, "why": why, "by": in_days(days)} | more


def requested(
    review: Review | None = None,
    *,
    by: User | None = None,
    items: list[dict[str, Any]] | None = None,
    words: str = "",
) -> Request:
    """A request that is out: one document and one answer, unless told otherwise."""
    review = review or in_review()
    return Request.objects.ask(
        review,
        by=by or someone("carol"),
        items=items or [document_item(), answer_item()],
        words=words,
    )


def settle(request: Request, *, by: User | None = None) -> None:
    """Settles each item: a document where one was asked for, else a changed answer."""
    by = by or someone("alice")
    for item in request.items.all():
        if item.kind == item.DOCUMENT:
            item.add_document(a_file(), by=by, label="confidential")
        else:
            item.change_answer("The county's data center in Oakland.", by=by)


def responded(request: Request | None = None, *, by: User | None = None) -> Review:
    """A review whose request the county has answered, item by item."""
    request = request or requested()
    by = by or someone("alice")
    settle(request, by=by)
    request.respond(by=by, name=by.name, title=by.title)
    return request.review


def condition(text: str = "Show that a lost tablet can be wiped.", *, days: int = 60) -> dict:
    """A condition of an approval, by so many days from today."""
    return {"text": text, "by": in_days(days)}


def drafted_decision(
    review: Review | None = None,
    *,
    by: User | None = None,
    outcome: str = "approved",
    reasons: list[str] | None = None,
    conditions: list[dict[str, Any]] | None = None,
    **more: Any,
) -> Decision:
    """A decision that waits for an approver, with the letter as the portal writes it."""
    review = review or in_review()
    reasons = reasons or ["It imports data download files only"]
    conditions = conditions or []
    more.setdefault("letter", letters.decision_text(review, outcome, reasons, conditions))
    return Decision.objects.recommend(
        review,
        by=by or someone("carol"),
        outcome=outcome,
        reasons=reasons,
        conditions=conditions,
        **more,
    )


def decided(
    review: Review | None = None, *, by: User | None = None, outcome: str = "approved", **more: Any
) -> Decision:
    """A decision that Dana released; one not to approve stands on an answered request."""
    if review is None and outcome == "not_approved":
        review = responded()
    decision = drafted_decision(review, outcome=outcome, **more)
    decision.release(by=by or someone("dana"))
    return decision


def standing_at(status: str) -> Review:
    """A review at that status, brought there by the real moves."""
    if status == Status.SUBMITTED:
        return sent()
    if status == Status.IN_REVIEW:
        return in_review()
    if status == Status.DOCUMENTS_REQUESTED:
        return requested().review
    if status == Status.WITHDRAWN:
        review = sent()
        review.withdraw(by=someone("alice"))
        return review
    if status == Status.DRAFT:
        review = sent()
        review.recall(by=someone("alice"))
        return review
    return decided(outcome=status).review
