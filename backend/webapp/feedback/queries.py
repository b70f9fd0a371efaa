from webapp.feedback.models import Remark

NEWEST = 100


def newest():
    """The newest remarks, with who made them."""
    return Remark.objects.select_related("user").order_by("-at", "-pk")[:NEWEST]
