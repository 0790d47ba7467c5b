"""The portal's settings, as the tests want them: a demonstration in a folder of its own.

Only DATABASE_URL is taken from the environment, so that a developer's own variables change
no test. `make test DB=postgres` sets it; without it each run has an SQLite file.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from portal import env

TEMPORARY = Path(tempfile.mkdtemp(prefix="portal-tests-"))
atexit.register(shutil.rmtree, TEMPORARY, ignore_errors=True)

for name in [n for n in os.environ if n in env.NAMES or n.startswith("ANYMAIL_")]:
    if name != "DATABASE_URL":
        del os.environ[name]
os.environ |= {"DEMO": "1", "VAR_DIR": str(TEMPORARY)}

from portal.settings import *
from portal.settings import DATABASES, STORAGES

# A file even for tests, since several threads must meet in one database.
if "sqlite3" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"]["TEST"] = {"NAME": TEMPORARY / "test.sqlite3"}
    # A test's data needn't survive a power cut; and of twenty who press at once on a busy machine,
    # the last waits long for its turn.
    DATABASES["default"]["OPTIONS"] |= {
        "timeout": 120,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON;",
    }

# Sign-in at full strength costs a quarter of a second each time.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Files by their plain names, so that no test needs collectstatic first.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
(TEMPORARY / "static").mkdir()
