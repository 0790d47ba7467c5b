"""Reads the settings from the environment, and stops the start with one plain sentence
when a value is missing, odd or unsafe. Nothing here needs Django."""

import os
import secrets
import sqlite3
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import SplitResult, quote, unquote, urlsplit

import dj_database_url

# Every variable the portal reads. Those of a mail provider, ANYMAIL_*, come on top.
NAMES = (
    "ALLOWED_HOSTS",
    "CLOCK_MODE",
    "DATABASE_URL",
    "DEFAULT_FROM_EMAIL",
    "DEMO",
    "EMAIL_URL",
    "INTAKE_EMAIL",
    "LETTERHEAD",
    "LETTERHEAD_LOGO",
    "LETTER_PDF",
    "MAIL_TIMEOUT",
    "NOTICE_BACKOFF",
    "NOTICE_LEASE",
    "NOTICE_TRIES",
    "PORT",
    "SECOND_LOOK",
    "SECRET_KEY",
    "SITE_URL",
    "TRUSTED_PROXY",
    "VAR_DIR",
)

# Promised for later versions. Setting one now would give a false sense of safety.
NOT_YET = {
    "CLAMAV": "scan uploads for viruses",
    "OIDC_": "sign people in through another identity provider",
    "S3_": "keep files in object storage",
    "AWS_": "keep files in object storage",
    "REQUIRE_MFA": "ask for a second factor at sign-in",
}

# Mail providers by their name in ANYMAIL_<NAME>_…, with the values each can't work without.
PROVIDERS = {
    "BREVO": ("api_key",),
    "MAILERSEND": ("api_token",),
    "MAILGUN": ("api_key",),
    "MAILJET": ("api_key", "secret_key"),
    "MAILTRAP": ("api_token",),
    "MANDRILL": ("api_key",),
    "POSTMARK": ("server_token",),
    "RESEND": ("api_key",),
    "SCALEWAY": ("secret_key", "project_id"),
    "SENDGRID": ("api_key",),
    "SPARKPOST": ("api_key",),
}

DEMO_KEY = "demo-only-"
LOCAL = ("", "localhost", "127.0.0.1", "::1")
TLS_MODES = ("require", "verify-ca", "verify-full")


def stop(sentence: str) -> NoReturn:
    """Ends the start. Python prints the sentence alone, without a trace, and exits with 1."""
    raise SystemExit(sentence)


def text(name: str, default: str | None = None, why: str = "") -> str:
    """The variable's value; the default when it is empty; without a default the start stops."""
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        stop(f"Set {name}: {why}.")
    return default


def flag(name: str, default: bool) -> bool:
    """A variable that says yes or no."""
    value = text(name, "1" if default else "0").lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off"):
        return False
    stop(f"Set {name} to 1 or 0, not to {value!r}.")


def choice(name: str, options: tuple[str, ...]) -> str:
    """One of the options; the first when the variable is empty."""
    value = text(name, options[0])
    if value not in options:
        stop(f"Set {name} to one of {', '.join(options)}, not to {value!r}.")
    return value


def number(name: str, default: int, low: int, high: int) -> int:
    value = text(name, str(default))
    if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
        stop(f"Set {name} to a whole number from {low} to {high}, not to {value!r}.")
    return int(value)


def mail_address(name: str, default: str | None, why: str) -> str:
    """An email address, with or without the name of its owner before it."""
    value = text(name, default, why)
    address = parseaddr(value)[1]
    mailbox, _, domain = address.rpartition("@")
    if not mailbox or "." not in domain or any(c in value for c in "\r\n,;"):
        stop(f"Set {name} to one email address, not to {value!r}.")
    return value


def refuse_what_is_not_here_yet() -> None:
    """A variable of a feature that isn't built yet is refused, never ignored."""
    for prefix, feature in NOT_YET.items():
        for name in sorted(os.environ):
            exact = name == prefix or (prefix.endswith("_") and name.startswith(prefix))
            # AWS_* are set on many machines for other programs; only the bucket means us.
            meant = name == "AWS_STORAGE_BUCKET_NAME" if prefix == "AWS_" else exact
            if meant and os.environ[name].strip() not in ("", "0"):
                stop(f"Unset {name}: this version of the portal can't {feature} yet.")


def folder(name: str, default: Path) -> Path:
    """A folder for the portal's own state; made when it isn't there."""
    path = Path(text(name, str(default))).absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError:
        stop(f"Set {name} to a folder that this user may write; {path} can't be made.")
    return path


def svg_file(name: str) -> Path | None:
    """A picture in SVG that this user may read; None when the variable is empty."""
    value = text(name, "")
    if not value:
        return None
    path = Path(value).absolute()
    try:
        is_svg = "<svg" in path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        is_svg = False
    if not is_svg:
        stop(f"Set {name} to an SVG file that this user may read; {path} is none.")
    return path


def secret_key(var: Path, demo: bool) -> str:
    """The production key from SECRET_KEY; in a demonstration one made once, kept under var."""
    given = os.environ.get("SECRET_KEY", "").strip()
    if demo:
        if given:
            stop("Unset DEMO or SECRET_KEY: a demonstration never uses a production key.")
        return demo_key(var / "demo-secret-key")
    advice = "at least 50 random characters, the same for every process of this portal"
    if not given:
        stop(f"Set SECRET_KEY: {advice}; or DEMO=1 to try the portal out.")
    if len(given) < 50 or len(set(given)) < 10:
        stop(f"Set SECRET_KEY to {advice}; this one is too short or too plain.")
    if given.startswith((DEMO_KEY, "django-insecure-")):
        stop(f"Set SECRET_KEY to {advice}; this one was made for a demonstration.")
    return given


def demo_key(path: Path) -> str:
    """Reads the demonstration's key, making it first if need be, for its owner's eyes only."""
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        with open(os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
            file.write(DEMO_KEY + secrets.token_urlsafe(60))
        # Linked, not renamed: where two processes start at once, the first key stays.
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text()


def hosts(demo: bool) -> list[str]:
    """The host names that the portal answers to; a star, or none, stops the start."""
    value = text(
        "ALLOWED_HOSTS",
        "127.0.0.1,localhost,[::1]" if demo else None,
        "the host names the portal answers to, with commas between them",
    )
    names = [name.strip() for name in value.split(",")]
    for name in names:
        if not name or any(character in name for character in "*/ "):
            stop(f"Set ALLOWED_HOSTS to plain host names, without {name!r}.")
    return names


def site_url(demo: bool, allowed: list[str]) -> str:
    """Where links in letters lead: https on the first host name, unless SITE_URL says more."""
    port = number("PORT", 8000, 1, 65535)
    first = allowed[0].lstrip(".")
    value = text("SITE_URL", f"http://127.0.0.1:{port}" if demo else f"https://{first}")
    parts = split("SITE_URL", value)
    if parts.scheme not in (("http", "https") if demo else ("https",)) or not parts.hostname:
        stop(f"Set SITE_URL to the portal's address, https://{first}, not to {value!r}.")
    return value.rstrip("/")


def split(name: str, value: str) -> SplitResult:
    """Splits a URL. A password in it is never repeated in the sentence."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        stop(f"Set {name} to a URL; the one given can't be read.")
    return parts


def database(var: Path, demo: bool) -> dict[str, Any]:
    """The database of DATABASE_URL: PostgreSQL, by TLS unless it is on this machine, or SQLite.

    A demonstration without DATABASE_URL keeps an SQLite file under var.
    """
    local = f"sqlite:///{quote(str(var))}/portal.sqlite3"
    url = text("DATABASE_URL", local if demo else None, "postgres://user:password@host/name")
    try:
        config: dict[str, Any] = dict(dj_database_url.parse(url))
    except (dj_database_url.ParseError, dj_database_url.UnknownSchemeError, ValueError):
        stop("Set DATABASE_URL to postgres://user:password@host/name; this one can't be read.")
    if config["ENGINE"] == "django.db.backends.sqlite3":
        return sqlite(config)
    if config["ENGINE"] == "django.db.backends.postgresql":
        return postgres(config, demo)
    stop("Set DATABASE_URL to a PostgreSQL or SQLite database; others aren't supported.")


def sqlite(config: dict[str, Any]) -> dict[str, Any]:
    if not Path(config["NAME"]).is_absolute():
        stop("Set DATABASE_URL to sqlite:////folder/file, with four slashes: an absolute path.")
    if sqlite3.sqlite_version_info < (3, 31):
        stop("Set DATABASE_URL to a PostgreSQL database: this machine's SQLite is too old.")
    config["OPTIONS"] = {
        "timeout": 20,
        # A writer takes the lock when its transaction begins, so two never deadlock.
        "transaction_mode": "IMMEDIATE",
        # FULL: what was acknowledged survives a power cut.
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
        ),
    }
    return config


def postgres(config: dict[str, Any], demo: bool) -> dict[str, Any]:
    options = config.setdefault("OPTIONS", {})
    host = config["HOST"] or options.get("host", "")
    on_this_machine = host in LOCAL or host.startswith("/")
    if not (on_this_machine or demo or options.get("sslmode") in TLS_MODES):
        stop("Set DATABASE_URL with ?sslmode=verify-full (or require): TLS is demanded.")
    options.setdefault("connect_timeout", 5)
    config.update(CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=True)
    return config


@dataclass(frozen=True)
class Mail:
    """How mail leaves: into a folder, through an SMTP server, or through a provider's door."""

    backend: str
    folder: str = ""
    host: str = "localhost"
    port: int = 25
    user: str = ""
    password: str = ""
    tls_at_once: bool = False
    tls_after_starttls: bool = False
    provider: dict[str, Any] = field(default_factory=dict)


def mail(var: Path, demo: bool) -> Mail:
    """From EMAIL_URL or ANYMAIL_<provider>_*; a demonstration has a folder of .eml files."""
    given = {
        name.removeprefix("ANYMAIL_"): value.strip()
        for name, value in os.environ.items()
        if name.startswith("ANYMAIL_") and value.strip()
    }
    if given:
        if text("EMAIL_URL", ""):
            stop("Unset EMAIL_URL or the ANYMAIL_ settings: only one of them can send the mail.")
        return provider(given)
    why = "smtp+tls://user:password@host:587, or a mail provider's ANYMAIL_ settings"
    url = text("EMAIL_URL", f"eml://{quote(str(var))}/mail" if demo else None, why)
    parts = split("EMAIL_URL", url)
    if parts.scheme == "eml":
        if parts.netloc or not parts.path.startswith("/"):
            stop("Set EMAIL_URL to eml:///folder, with three slashes: an absolute path.")
        return Mail("portal.mail.EmlFolder", folder=unquote(parts.path))
    if parts.scheme not in ("smtp", "smtp+tls"):
        stop(f"Set EMAIL_URL to {why}; {parts.scheme or 'what is given'} isn't known.")
    return smtp(parts, demo)


def smtp(parts: SplitResult, demo: bool) -> Mail:
    secure = parts.scheme == "smtp+tls"
    if not parts.hostname or parts.path.strip("/") or parts.query:
        stop("Set EMAIL_URL to smtp+tls://user:password@host:587, with nothing after the port.")
    if not (secure or demo or parts.hostname in LOCAL):
        stop("Set EMAIL_URL with smtp+tls:// instead of smtp://: mail leaves by TLS alone.")
    port = parts.port or (587 if secure else 25)
    return Mail(
        "portal.mail.Smtp",
        host=parts.hostname,
        port=port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        # Port 465 speaks TLS from the first byte, every other one after STARTTLS.
        tls_at_once=secure and port == 465,
        tls_after_starttls=secure and port != 465,
    )


def provider(given: dict[str, str]) -> Mail:
    """A mail provider reached through Anymail."""
    names = sorted(name for name in PROVIDERS if any(key.startswith(f"{name}_") for key in given))
    if len(names) != 1:
        stop(f"Set ANYMAIL_<PROVIDER>_… for one provider of {', '.join(sorted(PROVIDERS))}.")
    name = names[0]
    for key in PROVIDERS[name]:
        if f"{name}_{key.upper()}" not in given:
            stop(f"Set ANYMAIL_{name}_{key.upper()}: {name.title()} sends no mail without it.")
    address = given.get(f"{name}_API_URL", "https://")
    if not address.startswith("https://"):
        stop(f"Set ANYMAIL_{name}_API_URL to an https:// address: mail leaves by TLS alone.")
    return Mail(f"anymail.backends.{name.lower()}.EmailBackend", provider=given)
