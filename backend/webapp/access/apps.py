from django.apps import AppConfig


class AccessConfig(AppConfig):
    """The room access."""

    name = "webapp.access"
    label = "access"

    def ready(self):
        """Let a user's description say which nodes are paired, and each request read them with its user."""
        from webapp.access import queries
        from webapp.users import profile, seen

        profile.add("pairings", queries.described_pairings)
        seen.know("seen_nodes", queries.NODES_OF)
