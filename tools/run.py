"""`make run`: prepares the database, then runs the web server and the worker until Ctrl-C.

Both stop together: on Ctrl-C, on SIGTERM, and when one of them ends by itself, which makes the
exit non-zero.
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from portal.demonstration import ACCOUNTS, PASSWORD

# Time for the requests and the mails in hand: a mail gives up after 30 seconds.
PATIENCE = 35
READY_WITHIN = 60


class Stopped(Exception):
    """Someone asked for the end: Ctrl-C, SIGTERM, or the end of who started it."""


def main() -> int:
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    os.environ["DEMO"] = "1"
    os.chdir(ROOT)
    port = os.environ.get("PORT") or "8000"
    parent = os.getppid()
    children: dict[str, subprocess.Popen] = {}
    try:
        refuse_taken_port(port)
        prepared = subprocess.call([sys.executable, "manage.py", "prepare"])
        if prepared != 0:
            return prepared
        children["web server"] = start("-m", "gunicorn", "--log-level", "warning", "portal.wsgi")
        children["worker"] = start("manage.py", "run_worker")
        wait_until_ready(port, children)
        greet(port)
        while not (name := ended(children)):
            # Without its parent (make, a terminal) nobody could stop it any more.
            if os.getppid() != parent:
                raise Stopped
            time.sleep(0.2)
        print(f"The {name} ended by itself, so everything stops.", file=sys.stderr)
        return 1
    except Stopped:
        print("\nStopping ...", flush=True)
        return 0
    finally:
        stop_all(children)


def stop(signum: int, frame: object) -> None:
    # A second Ctrl-C doesn't cut the orderly end short.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stopped


def refuse_taken_port(port: str) -> None:
    if not port.isdigit() or not 0 < int(port) < 65536:
        sys.exit(f"Set PORT to a whole number from 1 to 65535, not to {port!r}.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port)))
        except OSError as error:
            why = "may not be used" if isinstance(error, PermissionError) else "is in use"
            sys.exit(
                f"Port {port} {why}: stop what runs there, or take another: make run PORT=8001"
            )


def start(*command: str) -> subprocess.Popen:
    # In a group of its own, so that Ctrl-C reaches this process alone, which then ends it.
    return subprocess.Popen([sys.executable, *command], start_new_session=True)


def ended(children: dict[str, subprocess.Popen]) -> str | None:
    return next((name for name, child in children.items() if child.poll() is not None), None)


def wait_until_ready(port: str, children: dict[str, subprocess.Popen]) -> None:
    give_up = time.monotonic() + READY_WITHIN
    while time.monotonic() < give_up:
        if name := ended(children):
            sys.exit(f"The {name} could not start; the lines above say why.")
        if healthy(int(port)):
            return
        time.sleep(0.1)
    sys.exit(f"The portal did not answer on port {port} within {READY_WITHIN} seconds.")


def healthy(port: int) -> bool:
    server = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        server.request("GET", "/health")
        return server.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        server.close()


def greet(port: str) -> None:
    print(f"\nThe portal is on http://127.0.0.1:{port} (Ctrl-C stops it).")
    print(f"Demonstration accounts, all with the password {PASSWORD}:")
    for account in ACCOUNTS:
        print(f"  {account.email:28} {account.does}")
    print(flush=True)


def stop_all(children: dict[str, subprocess.Popen]) -> None:
    for child in children.values():
        if child.poll() is None:
            child.terminate()
    give_up = time.monotonic() + PATIENCE
    for child in children.values():
        try:
            child.wait(max(0.1, give_up - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
