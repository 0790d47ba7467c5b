"""The settings come from the environment; a missing, odd or unsafe value stops the start with
one sentence that says what to set, and never with a trace."""

import os
import runpy
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from portal import env

ROOT = Path(__file__).resolve().parents[2]
KEY = "Vd3kR8sQ-only-for-these-tests-z7Nw1Yp5Jc9Hb2Lx6Tm4Ga0"
PRODUCTION = {
    "SECRET_KEY": KEY,
    "ALLOWED_HOSTS": "portal.example.gov",
    "DATABASE_URL": "postgres://portal:word@db.example.gov/portal?sslmode=verify-full",
    "EMAIL_URL": "smtp+tls://portal:word@mail.example.gov:587",
    "DEFAULT_FROM_EMAIL": "CMIPS proposals <portal@example.gov>",
    "INTAKE_EMAIL": "intake@example.gov",
}
DEMONSTRATION = {"DEMO": "1"}


@pytest.fixture
def settings_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """settings_of({...}) reads the settings afresh with these variables and no others."""

    def read(variables: dict[str, str]) -> dict[str, Any]:
        for name in list(os.environ):
            if name in env.NAMES or name.startswith("ANYMAIL_"):
                monkeypatch.delenv(name)
        monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "portal" / "settings.py"))

    return read


def test_a_demonstration_needs_nothing_set(settings_of, tmp_path):
    settings = settings_of(DEMONSTRATION)
    assert settings["DEMO"] is True
    assert settings["DATABASES"]["default"]["NAME"] == str(tmp_path / "var/portal.sqlite3")
    assert settings["EMAIL_FILE_PATH"] == str(tmp_path / "var/mail")
    assert settings["SITE_URL"] == "http://127.0.0.1:8000"


def test_production_starts_with_the_variables_of_the_readme(settings_of):
    settings = settings_of(PRODUCTION)
    assert settings["DEMO"] is settings["DEBUG"] is False
    assert settings["SESSION_COOKIE_NAME"] == "__Host-sessionid"
    assert settings["CSRF_COOKIE_NAME"] == "__Host-csrftoken"
    assert settings["SESSION_COOKIE_SECURE"] and settings["CSRF_COOKIE_SECURE"]
    assert settings["SECURE_SSL_REDIRECT"] and settings["SECURE_HSTS_SECONDS"] == 31_536_000
    assert settings["SITE_URL"] == "https://portal.example.gov"
    assert settings["EMAIL_USE_TLS"] and not settings["EMAIL_USE_SSL"]
    assert settings["SECOND_LOOK"] is True


@pytest.mark.parametrize("name", sorted(PRODUCTION))
def test_production_does_not_start_without(name, settings_of):
    with pytest.raises(SystemExit) as stopped:
        settings_of({key: value for key, value in PRODUCTION.items() if key != name})
    assert_one_sentence(stopped.value, names=name)


ODD = [
    ("SECRET_KEY", "short"),
    ("SECRET_KEY", "x" * 60),
    ("SECRET_KEY", "demo-only-" + KEY),
    ("SECRET_KEY", "django-insecure-" + KEY),
    ("ALLOWED_HOSTS", "*"),
    ("ALLOWED_HOSTS", "https://portal.example.gov"),
    ("ALLOWED_HOSTS", ","),
    ("DATABASE_URL", "portal"),
    ("DATABASE_URL", "mysql://portal@db.example.gov/portal"),
    ("DATABASE_URL", "postgres://portal:word@db.example.gov:port/portal"),
    ("DATABASE_URL", "postgres://portal:word@db.example.gov/portal"),
    ("DATABASE_URL", "postgres://portal:word@db.example.gov/portal?sslmode=prefer"),
    ("DATABASE_URL", "postgres:///portal?host=db.example.gov"),
    ("DATABASE_URL", "sqlite:///portal.sqlite3"),
    ("DATABASE_URL", "sqlite://:memory:"),
    ("EMAIL_URL", "smtp://mail.example.gov:25"),
    ("EMAIL_URL", "smtp+tls://"),
    ("EMAIL_URL", "smtp+tls://mail.example.gov:many"),
    ("EMAIL_URL", "smtp+tls://mail.example.gov:587?tls=no"),
    ("EMAIL_URL", "eml://mail/out"),
    ("EMAIL_URL", "mail.example.gov"),
    ("DEFAULT_FROM_EMAIL", "portal"),
    ("DEFAULT_FROM_EMAIL", "portal@example.gov\nBcc: all@example.gov"),
    ("INTAKE_EMAIL", "one@example.gov, two@example.gov"),
    ("SITE_URL", "http://portal.example.gov"),
    ("SITE_URL", "https://"),
    ("PORT", "80a"),
    ("PORT", "70000"),
    ("DEMO", "perhaps"),
    ("SECOND_LOOK", "2"),
    ("TRUSTED_PROXY", "nginx"),
    ("CLOCK_MODE", "pause"),
    ("NOTICE_TRIES", "0"),
    ("CLAMAV", "/run/clamav/clamd.ctl"),
    ("OIDC_ISSUER", "https://login.example.gov"),
    ("AWS_STORAGE_BUCKET_NAME", "portal"),
    ("REQUIRE_MFA", "1"),
    ("ANYMAIL_POSTMARK_SERVER_TOKEN", "word"),
]


@pytest.mark.parametrize(("name", "value"), ODD)
def test_an_odd_value_is_refused_in_one_sentence(name, value, settings_of):
    with pytest.raises(SystemExit) as stopped:
        settings_of(PRODUCTION | {name: value})
    assert_one_sentence(stopped.value, names=name if "ANYMAIL" not in name else "ANYMAIL_")


def assert_one_sentence(stopped: SystemExit, names: str) -> None:
    sentence = str(stopped.code)
    assert sentence.startswith(("Set ", "Unset ")) and names in sentence
    assert sentence.endswith(".") and "\n" not in sentence and len(sentence) < 220
    assert "word" not in sentence.replace("password", ""), "a secret was repeated"


def test_a_demonstration_never_uses_a_production_key(settings_of):
    with pytest.raises(SystemExit, match="DEMO or SECRET_KEY"):
        settings_of({"DEMO": "1", "SECRET_KEY": KEY})


def test_the_demonstrations_key_is_made_once_and_for_its_owner_alone(settings_of, tmp_path):
    first = settings_of(DEMONSTRATION)["SECRET_KEY"]
    assert settings_of(DEMONSTRATION)["SECRET_KEY"] == first
    assert len(first) > 50
    (file,) = (tmp_path / "var").glob("demo-secret-key*")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_demonstration_may_speak_in_clear(settings_of):
    settings = settings_of(
        {
            "DEMO": "1",
            "DATABASE_URL": "postgres://portal@db.example.gov/portal",
            "EMAIL_URL": "smtp://mail.example.gov:2525",
        }
    )
    assert settings["EMAIL_PORT"] == 2525
    assert settings["SESSION_COOKIE_NAME"] == "sessionid"
    assert not settings["SECURE_SSL_REDIRECT"] and not settings["SESSION_COOKIE_SECURE"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "%2Frun%2Fpostgresql"])
def test_production_may_speak_in_clear_within_one_machine(host, settings_of):
    local = {"DATABASE_URL": f"postgres://portal@{host}/portal", "EMAIL_URL": "smtp://localhost:25"}
    settings = settings_of(PRODUCTION | local)
    assert not settings["EMAIL_USE_TLS"] and not settings["EMAIL_USE_SSL"]


def test_port_465_speaks_tls_from_the_first_byte(settings_of):
    url = "smtp+tls://portal%40cdss:p%2Fq@mail.example.gov:465"
    settings = settings_of(PRODUCTION | {"EMAIL_URL": url})
    assert settings["EMAIL_USE_SSL"] and not settings["EMAIL_USE_TLS"]
    assert settings["EMAIL_HOST_USER"] == "portal@cdss"
    assert settings["EMAIL_HOST_PASSWORD"] == "p/q"


def test_a_mail_provider_takes_the_place_of_the_mail_server(settings_of):
    settings = settings_of(PRODUCTION | {"EMAIL_URL": "", "ANYMAIL_POSTMARK_SERVER_TOKEN": "0b1f"})
    assert settings["EMAIL_BACKEND"] == "anymail.backends.postmark.EmailBackend"
    assert settings["ANYMAIL"]["POSTMARK_SERVER_TOKEN"] == "0b1f"


@pytest.mark.parametrize(
    "given",
    [
        {"ANYMAIL_PIGEON_API_KEY": "0b1f"},
        {"ANYMAIL_POSTMARK_API_URL": "https://api.example.gov"},
        {"ANYMAIL_POSTMARK_SERVER_TOKEN": "0b1f", "ANYMAIL_RESEND_API_KEY": "2c3d"},
        {"ANYMAIL_POSTMARK_SERVER_TOKEN": "0b1f", "ANYMAIL_POSTMARK_API_URL": "http://a.test"},
    ],
)
def test_a_mail_provider_that_cannot_work_is_refused(given, settings_of):
    with pytest.raises(SystemExit) as stopped:
        settings_of(PRODUCTION | {"EMAIL_URL": ""} | given)
    assert_one_sentence(stopped.value, names="ANYMAIL_")


def test_the_content_policy_trusts_only_the_portal_itself(settings_of):
    policy = settings_of(PRODUCTION)["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
    assert {source for sources in policy.values() for source in sources} == {"'self'", "'none'"}


@pytest.mark.parametrize(
    "command", [["manage.py", "check"], ["-m", "gunicorn", "--check-config", "portal.wsgi"]]
)
def test_nobody_sees_a_trace(command, tmp_path):
    variables = {**PRODUCTION, "SECRET_KEY": "short", "VAR_DIR": str(tmp_path)}
    started = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert started.returncode == 1
    assert started.stderr.startswith("Set SECRET_KEY") and started.stderr.count("\n") == 1
