from django.conf import settings
from django.db import models


class Remark(models.Model):
    """What someone told about the page, and on which page of which release in which browser."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="remarks")
    at = models.DateTimeField(db_index=True)
    text = models.CharField(max_length=2000)
    page = models.CharField(max_length=200)
    revision = models.CharField(max_length=64)
    browser = models.CharField(max_length=200)
