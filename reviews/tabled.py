"""The statewide figures as tables: beside each chart on the page, and as files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from portal.spreadsheets import Value
from reviews.figures import PROHIBITED, Figures, Number

EVERYTHING = "everything"


@dataclass(frozen=True)
class Table:
    """What the rows are, their titles, and the rows; the first cell names the row."""

    caption: str
    titles: Sequence[str]
    rows: list[Sequence[Value]]

    @property
    def lines(self) -> list[tuple[Value, list[tuple[str, Value]]]]:
        """Each row as its name, and its values with their titles."""
        titles = self.titles[1:]
        return [(name, list(zip(titles, values, strict=True))) for name, *values in self.rows]


def cell(number: Number) -> Value:
    """A number as a cell holds it: half a day as 17.5, nothing as an empty cell."""
    return str(number) if isinstance(number, float) else number


def waits(figures: Figures) -> Table:
    return Table(
        "Median days from receipt to answer, by month of the answer",
        ("Month", "Answers", "Median days"),
        [(f"{at:%B %Y}", one.count, cell(one.median)) for at, one in figures.months.items()],
    )


def in_time(figures: Figures) -> Table:
    return Table(
        "Notified within 30 days, by month",
        ("Month", "Periods", "In time", "Percent"),
        [
            (f"{at:%B %Y}", one.settled, one.in_time, one.percent)
            for at, one in figures.months.items()
        ],
    )


def outcomes(figures: Figures) -> Table:
    return Table("Outcomes", ("Outcome", "Proposals"), list(figures.outcomes.items()))


def ages(figures: Figures) -> Table:
    return Table("Open proposals by age", ("Age", "Proposals"), list(figures.ages.items()))


def methods(figures: Figures) -> Table:
    rows: list[Sequence[Value]] = []
    for year, counts in sorted(figures.methods.items()):
        rows += [(f"{year}: {_inside(label)}", counts[key]) for key, label in PROHIBITED.items()]
        rows.append((f"{year}: any of them", figures.named[year]))
    return Table("Prohibited methods by year of receipt", ("Year and method", "Proposals"), rows)


def _inside(label: str) -> str:
    """A label within a line: CMIPS keeps its capitals."""
    return label[:1].lower() + label[1:]


def journey(figures: Figures) -> Table:
    found, periods = figures.journey, figures.journey.periods
    return Table(
        "From first receipt to final outcome",
        ("Of the proposals that ended", "Figure"),
        [
            ("Decided or withdrawn", found.ended),
            ("Median days from first receipt", cell(found.median)),
            ("Longest, in days", found.longest),
            ("Thirty-day periods each", found.periods_each),
            ("Most periods of one", max(periods.most, 1) if found.ended else None),
            ("With more than one period", periods.second),
            ("Requests after day 25", periods.late_requests),
            ("Voided periods", periods.voided),
        ],
    )


def counties(figures: Figures) -> Table:
    return Table(
        "By county",
        ("County", "Received", "Open", "Overdue", "Median days", "Percent within 30 days"),
        [
            (
                line.name,
                line.standing.received,
                line.standing.open,
                line.standing.overdue,
                cell(line.answers.median),
                line.answers.percent,
            )
            for line in figures.counties
        ],
    )


TABLES: dict[str, Callable[[Figures], Table]] = {
    "waits": waits,
    "in-time": in_time,
    "outcomes": outcomes,
    "ages": ages,
    "methods": methods,
    "journey": journey,
    "counties": counties,
}


def everything(figures: Figures) -> Table:
    """All tables in one, a line for each figure, for a spreadsheet to pivot."""
    rows = list(_each(figures))
    return Table("All statewide figures", ("Table", "Line", "Figure", "Value"), rows)


def _each(figures: Figures) -> Iterator[Sequence[Value]]:
    for made in TABLES.values():
        table = made(figures)
        for line, values in table.lines:
            for title, value in values:
                yield table.caption, line, title, value


FILES = {**TABLES, EVERYTHING: everything}
