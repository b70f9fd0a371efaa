"""What answers look like, for the description of the API."""

from rest_framework import serializers


class PairingShape(serializers.Serializer):
    """A customer a user acts for."""

    pairingId = serializers.UUIDField()
    dsoId = serializers.CharField()
    dsoName = serializers.CharField()
    customerNumber = serializers.CharField()
    consumerNodeId = serializers.CharField()
    producerNodeId = serializers.CharField(allow_null=True)


class UserShape(serializers.Serializer):
    """A user as they see themselves."""

    userId = serializers.UUIDField()
    email = serializers.EmailField()
    role = serializers.CharField()
    language = serializers.CharField()
    secondFactor = serializers.BooleanField()
    pairings = PairingShape(many=True)


class SessionShape(serializers.Serializer):
    """A session; its refresh token is in the cookie."""

    accessToken = serializers.CharField()
    expiresIn = serializers.IntegerField()
    user = UserShape()
