"""What one person said: report 诉求, contact, and how reports move between matters."""

import uuid
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gongzhi.accounts import phones
from gongzhi.cases.models.matter import Matter, Placed
from gongzhi.cases.models.words import Channel


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
    reconsidered_at = models.DateTimeField(_("请再看一次的时间"), null=True)
    happened_at = models.DateTimeField(_("发生时间"), null=True)
    extra = models.JSONField(_("补充问题的回答"), default=list)
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

    def facts(self) -> dict[str, Any]:
        """Those of its matter, and how the reporter judged."""
        said = {} if self.satisfaction is None else {"v": int(bool(self.is_resolved)), "n": self.satisfaction}
        return self.matter.facts() | said


class ReportMove(models.Model):
    """A report that went from one matter to another by merge, and perhaps back."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="moves")
    source = models.ForeignKey(Matter, models.PROTECT, related_name="+")
    target = models.ForeignKey(Matter, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    is_undone = models.BooleanField(default=False)

    class Meta:
        verbose_name = verbose_name_plural = _("诉求并入记录")
