from django.apps import AppConfig


class KeysConfig(AppConfig):
    """The room keys."""

    name = "webapp.keys"
    label = "keys"
