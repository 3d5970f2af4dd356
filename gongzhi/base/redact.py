"""Before something goes public: personal data in a text pointed out in its place, black boxes over parts of a photo.

Nothing looks for faces or plates by itself: a person looks at each photo and says so. Source: Personal Information
Protection Law Art. 6 (no more than needed), 51.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from io import BytesIO
from typing import NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.http import QueryDict
from django.utils.translation import gettext as _
from PIL import Image, ImageDraw

from gongzhi.base.files import store_copy
from gongzhi.base.models import StoredFile
from gongzhi.base.pictures import draw_photo
from gongzhi.base.text import find_personal_data, mask_personal_data

Box = tuple[int, int, int, int]
"""x, y, width, height in thousandths of the picture."""
PERSONAL = "personal"
"""Code of an error that refuses personal data; whoever raises it gets the marked text and 遮住."""
WHOLE = 1000
COARSE, FINE = (8, 6), (16, 12)
"""Columns and rows of the two grids over a picture lying down; turned for one that stands."""


class Piece(NamedTuple):
    """A run of a text; `kind` is "" for what may stay."""

    text: str
    kind: str


def pieces(text: str) -> Iterator[Piece]:
    """The text cut into what may stay and what was found."""
    at = 0
    for hit in find_personal_data(text):
        yield Piece(text[at : hit.start], "")
        yield Piece(text[hit.start : hit.end], hit.kind)
        at = hit.end
    yield Piece(text[at:], "")


def point_out(form: forms.Form, field: str, text: str) -> None:
    """Refuse a text that goes public with personal data in it; `{% found form %}` then shows it with 遮住."""
    if found := find_personal_data(text):
        parts = "、".join(dict.fromkeys(item.excerpt for item in found))
        words = _("这里公开后人人能看到，请去掉个人信息：%(parts)s") % {"parts": parts}
        form.add_error(field, ValidationError(words, code=PERSONAL))


def pointed_out(form: forms.BaseForm) -> dict[str, str]:
    """The fields refused for personal data (any error with the code `PERSONAL`) and what was typed into them."""
    errors = form.errors.as_data()
    return {
        name: str(form[name].value() or "")
        for name, found in errors.items()
        if name in form.fields and any(error.code == PERSONAL for error in found)
    }


def masked(data: QueryDict) -> QueryDict:
    """What was posted; after a press on 遮住 (`mask=<field>`) with that field masked."""
    field = data.get("mask", "")
    if not field or field not in data:
        return data
    copied = data.copy()
    copied[field] = mask_personal_data(str(data[field]))
    return copied


def grid(photo: StoredFile, is_fine: bool) -> tuple[int, int]:
    """Columns and rows that lie over this picture."""
    columns, rows = FINE if is_fine else COARSE
    return (rows, columns) if (photo.height or 0) > (photo.width or 0) else (columns, rows)


def boxes_of(cells: Iterable[int], columns: int, rows: int) -> list[Box]:
    """The boxes of cells numbered row by row; neighbours in a row become one. Cells outside are left out."""
    chosen = sorted({cell for cell in cells if 0 <= cell < columns * rows})
    found: list[Box] = []
    start = 0
    for index, cell in enumerate(chosen):
        is_last = index + 1 == len(chosen) or chosen[index + 1] != cell + 1 or (cell + 1) % columns == 0
        if is_last:
            found.append(_box(chosen[start], cell, columns, rows))
            start = index + 1
    return found


def _box(first: int, last: int, columns: int, rows: int) -> Box:
    left, right = WHOLE * (first % columns) // columns, WHOLE * (last % columns + 1) // columns
    top, bottom = WHOLE * (first // columns) // rows, WHOLE * (first // columns + 1) // rows
    return left, top, right - left, bottom - top


def finer(cells: Iterable[int], columns: int) -> list[int]:
    """Cells of the coarse grid in the numbers of the fine one, four for each."""
    found = []
    for cell in cells:
        row, column = divmod(cell, columns)
        found += [(2 * row + down) * 2 * columns + 2 * column + right for down in (0, 1) for right in (0, 1)]
    return found


def cover(photo: StoredFile, boxes: Iterable[Box], *, by: int, now: datetime) -> StoredFile:
    """A new picture of its own with black boxes, stored beside the original, which stays as it is.

    What lies under a box is not in the new bytes. Raises FileNotFoundError when the storage has lost the original.
    """
    wanted = [(x, y, width, height) for x, y, width, height in boxes]
    with default_storage.open(photo.path) as source, Image.open(BytesIO(source.read()), formats=("JPEG",)) as opened:
        picture = opened.convert("RGB")
    draw = ImageDraw.Draw(picture)
    for x, y, width, height in wanted:
        edges = (x * picture.width, y * picture.height, (x + width) * picture.width, (y + height) * picture.height)
        draw.rectangle([edge / WHOLE for edge in edges], fill="black")
    out = BytesIO()
    picture.save(out, "PNG")
    drawn = draw_photo(out.getvalue())
    made = StoredFile(
        kind="photo", label=photo.label, name=photo.name, media_type="image/jpeg", width=drawn.width, height=drawn.height,
        sha256=hashlib.sha256(drawn.content).hexdigest(), size=len(drawn.content), uploaded_by=by,
        owner_kind=photo.owner_kind, owner_id=photo.owner_id, original=photo, boxes=wanted,
        clearing=StoredFile.Clearing.REDACTED, cleared_by=by, cleared_at=now,
    )  # fmt: skip
    return store_copy(made, drawn.content, drawn.thumbnail)
