"""Concerns: what a person said (`Report` 诉求) and what is handled (`Matter` 事项), co-handling and supervision.

A matter has one or more reports; each keeps its own number, tracking code, feedback and rating, whichever matter
it belongs to. Rows here are never deleted. Source: REQUIREMENTS.md rows F2 (six steps), C3 (three-way triage).
"""

import uuid
from typing import Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from gongzhi.accounts import phones
from gongzhi.base.text import search_terms
from gongzhi.kernel.models import Record
from gongzhi.territory.models import Place


class TriageClass(models.TextChoices):
    """Three-way triage 三事分流 (row C3)."""

    BIG = "big", _("大事")
    SMALL = "small", _("小事")
    PRIVATE = "private", _("私事")


class Urgency(models.TextChoices):
    """How fast; the default time limits hang on it (PEERS, DB11/T draft: 2 h, 24 h, 7 d, 15 d)."""

    EMERGENCY = "emergency", _("紧急")
    URGENT = "urgent", _("较急")
    NORMAL = "normal", _("一般")
    COMPLEX = "complex", _("复杂")


class Channel(models.TextChoices):
    """How a report came in."""

    WEB = "web", _("网上")
    PHONE_APP = "phone", _("手机")
    HOTLINE = "hotline", _("电话")
    COUNTER = "counter", _("来访")
    PATROL = "patrol", _("巡查")
    PROXY = "proxy", _("代办")
    IMPORT = "import", _("导入")


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
    position = models.PositiveSmallIntegerField(_("排序"), default=0)
    is_active = models.BooleanField(_("使用中"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _("诉求类别")
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """Who a report came from: words and a telephone, perhaps an account, later perhaps a confirmed person."""

    class Wish(models.TextChoices):
        """How the reporter wants to hear of the result."""

        ONLINE = "online", _("网上看结果")
        CALL = "call", _("打电话告诉我")
        VISIT = "visit", _("上门告诉我")

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("称呼"), max_length=40, blank=True, default="")
    phone_cipher = models.BinaryField(_("电话（加密）"), default=b"", blank=True)
    phone_index = models.CharField(max_length=120, db_collation="C", default="", blank=True)
    phone_last4_index = models.CharField(max_length=120, db_collation="C", default="", blank=True)
    wish = models.CharField(_("希望怎样知道结果"), max_length=10, choices=Wish, default=Wish.ONLINE)
    account_id = models.BigIntegerField(_("账号"), null=True)
    person_id = models.BigIntegerField(_("已核实的居民"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("联系人")
        indexes = [
            models.Index(fields=["phone_index"], name="contact_phone", condition=~Q(phone_index="")),
            models.Index(fields=["phone_last4_index"], name="contact_last4", condition=~Q(phone_last4_index="")),
        ]

    def __str__(self) -> str:
        return self.name

    def set_phone(self, number: str) -> None:
        """Store a normalised number ("" for none); does not save."""
        self.phone_cipher = phones.seal(number, self.uid)
        self.phone_index = phones.index(number)
        self.phone_last4_index = phones.last4_index(number)

    @property
    def phone(self) -> str:
        """The whole number; whoever shows it needs a ground and leaves a `Look`."""
        return phones.unseal(self.phone_cipher, self.uid)

    @property
    def masked_phone(self) -> str:
        """138****5678, "" without one."""
        return phones.mask(self.phone)


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
        ASSIGNED = "assigned", _("待签收")
        HANDLING = "handling", _("办理中")
        SUSPENDED = "suspended", _("挂起")
        ANSWERING = "answering", _("待反馈")
        CHECKING = "checking", _("督办核查")
        JUDGING = "judging", _("待评议")
        CLOSED = "closed", _("已办结")
        MERGED = "merged", _("已并入")
        DECLINED = "declined", _("不予受理，已引导")

    number = models.CharField(_("事项号"), max_length=12, unique=True, db_collation="C")
    title = models.CharField(_("标题"), max_length=80)
    category = models.ForeignKey(Category, models.PROTECT, null=True, verbose_name=_("类别"))
    triage_class = models.CharField(_("大事小事私事"), max_length=10, choices=TriageClass, blank=True, default="")
    urgency = models.CharField(_("缓急"), max_length=10, choices=Urgency, default=Urgency.NORMAL)
    channel = models.CharField(_("来源"), max_length=10, choices=Channel, default=Channel.WEB)
    report_count = models.PositiveIntegerField(_("反映人数"), default=1)
    organisation_id = models.BigIntegerField(_("承办单位"), null=True)
    account_id = models.BigIntegerField(_("承办人"), null=True)
    co_organisation_ids = ArrayField(models.BigIntegerField(), verbose_name=_("协办单位"), default=list, blank=True)
    co_open = models.PositiveSmallIntegerField(_("未完成的协办"), default=0)
    order_open = models.PositiveSmallIntegerField(_("未了的督办"), default=0)
    dispatched_by = models.BigIntegerField(_("派单人"), null=True)
    dispatched_at = models.DateTimeField(_("派单时间"), null=True)
    objections = models.PositiveSmallIntegerField(_("异议次数"), default=0)
    contacted_at = models.DateTimeField(_("首次联系"), null=True)
    is_contact_late = models.BooleanField(_("联系超时"), default=False)
    accepted_at = models.DateTimeField(_("受理时间"), null=True)
    total_due_at = models.DateTimeField(_("办理期限"), null=True)
    total_rule = models.JSONField(_("办理期限依据"), default=dict)
    extension_days = models.PositiveSmallIntegerField(_("申请延期天数"), default=0)
    extension_by = models.BigIntegerField(_("申请延期的人"), null=True)
    extension_at = models.DateTimeField(_("申请延期时间"), null=True)
    suspended_at = models.DateTimeField(_("挂起时间"), null=True)
    review_at = models.DateTimeField(_("复查时间"), null=True)
    handled_at = models.DateTimeField(_("办结回单时间"), null=True)
    is_handled_late = models.BooleanField(_("办理超期"), default=False)
    answered_by = models.BigIntegerField(_("反馈人"), null=True)
    charge_id = models.BigIntegerField(_("包案领导"), null=True)
    escalation = models.PositiveSmallIntegerField(_("超期升级层级"), default=0)
    escalated_for = models.DateTimeField(_("升级所指的期限"), null=True)
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
                condition=Q(procedure="six-steps", state__in=[
                    "received", "sorting", "routed", "objected", "assigned", "handling", "suspended", "answering",
                    "checking", "judging", "closed", "merged", "declined",
                ]),
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

    def limit_scope(self) -> tuple[str, str, tuple[int, ...]]:
        """Urgency, category code and the places from near to far."""
        ids = tuple(int(part) for part in self.place_path().split("/") if part)
        return self.urgency, self.category.code if self.category else "", ids[::-1]


class Report(Placed):
    """What one person said, and what that person hears and thinks of the result."""

    ROOT: ClassVar[str] = "matter_id"

    class State(models.TextChoices):
        OPEN = "open", _("正在办")
        ASKED = "asked", _("等您补充")
        ANSWERED = "answered", _("等您评价")
        RATED = "rated", _("已评价")
        LAPSED = "lapsed", _("到期未评价")
        GUIDED = "guided", _("已说明办法")
        WITHDRAWN = "withdrawn", _("已撤回")

    number = models.CharField(_("诉求号"), max_length=12, unique=True, db_collation="C")
    matter = models.ForeignKey(Matter, models.PROTECT, related_name="reports", verbose_name=_("事项"))
    text = models.TextField(_("反映的事"))
    channel = models.CharField(_("来源"), max_length=10, choices=Channel, default=Channel.WEB)
    contact = models.OneToOneField(Contact, models.PROTECT, related_name="report", verbose_name=_("联系人"))
    owner_id = models.BigIntegerField(_("反映人账号"), null=True)
    taken_by = models.BigIntegerField(_("代为登记的人"), null=True)
    consent = models.CharField(_("代办的同意方式"), max_length=100, blank=True, default="")
    tracking_hash = models.CharField(_("查询码摘要"), max_length=64, blank=True, default="", db_collation="C")
    happened_at = models.DateTimeField(_("发生时间"), null=True)
    question = models.TextField(_("向反映人了解"), blank=True, default="")
    answer = models.TextField(_("给反映人的答复"), blank=True, default="")
    answered_at = models.DateTimeField(_("答复时间"), null=True)
    is_resolved = models.BooleanField(_("解决了"), null=True)
    satisfaction = models.PositiveSmallIntegerField(
        _("满意度"), null=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    comment = models.TextField(_("评语"), blank=True, default="")
    rated_at = models.DateTimeField(_("评价时间"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("诉求")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    procedure="report",
                    state__in=["open", "asked", "answered", "rated", "lapsed", "guided", "withdrawn"],
                ),
                name="report_state_of_procedure",
            ),
            models.CheckConstraint(
                condition=Q(satisfaction__isnull=True) | Q(satisfaction__range=(1, 5)), name="report_five_faces"
            ),
            models.UniqueConstraint(fields=["tracking_hash"], condition=~Q(tracking_hash=""), name="report_code_once"),
        ]
        indexes = [
            models.Index(fields=["owner_id", "-created_at", "-id"], name="report_owner"),
            models.Index(fields=["community_id", "rated_at"], name="report_community_rated"),
            models.Index(fields=["taken_by", "-created_at"], name="report_taken_by"),
        ]

    def __str__(self) -> str:
        return self.number

    def root_key(self) -> int:
        """Its matter's row is the one locked."""
        return self.matter_id

    def place_path(self) -> str:
        """Where its matter is."""
        return self._path or self.matter.place_path()


class ReportMove(models.Model):
    """A report that went from one matter to another by merge, and perhaps back."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="moves")
    source = models.ForeignKey(Matter, models.PROTECT, related_name="+")
    target = models.ForeignKey(Matter, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    is_undone = models.BooleanField(default=False)

    class Meta:
        verbose_name = verbose_name_plural = _("诉求并入记录")


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
        GIVEN = "given", _("待办")
        DONE = "done", _("已完成")
        CANCELLED = "cancelled", _("已取消")

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="tasks", verbose_name=_("事项"))

    class Meta:
        verbose_name = verbose_name_plural = _("协办任务")
        constraints = [
            models.CheckConstraint(
                condition=Q(procedure="task", state__in=["given", "done", "cancelled"]), name="task_state_of_procedure"
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


class SettingChange(models.Model):
    """What an administrator changed in the settings of the practice. Append-only: the database refuses the rest."""

    class Kind(models.TextChoices):
        CATEGORY = "category", _("诉求类别")
        RULE = "rule", _("派单规则")
        LIMIT = "limit", _("办理时限")
        DAY = "day", _("工作日历")

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
