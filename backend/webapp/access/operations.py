from django.db import IntegrityError, transaction

from shared import problems
from webapp.access import customers
from webapp.access.models import Appointment, Pairing
from webapp.users import throttles


class AlreadyPaired(Exception):
    """This customer is already paired with a user."""


class PairingNotYours(Exception):
    """You have no such pairing."""


problems.register(
    customers.CustomerNotFound, status=404, code="customer-not-found", title="Customer not found"
)
problems.register(AlreadyPaired, status=409, code="already-paired", title="Already paired")
problems.register(PairingNotYours, status=404, code="not-found", title="Not found")


def pair(*, user, dso, dso_client_id, at):
    """Let a user act for a customer's nodes.

    :raises CustomerNotFound: the DSO has no such customer
    :raises AlreadyPaired: some user acts for this customer
    """
    customer = customers.find(dso=dso, customer_number=dso_client_id, at=at)
    try:
        # The constraints decide between two users who pair at the same time.
        with transaction.atomic():
            return Pairing.objects.create(
                user=user,
                dso_id=customer.dso_id,
                dso_name=customer.dso_name,
                customer_number=dso_client_id,
                consumer_node_id=customer.consumer_node_id,
                producer_node_id=customer.producer_node_id,
                paired_at=at,
            )
    except IntegrityError as error:
        raise AlreadyPaired from error


def pair_as_asked(*, user, dso, dso_client_id, address, at):
    """The same for people, who may not try one number after the other, as one user or as many.

    :raises Problem: 429 after too many tries
    """
    throttles.count("pairing-address", address, at=at)
    throttles.count("pairing", user.pk, at=at)
    return pair(user=user, dso=dso, dso_client_id=dso_client_id, at=at)


def unpair(*, user, pairing_id, at):
    """Stop acting for a customer; counts from the next request on.

    :raises PairingNotYours: there is none, or it is someone else's
    """
    mine = Pairing.objects.filter(user=user, pairing_id=pairing_id, unpaired_at=None)
    if not mine.update(unpaired_at=at):
        raise PairingNotYours


def appoint(*, user, dso_id, at):
    """Let a user act for a DSO's grid; safe to repeat."""
    return Appointment.objects.get_or_create(user=user, dso_id=dso_id, defaults={"appointed_at": at})[0]
