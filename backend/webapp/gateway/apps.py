from django.apps import AppConfig


class GatewayConfig(AppConfig):
    """The room gateway."""

    name = "webapp.gateway"
    label = "gateway"
