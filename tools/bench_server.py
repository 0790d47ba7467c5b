"""The benchmark's database behind a gunicorn, as in production: four clients at once; memory."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
CLIENTS = 4
Asked = tuple[str, Mapping[str, Any] | None]  # an address, and the form sent there, if any
CSRF = "benchmark" * 3 + "token"  # 32 letters; cookie and field must be the same, no more.


@dataclass(frozen=True)
class Served:
    """A running server: where it answers, and which process it is."""

    home: str
    pid: int

    @property
    def memory_mb(self) -> float:
        """The memory of its largest process, in MB."""
        return max(resident(pid) for pid in (self.pid, *children(self.pid)))


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """A gunicorn over the benchmark's database."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "--log-level", "warning", "tools.bench_wsgi"]
    server = subprocess.Popen(
        [*command, "--bind", f"127.0.0.1:{port}"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database_url(), "VAR_DIR": str(folder)},
    )
    try:
        wait_for(port, server)
        yield Served(f"http://127.0.0.1:{port}", server.pid)
    finally:
        server.terminate()
        server.wait(timeout=30)


def wait_for(port: int, server: subprocess.Popen) -> None:
    end = time.monotonic() + 60
    while server.poll() is None and time.monotonic() < end:
        try:
            asked = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            asked.request("GET", "/health")
            asked.getresponse().read()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("The server of the benchmark did not start.")


def database_url() -> str:
    """The benchmark's own database, for another process."""
    own: Mapping[str, Any] = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{own['NAME']}"
    person = f"{quote(own['USER'])}:{quote(own['PASSWORD'])}@" if own["USER"] else ""
    port = f":{own['PORT']}" if own["PORT"] else ""
    return f"postgres://{person}{quote(own['HOST'], safe='')}{port}/{quote(own['NAME'])}"


class Line:
    """One client's connection, kept open, with the session of whoever is signed in."""

    def __init__(self, server: Served, session: str) -> None:
        self.home = server.home
        self.line = http.client.HTTPConnection(server.home.removeprefix("http://"), timeout=120)
        cookies = {settings.SESSION_COOKIE_NAME: session, settings.CSRF_COOKIE_NAME: CSRF}
        told = "; ".join(f"{name}={value}" for name, value in cookies.items())
        self.headers = {"Cookie": told, "Accept-Encoding": "gzip"}

    def ask(self, asked: Asked) -> None:
        """Asks once and reads the answer to its end. Stops the benchmark when it is no success."""
        url, form = asked
        if form is None:
            self.line.request("GET", url, headers=self.headers)
        else:
            body = urlencode({**form, "csrfmiddlewaretoken": CSRF})
            kind = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.home}
            self.line.request("POST", url, body, {**self.headers, **kind})
        answer = self.line.getresponse()
        answer.read()
        if answer.status != (200 if form is None else 302):
            raise SystemExit(f"{url} answers {answer.status}.")


def at_once(server: Served, session: str, asked: Sequence[Asked]) -> float:
    """Answers a second when four clients ask at once, each its share of these, one by one."""
    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as clients:
        shares = [asked[number::CLIENTS] for number in range(CLIENTS)]
        list(clients.map(lambda share: one_client(server, session, share), shares))
    return round(len(asked) / (time.perf_counter() - began), 1)


def one_client(server: Served, session: str, asked: Sequence[Asked]) -> None:
    line = Line(server, session)
    for one in asked:
        line.ask(one)
    line.line.close()


def children(pid: int) -> list[int]:
    """The processes that a process started."""
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(one) for one in found.read_text().split()] if found.exists() else []


def resident(pid: int) -> float:
    """The memory a process holds, in MB; 0 where the system doesn't tell."""
    status = Path(f"/proc/{pid}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    held = next((line.split()[1] for line in lines if line.startswith("VmRSS:")), "0")
    return round(int(held) / 1024, 1)
