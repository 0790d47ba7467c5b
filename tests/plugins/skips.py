"""Which tests are skipped, and with --strict-skips, which may be.

A test marked `postgres` or `sqlite` is skipped on the other database. Under --strict-skips, which
CI passes, a run fails when it executed no test at all, or skipped one for any other reason.
"""

import pytest
from django.conf import settings

# The only reasons that CI accepts, with why each is no hole.
ALLOWED = {
    "only on PostgreSQL": "CI runs it in the PostgreSQL run",
    "only on SQLite": "CI runs it in the SQLite run",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--strict-skips", action="store_true", help="fail on an unexpected skip or an empty run"
    )


def pytest_configure(config: pytest.Config) -> None:
    # Only the process that reports judges: a worker of xdist sees a part of the tests.
    if config.getoption("--strict-skips") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(StrictSkips())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    on_postgres = "postgresql" in settings.DATABASES["default"]["ENGINE"]
    marker, reason = (
        ("sqlite", "only on SQLite") if on_postgres else ("postgres", "only on PostgreSQL")
    )
    for item in items:
        if item.get_closest_marker(marker):
            item.add_marker(pytest.mark.skip(reason=reason))


class StrictSkips:
    """Counts what ran, and collects the skips without an accepted reason."""

    def __init__(self) -> None:
        self.executed = 0
        self.unexpected: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped:
            self.note(report)
        elif report.when == "call":
            self.executed += 1

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.note(report)

    def note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        reason = getattr(report, "wasxfail", None) or skip_reason(report)
        if reason not in ALLOWED:
            self.unexpected.append(f"{report.nodeid}: {reason}")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.unexpected or not self.executed:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for line in self.unexpected:
            terminalreporter.write_line(f"SKIPPED WITHOUT AN ACCEPTED REASON: {line}", red=True)
        if not self.executed:
            terminalreporter.write_line("NO TEST WAS EXECUTED", red=True)


def skip_reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    words = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return words.removeprefix("Skipped: ")
