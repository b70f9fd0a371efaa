from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """The room webhooks."""

    name = "webapp.webhooks"
    label = "webhooks"
