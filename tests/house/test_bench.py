"""`make bench`: the figures it writes are whole and believable, and nobody's data is touched."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.plugins.browser import NO_CHROMIUM, chromium

ROOT = Path(__file__).resolve().parents[2]
KEYS = ["page", "rows", "median_ms", "p95_ms", "queries", "bytes", "ratio"]
SERVED = ["ratio_one_count", "per_second", "memory_mb"]
SEEN = ["requests", "transfer", "warm_requests", "lcp_ms", "cls"]
OPENED = {"home", "section", "send-page", "proposal", "queue", "review"}
LISTS = {
    "queue-filtered",
    "queue-last",
    "search",
    "search-common",
    "statewide",
    "register",
    "export",
}
POSTS = {"send", "decide"}
ROWS, RUNS = 120, 2


def bench(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
    kept = {name: os.environ[name] for name in ("PATH", "DATABASE_URL") if name in os.environ}
    return subprocess.run(
        [sys.executable, "tools/bench.py", *arguments],
        cwd=ROOT,
        env={**kept, "VAR_DIR": str(folder), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a small run, and what it printed.

    On SQLite the database in use is one that can't be read: it isn't even opened.
    """
    folder = tmp_path_factory.mktemp("bench")
    own = folder / "own.sqlite3"
    own.write_text("someone's data")
    url = f"sqlite:///{own}"
    if theirs := os.environ.get("DATABASE_URL"):
        # Of two workers at once each has a database of its own.
        parts, worker = urlsplit(theirs), os.environ.get("PYTEST_XDIST_WORKER", "alone")
        url = parts._replace(path=f"{parts.path}_{worker}").geturl()
    output = str(folder / "bench.json")
    done = bench(
        folder,
        "--rows",
        str(ROWS),
        "--runs",
        str(RUNS),
        "--output",
        output,
        DATABASE_URL=url,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, done.stdout


def test_the_figures_have_the_shape_that_others_rely_on(run):
    figures = json.loads((run[0] / "bench.json").read_text())
    assert {figure["page"] for figure in figures} >= OPENED | LISTS | POSTS
    assert all(list(figure) in (KEYS + SERVED, KEYS + SERVED + SEEN) for figure in figures)
    assert len({figure["page"] for figure in figures}) == len(figures)


def test_the_figures_are_believable(run):
    for figure in json.loads((run[0] / "bench.json").read_text()):
        assert figure["rows"] == ROWS
        assert 0 < figure["median_ms"] <= figure["p95_ms"] < 30_000
        assert figure["ratio"] > 0
        is_list = figure["page"] in LISTS | {"queue", "home"}
        assert (figure["ratio_one_count"] is not None) == is_list
        assert figure["per_second"] > 0
        assert 20 < figure["memory_mb"] < 500
        assert figure["queries"] > 1
        # What is sent is answered by the address of another page.
        least = 0 if figure["page"] in POSTS else 1000
        assert figure["bytes"] >= least


def test_what_a_browser_loads_stays_within_the_budgets(run):
    """Counts and sizes, which no busy machine changes; the time to read is for the eye."""
    if not chromium():
        pytest.skip(NO_CHROMIUM)
    figures = json.loads((run[0] / "bench.json").read_text())
    opened = {figure["page"]: figure for figure in figures if "requests" in figure}
    assert set(opened) == OPENED
    for page, figure in opened.items():
        assert 3 <= figure["requests"] <= 5, page
        assert figure["warm_requests"] == 1, page
        assert 5_000 < figure["transfer"] <= 60 * 1024, page
        assert figure["cls"] <= 0.05, page
        assert figure["lcp_ms"] > 0, page
    assert "\nbudget " in run[1]


def test_the_table_shows_every_page_and_the_speed_of_filling(run):
    folder, said = run
    assert f"{ROWS} proposals" in said and "a second" in said
    for figure in json.loads((folder / "bench.json").read_text()):
        assert f"\n{figure['page']} " in said


def test_nobodys_data_is_touched_and_nothing_is_left_but_the_figures(run):
    assert {path.name for path in run[0].iterdir()} == {"bench.json", "own.sqlite3"}
    assert (run[0] / "own.sqlite3").read_text() == "someone's data"


@pytest.mark.parametrize("odd", [("--rows", "0"), ("--runs", "-1"), ("--rows", "many")])
def test_an_odd_number_is_refused_in_words(odd, tmp_path):
    done = bench(tmp_path, *odd)
    assert done.returncode == 2
    assert odd[0] in done.stderr
    assert list(tmp_path.iterdir()) == []
