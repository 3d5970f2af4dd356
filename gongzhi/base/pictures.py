"""Photos: opened with care, turned upright, drawn anew without any metadata, and a small one for lists."""

import struct
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any, NamedTuple

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from PIL import ExifTags, Image, ImageOps

from gongzhi.base.sniff import UploadRefused

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MAX_PIXELS = 52_000_000
"""Default of settings.PHOTO_MAX_PIXELS; a 50-megapixel phone is let in, a bomb is not."""
MAX_SIDE = 2048
THUMBNAIL_SIDE = 360
QUALITY = 82
BROKEN_NOTES = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, OSError, SyntaxError, struct.error)
"""What reading the EXIF part of foreign programs runs into; anything else counts as a damaged photo."""


class Photo(NamedTuple):
    """A photo ready to store: JPEG bytes, size in pixels, and what the camera had written, for locating only."""

    content: bytes
    thumbnail: bytes
    width: int
    height: int
    taken_at: datetime | None
    taken_lon: float | None
    taken_lat: float | None


def draw_photo(data: bytes) -> Photo:
    """The photo drawn anew: upright, at most 2048 px, JPEG (opens everywhere, WPS included), transparency on white.

    Raises UploadRefused: too many pixels, damaged.
    """
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as source:
            if source.width * source.height > int(getattr(settings, "PHOTO_MAX_PIXELS", MAX_PIXELS)):
                raise Image.DecompressionBombError
            taken_at, place = _camera_notes(source)
            if source.mode in ("RGB", "L", "RGBA", "CMYK"):
                source.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)  # small before anything copies it
            picture = _flat(ImageOps.exif_transpose(source))
    except Image.DecompressionBombError as error:
        raise UploadRefused(_("这张图的像素太多，请缩小后再传。"), code="bomb") from error
    except Exception as error:  # a decoder meets hostile bytes here and may raise anything at all
        raise UploadRefused(_("这张照片不完整，打不开。请重新拍一张或换一张。"), code="damaged") from error
    picture.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    width, height = picture.size
    content = _jpeg(picture)
    picture.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS)
    lon, lat = place or (None, None)
    return Photo(content, _jpeg(picture), width, height, taken_at, lon, lat)


def _flat(picture: Image.Image) -> Image.Image:
    """Pixels only: a fresh RGB image that carries nothing of the file it came from."""
    picture.load()
    if picture.mode == "RGB":
        return picture.copy()
    if picture.mode in ("LA", "PA", "RGBA") or "transparency" in picture.info:
        solid = picture.convert("RGBA")
        paper = Image.new("RGB", solid.size, "white")
        paper.paste(solid, mask=solid.getchannel("A"))
        return paper
    if picture.mode.startswith("I"):
        picture = picture.point(lambda value: value * (1 / 257)).convert("L")
    return picture.convert("RGB")


def _jpeg(picture: Image.Image) -> bytes:
    out = BytesIO()
    bare = Image.new("RGB", picture.size)
    bare.paste(picture)
    bare.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return out.getvalue()


def _camera_notes(source: Image.Image) -> tuple[datetime | None, tuple[float, float] | None]:
    """When and where (WGS-84, to about ten metres), as far as the EXIF part is sane; a broken one is no reason to refuse a photo."""
    try:
        exif = source.getexif()
        moment = _taken_at(exif.get_ifd(ExifTags.IFD.Exif))
    except BROKEN_NOTES:
        return None, None
    try:
        return moment, _taken_where(exif.get_ifd(ExifTags.IFD.GPSInfo))
    except BROKEN_NOTES:
        return moment, None


def _taken_at(notes: dict[int, Any]) -> datetime | None:
    """The time of the shutter; a camera that names no time zone is in China."""
    text = str(notes.get(ExifTags.Base.DateTimeOriginal, "")).strip("\0 ")
    offset = str(notes.get(ExifTags.Base.OffsetTimeOriginal, "")).strip("\0 ")
    try:
        moment = datetime.strptime(text + (offset or "+08:00"), "%Y:%m:%d %H:%M:%S%z").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if datetime(1995, 1, 1, tzinfo=UTC) < moment < timezone.now() + timedelta(days=1) else None


def _taken_where(notes: dict[int, Any]) -> tuple[float, float] | None:
    north, lat, east, lon = (notes[tag] for tag in (1, 2, 3, 4))
    x = sum(float(part) / 60**i for i, part in enumerate(lon)) * (-1 if east.upper() == "W" else 1)
    y = sum(float(part) / 60**i for i, part in enumerate(lat)) * (-1 if north.upper() == "S" else 1)
    is_sane = len(lon) == len(lat) == 3 and -180 <= x <= 180 and -90 <= y <= 90 and (x, y) != (0, 0)
    return (round(x, 4), round(y, 4)) if is_sane else None
