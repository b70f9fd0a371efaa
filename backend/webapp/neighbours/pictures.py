"""A picture from outside, drawn anew: whatever else was in the file stays behind."""

import hashlib
import io
from threading import Lock

from PIL import Image, ImageOps

from shared import problems

LARGEST_BYTES = 200_000
# A small file may hold a picture that fills the memory.
LONGEST_SIDE, MOST_POINTS = 6_000, 12_000_000
SIDE = 256
FORMATS = ("JPEG", "PNG", "WEBP")
MEDIA_TYPE = "image/webp"


class NotAPicture(Exception):
    """No picture that can be shown: JPEG, PNG or WebP, at most 6000 points a side, 12 million in all."""


class PictureTooLarge(Exception):
    """A picture may have at most 200 kB."""


problems.register(NotAPicture, status=400, code="not-a-picture", title="Not a picture")
problems.register(PictureTooLarge, status=413, code="picture-too-large", title="Picture too large")


_decoding = Lock()  # one at a time: it takes a hundred times the memory of a request


def drawn_anew(raw):
    """A small square of the picture as WebP, without what a camera writes into a file.

    :raises PictureTooLarge, NotAPicture: it is refused
    """
    if len(raw) > LARGEST_BYTES:
        raise PictureTooLarge
    try:
        with _decoding:
            return _square(raw)
    except Exception as error:  # bytes made to hurt a decoder let it raise anything
        raise NotAPicture from error


def digest(picture):
    """A name for a picture that changes with it."""
    return hashlib.sha256(picture).hexdigest()[:16]


def _square(raw):
    # The bytes decide what it is, and no other decoder is tried.
    with Image.open(io.BytesIO(raw), formats=FORMATS) as image:
        if max(image.size) > LONGEST_SIDE or image.width * image.height > MOST_POINTS:
            raise ValueError("too many points")
        image.draft("RGB", (SIDE, SIDE))
        # Turned once it is small: the middle stays the middle, whichever way is up.
        small = ImageOps.fit(image if image.mode == "RGB" else image.convert("RGB"), (SIDE, SIDE))
    written = io.BytesIO()
    ImageOps.exif_transpose(small).save(written, "WEBP", quality=80)
    return written.getvalue()
