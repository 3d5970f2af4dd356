"""Accounts, the duties they hold, and acting for another."""

import uuid
from collections.abc import Iterator
from datetime import date
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeBoundary, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from gongzhi.accounts import phones, posts
from gongzhi.base.text import bigrams, initials, mask_name, pinyin
from gongzhi.organisations.models import Organisation
from gongzhi.territory.models import Place


class AccountQuerySet(models.QuerySet["Account"]):
    """Questions about accounts."""

    def living(self) -> Self:
        """Accounts that have not been ended; a locked one still lives."""
        return self.filter(ended_at__isnull=True)

    def with_phone(self, phone: str) -> Self:
        """Living accounts with exactly this telephone number (at most one)."""
        return self.living().filter(phone_index__in=phones.indexes(phone))

    def staff(self) -> Self:
        """Accounts of people who work here."""
        return self.filter(kind=Account.Kind.STAFF)


class AccountManager(BaseUserManager["Account"]):
    """Manager that finds an account for signing in whatever the case of its user name."""

    use_in_migrations = False

    def get_by_natural_key(self, username: str | None) -> "Account":
        """The account with this user name; raises Account.DoesNotExist."""
        return self.get(username=(username or "").strip().lower())


_Accounts = AccountManager.from_queryset(AccountQuerySet)


class Account(AbstractBaseUser):
    """A person who can sign in: staff or resident. Ended, never deleted.

    `managed_place` is the place whose administrators keep the account; `home_place` is where a resident lives.
    The telephone stands encrypted (AAD = uid), found by the whole number or the last four digits (ARCHITECTURE.md 4).
    """

    class Kind(models.TextChoices):
        """Staff work here, residents live here."""

        STAFF = "staff", _("工作人员")
        RESIDENT = "resident", _("居民")

    class Theme(models.TextChoices):
        """Colours of the pages."""

        AUTO = "auto", _("跟随手机")
        LIGHT = "light", _("浅色")
        DARK = "dark", _("深色")

    class Language(models.TextChoices):
        """Languages of the pages."""

        CHINESE = "zh-hans", _("中文")
        ENGLISH = "en", "English"

    uid = models.UUIDField(_("编号"), default=uuid.uuid4, unique=True, editable=False)
    username = models.CharField(_("用户名"), max_length=40, unique=True, db_collation="C")
    kind = models.CharField(_("类别"), max_length=10, choices=Kind)
    name = models.CharField(_("姓名"), max_length=40)
    name_pinyin = models.CharField(_("拼音"), max_length=200, db_collation="C", default="", blank=True)
    name_initials = models.CharField(_("拼音首字母"), max_length=40, db_collation="C", default="", blank=True)
    name_bigrams = ArrayField(models.CharField(max_length=8), verbose_name=_("姓名检索"), default=list, blank=True)
    phone_cipher = models.BinaryField(_("电话（加密）"), default=b"", blank=True)
    phone_index = models.CharField(_("电话索引"), max_length=120, db_collation="C", default="", blank=True)
    phone_last4_index = models.CharField(_("电话末四位索引"), max_length=120, db_collation="C", default="", blank=True)
    is_confirmed = models.BooleanField(_("电话已核实"), default=False)
    confirmed_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("核实人")
    )
    confirmed_at = models.DateTimeField(_("核实时间"), null=True, blank=True)
    home_place = models.ForeignKey(
        Place, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("住处")
    )
    managed_place = models.ForeignKey(
        Place, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("管理辖区")
    )
    language = models.CharField(_("语言"), max_length=10, choices=Language, default=Language.CHINESE)
    large_type = models.BooleanField(_("大字"), default=False)
    theme = models.CharField(_("配色"), max_length=10, choices=Theme, default=Theme.AUTO)
    is_active = models.BooleanField(_("可登录"), default=True)
    ended_at = models.DateTimeField(_("停用时间"), null=True, blank=True)
    must_change_password = models.BooleanField(_("须改密码"), default=False)
    password_changed_at = models.DateTimeField(_("密码修改时间"), null=True, blank=True)
    session_epoch = models.PositiveIntegerField(_("登录批次"), default=0)
    consent_version = models.CharField(_("同意书版本"), max_length=20, default="", blank=True)
    consented_at = models.DateTimeField(_("同意时间"), null=True, blank=True)
    created_at = models.DateTimeField(_("登记时间"), default=timezone.now)
    created_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("登记人")
    )

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name", "kind"]
    objects = _Accounts()

    class Meta:
        verbose_name = _("账号")
        verbose_name_plural = _("账号")
        constraints = [
            models.UniqueConstraint(
                fields=["phone_index"],
                condition=Q(ended_at__isnull=True) & ~Q(phone_index=""),
                name="account_phone_once_among_living",
            ),
            models.CheckConstraint(condition=Q(username=Lower("username")), name="account_username_lower_case"),
            models.CheckConstraint(condition=Q(kind__in=["staff", "resident"]), name="account_kind_known"),
            models.CheckConstraint(
                condition=Q(is_confirmed=False) | Q(confirmed_at__isnull=False), name="account_confirmed_has_time"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(is_active=False), name="account_ended_cannot_sign_in"
            ),
        ]
        indexes = [
            GinIndex(fields=["name_bigrams"], name="account_name_bigrams"),
            models.Index(fields=["name_pinyin", "id"], name="account_name_pinyin"),
            models.Index(fields=["name_initials"], name="account_name_initials"),
            models.Index(fields=["phone_last4_index"], name="account_phone_last4"),
        ]

    def __str__(self) -> str:
        return self.name

    def set_name(self, name: str) -> None:
        """Set the name and what finds it; does not save."""
        self.name = name
        self.name_pinyin = pinyin(name, surname=True)[:200]
        self.name_initials = initials(name, surname=True)[:40]
        self.name_bigrams = bigrams(name)

    def set_phone(self, phone: str) -> None:
        """Set or (with "") remove the telephone; the new number is unconfirmed; does not save."""
        self.phone_cipher = phones.seal(phone, self.uid)
        self.phone_index = phones.index(phone)
        self.phone_last4_index = phones.last4_index(phone)
        self.is_confirmed, self.confirmed_at, self.confirmed_by = False, None, None

    @property
    def phone(self) -> str:
        """The whole telephone number, "" when there is none; whoever shows it must have a ground."""
        return phones.unseal(self.phone_cipher, self.uid)

    @property
    def masked_phone(self) -> str:
        """The telephone as it may be shown: 138****5678."""
        return phones.mask(self.phone)

    @property
    def masked_name(self) -> str:
        """The name of a neighbour as it may be shown: 张*."""
        return mask_name(self.name)

    @property
    def is_staff_kind(self) -> bool:
        """True for people who work here."""
        return self.kind == self.Kind.STAFF

    @property
    def may_sign_in(self) -> bool:
        """True while the account is neither locked nor ended."""
        return self.is_active and self.ended_at is None

    def get_session_auth_hash(self) -> str:
        """Changes with the password and with 'sign out everywhere'; every session carries it."""
        return self._session_hash(None)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """The same under earlier secret keys, so a key rotation signs nobody out."""
        for secret in settings.SECRET_KEY_FALLBACKS:
            yield self._session_hash(secret)

    def _session_hash(self, secret: str | bytes | None) -> str:
        key, value = "gongzhi.accounts.session", f"{self.password}:{self.session_epoch}"
        return salted_hmac(key, value, secret=secret, algorithm="sha256").hexdigest()


_TERM = Func(
    "starts",
    "ends",
    RangeBoundary(inclusive_lower=True, inclusive_upper=True),
    function="DATERANGE",
    output_field=DateRangeField(),
)
"""daterange(starts, ends, '[]'): both days belong to the term."""


class DutyQuerySet(models.QuerySet["Duty"]):
    """Questions about duties."""

    def in_force(self, today: date) -> Self:
        """Duties whose term holds `today` (a day in Shanghai) and that were not ended at once."""
        return self.filter(Q(ends__isnull=True) | Q(ends__gte=today), starts__lte=today, ended_at__isnull=True)

    def open_term(self, today: date) -> Self:
        """Duties in force today or starting later."""
        return self.filter(Q(ends__isnull=True) | Q(ends__gte=today), ended_at__isnull=True)

    def over(self, place: Place) -> Self:
        """Duties at the place or at one above it: who is responsible there, from the district down."""
        return self.filter(place__in=place.path_ids).order_by("place__path", "pk")

    def public(self) -> Self:
        """Duties whose holder stands with name and office telephone on the public page."""
        return self.filter(is_public=True, account__ended_at__isnull=True)


class Duty(models.Model):
    """岗位: an account holds a post at a place or in an organisation for a term, and the access ends with the term."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="duties", verbose_name=_("账号"))
    post = models.CharField(_("岗位"), max_length=30, db_collation="C")
    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("辖区"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("单位")
    )
    starts = models.DateField(_("开始日"))
    ends = models.DateField(_("最后一日"), null=True, blank=True)
    ended_at = models.DateTimeField(_("立即终止于"), null=True, blank=True)
    title = models.CharField(_("职务名称"), max_length=40, default="", blank=True)
    is_public = models.BooleanField(_("对外公示"), default=False)
    public_phone = models.CharField(_("办公电话"), max_length=30, default="", blank=True)
    office_hours = models.CharField(_("办公时间"), max_length=100, default="", blank=True)
    created_at = models.DateTimeField(_("登记时间"), default=timezone.now)
    created_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", verbose_name=_("登记人"))

    full_name = ""
    objects = DutyQuerySet.as_manager()

    class Meta:
        verbose_name = _("岗位")
        verbose_name_plural = _("岗位")
        constraints = [
            models.CheckConstraint(
                condition=Q(post__in=posts.codes(in_organisation=True), organisation__isnull=False, place__isnull=True)
                | Q(post__in=posts.codes(in_organisation=False), place__isnull=False, organisation__isnull=True),
                name="duty_place_or_organisation_by_post",
            ),
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(ends__gte=F("starts")), name="duty_dates_ordered"
            ),
            ExclusionConstraint(
                name="duty_at_place_once_at_a_time",
                expressions=[
                    ("account", RangeOperators.EQUAL),
                    ("post", RangeOperators.EQUAL),
                    ("place", RangeOperators.EQUAL),
                    (_TERM, RangeOperators.OVERLAPS),
                ],
                condition=Q(place__isnull=False, ended_at__isnull=True),
            ),
            ExclusionConstraint(
                name="duty_in_organisation_once_at_a_time",
                expressions=[
                    ("account", RangeOperators.EQUAL),
                    ("post", RangeOperators.EQUAL),
                    ("organisation", RangeOperators.EQUAL),
                    (_TERM, RangeOperators.OVERLAPS),
                ],
                condition=Q(organisation__isnull=False, ended_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["place", "post"], name="duty_place_post"),
            models.Index(fields=["organisation", "post"], name="duty_organisation_post"),
        ]

    def __str__(self) -> str:
        return f"{self.where} {self.label}"

    @property
    def label(self) -> str:
        """The title on the door, or the name of the post."""
        return self.title or str(posts.post(self.post).label)

    @property
    def where(self) -> str:
        """Name of the place or the organisation; `pickers.name_fully` adds the community to 第一网格."""
        return self.full_name or str(
            self.place.name if self.place else self.organisation.name if self.organisation else ""
        )

    @property
    def sees(self) -> str:
        """In words, what this duty may see and do."""
        return str(posts.post(self.post).sees)

    def standing(self, today: date | None = None) -> str:
        """'running', 'coming' or 'over' on this day."""
        day = today or timezone.localdate()
        if self.ended_at is not None or (self.ends is not None and self.ends < day):
            return "over"
        return "coming" if self.starts > day else "running"


class DelegationQuerySet(models.QuerySet["Delegation"]):
    """Questions about acting for another."""

    def in_force(self, today: date) -> Self:
        """Delegations that hold `today`, given by an account that may itself sign in."""
        return self.filter(starts__lte=today, ends__gte=today, ended_at__isnull=True, from_account__is_active=True)

    def open_term(self, today: date) -> Self:
        """Delegations in force today or starting later."""
        return self.filter(ends__gte=today, ended_at__isnull=True)


class Delegation(models.Model):
    """代办: for some days one account acts for another with one duty of it, or all (`duty` empty); never passed on."""

    from_account = models.ForeignKey(
        Account, models.PROTECT, related_name="delegations_given", verbose_name=_("委托人")
    )
    to_account = models.ForeignKey(Account, models.PROTECT, related_name="delegations_held", verbose_name=_("代办人"))
    duty = models.ForeignKey(Duty, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("岗位"))
    starts = models.DateField(_("开始日"))
    ends = models.DateField(_("最后一日"))
    ended_at = models.DateTimeField(_("提前结束于"), null=True, blank=True)
    reason = models.CharField(_("事由"), max_length=100)
    created_at = models.DateTimeField(_("登记时间"), default=timezone.now)
    created_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", verbose_name=_("登记人"))

    objects = DelegationQuerySet.as_manager()

    class Meta:
        verbose_name = _("代办")
        verbose_name_plural = _("代办")
        constraints = [
            models.CheckConstraint(condition=Q(ends__gte=F("starts")), name="delegation_dates_ordered"),
            models.CheckConstraint(condition=~Q(from_account=F("to_account")), name="delegation_is_to_somebody_else"),
        ]
        indexes = [models.Index(fields=["to_account", "ends"], name="delegation_to_ends")]

    def __str__(self) -> str:
        return f"{self.from_account} → {self.to_account}"

    def standing(self, today: date | None = None) -> str:
        """'running', 'coming' or 'over' on this day."""
        day = today or timezone.localdate()
        if self.ended_at is not None or self.ends < day:
            return "over"
        return "coming" if self.starts > day else "running"
