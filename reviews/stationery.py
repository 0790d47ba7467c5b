"""What every letter is written on: its parts in order, whom it goes to, and how it leaves.

A letter is written once, in plain words; text and HTML are two looks of the same parts, so that
they always say the same. `reviews/letters.py` holds the words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.template.loader import render_to_string

from portal import clock, notices
from portal.models import GoverningLetter, Notice, Role, User
from portal.notices import To
from portal.wording import after_a_request, day, time_of_day

if TYPE_CHECKING:
    from proposals.models import Proposal
    from reviews.models import Correspondent, Item, Request, Review, Round

LONGEST_TOOL = 60
MAILBOX, REVIEWER, APPROVER = "CDSS mailbox", "reviewer", "approver"


@dataclass(frozen=True)
class Fact:
    """One line of the table of facts; `note` says why, `strong` that the eye looks for it."""

    term: str
    value: str
    note: str = ""
    strong: bool = True


@dataclass(frozen=True)
class Draft:
    """A draft, as letters between colleagues speak of it: CDSS has no review of it yet."""

    proposal: Proposal
    label: str = "Draft"

    @property
    def reference(self) -> str:
        return self.proposal.reference


@dataclass(frozen=True)
class Known:
    """What an act has read already, so that its letters need not read it again: the county's
    correspondents now, and the governing letter."""

    people: Sequence[Correspondent] | None = None
    letter: GoverningLetter | None = None


NOTHING = Known()


@dataclass(frozen=True)
class Written:
    """A letter as it reads, before it is sent."""

    heading: str
    text: str
    html: str


def written(
    review: Review | Draft,
    people: list[To],
    *,
    subject: str,
    news: str,
    do: str,
    link: tuple[str, str],
    then: str,
    status: str = "",
    facts: Iterable[Fact] = (),
    words: Iterable[tuple[str, str]] = (),
    enclosed: tuple[str, str] | None = None,
    contact: str = "",
    known: Known = NOTHING,
) -> Written:
    """Write one letter, in the order in which it is read.

    `subject` stands between reference and tool. `do` is the one thing to do, `link` the words and
    the address of the one place to do it, `then` what happens next. `words` are somebody's own,
    each under a heading; `enclosed` is a text that comes whole, after the letter; `contact` is
    whom to ask, where that is neither CDSS nor the county's contact.
    """
    context = {
        "news": news,
        "facts": [
            Fact("Reference", review.reference),
            Fact("Tool", tool(review), strong=False),
            Fact("County", county(review), strong=False),
            Fact("Status", status or review.label, strong=False),
            *facts,
        ],
        "words": list(words),
        "do": do,
        "link_text": link[0],
        "link": link[1],
        "then": then,
        "contact": contact or _contact(review, people, known),
        "enclosed": enclosed,
    }
    return Written(
        heading=f"{review.reference}: {subject} – {_trimmed(tool(review))}",
        text=render_to_string("reviews/letters/letter.txt", context).strip() + "\n",
        html=render_to_string("reviews/letters/letter.html", context),
    )


def post(
    event: tuple[str, object], review: Review | Draft, to: Iterable[To], **parts: Any
) -> Notice:
    """Put one letter into the outbox; its `parts` are those of `written`.

    `event` names what happened and the period or thing it happened to: told again, nothing leaves.
    A letter about a draft is kept apart from those about the proposal, and its text is not kept.
    Must be called in the transaction of the act itself.
    """
    people = list(to)
    inside_county = isinstance(review, Draft)
    name, key = event
    letter = written(review, people, **parts)
    return notices.tell(
        f"{name}:{review.reference}:{key}",
        subject=("draft", review.reference) if inside_county else review.proposal.subject,
        to=people,
        heading=letter.heading,
        text=letter.text,
        html=letter.html,
        secret=inside_county,
    )


def _contact(review: Review, people: list[To], known: Known) -> str:
    if any(person.part in (MAILBOX, REVIEWER, APPROVER) for person in people):
        return _county_contact(review, known)
    letter = known.letter or GoverningLetter.objects.current()
    return (
        f"Reply to this email, or write to {letter.mailbox}. "
        f"It reaches the {letter.division} of CDSS."
    )


def _county_contact(review: Review, known: Known) -> str:
    person = program_contact(review, known)
    if person is None:
        return f"{county(review)} named no program contact."
    return f"{person.name}, program contact of {county(review)}: {person.email}"


# What the letters speak of


def tool(review: Review | Draft) -> str:
    """The tool's name on one line, as the county wrote it."""
    return " ".join(review.proposal.title.split())


def _trimmed(name: str) -> str:
    return name if len(name) <= LONGEST_TOOL else f"{name[: LONGEST_TOOL - 1].rstrip()}…"


def county(review: Review | Draft) -> str:
    return review.proposal.county.official_name


def came(review: Review) -> str:
    """How a logged proposal came, like " by email"; empty for one sent in the portal."""
    proposal = review.proposal
    in_the_portal = proposal.arrived_by == proposal.Arrived.PORTAL
    return "" if in_the_portal else f" {proposal.get_arrived_by_display()}"


def numbered(request: Request) -> Fact:
    """Which request it is."""
    words = f"Number {request.number}, of {day(request.asked_at)}"
    return Fact("Request", words, strong=False)


def given(item: Item) -> str:
    """How the county settled an item, without naming a file."""
    if item.state in (item.WAIVED, item.CANCELLED):
        return "CDSS does not need it any more."
    if item.because:
        words = "You keep the answer" if item.kind == item.ANSWER else "You don't have it"
        return f"{words}, because: {item.because}"
    return "You sent a document." if item.kind == item.DOCUMENT else "You changed the answer."


def at(period: Round) -> str:
    """When CDSS received what opened the period."""
    return f"{day(period.receipt_at)}, at {time_of_day(period.receipt_at)} PT"


def stopped(period: Round) -> Fact:
    """On which day the period stops that a request ends."""
    number = period.day_number(clock.today())
    of = f" of {period.days}" if number <= period.days else ""
    words = f"Stopped on day {number}{of}" if number else "Stopped on the day of receipt"
    return Fact("Thirty-day period", words, strong=False)


def answers_by(period: Round) -> Fact:
    """By when CDSS answers, with the reasons of the date (ACL-4, ACL-6)."""
    value = day(period.due) if period.due else "No date is set"
    itself = f"CDSS answers by {value}."
    return Fact("CDSS answers by", value, " ".join(why for why in period.reasons if why != itself))


def promise(period: Round) -> str:
    """What CDSS does in the period, and by when."""
    answer = "approves it, asks for documents, or says why it does not approve it."
    if period.due is None:
        return f"CDSS {answer}"
    if period.due < clock.today():
        return f"The date by which CDSS answers has passed already. CDSS {answer}"
    return f"By {day(period.due)}, CDSS {answer}"


def due(review: Review) -> list[Fact]:
    """By when CDSS answers, where a period runs."""
    return [Fact("CDSS answers by", day(review.due))] if review.due else []


def after_the_response() -> str:
    """What a response does to the clock, by CDSS's setting."""
    return (
        f"The thirty-day period has stopped. When you send your response, {after_a_request()}, "
        "and CDSS goes on with its review."
    )


def county_page(review: Review | Draft, below: str = "") -> str:
    """The address of the proposal for its county."""
    return f"{settings.SITE_URL}/proposals/{review.reference}/{below}"


def desk_page(review: Review, below: str = "") -> str:
    """The address of the proposal on CDSS's side."""
    return f"{settings.SITE_URL}/reviews/{review.reference}/{below}"


def queue_page() -> str:
    """The address of CDSS's queue."""
    return f"{settings.SITE_URL}/reviews/"


# Whom they go to


def correspondents(review: Review, known: Known = NOTHING) -> list[To]:
    """The people of the county who get its letters now (ACL-8).

    Where none has an email address the letter goes to CDSS's own mailbox, so that a person sees
    that it must go by post.
    """
    people = [person.address() for person in _current(review, known)]
    return people or mailbox(
        "nobody of the county has an email address here, so this letter must go by post"
    )


def program_contact(review: Review, known: Known = NOTHING) -> Correspondent | None:
    """The county's program contact now; None where a logged proposal names none."""
    current = _current(review, known)
    return next((one for one in current if one.part == one.Part.PROGRAM), None)


def _current(review: Review, known: Known) -> Iterable[Correspondent]:
    if known.people is not None:
        return known.people
    return review.correspondents.filter(ended_at__isnull=True)


def mailbox(why: str = "this is where CDSS hears of every proposal") -> list[To]:
    """The mailbox of CDSS where proposals are announced."""
    return [To(parseaddr(settings.INTAKE_EMAIL)[1], MAILBOX, MAILBOX, why)]


def reviewer(person: User | None, why: str = "you review this proposal") -> list[To]:
    """One reviewer; the mailbox where there is none, or who it was left or reviews no more."""
    if person and person.is_active and person.is_reviewer:
        return [To(person.email, person.name, REVIEWER, why)]
    return mailbox("nobody at CDSS reviews this proposal now")


def approvers(but: User) -> list[To]:
    """All who may release what this person drafted; the mailbox where there is nobody else."""
    others = User.objects.filter(role=Role.APPROVER, is_active=True).exclude(pk=but.pk)
    why = "you release decisions of CDSS"
    people = [To(one.email, one.name, APPROVER, why) for one in others]
    return people or mailbox("no approver besides the person who drafted it can sign in")
