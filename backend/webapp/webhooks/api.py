from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import fields, identity, problems
from webapp.users import inputs, throttles
from webapp.webhooks import operations, queries, targets
from webapp.webhooks.models import KINDS, Delivery

EVENTS = (*KINDS, "ping")


class WebhookShape(serializers.Serializer):
    """An address that is called; its secret was shown once."""

    webhookId = serializers.UUIDField()
    url = serializers.CharField()
    events = serializers.ListField(child=serializers.ChoiceField(KINDS))
    createdAt = serializers.DateTimeField()
    earlierSecretUntil = serializers.DateTimeField(allow_null=True)


class NewWebhookShape(WebhookShape):
    """An address that was just registered, with its secret."""

    secret = serializers.CharField()


class WebhooksShape(serializers.Serializer):
    """A list."""

    items = WebhookShape(many=True)


class SecretShape(serializers.Serializer):
    """A new secret."""

    secret = serializers.CharField()


class AttemptShape(serializers.Serializer):
    """One try."""

    at = serializers.DateTimeField()
    status = serializers.IntegerField(allow_null=True)
    error = serializers.CharField(allow_null=True)
    durationMs = serializers.IntegerField()


class DeliveryShape(serializers.Serializer):
    """A message and its tries."""

    deliveryId = serializers.UUIDField()
    event = serializers.ChoiceField(EVENTS)
    state = serializers.ChoiceField(Delivery.State.values)
    createdAt = serializers.DateTimeField()
    nextAttemptAt = serializers.DateTimeField(allow_null=True)
    body = serializers.DictField()
    attempts = AttemptShape(many=True)


class DeliveriesShape(serializers.Serializer):
    """The newest deliveries."""

    items = DeliveryShape(many=True)


class Webhooks(APIView):
    """Where a user's programs are called."""

    class NewWebhook(fields.StrictSerializer):
        url = fields.StrictCharField(max_length=targets.LONGEST)
        events = serializers.ListField(
            child=fields.StrictChoiceField(KINDS), min_length=1, max_length=len(KINDS)
        )

    @extend_schema(operation_id="webhooks", responses=WebhooksShape)
    def get(self, request):
        """List them, the newest first."""
        return Response({"items": [queries.described(each) for each in queries.endpoints_of(request.user)]})

    @extend_schema(operation_id="create_webhook", request=NewWebhook, responses={201: NewWebhookShape})
    def post(self, request):
        """Register one; its secret is in this answer and nowhere else."""
        said = inputs.read(self.NewWebhook, request)
        endpoint, secret = operations.register(
            user=request.user, url=said["url"], kinds=said["events"], at=identity.real_time()
        )
        return _secret(queries.described(endpoint) | {"secret": secret}, status.HTTP_201_CREATED)


class OneWebhook(APIView):
    """One address."""

    @extend_schema(operation_id="remove_webhook", responses={204: None})
    def delete(self, request, webhook_id):
        """Call there no more."""
        operations.remove(endpoint=_mine(request, webhook_id), at=identity.real_time())
        return Response(status=status.HTTP_204_NO_CONTENT)


class Rotation(APIView):
    """A new secret; for a day the earlier one signs beside it."""

    @extend_schema(operation_id="rotate_webhook_secret", request=None, responses=SecretShape)
    def post(self, request, webhook_id):
        """Make it."""
        secret = operations.rotate(endpoint=_mine(request, webhook_id), at=identity.real_time())
        return _secret({"secret": secret}, status.HTTP_200_OK)


class Ping(APIView):
    """A message that says nothing, to try the address."""

    @extend_schema(operation_id="ping_webhook", request=None, responses={202: DeliveryShape})
    def post(self, request, webhook_id):
        """Send it; what comes of it stands in the log."""
        endpoint = _mine(request, webhook_id)
        throttles.count("webhook-test", request.user.pk, at=identity.real_time())
        delivery = operations.ping(endpoint=endpoint, at=identity.real_time())
        return Response(queries.described_delivery(delivery), status=status.HTTP_202_ACCEPTED)


class Deliveries(APIView):
    """The log of an address."""

    @extend_schema(operation_id="webhook_deliveries", responses=DeliveriesShape)
    def get(self, request, webhook_id):
        """List the newest; `state=dead` shows what was given up."""
        state = request.query_params.get("state")
        if state is not None and state not in Delivery.State.values:
            raise problems.field_error("state", "invalid", "There is no such state.")
        rows = queries.deliveries_of(_mine(request, webhook_id), state=state)
        return Response({"items": [queries.described_delivery(each) for each in rows]})


class Replay(APIView):
    """A message sent once more, under the id that it had."""

    @extend_schema(operation_id="replay_webhook_delivery", request=None, responses={202: DeliveryShape})
    def post(self, request, webhook_id, delivery_id):
        """Send it."""
        endpoint, at = _mine(request, webhook_id), identity.real_time()
        throttles.count("webhook-test", request.user.pk, at=at)
        delivery = operations.replay(endpoint=endpoint, delivery_id=delivery_id, at=at)
        return Response(queries.described_delivery(delivery), status=status.HTTP_202_ACCEPTED)


def _mine(request, webhook_id):
    return operations.find(user=request.user, endpoint_id=webhook_id)


def _secret(body, status_code):
    answer = Response(body, status=status_code)
    answer["Cache-Control"] = "no-store"
    return answer
