"""Pictures of neighbours: taken as bytes, drawn anew, given out to those who may see the card."""

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework import status
from rest_framework.parsers import BaseParser
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import identity
from webapp.neighbours import operations, pictures, queries


class PictureParser(BaseParser):
    """The bytes of a picture, as they are; one more than is taken, so that too many are seen."""

    media_type = "image/*"

    def parse(self, stream, media_type=None, parser_context=None):
        """Read the body of a request."""
        return stream.read(pictures.LARGEST_BYTES + 1)


class OwnPicture(APIView):
    """The picture on the user's card."""

    parser_classes = (PictureParser,)

    @extend_schema(operation_id="own_picture", responses={(200, pictures.MEDIA_TYPE): OpenApiTypes.BINARY})
    def get(self, request):
        """Show it."""
        return _answer(queries.card_of(request.user))

    @extend_schema(
        operation_id="show_picture",
        request={"image/*": OpenApiTypes.BINARY},
        responses={204: None},
        description="JPEG, PNG or WebP of at most 200 kB; drawn anew as a small square.",
    )
    def put(self, request):
        """Put another there."""
        operations.show(user=request.user, picture=request.data, at=identity.real_time())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(operation_id="hide_picture", responses={204: None})
    def delete(self, request):
        """Take it off."""
        operations.hide(user=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class NeighbourPicture(APIView):
    """The picture of a neighbour who can be seen."""

    @extend_schema(
        operation_id="neighbour_picture", responses={(200, pictures.MEDIA_TYPE): OpenApiTypes.BINARY}
    )
    def get(self, request, card_id):
        """Show it."""
        return _answer(operations.find(user=request.user, card_id=card_id))


def _answer(card):
    if card is None or card.picture is None:
        raise operations.NoPicture
    return HttpResponse(
        bytes(card.picture),
        content_type=pictures.MEDIA_TYPE,
        headers={
            "Cache-Control": "private, no-store",
            "Content-Disposition": "inline",
            "X-Content-Type-Options": "nosniff",
        },
    )
