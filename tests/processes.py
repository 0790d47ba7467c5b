"""The portal's programs as they really run, on a test's database: started, killed, waited for."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import quote

from django.db import connection

ROOT = Path(__file__).resolve().parents[1]
# Below those that the system gives out by itself, of which one could go to somebody else between
# the look for a free one and the start of a program that opens it.
PORTS = range(20_000, 30_000)


def free_port() -> int:
    """A port of this machine that nobody has."""
    for port in random.SystemRandom().sample(PORTS, 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("No port of this machine is free.")


def until(what: Callable[[], object], seconds: float = 300) -> None:
    """Waits for what comes at once on an idle machine, and later on a busy one."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def database_url() -> str:
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    user, password, host = (quote(database[part], "") for part in ("USER", "PASSWORD", "HOST"))
    return f"postgres://{user}:{password}@{host}:{database['PORT']}/{database['NAME']}"


def environment(folder: Path, **variables: object) -> dict[str, str]:
    """What a program of the portal is given: the test's database, and a folder for its state."""
    return {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DEMO": "1",
        "VAR_DIR": str(folder / "var"),
        "DATABASE_URL": database_url(),
        **{name: str(value) for name, value in variables.items()},
    }


class Process:
    """A program of the portal in a group of its own; killed and started again on demand."""

    def __init__(self, given: dict[str, str], log: Path, *command: str) -> None:
        self.given, self.log, self.command = given, log, command
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                [sys.executable, *self.command],
                cwd=ROOT,
                env=self.given,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """Ends all of it at once, with no chance to tidy up."""
        with suppress(ProcessLookupError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()


def work_of_the_ended(process: subprocess.Popen) -> int:
    """What the children of a process did that ended so far, in ticks of the processor: the same on
    a busy machine as on an idle one."""
    stat = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return int(stat[13]) + int(stat[14])


class WebServer(Process):
    """The web server, up once it is made."""

    def __init__(self, folder: Path, **variables: object) -> None:
        self.port = free_port()
        given = environment(folder, PORT=self.port, **variables)
        collect = ["manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
        subprocess.run([sys.executable, *collect], cwd=ROOT, env=given, check=True)
        gunicorn = ("-m", "gunicorn", "--log-level", "warning", "portal.wsgi")
        super().__init__(given, folder / "web.log", *gunicorn)

    def start(self) -> None:
        super().start()
        try:
            until(self.is_up)
        except AssertionError:
            self.kill()
            raise

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def is_up(self) -> bool:
        wire = HTTPConnection("127.0.0.1", self.port, timeout=5)
        with suppress(OSError, HTTPException):
            wire.request("GET", "/health")
            return wire.getresponse().status == 200
        return False

    def kill_a_child(self, dice: random.Random) -> None:
        """Ends one of gunicorn's own processes; gunicorn starts another."""
        pid = self.popen.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if children:
            with suppress(ProcessLookupError):
                os.kill(int(dice.choice(children)), signal.SIGKILL)
