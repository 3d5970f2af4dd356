"""Child records of a matter that somebody has to do: co-handling 协办 and supervision orders 督办单."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gongzhi.cases.models.matter import Matter
from gongzhi.cases.models.words import Level
from gongzhi.kernel.models import Record


class Part(Record):
    """A child record of a matter that somebody has to do: common to co-handling and supervision."""

    ROOT: ClassVar[str] = "matter_id"

    organisation_id = models.BigIntegerField(_("单位"), null=True)
    account_id = models.BigIntegerField(_("经办人"), null=True)
    asked = models.TextField(_("要求"))
    asked_by = models.BigIntegerField(_("提出人"), null=True)
    limit_at = models.DateTimeField(_("要求期限"))
    reply = models.TextField(_("回复"), blank=True, default="")
    replied_at = models.DateTimeField(_("回复时间"), null=True)

    class Meta:
        abstract = True

    def root_key(self) -> int:
        """Its matter's row is the one locked."""
        return int(self.matter_id)  # type: ignore[attr-defined]

    def place_path(self) -> str:
        """Where its matter is."""
        path: str = self.matter.place_path()  # type: ignore[attr-defined]
        return path


class Task(Part):
    """Co-handling 协办: one further organisation or person, with an own clock, receipt and result."""

    class State(models.TextChoices):
        GIVEN = "given", _("待签收")
        SIGNED = "signed", _("协办中")
        OBJECTED = "objected", _("协办异议待裁")
        DONE = "done", _("已完成")
        CANCELLED = "cancelled", _("已取消")

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="tasks", verbose_name=_("事项"))
    signed_at = models.DateTimeField(_("签收时间"), null=True)
    is_late = models.BooleanField(_("回复超期"), default=False)
    objections = models.PositiveSmallIntegerField(_("异议次数"), default=0)
    head_id = models.BigIntegerField(_("超期后升级到的部门负责人"), null=True)
    waived_by = models.BigIntegerField(_("申请不再等的人"), null=True)
    satisfaction = models.PositiveSmallIntegerField(
        _("主办评价"), null=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    rating_note = models.CharField(_("评价说明"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = _("协办任务")
        constraints = [
            models.CheckConstraint(
                condition=Q(procedure="task", state__in=["given", "signed", "objected", "done", "cancelled"]),
                name="task_state_of_procedure",
            )
        ]
        indexes = [models.Index(fields=["organisation_id", "-created_at"], name="task_organisation")]


class Order(Part):
    """Supervision order 督办单: asked by a supervisor, answered by who handles, closed by a supervisor."""

    class State(models.TextChoices):
        ISSUED = "issued", _("待回复")
        REPLIED = "replied", _("待审核")
        CLOSED = "closed", _("已办结")

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="orders", verbose_name=_("事项"))
    number = models.CharField(_("督办单号"), max_length=12, unique=True, db_collation="C")
    level = models.CharField(_("督办级别"), max_length=10, choices=Level, default=Level.STREET)
    reminders = models.PositiveSmallIntegerField(_("催办次数"), default=0)
    raised_level = models.CharField(_("超期后提到哪一级"), max_length=10, choices=Level, blank=True, default="")
    raised_to = models.BigIntegerField(_("超期后提给谁"), null=True)
    rejections = models.PositiveSmallIntegerField(_("回复不合要求次数"), default=0)
    is_late = models.BooleanField(_("回复超期"), default=False)

    class Meta:
        verbose_name = verbose_name_plural = _("督办单")
        constraints = [
            models.CheckConstraint(
                condition=Q(procedure="order", state__in=["issued", "replied", "closed"]),
                name="order_state_of_procedure",
            )
        ]

    def __str__(self) -> str:
        return self.number

    def facts(self) -> dict[str, Any]:
        """Those of its matter."""
        return self.matter.facts()


class Visit(Part):
    """Joint visit 联合上门: who of the handlers meets where and when, and what came of it."""

    class State(models.TextChoices):
        PLANNED = "planned", _("已约定")
        DONE = "done", _("已进行")
        CANCELLED = "cancelled", _("已取消")

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="visits", verbose_name=_("事项"))
    meets_at = models.DateTimeField(_("约定时间"))
    where = models.CharField(_("在哪里碰头"), max_length=100, blank=True, default="")
    organisation_ids = ArrayField(models.BigIntegerField(), verbose_name=_("参加单位"), default=list, blank=True)
    confirmed_ids = ArrayField(models.BigIntegerField(), verbose_name=_("已确认的单位"), default=list, blank=True)
    came_ids = ArrayField(models.BigIntegerField(), verbose_name=_("到场单位"), default=list, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("联合上门")
        constraints = [
            models.CheckConstraint(
                condition=Q(procedure="visit", state__in=["planned", "done", "cancelled"]),
                name="visit_state_of_procedure",
            )
        ]
        indexes = [GinIndex(fields=["organisation_ids"], name="visit_together")]


class Callback(Part):
    """Asking a reporter again 回访: by telephone or at the door, by sample or because it was promised."""

    class State(models.TextChoices):
        WAITING = "waiting", _("待回访")
        DONE = "done", _("已回访")
        MISSED = "missed", _("没联系上")
        CANCELLED = "cancelled", _("已取消")

    class Kind(models.TextChoices):
        CALL = "call", _("电话回访")
        VISIT = "visit", _("上门回访")

    class Reason(models.TextChoices):
        SAMPLE = "sample", _("抽查")
        UNRATED = "unrated", _("没有评价")
        DISSATISFIED = "dissatisfied", _("评价不满意")
        PROMISED = "promised", _("答应回电")

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="callbacks", verbose_name=_("事项"))
    report = models.ForeignKey("cases.Report", models.PROTECT, related_name="callbacks", verbose_name=_("诉求"))
    way = models.CharField(_("方式"), max_length=10, choices=Kind, default=Kind.CALL)
    reason = models.CharField(_("为什么回访"), max_length=16, choices=Reason, default=Reason.SAMPLE)
    level = models.CharField(_("由哪一级回访"), max_length=10, choices=Level, default=Level.COMMUNITY)
    not_before = models.DateTimeField(_("不早于"), null=True)
    tries = models.PositiveSmallIntegerField(_("联系次数"), default=0)
    is_resolved = models.BooleanField(_("解决了"), null=True)
    is_false = models.BooleanField(_("虚假办结"), default=False)
    satisfaction = models.PositiveSmallIntegerField(
        _("满意度"), null=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    answered_by = models.BigIntegerField(_("当时的反馈人"), null=True)
    handled_by = models.BigIntegerField(_("当时的承办人"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("回访")
        constraints = [
            models.CheckConstraint(
                condition=Q(procedure="callback", state__in=["waiting", "done", "missed", "cancelled"]),
                name="callback_state_of_procedure",
            )
        ]
        indexes = [models.Index(fields=["community_id", "-created_at", "-id"], name="callback_community")]


class ClosingFault(models.Model):
    """A closing that did not hold: found false by a return visit, rejected by the reporter, or opened again later.

    Append-only facts about units, with the place of that day; no person is scored.
    """

    class Kind(models.TextChoices):
        FALSE = "false", _("虚假办结")
        REJECTED = "rejected", _("反映人说没解决")
        REOPENED = "reopened", _("办结后又打开")

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="faults", verbose_name=_("事项"))
    report = models.ForeignKey("cases.Report", models.PROTECT, null=True, related_name="+", verbose_name=_("诉求"))
    kind = models.CharField(_("哪一种"), max_length=10, choices=Kind)
    organisation_id = models.BigIntegerField(_("当时的承办单位"), null=True)
    account_id = models.BigIntegerField(_("当时的承办人"), null=True)
    grid_id = models.BigIntegerField(null=True)
    community_id = models.BigIntegerField(null=True)
    street_id = models.BigIntegerField(null=True)
    district_id = models.BigIntegerField(null=True)
    handled_at = models.DateTimeField(_("办结回单时间"), null=True)
    at = models.DateTimeField(_("发现时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("办结不实")
        indexes = [
            models.Index(fields=["community_id", "-at"], name="fault_community"),
            models.Index(fields=["organisation_id", "-at"], name="fault_organisation"),
        ]
