"""A picture from outside, drawn anew: whatever else was in the file stays behind."""

import hashlib
import io

from PIL import Image, ImageOps

from shared import problems

LARGEST_BYTES = 200_000
# Of a side; a small file may claim to be a picture that fills the memory.
LONGEST_SIDE = 6_000
SIDE = 256
FORMATS = ("JPEG", "PNG", "WEBP")
MEDIA_TYPE = "image/webp"


class NotAPicture(Exception):
    """This is no picture that can be shown: JPEG, PNG or WebP, at most 6000 points a side."""


class PictureTooLarge(Exception):
    """A picture may have at most 200 kB."""


problems.register(NotAPicture, status=400, code="not-a-picture", title="Not a picture")
problems.register(PictureTooLarge, status=413, code="picture-too-large", title="Picture too large")


def drawn_anew(raw):
    """A small square of the picture as WebP, without what a camera writes into a file.

    :raises PictureTooLarge, NotAPicture: it is refused
    """
    if len(raw) > LARGEST_BYTES:
        raise PictureTooLarge
    try:
        return _square(raw)
    except Exception as error:  # bytes made to hurt a decoder let it raise anything
        raise NotAPicture from error


def digest(picture):
    """A name for a picture that changes with it."""
    return hashlib.sha256(picture).hexdigest()[:16]


def _square(raw):
    # The bytes decide what it is, and no other decoder is tried.
    with Image.open(io.BytesIO(raw), formats=FORMATS) as image:
        if max(image.size) > LONGEST_SIDE:
            raise ValueError("too many points")
        image.draft("RGB", (SIDE, SIDE))
        upright = ImageOps.exif_transpose(image).convert("RGB")
    written = io.BytesIO()
    ImageOps.fit(upright, (SIDE, SIDE)).save(written, "WEBP", quality=80)
    return written.getvalue()
