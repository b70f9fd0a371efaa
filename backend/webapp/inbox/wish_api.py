"""Notifications per event: in the app, in the day's mail, in both or in neither."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import fields, problems
from webapp.inbox import wishes
from webapp.users import inputs


class WishShape(fields.StrictSerializer):
    """How one kind of event is told."""

    kind = fields.StrictChoiceField(wishes.KINDS)
    inApp = fields.StrictBooleanField()
    byMail = fields.StrictBooleanField()


class Wishes(APIView):
    """The user's wishes."""

    class Shape(fields.StrictSerializer):
        """One for each kind; those that are not named stay as they are."""

        items = serializers.ListField(child=WishShape(), min_length=1, max_length=len(wishes.KINDS))

        def validate_items(self, items):
            """Nobody wants the same told in two ways."""
            if len({each["kind"] for each in items}) < len(items):
                raise problems.field_error("items", "duplicate", "Name each kind once.")
            return items

    @extend_schema(operation_id="notification_wishes", responses=Shape)
    def get(self, request):
        """Show them."""
        return Response(_described(request.user))

    @extend_schema(operation_id="choose_notifications", request=Shape, responses={200: Shape})
    def put(self, request):
        """Say them anew."""
        said = inputs.read(self.Shape, request)["items"]
        wanted = [wishes.Wanted(each["kind"], each["inApp"], each["byMail"]) for each in said]
        wishes.choose(user=request.user, wanted=wanted)
        return Response(_described(request.user))


def _described(user):
    items = [{"kind": each.kind, "inApp": each.in_app, "byMail": each.by_mail} for each in wishes.of(user)]
    return {"items": items}
