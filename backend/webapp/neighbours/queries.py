from dataclasses import dataclass

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from webapp.access.models import Pairing
from webapp.neighbours.models import Block, Card, Message, Report

NEWEST = 200


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another's card as one user sees it."""

    card: Card
    unread: int
    blocked: bool


def card_of(user):
    """The user's own card, or None before the first word about it; its picture is read when it is shown."""
    return Card.objects.filter(user=user).defer("picture").first()


def visible_to(user):
    """The cards that a user sees: of the same grid, open on both sides, not of who blocked one."""
    mine = Card.objects.filter(user=user, is_open=True, silenced_at=None)
    paired = Pairing.objects.filter(unpaired_at=None)
    grids = paired.filter(user=user).values("dso_id")
    near = paired.filter(dso_id__in=grids).exclude(user=user).values("user_id")
    cards = Card.objects.filter(is_open=True, silenced_at=None, user__is_active=True, user_id__in=near)
    shut_out_by = Block.objects.filter(blocked__in=mine).values("card_id")
    return cards.exclude(pk__in=shut_out_by) if mine.exists() else cards.none()


def neighbours_of(user):
    """Who can be written to, with what of theirs is unread; who is blocked too, to be let in again."""
    unread = Message.objects.filter(sender=OuterRef("pk"), receiver__user=user, read_at=None)
    counted = unread.order_by().values("sender").annotate(count=Count("pk")).values("count")
    cards = visible_to(user).defer("picture").annotate(unread=Coalesce(Subquery(counted), 0))
    blocked = set(Block.objects.filter(card__user=user).values_list("blocked_id", flat=True))
    return [
        Neighbour(card, 0 if card.pk in blocked else card.unread, card.pk in blocked)
        for card in cards.order_by("name", "card_id")
    ]


def between(user, card):
    """The newest messages between a user and the holder of a card, the oldest of them first."""
    said = Message.objects.filter(
        Q(sender__user=user, receiver=card) | Q(sender=card, receiver__user=user)
    ).select_related("report")
    return list(said.order_by("-at", "-message_id")[:NEWEST])[::-1]


def unread_of(user):
    """How many messages a user has not read, of those who can be seen."""
    unread = Message.objects.filter(receiver__user=user, read_at=None)
    if not unread.exists():  # nearly always: nothing else is asked
        return 0
    shut_out = Block.objects.filter(card__user=user).values("blocked_id")
    return unread.filter(sender__in=visible_to(user)).exclude(sender__in=shut_out).count()


def reports():
    """The newest reports, those that wait first."""
    found = Report.objects.select_related("message__sender__user", "message__receiver__user")
    found = found.defer("message__sender__picture", "message__receiver__picture")
    return found.order_by("-settled_at", "-at")[:NEWEST]
