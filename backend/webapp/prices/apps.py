from django.apps import AppConfig


class PricesConfig(AppConfig):
    """The room prices."""

    name = "webapp.prices"
    label = "prices"
