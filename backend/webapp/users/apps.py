from django.apps import AppConfig


class UsersConfig(AppConfig):
    """The room users."""

    name = "webapp.users"
    label = "users"
