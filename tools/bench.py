"""`make bench`: how long the portal's pages take, in a table and in var/bench.json.

    python tools/bench.py [--rows 1000 10000 100000] [--runs 30] [--output var/bench.json]

On the database in use (DATABASE_URL, else SQLite), in a database of its own that is removed
afterwards. Every page is served by gunicorn as in production and asked for by the person whose page
it is; its ratio is to the median of its bare twin (`bench_twins.py`) in the same run, and of a list
also to that of a bare one that says one number only.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tools.bench_browser import Seen
    from tools.bench_pages import Page
    from tools.bench_server import Line

ROOT = Path(__file__).resolve().parent.parent
WARM_UP = 3
ROWS = [1_000, 10_000, 100_000]
AT_ONCE, SENT_AT_ONCE = 40, 20  # How often the four clients together ask for a page, or send it.


@dataclass(frozen=True)
class Figure:
    """What was measured of one page."""

    page: str
    rows: int
    median_ms: float
    p95_ms: float
    queries: int
    bytes: int
    ratio: float
    ratio_one_count: float | None
    # Answers a second when four clients ask at once, and what the web process holds afterwards.
    per_second: float
    memory_mb: float
    # Of pages that a browser opened: requests, transfer, warm_requests, lcp_ms, cls.
    seen: "Seen | None" = None

    def as_row(self) -> dict[str, Any]:
        """The figures side by side, as var/bench.json lists them."""
        row = asdict(self)
        return row | (row.pop("seen") or {})


def main() -> None:
    asked = arguments()
    var = Path(os.environ.get("VAR_DIR") or ROOT / "var").absolute()
    var.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=var) as folder:
        prepare(Path(folder))
        figures: list[Figure] = []
        for rows in asked.rows:
            with database_of_its_own(Path(folder)):
                found = measure(rows, asked.runs, Path(folder), browser=not figures)
            show(found)
            figures += found
    asked.output.parent.mkdir(parents=True, exist_ok=True)
    asked.output.write_text(json.dumps([one.as_row() for one in figures], indent=2) + "\n")
    print(f"\nWritten to {asked.output}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measures the portal's pages.")
    parser.add_argument(
        "--rows", type=int, nargs="+", default=ROWS, help="proposals in the database, each in turn"
    )
    parser.add_argument("--runs", type=int, default=30, help="times each page is asked for")
    parser.add_argument("--output", type=Path, default=ROOT / "var" / "bench.json")
    asked = parser.parse_args()
    if min(asked.rows) < 1 or asked.runs < 1:
        parser.error("Give --rows and --runs a number from 1.")
    return asked


def prepare(folder: Path) -> None:
    """A demonstration whose files, mails and key lie in a folder that goes afterwards."""
    import django
    from django.conf import settings
    from django.core.management import call_command

    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DEMO": "1",
        "VAR_DIR": str(folder),
        "EMAIL_URL": f"eml://{folder}/mail",
    }
    # A production's own key has no place in a demonstration.
    os.environ.pop("SECRET_KEY", None)
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    django.setup()
    call_command("collectstatic", verbosity=0, interactive=False)
    settings.ROOT_URLCONF = "tools.bench_twins"
    settings.LOGGING_CONFIG = None


@contextmanager
def database_of_its_own(folder: Path) -> Iterator[None]:
    """An empty database on the engine in use, as Django makes one for tests; gone afterwards."""
    from django.db import connection

    own = connection.settings_dict
    name = folder / "bench.sqlite3" if connection.vendor == "sqlite" else f"bench_{own['NAME']}"
    own["TEST"]["NAME"] = str(name)
    before = own["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


def measure(rows: int, runs: int, folder: Path, *, browser: bool) -> list[Figure]:
    """All pages over so many proposals; `browser` when a browser opens them, too."""
    from django.core.management import call_command

    from tools import bench_browser, bench_data, bench_pages, bench_server
    from tools.bench_server import Line

    call_command("load_demo", stdout=StringIO())
    began = time.perf_counter()
    drafts, decidable, copied = bench_data.fill(rows, spare=WARM_UP + runs + SENT_AT_ONCE + 2)
    took = time.perf_counter() - began
    settle()
    there = bench_pages.proposals()
    print(
        f"\n{there} proposals, {copied} rows copied in {took:.1f} s: {there / took:.0f} a second."
    )
    pages = bench_pages.Pages(drafts, decidable)
    figures = []
    with bench_server.served(folder) as server:
        places = pages.in_a_browser() if browser else {}
        in_browser = bench_browser.measure(places, server.home) if places else {}
        twins = pages.twins()
        for page in pages.all():
            peers = [page.twin, bench_pages.ONE_COUNT][: 2 if page.twin == bench_pages.LIST else 1]
            asked_for = [page, *(twins[name] for name in peers)]
            lines = [(one, Line(server, one.session())) for one in asked_for]
            times, *bare = timed(lines, runs)
            queries, size = page.weighed(WARM_UP + runs)
            often = SENT_AT_ONCE if page.forms else AT_ONCE
            asked = [page.asked(WARM_UP + runs + 1 + number) for number in range(often)]
            per_second = bench_server.at_once(server, page.session(), asked)
            median = statistics.median(times)
            ratios = [round(median / statistics.median(one), 2) for one in bare]
            figures.append(
                Figure(
                    page=page.name,
                    rows=there,
                    median_ms=round(median * 1000, 2),
                    p95_ms=round(percentile(times, 95) * 1000, 2),
                    queries=queries,
                    bytes=size,
                    ratio=ratios[0],
                    ratio_one_count=ratios[1] if ratios[1:] else None,
                    per_second=per_second,
                    memory_mb=server.memory_mb,
                    seen=in_browser.get(page.name),
                )
            )
    return figures


def settle() -> None:
    """Wait until the database has its statistics, and on PostgreSQL the data on disk: a millisecond
    that it spends on writing five million rows is no page's."""
    from django.db import DatabaseError, connection

    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.execute("ANALYZE")
            return
        cursor.execute("VACUUM ANALYZE")
        with suppress(DatabaseError):  # Who may not ask for it has it done in the end.
            cursor.execute("CHECKPOINT")


def timed(lines: "Sequence[tuple[Page, Line]]", runs: int) -> list[list[float]]:
    """Seconds of each run of a page and of its twins, in turns, so that all meet the same noise.

    Asked over HTTP by one client, and read to the end. The runs that warm up are not counted.
    """
    times: list[list[float]] = [[] for _ in lines]
    for number in range(WARM_UP + runs):
        for (one, line), seconds in zip(lines, times, strict=True):
            began = time.perf_counter()
            line.ask(one.asked(number))
            seconds.append(time.perf_counter() - began)
    return [seconds[WARM_UP:] for seconds in times]


def percentile(times: list[float], percent: int) -> float:
    """The time within which that many of a hundred runs were done."""
    place = -(-len(times) * percent // 100)
    return sorted(times)[place - 1]


def show(figures: list[Figure]) -> None:
    from tools import bench_browser

    print(
        f"\n{'page':16}{'median':>9}{'p95':>9}{'queries':>9}{'bytes':>11}{'ratio':>8}"
        f"{'one count':>11}{'a second':>10}{'MB':>8}"
    )
    for one in figures:
        barest = "" if one.ratio_one_count is None else f"{one.ratio_one_count:.2f}"
        print(
            f"{one.page:16}{one.median_ms:9.1f}{one.p95_ms:9.1f}{one.queries:9}"
            f"{one.bytes:11,}{one.ratio:8.2f}{barest:>11}{one.per_second:10.1f}{one.memory_mb:8.1f}"
        )
    if seen := {one.page: one.seen for one in figures if one.seen}:
        bench_browser.show(seen)


if __name__ == "__main__":
    main()
