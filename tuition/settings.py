"""Settings, from the environment and an optional `.env` beside manage.py.

Nothing set: works for one office on one machine, safely. Nonsense: ImproperlyConfigured naming the
variable and what it takes. README.md lists every variable.
"""

import sys
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

from tuition import __version__, environment
from tuition.postgres.server import socket_dir

VERSION = __version__
BASE_DIR = Path(__file__).resolve().parent.parent
environment.read_file(BASE_DIR / ".env")  # what the environment sets wins over the file

# `manage.py run` is for trying Tuition out on this machine; everything else is closed by default.
DEBUG = environment.boolean("DEBUG", default=sys.argv[1:2] == ["run"])
DATA_DIR = environment.folder("DATA_DIR", default=BASE_DIR / "var")
SECRET_KEY = environment.secret("SECRET_KEY", kept_in=DATA_DIR / "secret_key")
ALLOWED_HOSTS = environment.hosts("ALLOWED_HOSTS", default="localhost,127.0.0.1,[::1]")
HTTPS = environment.boolean("HTTPS", default=False)
SESSION_HOURS = environment.whole_number("SESSION_HOURS", default=12, least=1, most=8760)
SESSION_IDLE_HOURS = environment.whole_number("SESSION_IDLE_HOURS", default=2, least=1, most=8760)
TRUSTED_PROXIES = environment.networks("TRUSTED_PROXIES")
HEALTH_ADDRESSES = environment.networks("HEALTH_ADDRESSES")
TIME_ZONE = environment.time_zone("TIME_ZONE", default="Asia/Karachi")
AVERAGE_FEES_PUBLIC = environment.boolean("AVERAGE_FEES_PUBLIC", default=True)
AVERAGE_FEES_MIN_STUDENTS = environment.whole_number(
    "AVERAGE_FEES_MIN_STUDENTS", default=1, least=1
)

# What a spreadsheet may be that somebody brings; by the command a file of any length.
IMPORT_MAX_MB = environment.whole_number("IMPORT_MAX_MB", default=10, least=1, most=100)
IMPORT_MAX_UNPACKED_MB = environment.whole_number(
    "IMPORT_MAX_UNPACKED_MB", default=200, least=1, most=2000
)
IMPORT_MAX_ROWS = environment.whole_number("IMPORT_MAX_ROWS", default=1_048_576, least=1)
IMPORT_MAX_CELLS = environment.whole_number("IMPORT_MAX_CELLS", default=20_000_000, least=1)

# The office on pages and paper; with no name they say Tuition.
OFFICE_NAME = " ".join(environment.lines("OFFICE_NAME", most=1, of_length=80))
OFFICE_ADDRESS = environment.lines("OFFICE_ADDRESS", most=4, of_length=100)
OFFICE_LOGO = environment.picture("OFFICE_LOGO")

# The fee desk: what a month is charged under unless somebody says otherwise, and what challans say.
FEES_DUE_DAY = environment.whole_number("FEES_DUE_DAY", default=10, least=1, most=31)
CHALLAN_VALID_DAYS = environment.whole_number("CHALLAN_VALID_DAYS", default=20, least=0, most=365)
FINE_RULE = environment.fine("FINE_RULE", default="none")
SIBLING_CONCESSIONS = environment.sibling_concessions("SIBLING_CONCESSIONS")
BANK_ACCOUNT = environment.lines("BANK_ACCOUNT", most=3, of_length=80)

INSTALLED_APPS = [
    "tuition.admin.TuitionAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "pgtrigger",
    "tuition",
    "rules",
    "api",
    "students",
    "ledger",
]

MIDDLEWARE = [
    "tuition.middleware.response_headers",  # first: whoever answers, the headers are there
    # Leads on to HTTPS. The headers it would set beside are those of the first.
    *(["django.middleware.security.SecurityMiddleware"] if HTTPS else []),
    "whitenoise.middleware.WhiteNoiseMiddleware",  # its files were compressed when collected
    "tuition.middleware.Compressed",
    "tuition.middleware.plain_errors",
    "tuition.middleware.Sessions",
    "tuition.middleware.Common",
    "django.middleware.csrf.CsrfViewMiddleware",
    "tuition.middleware.Authentication",
    "tuition.middleware.LoginRequired",
    "tuition.middleware.Writer",
    "tuition.middleware.Messages",
]

ROOT_URLCONF = "tuition.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

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
                "tuition.office.office",
            ],
        },
    },
]

# -- Database ------------------------------------------------------------------------------------

# A request gives up before its person does. Commands that move many rows lift the first for
# themselves (`SET LOCAL statement_timeout`).
SESSION_LIMITS = (
    "-c statement_timeout=15s -c lock_timeout=5s -c idle_in_transaction_session_timeout=60s"
)


def command_context() -> dict[str, str] | None:
    """Who changes something here, for the history, when it is a command of manage.py's."""
    by_hand = Path(sys.argv[0]).name == "manage.py" and len(sys.argv) > 1
    return {"door": "command", "command": sys.argv[1][:100]} if by_hand else None


def database() -> dict[str, Any]:
    """DATABASE_URL's server, or the embedded one in DATA_DIR when it isn't set."""
    parts = environment.postgres_url("DATABASE_URL")
    embedded = None if parts else DATA_DIR / "postgres"
    if embedded:
        parts = {"host": str(socket_dir(embedded)), "user": "postgres", "dbname": "tuition"}
    return {
        "ENGINE": "tuition.postgres",
        "EMBEDDED": embedded,
        "CONTEXT": command_context(),
        "NAME": parts.pop("dbname", ""),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "CONN_MAX_AGE": None,
        # A kept connection may be dead (server restarted): ask before trusting it.
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": "3",
            "keepalives_idle": "30",
            "keepalives_interval": "5",
            "keepalives_count": "3",
            "tcp_user_timeout": "5000",  # milliseconds
            **parts,
            "options": f"{SESSION_LIMITS} {parts.get('options', '')}".strip(),
        },
    }


DATABASES = {"default": database()}

# The office's own database is backed up every day, by itself; another's where a folder is named.
BACKUP_DIR = environment.folder(
    "BACKUP_DIR",
    default=DATA_DIR / "backups" if DATABASES["default"]["EMBEDDED"] else None,
)

# -- People --------------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = ["tuition.accounts.Backend"]
SESSION_ENGINE = "tuition.sessions"
SESSION_COOKIE_AGE = SESSION_HOURS * 60 * 60
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "student_list"
LOGOUT_REDIRECT_URL = "login"
PASSWORD_HASHERS = [
    "tuition.hashing.Hasher",  # the first makes new ones; hashes of Django's others are still read
    "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# -- Language and numbers ------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
USE_TZ = True
FORMAT_MODULE_PATH = ["tuition.formats"]

# -- Static files --------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "staticfiles": {"BACKEND": "tuition.storage.StaticStorage"},
}

# -- Security headers ----------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
DEFAULT_EXCEPTION_REPORTER = "tuition.errors.Reporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "tuition.errors.DebugPages"
CSRF_FAILURE_VIEW = "tuition.errors.csrf_failure"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

if HTTPS:
    # A TLS proxy in front says so with this header; without HTTPS=true the header is ignored.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = ["^healthz/"]  # asked on this machine, past the proxy
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    SILENCED_SYSTEM_CHECKS = [
        "security.W002",  # X-Frame-Options is sent, by our own middleware
        # What the office serves under its other names isn't ours to decide:
        "security.W005",  # HSTS for all subdomains
        "security.W021",  # the browsers' preload list
    ]

# -- Logs: to standard error; no names, fees, tokens or SQL (tuition/logs.py) ---------------------

TERMINAL = sys.stderr is not None and sys.stderr.isatty()
FORMATTER = "PrivateFormatter" if TERMINAL else "JsonFormatter"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"private": {"()": f"tuition.logs.{FORMATTER}"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "private"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "tuition": {"level": "INFO"},
        # A person at a terminal is told what goes wrong, a program of each request.
        "tuition.request": {"level": "ERROR" if TERMINAL else "INFO"},
    },
}
