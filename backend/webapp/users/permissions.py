from rest_framework import permissions

OPERATOR = "operator"


class IsOperator(permissions.BasePermission):
    """Whoever runs the exchange, logged in themselves."""

    def has_permission(self, request, view):
        """Check the role of the user."""
        return request.user is not None and getattr(request.user, "role", None) == OPERATOR
