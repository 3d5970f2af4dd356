"""Photos of a handling on their way into the public page: each looked at by somebody, passed, covered or kept back.

The original of a covered photo never goes public. Every decision is a step of the matter with who took it.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongzhi.base import redact
from gongzhi.base.files import remove
from gongzhi.base.models import StoredFile
from gongzhi.cases.models import Matter
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.errors import NotPossible
from gongzhi.kernel.perform import Work, lock_all

Clearing = StoredFile.Clearing
WORDS = {
    "pass": gettext_lazy("看过一张照片：没有人脸、没有车牌，可以公开"), "private": gettext_lazy("一张照片不公开"), "redact": gettext_lazy("遮挡了一张照片"),
    "show": gettext_lazy("公开了一张照片"), "hide": gettext_lazy("撤下了一张公开的照片"),
}  # fmt: skip


@dataclass(frozen=True)
class Shot:
    """A photo of a matter and what was decided about it."""

    photo: StoredFile
    copy: StoredFile | None

    @property
    def seen(self) -> StoredFile:
        """What the public sees, or would see."""
        return self.copy or self.photo

    @property
    def can_show(self) -> bool:
        """Whether it may go public now."""
        return self.copy is not None or self.photo.clearing == Clearing.PASSED


def shots(matter: Matter) -> list[Shot]:
    """Every photo of the handling with its covered copy; one statement."""
    rows = StoredFile.objects.filter(owner_kind=Matter.kind(), owner_id=matter.pk, kind="photo").order_by("id")
    originals, copies = [], {}
    for row in rows:
        if row.original_id:
            copies[row.original_id] = row
        else:
            originals.append(row)
    return [Shot(row, copies.get(row.pk)) for row in originals]


def decide(
    matter: Matter, uid: uuid.UUID, decision: str, *, actor: Actor, boxes: Iterable[redact.Box] = ()
) -> StoredFile:  # fmt: skip
    """Pass, keep back, cover, show or take down one photo. Errors: NotPermitted, NotPossible."""
    now = timezone.now()
    with transaction.atomic():
        work = Work(actor, now)
        locked = lock_all(Matter, [matter.pk], work)[matter.pk]
        photo = _photo(locked, uid)
        work.perform(locked, "clear", cleaned={"note": str(WORDS[decision]), "photo": str(uid)})
        work.flush()
        _apply(photo, decision, actor.account_id or 0, list(boxes))
    return photo


def _photo(matter: Matter, uid: uuid.UUID) -> StoredFile:
    rows = StoredFile.objects.select_for_update().filter(owner_kind=Matter.kind(), owner_id=matter.pk, kind="photo")
    found = rows.filter(uid=uid, original=None).first()
    if found is None:
        raise NotPossible(_("这张照片已经不在了，请刷新页面。"))
    return found


def _apply(photo: StoredFile, decision: str, by: int, boxes: list[redact.Box]) -> None:
    now = timezone.now()
    if decision in ("show", "hide"):
        _show(photo, decision == "show")
        return
    remove(photo.copies.all())
    photo.is_public, photo.cleared_by, photo.cleared_at = False, by, now
    photo.clearing = Clearing.PASSED if decision == "pass" else Clearing.PRIVATE
    photo.save(update_fields=["is_public", "cleared_by", "cleared_at", "clearing"])
    if decision == "redact":
        redact.cover(photo, boxes, by=by, now=now)


def _show(photo: StoredFile, is_public: bool) -> None:
    able = StoredFile.objects.filter(Q(pk=photo.pk) | Q(original=photo), clearing__in=("passed", "redacted"))
    if not able.update(is_public=is_public):
        raise NotPossible(_("这张照片还没有看过，不能公开。"))
