"""Settings of the trading service; everything that differs between places comes from the environment."""

from shared import environment

SECRET_KEY = environment.required("CEEX_TRADING_SECRET_KEY")
DEBUG = environment.optional("CEEX_DEBUG", "0") == "1"
ALLOWED_HOSTS = environment.optional("CEEX_ALLOWED_HOSTS", "localhost,127.0.0.1").split(",")
ROOT_URLCONF = "trading.urls"
WSGI_APPLICATION = "trading.wsgi.application"
APPEND_SLASH = False
INSTALLED_APPS = [
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "trading.grid",
    "trading.ledger",
    "trading.markets",
    "trading.orders",
    "trading.strategies",
    "trading.results",
    "trading.schedules",
    "trading.metering",
    "trading.settlement",
    "trading.metrics",
    "trading.operations",
]
DATABASES = {"default": environment.database("CEEX_TRADING_DATABASE_URL")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
