from django.apps import AppConfig


class InboxConfig(AppConfig):
    """The room inbox."""

    name = "webapp.inbox"
    label = "inbox"
