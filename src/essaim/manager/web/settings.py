"""Django's settings, read from the environment. The file /etc/essaim/manager.env is the operator's page to change.

| variable | meaning | default |
|---|---|---|
| ESSAIM_STATE | database, uploads, secret key | /var/lib/essaim/manager |
| ESSAIM_DATABASE | `sqlite:///path` or `postgresql://user:password@host/name` (or `...@/name?host=/socket/directory`) | SQLite in ESSAIM_STATE |
| ESSAIM_ORIGIN | the Manager's address as people type it | http://127.0.0.1:8000 |
| ESSAIM_HOSTS | other names and addresses of this machine, under which machines reach the Manager | empty |
| ESSAIM_PROXIES | addresses or networks of the reverse proxies, whose X-Forwarded-For and -Proto are believed | 127.0.0.1,::1 |
| ESSAIM_BUS_URL, ESSAIM_BUS_DIR | the bus, and the manager's keys to it | tls://127.0.0.1:4222, /var/lib/essaim/bus |
| ESSAIM_ACME_DIRECTORY | certificate authorities in order of preference: RFC 8555 directories separated by commas, each followed by `#` and the key id of its external account binding if it asks for one; empty: no certificates | empty |
| ESSAIM_ACME_CONTACT | e-mail of the accounts there | empty |
| ESSAIM_ACME_ORDERS | how many orders one machine may make at one authority in three hours; 0: as many as it wants | 0 |
| ESSAIM_HOUSE, ESSAIM_COLOUR | the association's name and colour | Essaim, #b45309 |
| ESSAIM_SHARED_DOMAINS | domains under which any client may have a name, separated by commas | empty |
| ESSAIM_RESERVED_DOMAINS | domains nobody may have a site under: the association's own | empty |
| ESSAIM_SOURCE | address where the source of what runs is kept (AGPL, section 13); empty: the Manager offers its own files | empty |
| ESSAIM_FETCH | a demo's own: the command that fetches a site where its name is known, `{name}` in its place; empty: browsers find the sites | empty |
| ESSAIM_DEBUG | `1` shows errors in the browser; never on a machine people reach | 0 |
"""

import os
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.utils.translation import gettext_lazy as _

STATE = Path(os.environ.get("ESSAIM_STATE", "/var/lib/essaim/manager"))
DEBUG = os.environ.get("ESSAIM_DEBUG") == "1"
ORIGIN = os.environ.get("ESSAIM_ORIGIN", "http://127.0.0.1:8000")


def _secret_key() -> str:
    """The key of this installation, made once. Without a writable state directory it lasts as long as the process."""
    file = STATE / "secret-key"
    try:
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o600)
            file.write_text(secrets.token_urlsafe(48))
        return file.read_text()
    except OSError:
        return secrets.token_urlsafe(48)


def _database(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": parts.path,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",  # a writer waits at BEGIN, never fails half way
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;",
            },
            "CONN_MAX_AGE": None,
        }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or dict(parse_qsl(parts.query)).get("host", ""),
        "PORT": parts.port or "",
        "CONN_MAX_AGE": 60,
    }


SECRET_KEY = os.environ.get("ESSAIM_SECRET_KEY") or _secret_key()
DATABASES = {"default": _database(os.environ.get("ESSAIM_DATABASE", f"sqlite://{STATE}/essaim.sqlite3"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

ALLOWED_HOSTS = [urlsplit(ORIGIN).hostname or "127.0.0.1", "127.0.0.1", "localhost"]
HOSTS = [host for host in os.environ.get("ESSAIM_HOSTS", "").split(",") if host]
ALLOWED_HOSTS += [f"[{host}]" if ":" in host else host for host in HOSTS]  # an IPv6 address as in a URL
PROXIES = [text for text in os.environ.get("ESSAIM_PROXIES", "127.0.0.1,::1").split(",") if text]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")  # web.proxies drops it from anybody else
CSRF_TRUSTED_ORIGINS = [ORIGIN]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "essaim.manager.core",
    "essaim.manager.people",
    "essaim.manager.fleet",
    "essaim.manager.hosting",
    "essaim.manager.web",
]
MIDDLEWARE = [
    "essaim.manager.web.proxies.ClientAddress",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "essaim.manager.web.middleware.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "essaim.manager.web.middleware.Language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "essaim.manager.web.middleware.Origin",
    "essaim.manager.web.middleware.Refusals",
]
ROOT_URLCONF = "essaim.manager.web.urls"
WSGI_APPLICATION = "essaim.manager.web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "essaim.manager.web.context.house",
            ],
        },
    }
]

AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "people:sign_in"
LOGIN_REDIRECT_URL = "web:home"
LOGOUT_REDIRECT_URL = "people:sign_in"

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ORIGIN.startswith("https:")
SESSION_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
FILE_UPLOAD_TEMP_DIR = os.environ.get("ESSAIM_UPLOAD_TMP") or None
UPLOADS = STATE / "uploads"
UPLOAD_BYTES_MAX = 512 * 1024**2

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("French")), ("en", _("English"))]
LOCALE_PATHS = [Path(__file__).resolve().parent.parent / "locale"]
USE_I18N = True
TIME_ZONE = "Europe/Paris"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = os.environ.get("ESSAIM_STATIC", str(STATE / "static"))
_HASHED = os.environ.get("ESSAIM_STATIC") is not None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if _HASHED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not _HASHED

BUS_URL = os.environ.get("ESSAIM_BUS_URL", "tls://127.0.0.1:4222")
BUS_DIR = Path(os.environ.get("ESSAIM_BUS_DIR", "/var/lib/essaim/bus"))
BUS_PUBLIC_URL = os.environ.get("ESSAIM_BUS_PUBLIC_URL", BUS_URL)
WAKE_SOCKET = Path(os.environ.get("ESSAIM_WAKE_SOCKET", "/run/essaim/wake.sock"))
ACME_DIRECTORY = os.environ.get("ESSAIM_ACME_DIRECTORY", "")
ACME_ORDERS = int(os.environ.get("ESSAIM_ACME_ORDERS") or 0)
ACME_CONTACT = os.environ.get("ESSAIM_ACME_CONTACT", "")
HOUSE = os.environ.get("ESSAIM_HOUSE", "Essaim")
SOURCE = os.environ.get("ESSAIM_SOURCE", "")
FETCH = os.environ.get("ESSAIM_FETCH", "")
COLOUR = os.environ.get("ESSAIM_COLOUR", "#b45309")
SHARED_DOMAINS = [name for name in os.environ.get("ESSAIM_SHARED_DOMAINS", "").split(",") if name]
RESERVED_DOMAINS = [name for name in os.environ.get("ESSAIM_RESERVED_DOMAINS", "").split(",") if name]
CLOSED_KEPT_DAYS = 30

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"journal": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["journal"], "level": "INFO"},
}
SILENCED_SYSTEM_CHECKS: list[str] = []
