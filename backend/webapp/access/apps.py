from django.apps import AppConfig


class AccessConfig(AppConfig):
    """The room access."""

    name = "webapp.access"
    label = "access"

    def ready(self):
        """Let a user's description say which nodes are paired."""
        from webapp.access import queries
        from webapp.users import profile

        profile.add("pairings", queries.described_pairings)
