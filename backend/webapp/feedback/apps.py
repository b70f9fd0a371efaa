from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    """The room feedback."""

    name = "webapp.feedback"
    label = "feedback"
