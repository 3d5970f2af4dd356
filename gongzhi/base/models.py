"""Tables that know no domain word: files as they lie in the storage, and counters of attempts."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class StoredFile(models.Model):
    """A photo or document. Bytes lie in Django's default storage under a name nobody can guess.

    `uid` comes from the client, so a photo sent twice is one row. `owner_kind` and `owner_id` name the record it
    belongs to; rows without an owner are swept. `uploaded_by` is an account id, `upload_session` names an upload
    without an account; only who uploaded a file may attach it. `taken_*` are for checking a handling alone: the stored
    picture carries none of it. Only what somebody looked at goes public; a redacted copy names its `original`, whose
    bytes stay private. `boxes`: what was covered, as [x, y, width, height] in thousandths of the picture.
    """

    class Kind(models.TextChoices):
        PHOTO = "photo", _("照片")
        DOCUMENT = "document", _("文件")

    class Label(models.TextChoices):
        NONE = "", _("未注明")
        SCENE = "scene", _("现场")
        BEFORE = "before", _("处理前")
        AFTER = "after", _("处理后")

    class Clearing(models.TextChoices):
        """What somebody decided about showing it in public."""

        NONE = "", _("没看过")
        PASSED = "passed", _("看过，可以公开")
        REDACTED = "redacted", _("遮挡后的公开件")
        PRIVATE = "private", _("不公开")

    class LocatedBy(models.TextChoices):
        NONE = "", _("不知道")
        CAMERA = "camera", _("照片自带")
        PHONE = "phone", _("手机定位")

    uid = models.UUIDField(_("编号"), unique=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("种类"), max_length=10, choices=Kind.choices)
    label = models.CharField(_("说明"), max_length=10, choices=Label.choices, blank=True)
    name = models.CharField(_("文件名"), max_length=150)
    media_type = models.CharField(_("类型"), max_length=100)
    sha256 = models.CharField(_("原件摘要"), max_length=64, db_collation="C")
    size = models.PositiveIntegerField(_("字节数"))
    width = models.PositiveIntegerField(_("宽"), null=True)
    height = models.PositiveIntegerField(_("高"), null=True)
    path = models.CharField(_("存放位置"), max_length=200, db_collation="C")
    thumbnail_path = models.CharField(_("缩略图位置"), max_length=200, blank=True, db_collation="C")
    taken_at = models.DateTimeField(_("拍摄时间"), null=True)
    taken_lon = models.FloatField(_("拍摄经度"), null=True)
    taken_lat = models.FloatField(_("拍摄纬度"), null=True)
    located_by = models.CharField(_("位置来自"), max_length=8, choices=LocatedBy.choices, blank=True, default="")
    uploaded_by = models.BigIntegerField(_("上传账号"), null=True)
    upload_session = models.CharField(_("上传会话"), max_length=64, blank=True, db_collation="C")
    owner_kind = models.CharField(_("所属种类"), max_length=40, blank=True, db_collation="C")
    owner_id = models.BigIntegerField(_("所属记录"), null=True)
    is_public = models.BooleanField(_("可公开"), default=False)
    clearing = models.CharField(_("公开前审看"), max_length=10, choices=Clearing.choices, blank=True, default="")
    cleared_by = models.BigIntegerField(_("审看人"), null=True)
    cleared_at = models.DateTimeField(_("审看时间"), null=True)
    original = models.ForeignKey("self", models.CASCADE, null=True, related_name="copies", verbose_name=_("原件"))
    boxes = models.JSONField(_("遮挡的地方"), default=list)
    created_at = models.DateTimeField(_("上传时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("文件")
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=("photo", "document")), name="stored_file_kind"),
            models.CheckConstraint(condition=Q(label__in=("", "scene", "before", "after")), name="stored_file_label"),
            models.CheckConstraint(condition=Q(size__gt=0), name="stored_file_not_empty"),
            models.CheckConstraint(
                condition=Q(is_public=False) | Q(clearing__in=("passed", "redacted"), cleared_by__isnull=False),
                name="stored_file_public_was_looked_at",
            ),
            models.CheckConstraint(
                condition=Q(original=None) | Q(clearing="redacted"), name="stored_file_copy_is_redacted"
            ),
            models.CheckConstraint(
                condition=Q(owner_kind="", owner_id=None) | ~Q(owner_kind="") & Q(owner_id__isnull=False),
                name="stored_file_owner_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(kind="document") | Q(width__isnull=False, height__isnull=False) & ~Q(thumbnail_path=""),
                name="stored_file_photo_has_measures",
            ),
        )
        indexes = (
            models.Index(fields=("owner_kind", "owner_id"), name="stored_file_owner"),
            models.Index(fields=("created_at",), condition=Q(owner_id=None), name="stored_file_orphan"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_photo(self) -> bool:
        """Whether it can be shown in a page."""
        return self.kind == self.Kind.PHOTO


class Throttle(models.Model):
    """How often something was tried since `resets_at - its window`. The key is a keyed digest, never a phone number.

    The table is UNLOGGED: it writes no WAL and is empty after a crash, which only lets a few tries more through.
    """

    key = models.CharField(_("键"), max_length=64, primary_key=True, db_collation="C")
    count = models.PositiveIntegerField(_("次数"))
    resets_at = models.DateTimeField(_("重新计数时间"), db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = _("限次计数")

    def __str__(self) -> str:
        return f"{self.key[:8]} {self.count}"
