"""Public notices 公示、公告、政策, objections to them, and who has read them (as digests that lead to nobody).

Source: 政府信息公开条例 (State Council Order 711) on publishing and on personal data (Art. 15); 村务、居务公开.
"""

import uuid
from datetime import date, datetime, time, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gongzhi.accounts import phones
from gongzhi.kernel.clock import SHANGHAI
from gongzhi.kernel.models import Record
from gongzhi.territory.models import Kind, Place


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Questions about notices."""

    def shown(self) -> Self:
        """What stands on public lists: running or over, never withdrawn."""
        return self.filter(is_open=True, circle_id__isnull=True).exclude(state=Notice.State.WITHDRAWN)

    def running(self) -> Self:
        """Published and not over."""
        return self.shown().filter(state=Notice.State.PUBLISHED)


class Notice(Record):
    """One notice of a community, street or district."""

    class Sort(models.TextChoices):
        """公示 runs for a period and takes objections; the others inform."""

        PERIOD = "period", _("公示")
        NEWS = "news", _("公告")
        POLICY = "policy", _("政策")

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        PUBLISHED = "published", _("公示中")
        ENDED = "ended", _("已结束")
        WITHDRAWN = "withdrawn", _("已撤回")

    number = models.CharField(_("编号"), max_length=12, unique=True, db_collation="C")
    sort = models.CharField(_("种类"), max_length=10, choices=Sort, default=Sort.PERIOD)
    title = models.CharField(_("标题"), max_length=80)
    body = models.TextField(_("正文"))
    issuer = models.CharField(_("发布单位"), max_length=60)
    days = models.PositiveSmallIntegerField(_("公示期（天）"), null=True, blank=True)
    starts = models.DateField(_("开始日"), null=True, blank=True)
    ends = models.DateField(_("最后一天"), null=True, blank=True)
    objection_channel = models.CharField(_("有异议怎么提"), max_length=300, blank=True, default="")
    is_pinned = models.BooleanField(_("置顶"), default=False)
    is_open = models.BooleanField(_("发布过"), default=False, editable=False)
    author_id = models.BigIntegerField(_("起草人"), null=True)
    published_at = models.DateTimeField(_("发布时间"), null=True)
    published_by = models.BigIntegerField(_("发布人"), null=True)
    withdrawn_for = models.CharField(_("撤回原因"), max_length=300, blank=True, default="")
    readers = models.PositiveIntegerField(_("看过的人"), default=0)

    objects: ClassVar[models.Manager["Notice"]] = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("公示公告")
        constraints = [
            models.CheckConstraint(
                condition=Q(procedure="notice", state__in=["draft", "published", "ended", "withdrawn"]),
                name="notice_state_of_procedure",
            ),
            models.CheckConstraint(condition=Q(sort__in=["period", "news", "policy"]), name="notice_sort"),
            models.CheckConstraint(condition=~Q(sort="period") | Q(days__isnull=False), name="notice_period_has_days"),
            models.CheckConstraint(condition=Q(days__isnull=True) | Q(days__gte=1, days__lte=366), name="notice_days"),
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(starts__isnull=False, ends__gte=F("starts")), name="notice_period"
            ),
            models.CheckConstraint(
                condition=Q(is_open=False) | Q(published_at__isnull=False, starts__isnull=False),
                name="notice_open_since",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["published", "ended"]) | Q(is_open=True), name="notice_published_is_open"
            ),
        ]
        indexes = [
            models.Index(fields=["place_id", "-published_at", "-id"], name="notice_place", condition=Q(is_open=True)),
            models.Index(fields=["-published_at", "-id"], name="notice_newest", condition=Q(is_open=True)),
            models.Index(fields=["community_id", "-id"], name="notice_community"),
            models.Index(fields=["street_id", "-id"], name="notice_street"),
            models.Index(fields=["district_id", "-id"], name="notice_district"),
        ]

    _path: str = ""

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

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

    @property
    def level(self) -> str:
        """The level it speaks at: community, street or district."""
        if self.community_id:
            return str(Kind.COMMUNITY)
        return str(Kind.STREET if self.street_id else Kind.DISTRICT)

    @property
    def takes_objections(self) -> bool:
        """Only a 公示 asks whether somebody disagrees."""
        return self.sort == self.Sort.PERIOD

    @property
    def ends_at(self) -> datetime | None:
        """The first instant after the last day, Shanghai; None for what has no end."""
        return after(self.ends) if self.ends else None

    @property
    def state_words(self) -> str | Promise:
        """公示中 for a 公示, 已发布 for the others; the label of the state otherwise."""
        if self.state == self.State.PUBLISHED and not self.takes_objections:
            return _("已发布")
        return self.State(self.state).label

    def is_running(self, now: datetime) -> bool:
        """Published, and its last day is not over (the scanner may be a little late)."""
        ends = self.ends_at
        return self.state == self.State.PUBLISHED and (ends is None or now < ends)


class Objection(Record):
    """What somebody says against a 公示 while it runs. The telephone is sealed; the name may be left out."""

    ROOT: ClassVar[str] = "notice_id"

    class State(models.TextChoices):
        RECEIVED = "received", _("待答复")
        ANSWERED = "answered", _("已答复")

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="objections", verbose_name=_("公示"))
    number = models.CharField(_("编号"), max_length=12, unique=True, db_collation="C")
    text = models.TextField(_("异议"))
    name = models.CharField(_("称呼"), max_length=40, blank=True, default="")
    phone_cipher = models.BinaryField(_("电话（加密）"), default=b"", blank=True)
    phone_index = models.CharField(max_length=120, db_collation="C", default="", blank=True)
    owner_id = models.BigIntegerField(_("账号"), null=True)
    answer = models.TextField(_("答复"), blank=True, default="")
    answered_by = models.BigIntegerField(_("答复人"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("异议")
        constraints = [
            models.CheckConstraint(
                condition=Q(procedure="objection", state__in=["received", "answered"]),
                name="objection_state_of_procedure",
            ),
            models.CheckConstraint(
                condition=Q(state="received", answer="") | Q(state="answered") & ~Q(answer=""),
                name="objection_answer_when_answered",
            ),
        ]
        indexes = [models.Index(fields=["notice", "id"], name="objection_notice")]

    def __str__(self) -> str:
        return self.number

    def root_key(self) -> int:
        """The notice is locked for its objections."""
        return int(self.notice_id)

    def place_path(self) -> str:
        """Where the notice is."""
        return self.notice.place_path()

    def follow(self, notice: Notice) -> None:
        """Stand where the notice stands; does not save."""
        self.notice = notice
        for name in ("place_id", "grid_id", "community_id", "street_id", "district_id", "circle_id"):
            setattr(self, name, getattr(notice, name))

    def set_phone(self, number: str) -> None:
        """Store a normalised number ("" for none); does not save."""
        self.phone_cipher = phones.seal(number, self.uid)
        self.phone_index = phones.index(number)

    @property
    def phone(self) -> str:
        """The whole number; whoever shows it leaves a `Look`."""
        return phones.unseal(self.phone_cipher, self.uid)

    @property
    def masked_phone(self) -> str:
        """138****5678, "" without one."""
        return phones.mask(self.phone)


class Reading(models.Model):
    """Somebody has read a notice: a digest that differs from notice to notice, so it follows nobody around."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="readings", verbose_name=_("公示"))
    reader = models.UUIDField(_("读者摘要"), default=uuid.uuid4)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("阅读")
        constraints = [models.UniqueConstraint(fields=["notice", "reader"], name="reading_once")]

    def __str__(self) -> str:
        return str(self.reader)


def after(day: date) -> datetime:
    """Midnight in Shanghai at the end of a day."""
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI)
