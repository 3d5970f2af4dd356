"""Files people send: judged by their content, photos drawn anew without metadata, served so that nothing in them runs.

The caller authorises. A file is uploaded first (by uid), attached to its record when the form is sent, and swept
when that never happens.
"""

import hashlib
import re
import secrets
import uuid
from collections.abc import Iterable
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.http import FileResponse, Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from gongzhi.base.models import StoredFile
from gongzhi.base.pictures import draw_photo
from gongzhi.base.sniff import DOCUMENTS, PHOTOS, UploadRefused, media_type_of
from gongzhi.base.text import clean_text

PHOTO_BYTES = 15 * 1024 * 1024
DOCUMENT_BYTES = 20 * 1024 * 1024
"""Defaults of settings.PHOTO_MAX_BYTES and settings.DOCUMENT_MAX_BYTES."""
ORPHAN_AGE = timedelta(days=2)
SUFFIXES = {"image/jpeg": ".jpg", **DOCUMENTS}


class UidTaken(UploadRefused):
    """Another file, or somebody else's, already has this uid: the client must make a new one."""


class FilesMissing(ValidationError):
    """Some of the files of a form never arrived, or belong to another record or person."""


def store_upload(
    upload: UploadedFile,
    *,
    by: int | None = None,
    session: str = "",
    uid: uuid.UUID | None = None,
    label: str = "",
    photos_only: bool = False,
) -> StoredFile:
    """Check, clean and store one upload; the same uid with the same bytes gives the same row again.

    Call it outside a longer transaction: bytes stay behind when that rolls back. `by` is the account, `session` the
    upload session of somebody without one. Raises UploadRefused with a sentence for the person (empty, too large,
    unknown, damaged, carrying scripts) or UidTaken.
    """
    data = _read(upload)
    digest = hashlib.sha256(data).hexdigest()
    if uid and (known := StoredFile.objects.filter(uid=uid).first()):
        return _same(known, digest, by, session)
    row, content, thumbnail = _judged(data, photos_only)
    row.uid, row.sha256, row.label, row.size = uid or row.uid, digest, label, len(content)
    row.name = clean_name(upload.name or "", SUFFIXES[row.media_type])
    row.uploaded_by, row.upload_session = by, session
    return _save(row, content, thumbnail)


def attach(
    uids: Iterable[uuid.UUID], owner_kind: str, owner_id: int, *, by: int | None = None, session: str = ""
) -> list[StoredFile]:
    """Give uploaded files to a record, in the order of `uids`; repeating it changes nothing.

    Call it in the record's transaction. Only who uploaded a file (`by`, or `session` without an account) may attach it.
    Raises FilesMissing.
    """
    wanted = list(dict.fromkeys(uids))
    rows = {row.uid: row for row in StoredFile.objects.select_for_update().filter(uid__in=wanted).order_by("id")}
    missing = [uid for uid in wanted if not _may_attach(rows.get(uid), owner_kind, owner_id, by, session)]
    if missing:
        raise FilesMissing(
            ngettext_lazy("有 %(n)s 个文件没有传上来，请重新添加。", "有 %(n)s 个文件没有传上来，请重新添加。", "n"),
            params={"n": len(missing)},
        )
    StoredFile.objects.filter(uid__in=wanted, owner_id=None).update(owner_kind=owner_kind, owner_id=owner_id)
    for row in rows.values():
        row.owner_kind, row.owner_id = owner_kind, owner_id
    return [rows[uid] for uid in wanted]


def files_of(owner_kind: str, owner_ids: Iterable[int]) -> dict[int, list[StoredFile]]:
    """The files of many records in one query: {record id: files, oldest first}."""
    found: dict[int, list[StoredFile]] = {owner_id: [] for owner_id in owner_ids}
    for row in StoredFile.objects.filter(owner_kind=owner_kind, owner_id__in=list(found)).order_by("id"):
        found[row.owner_id or 0].append(row)
    return found


def remove(rows: Iterable[StoredFile]) -> int:
    """Delete files for good, bytes after the commit; returns how many."""
    doomed = list(rows)
    paths = [path for row in doomed for path in (row.path, row.thumbnail_path) if path]
    StoredFile.objects.filter(pk__in=[row.pk for row in doomed]).delete()
    transaction.on_commit(lambda: _delete_paths(paths))
    return len(doomed)


def sweep_orphans(older_than: timedelta = ORPHAN_AGE, *, batch: int = 500) -> int:
    """Remove uploads that no record took within `older_than`; returns how many. For a periodic task."""
    total = 0
    while True:
        with transaction.atomic():
            stale = StoredFile.objects.filter(owner_id=None, created_at__lt=timezone.now() - older_than)
            count = remove(stale.select_for_update(skip_locked=True).order_by("created_at")[:batch])
        total += count
        if count < batch:
            return total


def serve_file(stored: StoredFile, *, thumbnail: bool = False, download: bool = False) -> FileResponse:
    """The bytes as a response in which nothing can run; documents always download. The caller has authorised.

    Raises Http404 when the storage has lost the bytes.
    """
    path = stored.thumbnail_path if thumbnail and stored.thumbnail_path else stored.path
    try:
        content = default_storage.open(path)
    except FileNotFoundError as error:
        raise Http404(str(_("这个文件的内容找不到了，请联系管理员。"))) from error
    response = FileResponse(
        content,
        as_attachment=download or not stored.is_photo,
        filename=stored.name,
        content_type=stored.media_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, max-age=86400, immutable"
    return response


def clean_name(name: str, suffix: str) -> str:
    """A harmless file name whose ending tells the truth: ..\\\\x/照片.html of a JPEG -> 照片.jpg."""
    stem = PurePosixPath(clean_text(name[-300:], lines=False).replace("\\", "/")).name
    stem = re.sub(r'[<>:"|?*%\x7f]', "", stem.rpartition(".")[0] or stem).strip(". ")
    return (stem[:100] or str(_("未命名"))) + suffix


def _read(upload: UploadedFile) -> bytes:
    most = max(_limit("PHOTO_MAX_BYTES", PHOTO_BYTES), _limit("DOCUMENT_MAX_BYTES", DOCUMENT_BYTES))
    upload.seek(0)
    data: bytes = upload.read(most + 1)
    if not data:
        raise UploadRefused(_("这个文件是空的，请重新选择。"), code="empty")
    if len(data) > most:
        raise _too_large(most)
    return data


def _judged(data: bytes, photos_only: bool) -> tuple[StoredFile, bytes, bytes]:
    """A new row that knows what it is, the bytes to store, and the thumbnail of a photo."""
    media_type = media_type_of(data)
    if media_type in PHOTOS:
        if len(data) > (most := _limit("PHOTO_MAX_BYTES", PHOTO_BYTES)):
            raise _too_large(most)
        photo = draw_photo(data)
        notes: dict[str, Any] = {"taken_at": photo.taken_at, "taken_lon": photo.taken_lon, "taken_lat": photo.taken_lat}
        notes["located_by"] = "camera" if photo.taken_lon is not None else ""
        row = StoredFile(kind="photo", media_type="image/jpeg", width=photo.width, height=photo.height, **notes)
        return row, photo.content, photo.thumbnail
    if photos_only:
        raise UploadRefused(_("这里只能放照片。"), code="not_a_photo")
    return StoredFile(kind="document", media_type=media_type), data, b""


def _limit(name: str, default: int) -> int:
    return int(getattr(settings, name, default))


def _too_large(most: int) -> UploadRefused:
    return UploadRefused(_("文件太大了，最多 %(n)s MB。"), code="too_large", params={"n": most // 1024 // 1024})


def _same(row: StoredFile, digest: str, by: int | None, session: str) -> StoredFile:
    if row.sha256 != digest or (row.uploaded_by, row.upload_session) != (by, session):
        raise UidTaken(_("这个编号已经有别的文件了，请重新添加一次。"), code="uid_taken")
    return row


def _save(row: StoredFile, content: bytes, thumbnail: bytes) -> StoredFile:
    """Bytes first, then the row; whoever loses a race for the uid gets the winner's row and leaves no bytes."""
    row.path = _store(content, row)
    row.thumbnail_path = _store(thumbnail, row) if thumbnail else ""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        _delete_paths([row.path, row.thumbnail_path])
        winner = StoredFile.objects.filter(uid=row.uid).first()
        if winner is None:
            raise
        return _same(winner, row.sha256, row.uploaded_by, row.upload_session)
    return row


def store_copy(row: StoredFile, content: bytes, thumbnail: bytes) -> StoredFile:
    """Store a picture the system drew, such as a redacted one; the caller has filled the row."""
    return _save(row, content, thumbnail)


def _store(content: bytes, row: StoredFile) -> str:
    name = f"files/{timezone.localdate():%Y/%m}/{secrets.token_urlsafe(24)}{SUFFIXES[row.media_type]}"
    return default_storage.save(name, ContentFile(content))


def _may_attach(row: StoredFile | None, owner_kind: str, owner_id: int, by: int | None, session: str) -> bool:
    if row is None:
        return False
    if row.owner_id is not None:
        return (row.owner_kind, row.owner_id) == (owner_kind, owner_id)
    return row.uploaded_by == by if row.uploaded_by is not None else bool(session) and row.upload_session == session


def _delete_paths(paths: Iterable[str]) -> None:
    for path in paths:
        if path:
            default_storage.delete(path)
