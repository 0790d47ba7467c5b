"""Statewide: whether the thirty days are kept, in 58 counties, at a glance and as files (ACL-6).

The months, the county and the count stand in the address, so that a page can be kept and sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from portal import clock, taking
from portal.access import reads_cases
from portal.spreadsheets import as_csv
from reviews import charts, figures, headlines, tabled
from reviews import map as county_map
from reviews.deadlines import ANSWER_DAYS
from reviews.figures import APPROVED, CONDITIONS, Answers, Figures
from reviews.forms.statewide import PLAIN, StatewideFilters, usual_spans
from reviews.leafing import address_of
from reviews.tallies import Span

FIRST_COUNTIES = 14


@dataclass(frozen=True)
class Drawn:
    """A figure of the page: the finding, what is measured, the drawing, its table and file."""

    key: str
    finding: str
    measure: str
    chart: charts.Chart | None
    table: tabled.Table
    file: str


@reads_cases
@require_safe
def statewide(request: HttpRequest) -> HttpResponse:
    """The tiles, the charts and the table of counties, for the months that the address names."""
    filters = StatewideFilters(request.GET)
    span = filters.span(clock.today())
    found = _counted(filters, span)
    shown, chosen = _recent(found), filters.chosen()
    everyone = "all" in request.GET or len(found.counties) <= FIRST_COUNTIES
    lines = found.counties[: None if everyone else FIRST_COUNTIES]
    context = {
        "filters": filters,
        "found": found,
        "span": span,
        "days": ANSWER_DAYS,
        "period": _in_words(span),
        "place": filters.official_names.get(span.county, ""),
        "lines": [(line, _address({**chosen, "county": line.number})) for line in lines],
        "drawings": _drawings(found, shown, chosen),
        "where": headlines.where(found),
        "map": county_map.drawn(found.counties),
        "links": _links(span, chosen, everyone=everyone),
        "usual": [
            (words, _address({**chosen, "from": f"{first:%Y-%m}", "to": f"{last:%Y-%m}"}))
            for words, first, last in usual_spans(span.today)
        ],
    }
    return render(request, "reviews/statewide/page.html", context | _tiles(found, shown))


def _tiles(found: Figures, shown: dict[date, Answers]) -> dict[str, Any]:
    """What the tiles tell: today's counts, the median of the last month and of the first."""
    known = [one for one in shown.items() if one[1].count]
    return {
        "now": {name: f"{found.total(name):,}" for name in ("open", "waiting", "soon", "overdue")},
        "late": found.latest_overdue,
        "whole": found.whole,
        "last": known[-1] if known else None,
        "before": known[0] if known else None,
    }


def _links(span: Span, chosen: dict[str, str], *, everyone: bool) -> dict[str, str]:
    """Where the page leads: its files, the other count, all counties, the queue."""
    return {
        "everything": _file(tabled.EVERYTHING, chosen),
        "counties": _file("counties", chosen),
        "all": "" if everyone else _address({**chosen, "all": "1"}) + "#counties",
        "count": _address({**chosen, "count": "" if span.plain else PLAIN}),
        "state": _address({**chosen, "county": ""}),
        "queue": f"{reverse('queue')}?{urlencode({'county': span.county})}",
    }


def _counted(filters: StatewideFilters, span: Span) -> Figures:
    counties = [one for one in filters.counties if span.county in ("", one[0])]
    return figures.counted(span, counties)


def _recent(found: Figures) -> dict[date, Answers]:
    """The last months that have come, as many as a chart has bars."""
    come = [month for month in found.months if month <= found.span.today]
    return {month: found.months[month] for month in come[-charts.MOST :]}


def _in_words(span: Span) -> str:
    first, last = f"{span.first:%B %Y}", f"{span.last:%B %Y}"
    return first if first == last else f"{first} to {last}"


def _drawings(found: Figures, shown: dict[date, Answers], chosen: dict[str, str]) -> list[Drawn]:
    """Each figure of the page, in its order."""
    waits = charts.columns([(f"{at:%b}", one.median) for at, one in shown.items()])
    shares = [(f"{at:%b}", one.percent) for at, one in shown.items()]
    ended = found.journey.ended
    ages = found.ages
    named = headlines.totals(found)
    most = max(named.values(), default=0)
    return [
        Drawn(key, finding, measure, chart, tabled.TABLES[key](found), _file(key, chosen))
        for key, finding, measure, chart in (
            ("waits", headlines.wait(shown), "Median days from receipt to answer", waits),
            (
                "outcomes",
                headlines.decisions(found.outcomes),
                f"{ended:,} proposal{'' if ended == 1 else 's'}, by outcome",
                charts.lines(list(found.outcomes.items()), (APPROVED, CONDITIONS)),
            ),
            (
                "in-time",
                headlines.in_time(found.whole),
                "Share notified within 30 days, by month",
                charts.columns(shares, "%", top=100),
            ),
            (
                "ages",
                headlines.ageing(ages),
                "Open proposals today, by day of their period",
                charts.lines(list(ages.items()), figures.AGES[3:]),
            ),
            (
                "methods",
                headlines.methods(found),
                f"Prohibited methods, received in {_years(found)}",
                charts.lines(
                    list(named.items()), [label for label in named if named[label] == most]
                ),
            ),
            ("journey", headlines.journey(found), "From first receipt to final outcome", None),
        )
    ]


def _years(found: Figures) -> str:
    first, last = min(found.methods), max(found.methods)
    return str(first) if first == last else f"{first} to {last}"


def _address(chosen: dict[str, str]) -> str:
    return address_of("statewide", chosen)


def _file(table: str, chosen: dict[str, str]) -> str:
    return address_of("export_statewide", chosen, table)


@reads_cases
@require_safe
def export_statewide(request: HttpRequest, table: str) -> HttpResponse:
    """One table of the page, or all of them, as CSV; that it was taken is on record."""
    if table not in tabled.FILES:
        raise Http404
    filters = StatewideFilters(request.GET)
    span = filters.span(clock.today())
    made = tabled.FILES[table](_counted(filters, span))
    name = f"statewide-{table}-{span.first:%Y-%m}-to-{span.last:%Y-%m}"
    answer = as_csv(name, made.titles, made.rows)
    data = {"table": table, "rows": len(made.rows), **filters.chosen()}
    taking.on_record("export statewide", by=request.user, data=data)
    return answer
