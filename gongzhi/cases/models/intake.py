"""What intake by staff keeps besides the report: consent of a person reported for, a visit to the office, drafts."""

import json
import uuid
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from gongzhi.base import crypto
from gongzhi.cases.models.report import Contact, Report


class Agreement(models.Model):
    """Consent 本人同意 to be reported for by somebody else; may be taken back as easily as it was given.

    Source: Personal Information Protection Law, Art. 13 and 15.
    """

    class Way(models.TextChoices):
        """How the person agreed."""

        SPOKEN = "spoken", _("当面口头同意")
        PHONE = "phone", _("电话里同意")
        SIGNED = "signed", _("签字同意（拍照留存）")
        GUARDIAN = "guardian", _("监护人或近亲属代为同意")

    report = models.OneToOneField(Report, models.PROTECT, related_name="agreement", verbose_name=_("诉求"))
    way = models.CharField(_("怎样同意的"), max_length=10, choices=Way, default=Way.SPOKEN)
    given_at = models.DateTimeField(_("什么时候同意的"))
    recorded_by = models.BigIntegerField(_("记录人"), null=True)
    note = models.CharField(_("说明"), max_length=100, blank=True, default="")
    withdrawn_at = models.DateTimeField(_("收回时间"), null=True)
    withdrawn_by = models.BigIntegerField(_("收回的经手人"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("代办同意")

    def __str__(self) -> str:
        return str(self.get_way_display())


class CounterVisit(models.Model):
    """A visit to the office 来访: what the registration form 群众来访接待登记表 asks beyond the report itself.

    Gender, age and address are of use on that paper alone: they lie sealed, and no list or figure reads them.
    """

    report = models.OneToOneField(Report, models.PROTECT, related_name="counter_visit", verbose_name=_("诉求"))
    met_at = models.DateTimeField(_("来访时间"))
    met_where = models.CharField(_("接待地点"), max_length=60, blank=True, default="")
    sealed = models.BinaryField(_("性别、年龄、住址（加密）"), default=b"", blank=True)
    people = models.PositiveSmallIntegerField(_("来访人数"), default=1)
    receiver_post = models.CharField(_("接待人职务"), max_length=40, blank=True, default="")
    opinion = models.TextField(_("处理意见"), blank=True, default="")
    result = models.TextField(_("结果"), blank=True, default="")
    note = models.CharField(_("备注"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = _("来访登记")

    def __str__(self) -> str:
        return str(self.report)

    def seal(self, facts: dict[str, str]) -> None:
        """Store what only the paper shows; does not save."""
        known = {name: value for name, value in facts.items() if value}
        text = json.dumps(known, ensure_ascii=False)
        self.sealed = crypto.encrypt(text, self.report.uid.bytes) if known else b""

    def facts(self) -> dict[str, str]:
        """What `seal` stored; whoever shows it leaves a `Look`."""
        found: dict[str, str] = json.loads(crypto.decrypt(self.sealed, self.report.uid.bytes)) if self.sealed else {}
        return found


class Representative(models.Model):
    """One of at most five who speak for a group (Regulation on Petitioning 2022, group visits)."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="representatives", verbose_name=_("诉求"))
    contact = models.OneToOneField(Contact, models.PROTECT, related_name="+", verbose_name=_("联系人"))

    class Meta:
        verbose_name = verbose_name_plural = _("来访代表")

    def __str__(self) -> str:
        return str(self.contact)


class IntakeDraft(models.Model):
    """What somebody at work has typed and not yet registered: sealed, own, gone after a week."""

    class Kind(models.TextChoices):
        """Which page it belongs to."""

        CALL = "call", _("来电")
        CHAT = "chat", _("群聊")
        SHEET = "sheet", _("表格")

    uid = models.UUIDField(unique=True, default=uuid.uuid4)
    kind = models.CharField(_("哪一种"), max_length=10, choices=Kind)
    account_id = models.BigIntegerField(_("谁的"))
    sealed = models.BinaryField(_("内容（加密）"))
    file = models.BinaryField(_("文件（加密）"), default=b"", blank=True)
    phone_index = models.CharField(max_length=120, db_collation="C", default="", blank=True)
    began_at = models.DateTimeField(_("开始时间"))
    saved_at = models.DateTimeField(_("存下时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("登记草稿")
        indexes = [
            models.Index(fields=["account_id", "kind", "-saved_at"], name="intakedraft_mine"),
            models.Index(fields=["saved_at"], name="intakedraft_saved"),
        ]

    def __str__(self) -> str:
        return str(self.uid)

    @property
    def data(self) -> dict[str, Any]:
        """What was typed."""
        found: dict[str, Any] = json.loads(crypto.decrypt(self.sealed, self.uid.bytes))
        return found

    @staticmethod
    def seal(data: dict[str, Any], uid: uuid.UUID) -> bytes:
        """What was typed, as stored."""
        return crypto.encrypt(json.dumps(data, ensure_ascii=False), uid.bytes)
