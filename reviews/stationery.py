"""What every letter is written on: its parts, whom it goes to, and how it leaves.

A letter is written once, in plain words; text and HTML are two looks of the same parts, so that
they always say the same. `reviews/letters.py` holds the words.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import TYPE_CHECKING

from django.conf import settings
from django.template.loader import render_to_string

from portal import clock, notices
from portal.models import GoverningLetter, Notice, Role, User
from portal.notices import To
from portal.wording import day

if TYPE_CHECKING:
    from reviews.models import Correspondent, Review, Round

LONGEST_TOOL = 60
MAILBOX = "CDSS mailbox"
NOTHING_NOW = "Nothing now. Keep the reference in the subject when you write to us."


@dataclass(frozen=True)
class Fact:
    """One line of the table of facts; `note` says why it is so."""

    term: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Block:
    """A part of the letter in somebody's own words, under a heading."""

    heading: str
    text: str


@dataclass(frozen=True)
class Letter:
    """One letter in the order in which it is read (PAGES, "Letters and mail").

    `subject` are the words between reference and tool; `do` is the one thing to do, with one
    link to the place where it is done.
    """

    subject: str
    news: str
    do: str
    link: str
    link_text: str
    next: str
    facts: list[Fact] = field(default_factory=list)
    words: list[Block] = field(default_factory=list)


def post(event: str, review: Review, to: Iterable[To], letter: Letter) -> Notice:
    """Put a letter into the outbox, once per event; part of the act's own transaction."""
    people = list(to)
    context = {
        "letter": letter,
        "facts": [*_standing_facts(review), *letter.facts],
        "contact": _contact(review, people),
    }
    return notices.tell(
        event,
        subject=review.proposal.subject,
        to=people,
        heading=f"{review.reference}: {letter.subject} – {_cut(tool(review))}",
        text=render_to_string("reviews/letters/letter.txt", context).strip() + "\n",
        html=render_to_string("reviews/letters/letter.html", context),
    )


def tool(review: Review) -> str:
    """The tool's name on one line, as the county wrote it."""
    return " ".join(review.proposal.title.split())


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST_TOOL else f"{name[: LONGEST_TOOL - 1].rstrip()}…"


def _standing_facts(review: Review) -> list[Fact]:
    return [
        Fact("Reference", review.reference),
        Fact("Tool", tool(review)),
        Fact("County", review.proposal.county.official_name),
    ]


def answer_date(period: Round) -> Fact:
    """By when CDSS answers, with the reasons of the date (ACL-4, ACL-6)."""
    if period.due is None:
        return Fact("CDSS answers by", "No date is set", " ".join(period.reasons))
    return Fact("CDSS answers by", day(period.due), " ".join(period.reasons))


def answer_promise(period: Round) -> str:
    """What CDSS does in the period, and by when."""
    answer = "approves it, asks for documents, or says why it does not approve it."
    if period.due is None:
        return f"CDSS reads it and {answer}"
    if period.due < clock.today():
        return f"The date to answer has passed already. CDSS {answer}"
    return f"By {day(period.due)}, CDSS {answer}"


def county_page(review: Review, below: str = "") -> str:
    """The address of the proposal for its county."""
    return f"{settings.SITE_URL}/proposals/{review.reference}/{below}"


def desk_page(review: Review, below: str = "") -> str:
    """The address of the proposal on CDSS's side."""
    return f"{settings.SITE_URL}/reviews/{review.reference}/{below}"


def _contact(review: Review, people: list[To]) -> str:
    letter = GoverningLetter.objects.current()
    if any(person.part in INSIDE for person in people):
        return county_contact(review)
    return (
        f"Reply to this email, or write to {letter.mailbox}. "
        f"It reaches the {letter.division} of CDSS."
    )


# Whom it goes to

INSIDE = (MAILBOX, "reviewer", "approver")


def county_people(review: Review) -> list[To]:
    """The county's current correspondents (ACL-8).

    Where nobody of the county has an email address the letter goes to CDSS's own mailbox, so
    that a person sees that it must go by post.
    """
    people = [person.address() for person in _correspondents(review)]
    if people:
        return people
    return mailbox("nobody of the county has an email address here: send this letter by post")


def _correspondents(review: Review) -> Iterable[Correspondent]:
    return review.correspondents.filter(ended_at__isnull=True)


def county_contact(review: Review) -> str:
    """Whom CDSS asks at the county: the program contact as it is now."""
    person = program_contact(review)
    if person is None:
        return f"{review.proposal.county.official_name} named no program contact."
    return (
        f"{person.name}, program contact of {review.proposal.county.official_name}: {person.email}"
    )


def program_contact(review: Review) -> Correspondent | None:
    """The county's program contact now; None where a logged proposal names none."""
    return next((one for one in _correspondents(review) if one.part == "program contact"), None)


def mailbox(why: str = "this mailbox hears of every proposal that arrives") -> list[To]:
    """The mailbox of CDSS where proposals are announced."""
    return [To(parseaddr(settings.INTAKE_EMAIL)[1], MAILBOX, MAILBOX, why)]


def staff(person: User, part: str, why: str) -> To:
    return To(person.email, person.name, part, why)


def reviewer(review: Review) -> list[To]:
    """Who reviews it; the mailbox while nobody does, or who did has left."""
    if review.assignee and review.assignee.is_active:
        return [staff(review.assignee, "reviewer", "you review this proposal")]
    return mailbox("nobody reviews this proposal now")


def approvers(but: User) -> list[To]:
    """All who may release what this person drafted; the mailbox where there is nobody else."""
    others = User.objects.filter(role=Role.APPROVER, is_active=True).exclude(pk=but.pk)
    people = [staff(one, "approver", "you release decisions of CDSS") for one in others]
    return people or mailbox("no approver but the person who drafted it can sign in")
