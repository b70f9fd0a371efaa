"""Settings of the trading service; everything that differs between places comes from the environment."""

from shared import environment, identity, logs

SECRET_KEY = environment.secret("CEEX_TRADING_SECRET_KEY")
DEBUG = environment.flag("CEEX_DEBUG")
REVISION = environment.optional("CEEX_REVISION", "dev")
SPEED = environment.integer("CEEX_SPEED", 1, low=1, high=3600)

# Doors: the public service, whom to believe, and how to be believed. Nobody else reaches this service.
WEBAPP_URL = environment.url("CEEX_WEBAPP_URL")
# Told of each auction that ended, so that somebody outside notices when none does; empty: nobody.
PING_URL = environment.optional("CEEX_PING_URL", "")
WEBAPP_PUBLIC_KEY = environment.file_text("CEEX_WEBAPP_PUBLIC_KEY_FILE")
TRADING_PRIVATE_KEY = environment.file_text("CEEX_TRADING_PRIVATE_KEY_FILE")
identity.check_public_key("CEEX_WEBAPP_PUBLIC_KEY_FILE", WEBAPP_PUBLIC_KEY)
identity.check_private_key("CEEX_TRADING_PRIVATE_KEY_FILE", TRADING_PRIVATE_KEY)
ALLOWED_HOSTS = environment.optional("CEEX_ALLOWED_HOSTS", "localhost,127.0.0.1").split(",")

ROOT_URLCONF = "trading.urls"
WSGI_APPLICATION = "trading.wsgi.application"
APPEND_SLASH = False
INSTALLED_APPS = [
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    # The rooms, in the order in which a kilowatt-hour passes through them.
    "trading.grid",
    "trading.ledger",
    "trading.markets",
    "trading.capacities",
    "trading.orders",
    "trading.strategies",
    "trading.results",
    "trading.schedules",
    "trading.metering",
    "trading.settlement",
    "trading.metrics",
    "trading.operations",
]
MIDDLEWARE = [
    "shared.logs.RequestLine",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
]
DATABASES = {"default": environment.database("CEEX_TRADING_DATABASE_URL")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
LOGGING = logs.configure()

# A request is read by the parsers and answered in JSON; there are no sessions, cookies, forms or pages.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["trading.grid.trust.SignedIdentity"],
    "DEFAULT_PERMISSION_CLASSES": ["trading.grid.trust.RoleAllowed"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "shared.answers.JSONAlone",
    "DEFAULT_PARSER_CLASSES": ["shared.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "trading.grid.description.Description",
    "EXCEPTION_HANDLER": "shared.problems.handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "CEEX trading",
    "DESCRIPTION": "The exchange, inside: reached by the public service alone.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    # The same word with different choices: names for each.
    "ENUM_NAME_OVERRIDES": {
        "AuctionState": "trading.markets.api.STATES",
        "OrderState": "trading.orders.queries.OUTCOME_NAMES",
        "OrderSide": "trading.orders.api.SIDES",
        "NodeSide": "trading.grid.api.SIDES",
        "AssetKind": "trading.grid.asset_api.KINDS",
        "PartnerKind": "trading.results.api.PARTNERS",
        "Quality": "trading.metering.api.QUALITIES",
        "StrategyEnum": "trading.strategies.models.OF_HOUSEHOLDS",
    },
}
