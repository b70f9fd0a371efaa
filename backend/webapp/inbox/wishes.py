"""Of which events does a user want to hear, in the app and in the day's mail?"""

from dataclasses import dataclass

from django.db import transaction

from webapp.inbox.models import Wish

PUBLISHED, CANCELLED = "auction-published", "auction-cancelled"
CURTAILED, ASIDE = "schedule-curtailed", "order-quarantined"
KINDS = (PUBLISHED, CANCELLED, CURTAILED, ASIDE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """How one kind of event is told."""

    kind: str
    in_app: bool = True
    by_mail: bool = False


def of(user):
    """The user's wishes, one for each kind."""
    said = {wish.kind: wish for wish in Wish.objects.filter(user=user)}
    return [
        Wanted(kind, said[kind].in_app, said[kind].by_mail) if kind in said else Wanted(kind)
        for kind in KINDS
    ]


def of_all(*, users, kind):
    """The wish of each of these users about a kind, by the user's key."""
    said = Wish.objects.filter(user__in=users, kind=kind).values_list("user_id", "in_app", "by_mail")
    wanted = {user: Wanted(kind, in_app, by_mail) for user, in_app, by_mail in said}
    return {user: wanted.get(user, Wanted(kind)) for user in users}


@transaction.atomic
def choose(*, user, wanted):
    """Say anew how some kinds are told."""
    for each in wanted:
        Wish.objects.update_or_create(
            user=user, kind=each.kind, defaults={"in_app": each.in_app, "by_mail": each.by_mail}
        )
