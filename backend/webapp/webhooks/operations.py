from datetime import timedelta

from django.db import transaction

from shared import problems
from shared.fields import utc_text
from webapp.access import queries as access
from webapp.users.models import User
from webapp.users.permissions import OPERATOR
from webapp.webhooks import models, queries, signatures, targets
from webapp.webhooks.models import Delivery, Endpoint

MOST_ENDPOINTS = 10
OVERLAP = timedelta(days=1)


class TooManyEndpoints(Exception):
    """You have as many webhooks as one user may have; remove one first."""


class EndpointNotYours(Exception):
    """You have no such webhook."""


class DeliveryNotYours(Exception):
    """There is no such delivery."""


problems.register(TooManyEndpoints, status=409, code="too-many-webhooks", title="Too many webhooks")
problems.register(EndpointNotYours, status=404, code="not-found", title="Not found")
problems.register(DeliveryNotYours, status=404, code="not-found", title="Not found")


@transaction.atomic
def register(*, user, url, kinds, at):
    """Note where to call; returns the endpoint and its secret, which is shown once.

    :raises Problem: 400 for an address that is not called
    :raises TooManyEndpoints: one of the others must be removed first
    """
    targets.check(url)
    User.objects.select_for_update().get(pk=user.pk)
    if queries.endpoints_of(user).count() >= MOST_ENDPOINTS:
        raise TooManyEndpoints
    secret = signatures.new_secret()
    endpoint = Endpoint.objects.create(
        user=user,
        url=url,
        kinds=[kind for kind in models.KINDS if kind in kinds],
        sealed_secret=signatures.seal(secret),
        created_at=at,
    )
    return endpoint, secret


def find(*, user, endpoint_id):
    """An endpoint of the user's.

    :raises EndpointNotYours: there is none, or it is someone else's
    """
    endpoint = queries.endpoints_of(user).filter(endpoint_id=endpoint_id).first()
    if endpoint is None:
        raise EndpointNotYours
    return endpoint


@transaction.atomic
def remove(*, endpoint, at):
    """Call there no more; what was waiting is given up."""
    Endpoint.objects.filter(pk=endpoint.pk).update(removed_at=at)
    waiting = Delivery.objects.filter(endpoint=endpoint, state=Delivery.State.WAITING)
    waiting.update(state=Delivery.State.DEAD, ended_at=at)


def rotate(*, endpoint, at):
    """Give an endpoint a new secret; for a day the earlier one signs beside it. Returns the new one."""
    secret = signatures.new_secret()
    endpoint.earlier_sealed_secret, endpoint.earlier_until = endpoint.sealed_secret, at + OVERLAP
    endpoint.sealed_secret = signatures.seal(secret)
    endpoint.save(update_fields=["earlier_sealed_secret", "earlier_until", "sealed_secret"])
    return secret


def ping(*, endpoint, at):
    """Send a message that says nothing, to try the address."""
    return _queue([endpoint], models.PING, key=f"ping:{at.isoformat()}", data={}, at=at)[0]


def replay(*, endpoint, delivery_id, at):
    """Send a message once more, under the id that it had.

    :raises DeliveryNotYours: there is no such delivery to this endpoint
    """
    found = Delivery.objects.filter(endpoint=endpoint, delivery_id=delivery_id)
    if not found.update(state=Delivery.State.WAITING, due_at=at, ended_at=None, attempts=0):
        raise DeliveryNotYours
    return found.get()


def announce_auction(*, event, at):
    """Tell of a published or cancelled auction, and each user's program what it brought their nodes."""
    data = {name: value for name, value in event.items() if name not in ("eventId", "kind", "at", "nodes")}
    key, cancelled = str(event["eventId"]), event["kind"] == "auction-cancelled"
    kind = models.CANCELLED if cancelled else models.PUBLISHED
    # One auction may come in several events, each with some of the nodes.
    _queue(queries.wanting(kind, None), kind, key=f"{kind}:{event['auctionId']}", data=data, at=at)
    if cancelled:
        return
    by_user = _by_user(event["nodes"])
    for endpoint in queries.wanting(models.RESULT, list(by_user)):
        nodes = by_user[endpoint.user_id]
        _queue([endpoint], models.RESULT, key=f"result:{key}", data=data | {"nodes": nodes}, at=at)


def announce_schedule(*, event, at):
    """Tell the staff of a grid operator that a schedule waits for its answer."""
    users = access.staff_of(event["dsoId"])
    data = {name: event[name] for name in ("auctionId", "dsoId", "scheduleHash", "answerBy")}
    endpoints = queries.wanting(models.SCHEDULE, users)
    _queue(endpoints, models.SCHEDULE, key=f"schedule:{event['eventId']}", data=data, at=at)


def announce_incident(*, event, at):
    """Tell those who run the exchange, and the grid concerned, that something is out of bounds."""
    users = list(User.objects.filter(role=OPERATOR).values_list("pk", flat=True))
    if event.get("dsoId"):
        users += access.staff_of(event["dsoId"])
    data = {"code": event["code"], "auctionId": event["auctionId"]}
    endpoints = queries.wanting(models.INCIDENT, users)
    _queue(endpoints, models.INCIDENT, key=f"incident:{event['eventId']}", data=data, at=at)


def announce_gate(*, gate, at):
    """Tell that a gate is about to close; for each auction once."""
    data = {name: gate[name] for name in ("auctionId", "marketId", "gateClosesAt", "deliveryStartsAt")}
    endpoints = queries.wanting(models.GATE, None)
    _queue(endpoints, models.GATE, key=f"gate:{gate['auctionId']}", data=data, at=at)


def _by_user(nodes):
    owners = access.users_by_node([node["nodeId"] for node in nodes])
    found = {}
    for node in nodes:
        if node["nodeId"] in owners:
            shown = {name: node[name] for name in ("nodeId", "boughtWh", "soldWh", "amountUrp")}
            found.setdefault(owners[node["nodeId"]], []).append(shown)
    return found


def _queue(endpoints, kind, *, key, data, at):
    body = {"type": kind, "timestamp": utc_text(at), "data": data}
    deliveries = [
        Delivery(endpoint=endpoint, event_key=key, kind=kind, body=body, created_at=at, due_at=at)
        for endpoint in endpoints
    ]
    return Delivery.objects.bulk_create(deliveries, ignore_conflicts=True)
