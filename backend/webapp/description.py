"""How the API is described. REST framework loads this module from the settings."""

from drf_spectacular.openapi import AutoSchema


class Description(AutoSchema):
    """Shapes stand nested beside their endpoint: `LogIn.Request` is described as LogInRequest."""

    def get_serializer_name(self, serializer, direction):
        """Name a shape after where it stands."""
        return type(serializer).__qualname__.replace(".", "")
