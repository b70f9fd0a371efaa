"""Answers are JSON, whatever else a caller would take: there is nothing to choose from."""

from rest_framework.negotiation import DefaultContentNegotiation


class JSONAlone(DefaultContentNegotiation):
    """Looks for no other form; REST framework loads it from the settings."""

    def select_renderer(self, request, renderers, format_suffix=None):
        """The only one."""
        return renderers[0], renderers[0].media_type
