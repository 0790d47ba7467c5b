"""What the statewide figures say, in words: the title of each chart, worked out from its figures.

A title claims nothing that too few cases could not bear.
"""

from __future__ import annotations

from datetime import date

from portal.wording import days
from reviews.figures import AGES, APPROVED, CONDITIONS, PROHIBITED, Answers, Figures

FEW = 5
LARGEST = 10
CLOSE = 0.012
FRACTIONS = (
    (1 / 10, "one in ten"),
    (1 / 5, "one in five"),
    (1 / 4, "one in four"),
    (1 / 3, "one in three"),
    (2 / 5, "two in five"),
    (1 / 2, "half"),
    (3 / 5, "three in five"),
    (2 / 3, "two in three"),
    (3 / 4, "three in four"),
    (4 / 5, "four in five"),
    (9 / 10, "nine in ten"),
)
WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def some(number: int) -> str:
    """A small number as a word."""
    return WORDS[number] if number < len(WORDS) else f"{number:,}"


def fraction(part: int, whole: int, things: str) -> str:
    """Nearly four in five decisions; half of all decisions; nearly all decisions."""
    share = part / whole
    if share > 0.94:
        return f"nearly all {things}"
    if share < 0.08:
        return f"fewer than one in ten {things}"
    near, words = min(FRACTIONS, key=lambda one: abs(one[0] - share))
    words += f" of all {things}" if words == "half" else f" {things}"
    if abs(near - share) <= CLOSE:
        return words
    return f"nearly {words}" if share < near else f"more than {words}"


def verb(subject: str, one: str, many: str) -> str:
    """The subject with its verb: one in five is, four in five are."""
    is_one = "one in" in subject and not subject.startswith("fewer")
    return f"{sentence(subject)} {one if is_one else many}"


def sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def wait(shown: dict[date, Answers]) -> str:
    """How long counties wait, and how that moved over the months shown."""
    known = [(month, one) for month, one in shown.items() if one.count]
    if not known:
        return "No answer was given in these months"
    month, last = known[-1]
    _, first = known[0]
    if len(known) == 1:
        return f"In {month:%B} counties waited {days(last.median)}"
    if min(first.count, last.count) < FEW:
        return "Too few answers to tell how the wait moved"
    if last.median == first.median:
        return f"Counties wait {days(last.median)}, as in {known[0][0]:%B}"
    way = "down" if last.median < first.median else "up"
    return f"Counties wait {days(last.median)}, {way} from {first.median}"


def in_time(whole: Answers) -> str:
    """How many periods ended in time."""
    if not whole.settled:
        return "No answer was due in these months"
    if whole.settled < FEW:
        return f"Too few answers to tell: {whole.in_time} of {whole.settled} in time"
    if whole.in_time == whole.settled:
        return "Every county is told within 30 days"
    if not whole.in_time:
        return "No county was told within 30 days"
    if whole.percent >= 94:
        return "Nearly every county is told within 30 days"
    subject = fraction(whole.in_time, whole.settled, "answers")
    return verb(subject, "comes within 30 days", "come within 30 days")


def decisions(outcomes: dict[str, int]) -> str:
    """How many of the proposals that ended were approved."""
    whole, approved = sum(outcomes.values()), outcomes[APPROVED] + outcomes[CONDITIONS]
    if not whole:
        return "No proposal ended in these months"
    if whole < FEW:
        return f"Too few to tell: {approved} of {whole} approved"
    if approved == whole:
        return f"All {whole:,} are approvals"
    if not approved:
        return f"None of {whole:,} is an approval"
    return verb(fraction(approved, whole, "outcomes"), "is an approval", "are approvals")


def ageing(ages: dict[str, int]) -> str:
    """What is old among the open proposals."""
    beyond, near = ages[AGES[4]], ages[AGES[3]]
    if not sum(ages.values()):
        return "Nothing is open"
    if beyond:
        verb = "has" if beyond == 1 else "have"
        return f"{sentence(some(beyond))} {verb} waited for more than 30 days"
    if near:
        verb = "is" if near == 1 else "are"
        return f"{sentence(some(near))} {verb} past day 25"
    return "Nothing open is past day 25"


def methods(figures: Figures) -> str:
    """Which prohibited method was named most."""
    counts = totals(figures)
    named, most = sum(figures.named.values()), max(counts.values(), default=0)
    if not named:
        return "No proposal named a prohibited method"
    first = [label for label, count in counts.items() if count == most]
    if named < FEW or len(first) > 1:
        word = "proposal" if named == 1 else "proposals"
        return f"{sentence(some(named))} {word} named a prohibited method"
    return f"Named most: software that {first[0][:1].lower()}{first[0][1:]}"


def totals(figures: Figures) -> dict[str, int]:
    """How often each prohibited method was named, over the years shown."""
    return {
        label: sum(year[key] for year in figures.methods.values())
        for key, label in PROHIBITED.items()
    }


def journey(figures: Figures) -> str:
    """How long proposals took to their end."""
    found = figures.journey
    if not found.ended:
        return "No proposal ended in these months"
    if found.ended < FEW:
        return "Too few ended to tell how long it takes"
    return f"Half of all proposals end within {days(found.median)}"


def where(figures: Figures) -> str:
    """From where proposals come."""
    lines = figures.counties
    whole = figures.total("received")
    sent = sum(1 for line in lines if line.standing.received)
    if not sent and len(lines) > 1:
        return "No county sent a proposal in these months"
    if len(lines) == 1:
        word = "proposal" if whole == 1 else "proposals"
        return f"{lines[0].name} sent {some(whole)} {word}"
    largest = sorted(lines, key=lambda line: -line.population)[:LARGEST]
    theirs = sum(line.standing.received for line in largest)
    if whole >= 4 * FEW and theirs:
        share = "all proposals" if theirs == whole else fraction(theirs, whole, "proposals")
        return f"The ten largest counties sent {share}"
    return f"{sentence(some(sent))} of {len(lines)} counties sent a proposal"
