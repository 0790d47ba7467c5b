"""The tests on another day: `--on 2029-12-14`, or with an hour, `--on 2027-03-14T01:45`.

A test that counts on a weekday, on a year or on an office day fails on another, for everybody. With
this option the whole run believes that it is then, in California, and time goes on from there. It
moves the clock of the tests' own process: browsers and programs that they start keep the real one,
so leave those out, with `-m "not process and not browser"`.
"""

from datetime import datetime

import pytest
import time_machine

from portal import clock


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--on", metavar="DAY", help="run as if it were that day in California")


def pytest_configure(config: pytest.Config) -> None:
    if day := config.getoption("--on"):
        then = datetime.fromisoformat(day).replace(tzinfo=clock.PACIFIC)
        travel = time_machine.travel(then, tick=True)
        travel.start()
        config.add_cleanup(travel.stop)
