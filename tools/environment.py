"""Makes .venv/ and installs the locked sets named on the command line: base, dev, embedded.

    python3 tools/environment.py base dev

Does nothing when they are there already, as stamps in .venv/ tell. Needs only Python.
"""

import fcntl
import hashlib
import importlib.util
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
# Where the environment lies and what made it: it works nowhere else.
ORIGIN = f"{VENV}\n{sys.version}\n"

# Wanted, but the portal does without where no wheel for this machine exists.
BEST_EFFORT = ("embedded",)


def refuse_unfit_python() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 this is the place that looks
        sys.exit(
            f"Python 3.11 or newer is needed, and this one is {sys.version.split()[0]}: "
            "name another, as in 'make run PYTHON=python3.12'."
        )
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            sys.exit(
                f"This Python lacks its module {module}: install it "
                "(on Debian and Ubuntu: apt-get install python3-venv), then try again."
            )


def make() -> None:
    note = VENV / "made-by"
    if PYTHON.exists() and note.exists() and note.read_text() == ORIGIN:
        return
    say("Making the virtual environment .venv/ ...")
    if subprocess.call([sys.executable, "-m", "venv", "--clear", str(VENV)]):
        sys.exit("The virtual environment could not be made; the lines above say why.")
    note.write_text(ORIGIN)


def install(name: str) -> None:
    lock = ROOT / "requirements" / f"{name}.txt"
    stamp = VENV / f"stamp-{name}"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    say(f"Installing requirements/{name}.txt ...")
    pip = [str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    failed = subprocess.call([*pip, "--no-deps", "--require-hashes", "-r", str(lock)])
    if failed and name not in BEST_EFFORT:
        sys.exit(f"requirements/{name}.txt could not be installed; the lines above say why.")
    if failed:
        say(f"requirements/{name}.txt has nothing for this machine; going on without it.")
        return
    stamp.write_text(digest)


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    refuse_unfit_python()
    # Two commands started at once don't install over each other.
    with open(__file__) as this:
        fcntl.flock(this, fcntl.LOCK_EX)
        make()
        for name in sys.argv[1:]:
            install(name)


if __name__ == "__main__":
    main()
