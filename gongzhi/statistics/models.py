"""Rollups of the events, months as they were published, what was taken out of an assessment, and reports.

Rollups hold counts alone: they outlive the words of the concerns. No foreign key upward; places are plain ids of the
day, so that a redrawn grid keeps its figures.
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gongzhi.cases.models import Matter
from gongzhi.kernel.models import Record
from gongzhi.statistics.measures import AGES, BUCKETS, RATED_AGO
from gongzhi.territory.models import Place


def _zeros(size: int) -> list[int]:
    return [0] * size


def no_durations() -> list[int]:
    """An empty histogram of durations."""
    return _zeros(BUCKETS)


def no_ages() -> list[int]:
    """An empty histogram of ages."""
    return _zeros(len(AGES) + 1)


def no_overdue() -> list[int]:
    """Nothing overdue."""
    return _zeros(RATED_AGO)


class Dimensions(models.Model):
    """By what is counted."""

    district_id = models.BigIntegerField(null=True)
    street_id = models.BigIntegerField(null=True)
    community_id = models.BigIntegerField(null=True)
    grid_id = models.BigIntegerField(null=True)
    category_id = models.BigIntegerField(null=True)
    channel = models.CharField(max_length=10, blank=True)
    organisation_id = models.BigIntegerField(null=True)
    account_id = models.BigIntegerField(null=True)
    procedure = models.CharField(max_length=40, blank=True)
    triage_class = models.CharField(max_length=10, blank=True)
    step = models.CharField(max_length=24, blank=True)

    class Meta:
        abstract = True


class Counted(Dimensions):
    """What is counted; the names are those of `measures.MEASURES`."""

    received = models.IntegerField(default=0)
    reporters = models.IntegerField(default=0)
    contacted = models.IntegerField(default=0)
    contacted_late = models.IntegerField(default=0)
    dispatched = models.IntegerField(default=0)
    finished = models.IntegerField(default=0)
    finished_late = models.IntegerField(default=0)
    answered = models.IntegerField(default=0)
    rated = models.IntegerField(default=0)
    resolved = models.IntegerField(default=0)
    content = models.IntegerField(default=0)
    unresolved = models.IntegerField(default=0)
    closed = models.IntegerField(default=0)
    declined = models.IntegerField(default=0)
    merged = models.IntegerField(default=0)
    reopened = models.IntegerField(default=0)
    reopened_closed = models.IntegerField(default=0)
    escalated = models.IntegerField(default=0)
    extended = models.IntegerField(default=0)
    suspended = models.IntegerField(default=0)
    objected = models.IntegerField(default=0)
    returned = models.IntegerField(default=0)
    ordered = models.IntegerField(default=0)
    passed = models.IntegerField(default=0)
    passed_late = models.IntegerField(default=0)
    hours = ArrayField(models.IntegerField(), size=BUCKETS, default=no_durations)
    work = ArrayField(models.IntegerField(), size=BUCKETS, default=no_durations)

    class Meta:
        abstract = True


class Daily(Counted):
    """One Shanghai day, every dimension."""

    day = models.DateField()

    class Meta:
        indexes = [models.Index(fields=["day"], name="daily_day")]


class Monthly(Counted):
    """One Shanghai month by district, street, community and one cut of `measures.CUTS`."""

    month = models.DateField()
    cut = models.CharField(max_length=10, blank=True)

    class Meta:
        indexes = [models.Index(fields=["cut", "month"], name="monthly_cut")]


class Stock(Dimensions):
    """What was open at the end of a month, or, of the running month, at the time of the last count."""

    month = models.DateField()
    until = models.DateTimeField()
    open = models.IntegerField(default=0)
    late = models.IntegerField(default=0)
    waiting_late = models.IntegerField(default=0)
    paused = models.IntegerField(default=0)
    ages = ArrayField(models.IntegerField(), size=len(AGES) + 1, default=no_ages)
    overdue = ArrayField(models.IntegerField(), size=RATED_AGO, default=no_overdue)

    class Meta:
        indexes = [models.Index(fields=["month"], name="stock_month")]


class Pending(models.Model):
    """A day whose events have grown since it was counted: the database writes it with the events themselves."""

    day = models.DateField()


class Census(models.Model):
    """When the month's stock was counted, even when nothing was open."""

    month = models.DateField(primary_key=True)
    until = models.DateTimeField()


class Workday(models.Model):
    """Office hours as they were when a day was first counted: `before` are the office seconds of all days before.

    A calendar edited later changes nothing that was counted.
    """

    day = models.DateField(primary_key=True)
    before = models.BigIntegerField()
    opens = ArrayField(models.IntegerField())
    closes = ArrayField(models.IntegerField())


class Exclusion(Record):
    """A matter taken out of the assessment of a month: asked for with a reason, decided one level higher."""

    class State(models.TextChoices):
        ASKED = "asked", _("待审批")
        APPROVED = "approved", _("已同意")
        REFUSED = "refused", _("没有同意")
        WITHDRAWN = "withdrawn", _("已撤回")

    class Reason(models.TextChoices):
        FORCE = "force", _("不可抗力（灾害、突发公共事件）")
        DOUBLE = "double", _("同一件事重复登记")
        OUTSIDE = "outside", _("经裁定不属于本地职责")
        ABSENT = "absent", _("经核实反映的情况不存在")
        POLICY = "policy", _("受政策、规划限制，须上级统一解决")
        OTHER = "other", _("其他（在说明里写清）")

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="exclusions", verbose_name=_("事项"))
    month = models.DateField(_("考核月份"))
    reason = models.CharField(_("原因"), max_length=10, choices=Reason)
    words = models.TextField(_("说明"))
    level = models.CharField(_("申请的层级"), max_length=10)
    asked_by = models.BigIntegerField(_("申请人"), null=True)
    decided_by = models.BigIntegerField(_("审批人"), null=True)
    decided_at = models.DateTimeField(_("审批时间"), null=True)
    answer = models.TextField(_("审批意见"), blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = _("剔除")
        constraints = [
            models.CheckConstraint(
                condition=Q(procedure="exclusion", state__in=["asked", "approved", "refused", "withdrawn"]),
                name="exclusion_state_of_procedure",
            ),
            models.CheckConstraint(condition=~Q(decided_by=models.F("asked_by")), name="exclusion_by_two"),
            models.UniqueConstraint(
                fields=["matter", "month"], condition=Q(state__in=["asked", "approved"]), name="exclusion_once"
            ),
        ]
        indexes = [models.Index(fields=["month", "state"], name="exclusion_month")]

    def place_path(self) -> str:
        """Where its matter is."""
        return self.matter.place_path()


class Published(models.Model):
    """Figures of a place and month as they were published. Append-only: the database refuses the rest."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    month = models.DateField()
    figures = models.JSONField()
    digest = models.CharField(max_length=64, db_collation="C")
    closed_at = models.DateTimeField()
    closed_by = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["place", "month"], name="published_once")]


class Paper(models.Model):
    """The monthly report of a place in Word, as it was made."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    month = models.DateField()
    made_at = models.DateTimeField()
    content = models.BinaryField()
    digest = models.CharField(max_length=64, db_collation="C")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["place", "month"], name="paper_once")]


class Reader(models.Model):
    """Who wants the monthly report by mail; the address is sealed."""

    account_id = models.BigIntegerField(unique=True)
    uid = models.UUIDField(default=uuid.uuid4, editable=False)
    address = models.BinaryField()
    since = models.DateTimeField()
