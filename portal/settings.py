"""The settings, read from the environment. A missing or odd value stops the start with one
sentence that says what to set (`portal/env.py`). The README lists the variables."""

import tomllib
from pathlib import Path

from portal import env

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]

env.refuse_what_is_not_here_yet()
DEBUG = False
DEMO = env.flag("DEMO", default=False)
VAR = env.folder("VAR_DIR", BASE_DIR / "var")
SECRET_KEY = env.secret_key(VAR, DEMO)
ALLOWED_HOSTS = env.hosts(DEMO)
SITE_URL = env.site_url(DEMO, ALLOWED_HOSTS)

# --- The portal's own rules -------------------------------------------------------------------

CLOCK_MODE = env.choice("CLOCK_MODE", ("restart", "resume", "none"))
SECOND_LOOK = env.flag("SECOND_LOOK", default=True)
# Lines beneath the department's name on decisions and requests, such as its address.
LETTERHEAD = [line.strip() for line in env.text("LETTERHEAD", "").split("|") if line.strip()]
LETTER_PDF = env.flag("LETTER_PDF", default=True)
LETTERHEAD_LOGO = env.svg_file("LETTERHEAD_LOGO")
UPLOAD_MAX = 25 * 1024 * 1024
# A file that is a little too large reaches its form and gets a sentence there; a flood doesn't.
REQUEST_MAX = 2 * UPLOAD_MAX
REAUTH_SECONDS = 300
SESSION_IDLE_SECONDS = 30 * 60
SESSION_TOTAL_SECONDS = 12 * 60 * 60
SESSION_WARN_SECONDS = 5 * 60

# --- Parts -----------------------------------------------------------------------------------

INSTALLED_APPS = [
    "portal",
    "proposals",
    "reviews",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "anymail",
    "crispy_forms",
    "csp",
]

# The first four add headers: they stand outside so that every answer bears them, also the
# refusals of those that follow, the way to https and the files that WhiteNoise serves.
MIDDLEWARE = [
    "portal.middleware.EveryAnswer",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "portal.middleware.ThinLine",
    "portal.middleware.RefuseBrokenText",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "portal.middleware.SessionLimits",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.middleware.SignInFirst",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.middleware.PrivatePages",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context_processors.frame",
                "reviews.context.answer",
            ],
        },
    },
]
# Our own pack, in templates/forms/: none of the published ones passes the checks of a form.
CRISPY_ALLOWED_TEMPLATE_PACKS = ["forms"]
CRISPY_TEMPLATE_PACK = "forms"
FORM_RENDERER = "portal.inputs.Boxes"

# --- Data ------------------------------------------------------------------------------------

DATABASES = {"default": env.database(VAR, DEMO)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# In the database, so that the limits on sign-in hold across all processes. The room is wide:
# a full table would drop live limits.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "portal_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    # How the parts of a page look that can't change, kept by each process for itself: what was
    # last asked for stays, and nothing of it is ever written anywhere.
    "template_fragments": {
        "BACKEND": "portal.parts_kept.PartsKept",
        "OPTIONS": {"MAX_ENTRIES": 300},
    },
}

TIME_ZONE = "America/Los_Angeles"
USE_TZ = True
LANGUAGE_CODE = "en-us"
USE_I18N = False

# --- Files -----------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_ALLOW_ALL_ORIGINS = False
# Uploads have no URL: they are read through a view that checks who asks.
MEDIA_ROOT = VAR / "media"
MEDIA_URL = ""
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
# Wide enough for a form of ten thousand rows to reach its view and get its own sentence.
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 100_000
DATA_UPLOAD_MAX_NUMBER_FILES = 20

# --- Mail ------------------------------------------------------------------------------------

# One mail gives up after MAIL_TIMEOUT seconds. A worker that says nothing for NOTICE_LEASE seconds
# is taken for dead, and its mail for doubtful. After the nth refusal the next try comes 2ⁿ times
# NOTICE_BACKOFF seconds later.
MAIL_TIMEOUT = env.number("MAIL_TIMEOUT", 30, 1, 600)
NOTICE_LEASE = env.number("NOTICE_LEASE", 4 * MAIL_TIMEOUT, MAIL_TIMEOUT + 1, 3600)
NOTICE_TRIES = env.number("NOTICE_TRIES", 8, 1, 100)
NOTICE_BACKOFF = env.number("NOTICE_BACKOFF", 60, 0, 3600)
MAIL = env.mail(VAR, DEMO)
EMAIL_BACKEND = MAIL.backend
EMAIL_FILE_PATH = MAIL.folder
EMAIL_HOST = MAIL.host
EMAIL_PORT = MAIL.port
EMAIL_HOST_USER = MAIL.user
EMAIL_HOST_PASSWORD = MAIL.password
EMAIL_USE_SSL = MAIL.tls_at_once
EMAIL_USE_TLS = MAIL.tls_after_starttls
EMAIL_TIMEOUT = MAIL_TIMEOUT
ANYMAIL = MAIL.provider | {"REQUESTS_TIMEOUT": MAIL_TIMEOUT}
DEFAULT_FROM_EMAIL = env.mail_address(
    "DEFAULT_FROM_EMAIL",
    "CMIPS interface proposals <portal@cdss.example.gov>" if DEMO else None,
    "the address that letters come from",
)
INTAKE_EMAIL = env.mail_address(
    "INTAKE_EMAIL",
    "intake@cdss.example.gov" if DEMO else None,
    "the mailbox where new proposals are announced",
)
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- Sign-in ---------------------------------------------------------------------------------

AUTH_USER_MODEL = "portal.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "portal.passwords.AtLeast",
        "OPTIONS": {"min_length": 15},
    },
    {"NAME": "portal.passwords.AtMost", "OPTIONS": {"length": 128}},
    {"NAME": "portal.passwords.NotCommon"},
]
PASSWORD_RESET_TIMEOUT = 60 * 60

TRUSTED_PROXY = env.flag("TRUSTED_PROXY", default=False)

ACCOUNT_ADAPTER = "portal.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "portal.account_forms.SignIn",
    "reset_password": "portal.account_forms.AskForReset",
    "reset_password_from_key": "portal.account_forms.SetByReset",
    "change_password": "portal.account_forms.ChangePassword",
    "reauthenticate": "portal.account_forms.SignInAgain",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
# Accounts are made by an administrator, who knows the address.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http" if DEMO else "https"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = REAUTH_SECONDS
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "20/m/ip",
    # One account from one address; what follows the fifth failure is portal/adapters.py.
    "account_failed": "5/15m/key",
    "reset_password": "20/m/ip,5/h/key",
    "reauthenticate": "5/m/user",
    "report_barrier": "5/m/ip,20/h/ip",
}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if TRUSTED_PROXY else 0

# --- Sessions and cookies --------------------------------------------------------------------

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = SESSION_TOTAL_SECONDS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# The demonstration speaks http, where browsers refuse secure cookies and __Host- names.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEMO
SESSION_COOKIE_NAME = "sessionid" if DEMO else "__Host-sessionid"
CSRF_COOKIE_NAME = "csrftoken" if DEMO else "__Host-csrftoken"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- Transport and headers -------------------------------------------------------------------

SECURE_SSL_REDIRECT = not DEMO
SECURE_HSTS_SECONDS = 0 if DEMO else 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = not DEMO
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "portal.errors.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}
# Preloading binds every host of the department's domain, which isn't the portal's to decide.
SILENCED_SYSTEM_CHECKS = ["security.W021"]

# --- Log -------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    # Django's own loggers speak through the root, and mail nobody.
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        # A stranger's Host header or a HEAD request is no event: no line, no trace for either.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "gunicorn.http.wsgi": {"level": "ERROR"},
    },
}
