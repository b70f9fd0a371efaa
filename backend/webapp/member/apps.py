from django.apps import AppConfig


class MemberConfig(AppConfig):
    """The room member."""

    name = "webapp.member"
    label = "member"
