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
| ESSAIM_SHIELD_AUTOMATIC | `calm` or `checked`: raise the shield of a flooded site for an hour; empty: people do | |
| ESSAIM_ACME_ORDERS | how many orders one machine may make at one authority in three hours; 0: as many as it wants | 0 |
| ESSAIM_TLS_PROFILE | which clients may come over HTTPS to sites that chose nothing: `modern` (TLS 1.3) or `intermediate` (TLS 1.2 too) | modern |
| ESSAIM_HOUSE, ESSAIM_COLOUR | the association's name and colour | Essaim, #b45309 |
| ESSAIM_REGISTRATION | `open`: anybody may become a client once their e-mail address is proved; `invitation`: clients come by invitation alone | invitation |
| ESSAIM_SHARED_DOMAINS | domains under which any client may have a name, separated by commas | empty |
| ESSAIM_RESERVED_DOMAINS | domains nobody may have a site under: the association's own | empty |
| ESSAIM_SOURCE | address where the source of what runs is kept (AGPL, section 13); empty: the Manager offers its own files | empty |
| ESSAIM_FETCH | a demo's own: the command that fetches a site where its name is known, `{name}` in its place; empty: browsers find the sites | empty |
| ESSAIM_ZONES | time zones of the house, the first is its own: when people are there, and when little is asked of its sites | Europe/Paris,America/Montreal |
| ESSAIM_SSH_PKCS11_MODULE | library of a PKCS#11 token that holds the keys of the SSH authorities; empty: they are files in ESSAIM_STATE | empty |
| ESSAIM_SSH_PKCS11_LABEL, ESSAIM_SSH_PKCS11_PIN_FILE | what the labels of both keys begin with (`essaim-people`, `essaim-machines`); the file with the token's PIN | essaim, empty |
| ESSAIM_DEBUG | `1` shows errors in the browser; never on a machine people reach | 0 |
"""

import os
import secrets
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
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
    "essaim.manager.keys",
    "essaim.manager.hosting",
    "essaim.manager.openid",
    "essaim.manager.vault",
    "essaim.manager.privacy",
    "essaim.manager.team",
    "essaim.manager.web",
    # after ours, whose templates take the place of theirs
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.idp.oidc",
]
MIDDLEWARE = [
    "essaim.manager.web.proxies.ClientAddress",
    "essaim.manager.people.gate.SignInGate",
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
    "allauth.account.middleware.AccountMiddleware",
    "essaim.manager.web.middleware.SecondFactorFirst",
    "essaim.manager.web.middleware.AgreementFirst",
    "essaim.manager.web.middleware.SeeingAs",
    "essaim.manager.web.middleware.Masks",
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
PASSWORD_HASHERS = [
    "essaim.manager.people.hashing.BoundedArgon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",  # of accounts brought from elsewhere: replaced when they sign in
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "name"]},
    },
]
# Signing in twice: see people/second_factor.py. "team" asks everybody of the team for a second factor, "asked" reminds them.
# "open": anybody may become a client, once their address is proved; "invitation": clients come by invitation alone.
REGISTRATION = os.environ.get("ESSAIM_REGISTRATION") or "invitation"
if REGISTRATION not in ("open", "invitation"):
    raise ImproperlyConfigured("ESSAIM_REGISTRATION is open or invitation.")
SECOND_FACTOR = os.environ.get("ESSAIM_SECOND_FACTOR", "team")
RIGHTS_USE_NOTED_EVERY: timedelta | None = timedelta(hours=1)
"""How often at most the last use of a group is written down: see people/rights/use.py."""
ACCOUNT_ADAPTER = "essaim.manager.people.second_factor.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
MFA_ADAPTER = "essaim.manager.people.second_factor.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # a clock may be half a minute off
MFA_FORMS = {
    "authenticate": "essaim.manager.people.second_factor.SecondFactorForm",
    "reauthenticate": "essaim.manager.people.second_factor.AgainForm",
}
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not ORIGIN.startswith("https:")  # a demo on a loopback address
# The provider of OpenID Connect for the house's own tools: see openid/provider.py.
IDP_OIDC_ADAPTER = "essaim.manager.openid.provider.Adapter"
IDP_OIDC_REFRESH_TOKEN_EXPIRES_IN = 30 * 86400
PASSWORD_RESET_TIMEOUT = 3600
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
ZONES = [name for name in os.environ.get("ESSAIM_ZONES", "").split(",") if name] or ["Europe/Paris", "America/Montreal"]
TIME_ZONE = ZONES[0]
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
SSH_PKCS11 = tuple(
    os.environ.get(f"ESSAIM_SSH_PKCS11_{name}", default)
    for name, default in (("MODULE", ""), ("LABEL", "essaim"), ("PIN_FILE", ""))
)
SHIELD_AUTOMATIC = os.environ.get("ESSAIM_SHIELD_AUTOMATIC", "")
if SHIELD_AUTOMATIC not in ("", "calm", "checked"):
    raise ImproperlyConfigured("ESSAIM_SHIELD_AUTOMATIC is calm, checked, or empty.")
ACME_ORDERS = int(os.environ.get("ESSAIM_ACME_ORDERS") or 0)
ACME_CONTACT = os.environ.get("ESSAIM_ACME_CONTACT", "")
TLS_PROFILE = os.environ.get("ESSAIM_TLS_PROFILE") or "modern"
HOUSE = os.environ.get("ESSAIM_HOUSE", "Essaim")
SOURCE = os.environ.get("ESSAIM_SOURCE", "")
FETCH = os.environ.get("ESSAIM_FETCH", "")
COLOUR = os.environ.get("ESSAIM_COLOUR", "#b45309")
SHARED_DOMAINS = [name for name in os.environ.get("ESSAIM_SHARED_DOMAINS", "").split(",") if name]
RESERVED_DOMAINS = [name for name in os.environ.get("ESSAIM_RESERVED_DOMAINS", "").split(",") if name]
CLOSED_KEPT_DAYS = 30

_smtp = urlsplit(os.environ.get("ESSAIM_SMTP", ""))
"""Where letters go: smtps://user:password@mail.example.org:465, smtp+starttls://…:587, or smtp://… within one machine; empty: they wait."""
EMAIL_HOST = _smtp.hostname or ""
EMAIL_PORT = _smtp.port or {"smtps": 465, "smtp+starttls": 587}.get(_smtp.scheme, 25)
EMAIL_USE_SSL = _smtp.scheme == "smtps"
EMAIL_USE_TLS = _smtp.scheme == "smtp+starttls"
EMAIL_HOST_USER = unquote(_smtp.username or "")
EMAIL_HOST_PASSWORD = unquote(_smtp.password or "")
EMAIL_TIMEOUT = 30
DEFAULT_FROM_EMAIL = os.environ.get("ESSAIM_MAIL_FROM", f"{HOUSE} <essaim@localhost>")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"journal": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["journal"], "level": "INFO"},
}
SILENCED_SYSTEM_CHECKS: list[str] = []
