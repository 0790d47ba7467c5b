"""From a fresh clone to a running portal: the locks, the commands, and how they end."""

import os
import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from portal.demonstration import ACCOUNTS, PASSWORD
from tests.processes import ROOT, free_port, work_of_the_ended

LOCKS = ("base", "dev", "embedded")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def locked(name: str) -> set[str]:
    """The lines "package==version" of a lock."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return set(re.findall(r"^[a-z0-9._-]+==[^ ]+", text, re.MULTILINE))


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_versions_and_hashes_and_no_host(name):
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    assert "://" not in text and "index" not in text
    for entry in re.split(r"\n(?=\S)", text.strip()):
        assert re.match(r"[a-z0-9._-]+==\S+", entry) and "--hash=sha256:" in entry, entry


def test_the_locks_agree_and_hold_every_direct_dependency():
    assert locked("base") <= locked("dev") & locked("embedded")
    wanted = {
        "base": PROJECT["project"]["dependencies"],
        "dev": PROJECT["dependency-groups"]["dev"],
        "embedded": PROJECT["dependency-groups"]["embedded"],
    }
    for name, lines in wanted.items():
        there = {line.partition("==")[0] for line in locked(name)}
        assert {re.match(r"[a-z0-9-]+", line)[0] for line in lines} <= there


def test_every_direct_dependency_has_its_reason_beside_it():
    text = (ROOT / "pyproject.toml").read_text().partition("[tool.")[0]
    lines = [line for line in text.splitlines() if re.match(r'  "', line)]
    assert lines and all(re.search(r'", +# \w.{9,}', line) for line in lines)


def test_an_old_python_is_named_and_refused(monkeypatch, capsys):
    monkeypatch.syspath_prepend(ROOT / "tools")
    import environment

    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(SystemExit, match=r"^Python 3\.11 or newer is needed"):
        environment.refuse_unfit_python()


def test_a_python_without_venv_is_named_and_refused(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    import environment

    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="lacks its module venv: install it"):
        environment.refuse_unfit_python()


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen]]:
    """portal(**variables) is `make run` on a free port, with a folder for its state that lasts
    through the test. Without DATABASE_URL: these tests are of the embedded database."""
    started: list[subprocess.Popen] = []
    port = str(free_port())

    def run(**variables: str) -> subprocess.Popen:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        process = subprocess.Popen(
            [sys.executable, "tools/run.py"],
            cwd=ROOT,
            env={**kept, "PORT": port, "VAR_DIR": str(tmp_path / "var"), **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        process.port = int(port)
        started.append(process)
        return process

    yield run
    for process in started:
        process.terminate()
        process.communicate(timeout=120)


def greeting(process: subprocess.Popen) -> str:
    """What `make run` says up to the last of the demonstration accounts."""
    said = ""
    for line in process.stdout:
        said += line
        if ACCOUNTS[-1].email in line:
            return said
    pytest.fail(f"The portal did not start:\n{said}{process.stderr.read()}")


def answers(process: subprocess.Popen) -> bool:
    connection = HTTPConnection("127.0.0.1", process.port, timeout=5)
    try:
        connection.request("GET", "/accounts/login/")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def children(process: subprocess.Popen) -> dict[str, int]:
    """The web server and the worker, by the last words of their commands."""
    listed = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(process.pid)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = (line.split(maxsplit=1) for line in listed.splitlines())
    return {args.split()[-1]: int(pid) for pid, args in found}


@pytest.mark.process
@pytest.mark.sqlite
def test_the_portal_starts_from_nothing_and_again_with_its_data(portal, tmp_path):
    first = portal()
    said = greeting(first)
    from_nothing = work_of_the_ended(first)
    assert f"http://127.0.0.1:{first.port}" in said and PASSWORD in said
    assert all(account.email in said for account in ACCOUNTS)
    assert answers(first)
    key = (tmp_path / "var" / "demo-secret-key").read_text()

    first.send_signal(signal.SIGINT)
    assert first.wait(120) == 0
    assert not answers(first)

    second = portal()
    said = greeting(second)
    # What is there already is looked at, not made once more.
    assert work_of_the_ended(second) < from_nothing / 2
    assert "Loading" not in said and "Setting up" not in said
    assert answers(second)
    assert (tmp_path / "var" / "demo-secret-key").read_text() == key

    third = portal()
    assert third.wait(120) == 1
    assert third.stderr.read().startswith(f"Port {first.port} is in use")

    # When one of the two dies, the other doesn't pretend that all is well.
    os.kill(children(second)["run_worker"], signal.SIGKILL)
    assert second.wait(120) == 1
    assert not answers(second)
    assert "The worker ended by itself" in second.stderr.read()


@pytest.mark.process
@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"SECRET_KEY": "x" * 60}, "Unset DEMO or SECRET_KEY"),
        ({"EMAIL_URL": "pigeon://roof"}, "Set EMAIL_URL"),
        ({"PORT": "http"}, "Set PORT"),
    ],
)
def test_a_bad_setting_stops_make_run_with_its_sentence(variables, sentence, portal):
    process = portal(**variables)
    said, complained = process.communicate(timeout=120)
    assert process.returncode == 1
    assert complained.startswith(sentence) and complained.count("\n") == 1 and not said
