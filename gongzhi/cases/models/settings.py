"""Editable data of the practice: categories, routing rules, and the history of every change."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gongzhi.cases.models.words import Channel, TriageClass, Urgency
from gongzhi.territory.models import Place


class Category(models.Model):
    """What a concern is about; two levels. Words suggest it while somebody types. Editable data."""

    code = models.CharField(_("编码"), max_length=40, unique=True, db_collation="C")
    name = models.CharField(_("名称"), max_length=40)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("上级类别")
    )
    triage_class = models.CharField(_("通常属于"), max_length=10, choices=TriageClass, default=TriageClass.SMALL)
    urgency = models.CharField(_("通常缓急"), max_length=10, choices=Urgency, default=Urgency.NORMAL)
    words = ArrayField(models.CharField(max_length=20), verbose_name=_("提示词"), default=list, blank=True)
    guide = models.TextField(_("办理提示"), blank=True, default="")
    needs_photos = models.BooleanField(_("办结要有处理前后的照片"), default=False)
    position = models.PositiveSmallIntegerField(_("排序"), default=0)
    is_active = models.BooleanField(_("使用中"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _("诉求类别")
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.name


class RoutingRule(models.Model):
    """Where matters go: the first rule in order that fits. Says itself why. Editable data.

    A rule fits when its category is the matter's or above it, its place is the matter's or above it and, if it names
    words, one of them was written. It sends to an organisation, or to who holds a post over the matter's place.
    """

    position = models.PositiveIntegerField(_("顺序"))
    name = models.CharField(_("名称"), max_length=60)
    category = models.ForeignKey(Category, models.PROTECT, null=True, blank=True, verbose_name=_("类别"))
    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, verbose_name=_("地点"))
    words = ArrayField(models.CharField(max_length=20), verbose_name=_("写到"), default=list, blank=True)
    words_none = ArrayField(models.CharField(max_length=20), verbose_name=_("没写到"), default=list, blank=True)
    channels = ArrayField(
        models.CharField(max_length=10, choices=Channel), verbose_name=_("来源"), default=list, blank=True
    )
    urgency = models.CharField(_("缓急"), max_length=10, choices=Urgency, blank=True, default="")
    from_date = models.DateField(_("从哪天起"), null=True, blank=True)
    to_date = models.DateField(_("到哪天止"), null=True, blank=True)
    weekdays = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("星期几"), default=list, blank=True)
    from_time = models.TimeField(_("从几点起"), null=True, blank=True)
    to_time = models.TimeField(_("到几点止"), null=True, blank=True)
    hours = models.CharField(
        _("上班还是下班时间"),
        max_length=4,
        choices=[("work", _("上班时间")), ("off", _("下班时间"))],
        blank=True,
        default="",
    )
    version = models.PositiveIntegerField(_("第几版"), default=1)
    why = models.CharField(_("为什么有这条规则"), max_length=200, blank=True, default="")
    triage_class = models.CharField(_("大事小事私事"), max_length=10, choices=TriageClass)
    organisation_id = models.BigIntegerField(_("派给单位"), null=True, blank=True)
    post = models.CharField(_("派给岗位"), max_length=32, blank=True, default="")
    is_active = models.BooleanField(_("使用中"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _("派单规则")
        ordering = ("position", "id")
        constraints = [
            models.CheckConstraint(
                condition=Q(organisation_id__isnull=False, post="") | (Q(organisation_id__isnull=True) & ~Q(post="")),
                name="rule_sends_to_one",
            )
        ]

    def __str__(self) -> str:
        return self.name


class RoutingCase(models.Model):
    """An example kept with a routing rule: what was written, and where it must go. Run at every change."""

    rule = models.ForeignKey(RoutingRule, models.CASCADE, related_name="cases", verbose_name=_("派单规则"))
    name = models.CharField(_("例子"), max_length=60)
    text = models.TextField(_("写到的话"), blank=True, default="")
    category = models.ForeignKey(Category, models.PROTECT, null=True, blank=True, verbose_name=_("类别"))
    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, verbose_name=_("地点"))
    channel = models.CharField(_("来源"), max_length=10, choices=Channel, default=Channel.WEB)
    urgency = models.CharField(_("缓急"), max_length=10, choices=Urgency, default=Urgency.NORMAL)
    at = models.DateTimeField(_("什么时候"), null=True, blank=True)
    expects = models.BooleanField(_("应该按这条规则走"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _("派单规则的例子")
        ordering = ("id",)

    def __str__(self) -> str:
        return self.name


class ProcedureChoice(models.Model):
    """From which day on new matters of a place follow which procedure; the nearest place wins."""

    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+", verbose_name=_("地点"))
    procedure = models.CharField(
        _("程序"), max_length=24, choices=[("six-steps", _("六步")), ("room-365", _("365民情室"))]
    )
    from_date = models.DateField(_("从哪天起"))
    made_by = models.BigIntegerField(_("办理人"), null=True)
    made_at = models.DateTimeField(_("办理时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("办理程序的选择")
        constraints = [
            models.UniqueConstraint(fields=("place", "from_date"), name="procedurechoice_once", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"{self.procedure} {self.from_date}"


class SettingChange(models.Model):
    """What an administrator changed in the settings of the practice. Append-only: the database refuses the rest."""

    class Kind(models.TextChoices):
        CATEGORY = "category", _("诉求类别")
        RULE = "rule", _("派单规则")
        LIMIT = "limit", _("办理时限")
        DAY = "day", _("工作日历")
        PROCEDURE = "procedure", _("办理程序")
        SAMPLE = "sample", _("回访抽查")
        LEARNED = "learned", _("类别建议")
        PAUSE = "pause", _("挂起上限")

    kind = models.CharField(_("哪一类"), max_length=10, choices=Kind)
    subject = models.CharField(_("改的是"), max_length=120)
    key = models.CharField(max_length=40, db_collation="C")
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+", verbose_name=_("地点"))
    before = models.JSONField(_("改之前"), default=dict)
    after = models.JSONField(_("改之后"), default=dict)
    by_id = models.BigIntegerField(_("办理人"))
    by_name = models.CharField(_("办理人姓名"), max_length=60)
    duty_id = models.BigIntegerField(_("依据的岗位"))
    on_behalf_of = models.BigIntegerField(_("代谁办"), null=True)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("设置变更记录")
        indexes = [models.Index(fields=["kind", "-id"], name="settingchange_kind")]

    def __str__(self) -> str:
        return self.subject
