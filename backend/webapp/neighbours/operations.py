from django.db import transaction

from shared import problems
from webapp.neighbours import pictures, queries
from webapp.neighbours.models import Block, Card, Message, Report
from webapp.users import throttles


class NoSuchNeighbour(Exception):
    """There is no such neighbour, or one of you does not want to be written to."""


class NoSuchMessage(Exception):
    """You got no such message."""


class NoSuchReport(Exception):
    """There is no such report."""


class NoPicture(Exception):
    """There is no picture."""


class Blocked(Exception):
    """You have blocked this neighbour. Let them in again first."""


for missing in (NoSuchNeighbour, NoSuchMessage, NoSuchReport, NoPicture):
    problems.register(missing, status=404, code="not-found", title="Not found")
problems.register(Blocked, status=409, code="neighbour-blocked", title="Blocked")


def describe(*, user, name, is_open):
    """Say what neighbours see of a user, and whether they do.

    :raises Problem: an open card needs a name
    """
    if is_open and not name:
        raise problems.field_error("name", "required", "Neighbours need a name to call you by.")
    card, _ = Card.objects.update_or_create(user=user, defaults={"name": name, "is_open": is_open})
    return card


def show(*, user, picture, at):
    """Put a picture on the user's card.

    :raises PictureTooLarge, NotAPicture: it is refused
    """
    throttles.count("picture", user.pk, at=at)
    drawn = pictures.drawn_anew(picture)
    return _put(user, picture=drawn, picture_digest=pictures.digest(drawn))


def hide(*, user):
    """Take the picture off; safe to repeat."""
    return _put(user, picture=None, picture_digest="")


def _put(user, **picture):
    unnamed = {"name": "", "is_open": False}
    card, _ = Card.objects.update_or_create(user=user, defaults=picture, create_defaults=unnamed | picture)
    return card


@transaction.atomic
def write(*, user, card_id, message_id, text, at):
    """Send a neighbour a message, once, however often it is asked for under this id.

    :raises NoSuchNeighbour, Blocked: it would not be read
    :raises Problem: 429 after too many
    """
    receiver = find(user=user, card_id=card_id)
    if Block.objects.filter(card__user=user, blocked=receiver).exists():
        raise Blocked
    throttles.count("message", user.pk, at=at)
    sender = queries.card_of(user)
    message, is_new = Message.objects.get_or_create(
        message_id=message_id,
        defaults={"sender": sender, "receiver": receiver, "text": text, "at": at},
    )
    if not is_new and (message.sender_id, message.receiver_id) != (sender.pk, receiver.pk):
        raise problems.field_error("messageId", "invalid", "This id is taken.")
    return message


def mark_read(*, user, card_id, at):
    """Note that the user has read what a neighbour wrote; safe to repeat.

    :raises NoSuchNeighbour: there is none
    """
    sender = find(user=user, card_id=card_id)
    Message.objects.filter(sender=sender, receiver__user=user, read_at=None).update(read_at=at)


def block(*, user, card_id):
    """Hear no more from a neighbour, who no longer sees the user either; safe to repeat.

    :raises NoSuchNeighbour: there is none
    """
    blocked = find(user=user, card_id=card_id)
    Block.objects.get_or_create(card=queries.card_of(user), blocked=blocked)


def let_in(*, user, card_id):
    """Take a block back; safe to repeat.

    :raises NoSuchNeighbour: there is none
    """
    Block.objects.filter(card__user=user, blocked=find(user=user, card_id=card_id)).delete()


def report(*, user, message_id, reason, at):
    """Show the operator a message that the user got; the first reason stays.

    :raises NoSuchMessage: there is none, or it went to someone else
    """
    throttles.count("report", user.pk, at=at)
    message = Message.objects.filter(message_id=message_id, receiver__user=user).first()
    if message is None:
        raise NoSuchMessage
    made, _ = Report.objects.get_or_create(message=message, defaults={"reason": reason, "at": at})
    return made


@transaction.atomic
def settle(*, report_id, silence, at):
    """Close a report; whoever wrote the message is silenced, with which all reports of them are closed.

    To close one report does not undo that; to do so again, when it is closed, lets them write again.


    :raises NoSuchReport: there is none
    """
    reported = Report.objects.select_related("message").filter(report_id=report_id).first()
    if reported is None:
        raise NoSuchReport
    writer = reported.message.sender_id
    if silence:
        Card.objects.filter(pk=writer).update(silenced_at=at)
        Report.objects.filter(message__sender=writer, settled_at=None).update(settled_at=at)
    elif reported.settled_at:
        Card.objects.filter(pk=writer).update(silenced_at=None)
    else:
        Report.objects.filter(pk=reported.pk).update(settled_at=at)


def find(*, user, card_id):
    """The card of a neighbour that the user sees.

    :raises NoSuchNeighbour: there is none
    """
    card = queries.visible_to(user).filter(card_id=card_id).defer("picture").first()
    if card is None:
        raise NoSuchNeighbour
    return card
