from django.conf import settings

from webapp.feedback.models import Remark
from webapp.users import throttles


def tell(*, user, text, page, browser, at):
    """Keep what a user tells.

    :raises Problem: 429 after too many
    """
    throttles.count("feedback", user.pk, at=at)
    return Remark.objects.create(
        user=user, text=text, page=page, browser=browser, revision=settings.REVISION, at=at
    )
