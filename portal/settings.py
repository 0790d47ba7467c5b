"""Settings of the portal, read from the environment."""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = BASE_DIR / "var"
VAR.mkdir(exist_ok=True)
SECRET_KEY = os.environ.get("SECRET_KEY", "x" * 60)
DEMO = True
DEBUG = False
VERSION = "0.1.0"
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "testserver"]
INSTALLED_APPS = [
    "portal", "proposals", "reviews",
    "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
    "django.contrib.sessions", "django.contrib.messages", "django.contrib.staticfiles",
    "allauth", "allauth.account", "crispy_forms",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "portal.urls"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [BASE_DIR / "templates"], "APP_DIRS": True,
    "OPTIONS": {"context_processors": ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth", "django.contrib.messages.context_processors.messages"]}}]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": VAR / "portal.sqlite3", "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20}}}
AUTH_USER_MODEL = "portal.User"
TIME_ZONE = "America/Los_Angeles"
USE_TZ = True
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR / "static"
MEDIA_ROOT = VAR / "media"
CRISPY_TEMPLATE_PACK = "portal"
CRISPY_ALLOWED_TEMPLATE_PACKS = ["portal"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SITE_URL = "http://127.0.0.1:8000"
INTAKE_EMAIL = "intake@cdss.example.gov"
DEFAULT_FROM_EMAIL = "CMIPS interface proposals <portal@cdss.example.gov>"
EMAIL_BACKEND = "portal.mail.EmlFolder"
NOTICE_LEASE = 120
NOTICE_TRIES = 8
MAIL_TIMEOUT = 30
CLOCK_MODE = "restart"
SECOND_LOOK = True
REAUTH_SECONDS = 300
UPLOAD_MAX = 25 * 1024 * 1024
LOGIN_URL = "/accounts/login/"
