from django.apps import AppConfig


class NeighboursConfig(AppConfig):
    """The room neighbours."""

    name = "webapp.neighbours"
    label = "neighbours"
