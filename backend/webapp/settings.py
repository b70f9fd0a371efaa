"""Settings of the webapp service; everything that differs between places comes from the environment."""

import hashlib
import hmac
from datetime import timedelta

from shared import environment, identity, logs

SECRET_KEY = environment.secret("CEEX_WEBAPP_SECRET_KEY")
DEBUG = environment.flag("CEEX_DEBUG")
REVISION = environment.optional("CEEX_REVISION", "dev")
ENVIRONMENT = environment.optional("CEEX_ENVIRONMENT", "development")
SPEED = environment.integer("CEEX_SPEED", 1, low=1, high=3600)

# Doors: where people come from, where trading is, and whom to believe.
PUBLIC_URL = environment.url("CEEX_PUBLIC_URL")
TRADING_URL = environment.url("CEEX_TRADING_URL")
# Whom to believe that it is trading, where its address is https.
TRADING_CA_FILE = environment.authorities("CEEX_TRADING_CA_FILE")
# Which trading must have answered before requests may come, where an older one bears the usual name too.
OWN_TRADING_URL = environment.optional("CEEX_OWN_TRADING_URL", "") and environment.url("CEEX_OWN_TRADING_URL")
WEBAPP_PRIVATE_KEY = environment.file_text("CEEX_WEBAPP_PRIVATE_KEY_FILE")
TRADING_PUBLIC_KEY = environment.file_text("CEEX_TRADING_PUBLIC_KEY_FILE")
identity.check_private_key("CEEX_WEBAPP_PRIVATE_KEY_FILE", WEBAPP_PRIVATE_KEY)
identity.check_public_key("CEEX_TRADING_PUBLIC_KEY_FILE", TRADING_PUBLIC_KEY)
ALLOWED_HOSTS = environment.optional("CEEX_ALLOWED_HOSTS", "localhost,127.0.0.1").split(",")
# How many proxies of ours stand before this service; their entries of X-Forwarded-For are believed.
PROXY_HOPS = environment.integer("CEEX_PROXY_HOPS", 0, low=0, high=5)
HTTPS = PUBLIC_URL.startswith("https://")

ROOT_URLCONF = "webapp.urls"
WSGI_APPLICATION = "webapp.wsgi.application"
APPEND_SLASH = False
INSTALLED_APPS = [
    # simplejwt and REST framework import the models of these two.
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "webapp.users",
    "webapp.access",
    "webapp.keys",
    "webapp.gateway",
    "webapp.member",
    "webapp.prices",
    "webapp.webhooks",
    "webapp.neighbours",
    "webapp.inbox",
    "webapp.feedback",
    "webapp.audit",
]
MIDDLEWARE = [
    "webapp.prices.unchanged.Unchanged",
    "webapp.headers.RequestId",
    "shared.logs.RequestLine",
    "webapp.headers.SecurityHeaders",
    "webapp.keys.authentication.RateLimitHeaders",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "webapp.audit.watch.Audited",
]
DATABASES = {"default": environment.database("CEEX_WEBAPP_DATABASE_URL")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
LOGGING = logs.configure()

# The page, where this service serves it; in production nginx does.
PAGE_DIR = environment.optional("CEEX_PAGE_DIR", "")
STATIC_URL = "/static/"
if PAGE_DIR:
    MIDDLEWARE.insert(MIDDLEWARE.index("django.middleware.common.CommonMiddleware"), "webapp.page.PageFiles")
    WHITENOISE_ROOT = PAGE_DIR
    WHITENOISE_ALLOW_ALL_ORIGINS = False
SUPPORT_MAIL = environment.optional("CEEX_SUPPORT_MAIL", "support@localhost")
MAP_TILES_URL = environment.optional("CEEX_MAP_TILES_URL", None)
# Only where the receivers are ours, as in the demo: lets webhooks call private addresses, and without TLS.
WEBHOOKS_TO_PRIVATE_ADDRESSES = environment.flag("CEEX_WEBHOOKS_TO_PRIVATE_ADDRESSES")
MAP_TILES_ATTRIBUTION = environment.optional("CEEX_MAP_TILES_ATTRIBUTION", None)

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "no-referrer"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if HTTPS:
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
if PROXY_HOPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Users. Rotation of refresh tokens has no setting that could be wrong: webapp.users.sessions does it.
AUTH_USER_MODEL = "users.User"
PASSWORD_HASHERS = ["webapp.users.passwords.Argon2"]
PASSWORD_MIN_LENGTH = 10
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": PASSWORD_MIN_LENGTH},
    },
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email"]},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "webapp.users.breached.BreachedPasswordValidator",
        "OPTIONS": {"path": environment.optional("CEEX_BREACHED_PASSWORDS_FILE", "")},
    },
]
SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    # A key of its own, so that nothing else that is signed with SECRET_KEY is ever taken for a log-in.
    "SIGNING_KEY": hmac.new(SECRET_KEY.encode(), b"access tokens of webapp", hashlib.sha512).hexdigest(),
    "AUDIENCE": "ceex-webapp",
    "ISSUER": "ceex-webapp",
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=5),
    "AUTH_TOKEN_CLASSES": ("rest_framework_simplejwt.tokens.AccessToken",),
}

# Mail: to files in development, else smtp://user:password@host:port or smtps://…
MAIL = environment.mail("CEEX_MAIL", environment.state_dir() / "mail")
globals().update(MAIL)
DEFAULT_FROM_EMAIL = environment.optional("CEEX_MAIL_FROM", "CEEX <ceex@localhost>")

REST_FRAMEWORK = {
    "EXCEPTION_HANDLER": "shared.problems.handler",
    "DEFAULT_PARSER_CLASSES": ["shared.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["webapp.users.authentication.Bearer"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "webapp.description.Description",
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "CEEX",
    "DESCRIPTION": "The public API of the local energy exchange.",
    "VERSION": REVISION,
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "webapp.schema.with_problems",
    ],
}
