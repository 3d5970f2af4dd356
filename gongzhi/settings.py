"""One settings file. Everything that differs between installations comes from the environment.

A value that cannot be right stops the start with a sentence that says what to change; docs/operations.md lists them.
"""

import os
from pathlib import Path

from csp.constants import NONE, SELF

from gongzhi.operations import environment

BASE_DIR = Path(__file__).resolve().parent
PROJECT_DIR = BASE_DIR.parent
HOME = Path(os.environ.get("GONGZHI_HOME") or PROJECT_DIR / "var").resolve()
IS_REAL = bool(os.environ.get("DATABASE_URL"))
"""Without a database there is nothing to protect: checks and tests run on fixed keys."""
HTTPS = environment.flag("GONGZHI_HTTPS", True)
"""Off only for the demo on this machine; cookies then travel without TLS."""

DEBUG = environment.flag("GONGZHI_DEBUG", False)
SECRET_KEY = environment.secret_key(IS_REAL)
FIELD_KEYS = environment.field_keys(IS_REAL)
ALLOWED_HOSTS = environment.hosts("GONGZHI_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = [f"https://{host.replace('.', '*.', 1) if host[0] == '.' else host}" for host in ALLOWED_HOSTS]
PRACTICES = ["gongzhi.cases", "gongzhi.notices", "gongzhi.statistics"]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "csp",
    "django_htmx",
    "procrastinate.contrib.django",
    "gongzhi.base",
    "gongzhi.kernel",
    "gongzhi.territory",
    "gongzhi.organisations",
    "gongzhi.accounts",
    "gongzhi.notices",
    "gongzhi.knowledge",
    "gongzhi.cases",
    "gongzhi.statistics",
    "gongzhi.portal",
]
MIDDLEWARE = [
    "gongzhi.base.proxy.visitor_address",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "gongzhi.accounts.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "gongzhi.urls"
WSGI_APPLICATION = "gongzhi.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "gongzhi.portal.context.navigation",
            ]
        },
    }
]

# Database. Migrations run as the owner of the tables (GONGZHI_OWNER_URL, see cli.py), everything else as a role that
# owns nothing.
DATABASES = {"default": environment.database(os.environ.get("DATABASE_URL") or "postgresql:///gongzhi")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Sign-in. Passwords are judged by gongzhi.accounts.passwords, in words.
AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS = ["gongzhi.accounts.backend.Backend"]
PASSWORD_HASHERS = ["gongzhi.accounts.passwords.Argon2"]
LOGIN_URL = "accounts:sign-in"

# Sessions, cookies, transport.
SESSION_COOKIE_NAME = "gongzhi_session"
SESSION_COOKIE_AGE = environment.number("GONGZHI_SESSION_HOURS", 14 * 24, 1, 90 * 24) * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = environment.number("GONGZHI_HSTS_SECONDS", 0, 0, 63_072_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = False
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
PROXIES = environment.number("GONGZHI_PROXIES", 0, 0, 5)
"""How many own proxies stand in front; decides which address in X-Forwarded-For is believed."""
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# Language and time.
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "gongzhi_language"
LOCALE_PATHS = [PROJECT_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# Files. What people send goes to MEDIA_ROOT and is only served after a look at who asks.
STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
MEDIA_ROOT = HOME / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 3600
UPLOAD_LIMIT = environment.number("GONGZHI_UPLOAD_MB", 20, 1, 500) * 1024 * 1024
"""Bytes of one file. A proxy in front must let through a little more."""
DATA_UPLOAD_MAX_NUMBER_FILES = 20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
FILE_UPLOAD_PERMISSIONS = 0o640
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o750

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {
        "handlers": ["stderr"],
        "level": environment.choice("GONGZHI_LOG_LEVEL", "WARNING", ("DEBUG", "INFO", "WARNING", "ERROR")),
    },
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        # Strangers knocking under another name are answered 400; no need to wake anybody.
        "django.security.DisallowedHost": {"handlers": [], "level": "CRITICAL", "propagate": False},
    },
}

API_PER_MINUTE = environment.number("GONGZHI_API_PER_MINUTE", 600, 10, 1_000_000)
"""Requests that one token may make in a minute; without a token one network address gets 240."""

OFFICE_HOURS = os.environ.get("GONGZHI_OFFICE_HOURS") or "09:00-12:00,13:30-17:30"
"""When the offices are open, Shanghai time: deadlines count in these hours."""

# Mail: off without an address; monthly reports then stay in the house.
MAIL = bool(os.environ.get("GONGZHI_EMAIL_URL"))
(EMAIL_BACKEND, EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD, EMAIL_USE_TLS, EMAIL_USE_SSL) = (
    environment.mail("GONGZHI_EMAIL_URL")
)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = os.environ.get("GONGZHI_EMAIL_FROM") or "gongzhi@localhost"

SITE = {
    name: os.environ.get(f"GONGZHI_SITE_{name.upper()}") or default
    for name, default in (("name", "共治"), ("owner", ""), ("phone", ""), ("icp", ""), ("police", ""))
}
"""What every page shows at its foot: name, the office that runs it, its telephone, ICP and police record numbers."""
