"""What is handled: the matter 事项 of one place."""

from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from gongzhi.base.text import search_terms
from gongzhi.cases.models.settings import Category
from gongzhi.cases.models.words import Channel, Level, PauseKind, ServiceMode, SpecialRoute, TriageClass, Urgency
from gongzhi.kernel.chain import micros
from gongzhi.kernel.models import Record
from gongzhi.territory.models import Place


class Placed(Record):
    """A record at a place of the tree, with words on where exactly."""

    place_note = models.CharField(_("具体位置"), max_length=100, blank=True, default="")
    lon = models.FloatField(_("经度"), null=True, blank=True)
    lat = models.FloatField(_("纬度"), null=True, blank=True)
    search = ArrayField(models.CharField(max_length=8), verbose_name=_("检索字"), default=list, blank=True)

    class Meta:
        abstract = True

    _path: str = ""

    def put(self, place: Place) -> None:
        """Set the place and its level ids; does not save."""
        self.place_id, self._path = place.pk, place.path
        self.grid_id, self.community_id = place.grid_id, place.community_id
        self.street_id, self.district_id = place.street_id, place.district_id

    def place_path(self) -> str:
        """The place's path as of now; read once for each instance."""
        if not self._path and self.place_id:
            self._path = Place.objects.values_list("path", flat=True).get(pk=self.place_id)
        return self._path or "/"

    def recall(self, earlier: "Placed") -> None:
        """The path, unless the record went elsewhere meanwhile."""
        if earlier.place_id == self.place_id:
            self._path = earlier._path


COMMON = (
    "received", "appealed", "objected", "undecided", "assigned", "handling", "suspended", "divided", "answering", "checking",
    "judging", "closed", "merged", "declined",
)  # fmt: skip
"""States that every procedure of a matter has."""
SIX_STEPS = (*COMMON, "sorting", "routed")
ROOM_365 = (*COMMON, "analysing", "listed", "assessing")


class MatterQuerySet(models.QuerySet["Matter"]):
    """Questions about matters."""

    def open(self) -> Self:
        """Still owed an answer."""
        return self.filter(closed_at__isnull=True)

    def late(self, now: Any) -> Self:
        """Past the deadline of their step."""
        return self.open().filter(due_at__lt=now)

    def public(self) -> Self:
        """Shown on the public page of their place."""
        return self.filter(is_public=True, circle_id__isnull=True)

    def matching(self, query: str) -> Self:
        """Found by any two characters of number, title, words or place; rechecked letter by letter."""
        terms = search_terms(query)
        found = self.filter(search__contains=terms) if terms else self
        for word in query.split():
            found = found.filter(
                Q(title__icontains=word) | Q(number__icontains=word) | Q(place_note__icontains=word)
                | Q(reports__text__icontains=word) | Q(reports__number__icontains=word)
            )  # fmt: skip
        return found.distinct() if query.split() else found


class Matter(Placed):
    """What is handled: one matter of one place, from the first report to the last rating."""

    class State(models.TextChoices):
        """States of the six steps 收集→分流→办理→反馈→督办→评议."""

        RECEIVED = "received", _("待接收")
        SORTING = "sorting", _("待分流")
        ROUTED = "routed", _("待派单")
        OBJECTED = "objected", _("派单异议待裁")
        UNDECIDED = "undecided", _("待上级确定由谁办")
        ASSIGNED = "assigned", _("待签收")
        HANDLING = "handling", _("办理中")
        SUSPENDED = "suspended", _("挂起")
        DIVIDED = "divided", _("分办中")
        ANSWERING = "answering", _("待反馈")
        CHECKING = "checking", _("督办核查")
        JUDGING = "judging", _("待评议")
        CLOSED = "closed", _("已办结")
        MERGED = "merged", _("已并入")
        DECLINED = "declined", _("不予受理，已引导")
        APPEALED = "appealed", _("反映人请再看，待复核")
        ANALYSING = "analysing", _("梳理分析")
        LISTED = "listed", _("已建台账，待交办")
        ASSESSING = "assessing", _("动态考核")

    number = models.CharField(_("事项号"), max_length=12, unique=True, db_collation="C")
    title = models.CharField(_("标题"), max_length=80)
    category = models.ForeignKey(Category, models.PROTECT, null=True, verbose_name=_("类别"))
    triage_class = models.CharField(_("大事小事私事"), max_length=10, choices=TriageClass, blank=True, default="")
    urgency = models.CharField(_("缓急"), max_length=10, choices=Urgency, default=Urgency.NORMAL)
    channel = models.CharField(_("来源"), max_length=10, choices=Channel, default=Channel.WEB)
    service_mode = models.CharField(_("服务方式"), max_length=10, choices=ServiceMode, blank=True, default="")
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children", verbose_name=_("总事项"))
    children_open = models.PositiveSmallIntegerField(_("未办完的分事项"), default=0)
    route = models.JSONField(_("派单依据"), default=dict)
    policy = models.JSONField(_("受理时冻结的时限"), default=dict)
    report_count = models.PositiveIntegerField(_("反映人数"), default=1)
    organisation_id = models.BigIntegerField(_("承办单位"), null=True)
    account_id = models.BigIntegerField(_("承办人"), null=True)
    co_organisation_ids = ArrayField(models.BigIntegerField(), verbose_name=_("协办单位"), default=list, blank=True)
    co_open = models.PositiveSmallIntegerField(_("未完成的协办"), default=0)
    order_open = models.PositiveSmallIntegerField(_("未了的督办"), default=0)
    dispatched_by = models.BigIntegerField(_("派单人"), null=True)
    dispatched_at = models.DateTimeField(_("派单时间"), null=True)
    objections = models.PositiveSmallIntegerField(_("对本次派单的异议次数"), default=0)
    bounces = models.PositiveSmallIntegerField(_("退回和改派次数"), default=0)
    referred_by = models.BigIntegerField(_("提请上级确定的人"), null=True)
    contacted_at = models.DateTimeField(_("首次联系"), null=True)
    is_contact_late = models.BooleanField(_("联系超时"), default=False)
    accepted_at = models.DateTimeField(_("受理时间"), null=True)
    total_due_at = models.DateTimeField(_("办理期限"), null=True)
    total_rule = models.JSONField(_("办理期限依据"), default=dict)
    extension_days = models.PositiveSmallIntegerField(_("申请延期天数"), default=0)
    extension_by = models.BigIntegerField(_("申请延期的人"), null=True)
    extension_at = models.DateTimeField(_("申请延期时间"), null=True)
    suspended_at = models.DateTimeField(_("挂起时间"), null=True)
    pause_kind = models.CharField(_("挂起原因"), max_length=10, choices=PauseKind, blank=True, default="")
    pause_by = models.BigIntegerField(_("申请挂起的人"), null=True)
    pause_asked_at = models.DateTimeField(_("申请挂起时间"), null=True)
    pause_until = models.DateTimeField(_("申请挂起到"), null=True)
    paused_seconds = models.PositiveIntegerField(_("累计挂起秒数"), default=0)
    review_at = models.DateTimeField(_("复查时间"), null=True)
    handled_at = models.DateTimeField(_("办结回单时间"), null=True)
    is_handled_late = models.BooleanField(_("办理超期"), default=False)
    answered_by = models.BigIntegerField(_("反馈人"), null=True)
    charge_id = models.BigIntegerField(_("包案领导"), null=True)
    escalation = models.PositiveSmallIntegerField(_("超期升级层级"), default=0)
    escalated_for = models.DateTimeField(_("升级所指的期限"), null=True)
    head_id = models.BigIntegerField(_("超期后升级到的部门负责人"), null=True)
    is_supervised = models.BooleanField(_("包案或督办过"), default=False)
    reminders = models.PositiveSmallIntegerField(_("催办次数"), default=0)
    special_route = models.CharField(_("特殊去向"), max_length=10, choices=SpecialRoute, blank=True, default="")
    decision_level = models.CharField(_("由哪一级确定承办"), max_length=10, choices=Level, blank=True, default="")
    desk_level = models.CharField(_("保密后由哪一级经办"), max_length=10, choices=Level, blank=True, default="")
    reopened = models.PositiveSmallIntegerField(_("重办次数"), default=0)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged", verbose_name=_("并入"))
    merged_from_state = models.CharField(max_length=24, blank=True, default="")
    is_public = models.BooleanField(_("公开"), default=False)
    public_title = models.CharField(_("公开标题"), max_length=80, blank=True, default="")
    public_answer = models.TextField(_("公开答复"), blank=True, default="")
    photo_count = models.PositiveSmallIntegerField(_("照片数"), default=0)

    objects = MatterQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("事项")
        constraints = [
            models.CheckConstraint(
                condition=Q(procedure="six-steps", state__in=SIX_STEPS) | Q(procedure="room-365", state__in=ROOM_365),
                name="matter_state_of_procedure",
            ),
            models.CheckConstraint(condition=Q(merged_into__isnull=True) | Q(state="merged"), name="matter_merged"),
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="matter_not_into_itself"),
        ]  # fmt: skip
        indexes = [
            GinIndex(fields=["search"], name="matter_search"),
            GinIndex(fields=["co_organisation_ids"], name="matter_together"),
            models.Index(fields=["grid_id", "-created_at", "-id"], name="matter_grid"),
            models.Index(fields=["community_id", "-created_at", "-id"], name="matter_community"),
            models.Index(fields=["street_id", "-created_at", "-id"], name="matter_street"),
            models.Index(fields=["district_id", "-created_at", "-id"], name="matter_district"),
            models.Index(fields=["community_id", "closed_at"], name="matter_community_closed"),
            models.Index(fields=["street_id", "closed_at"], name="matter_street_closed"),
            models.Index(fields=["district_id", "closed_at"], name="matter_district_closed"),
            models.Index(fields=["organisation_id", "-created_at", "-id"], name="matter_organisation"),
            models.Index(fields=["account_id", "-created_at", "-id"], name="matter_account"),
            models.Index(fields=["charge_id", "-created_at", "-id"], name="matter_charge"),
            models.Index(fields=["due_at"], name="matter_due", condition=Q(closed_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.title

    def recall(self, earlier: Any) -> None:
        """The path and the category."""
        super().recall(earlier)
        if earlier.category_id == self.category_id and "category" in earlier._state.fields_cache:
            self.category = earlier.category

    def limit_scope(self) -> tuple[str, str, tuple[int, ...]]:
        """Urgency, category code and the places from near to far."""
        ids = tuple(int(part) for part in self.place_path().split("/") if part)
        return self.urgency, self.category.code if self.category else "", ids[::-1]

    def facts(self) -> dict[str, Any]:
        """What figures count by: levels, category, channel, handler, deadlines; the letters are explained in statistics."""
        found = {
            "d": self.district_id, "s": self.street_id, "c": self.community_id, "g": self.grid_id, "k": self.category_id,
            "w": self.channel, "o": self.organisation_id, "a": self.account_id, "u": self.urgency, "t": self.triage_class,
            "p": self.procedure, "b": micros(self.created_at), "x": micros(self.due_at), "y": micros(self.total_due_at),
            "f": 0 if self.contacted_at is None else 1 + self.is_contact_late, "r": self.reopened,
            "h": 0 if self.handled_at is None else 1 + self.is_handled_late, "z": int(self.circle_id is not None),
        }  # fmt: skip
        return {letter: value for letter, value in found.items() if value}
