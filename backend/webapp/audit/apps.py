from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The room audit."""

    name = "webapp.audit"
    label = "audit"
