"""What accounts leave behind: their history, signed-in browsers, second factors and codes that are good once."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongzhi.accounts.models.account import Account, Delegation, Duty


class AccountChange(models.Model):
    """One line of an account's history; the database refuses to change or remove it. Holds no telephone, no code."""

    class Verb(models.TextChoices):
        """What was done."""

        CREATED = "created", _("登记账号")
        REGISTERED = "registered", _("自行注册")
        EDITED = "edited", _("修改资料")
        CONFIRMED = "confirmed", _("核实电话")
        LOCKED = "locked", _("锁定账号")
        UNLOCKED = "unlocked", _("解除锁定")
        ENDED = "ended", _("停用账号")
        CODE_MADE = "code_made", _("开出一次性重置码")
        PASSWORD_RESET = "password_reset", _("用重置码改了密码")
        PASSWORD_CHANGED = "password_changed", _("修改密码")
        FACTOR_ON = "factor_on", _("开启动态口令")
        FACTOR_OFF = "factor_off", _("关闭动态口令")
        SIGNED_OUT_EVERYWHERE = "signed_out_everywhere", _("退出全部设备")
        DUTY_ADDED = "duty_added", _("增加岗位")
        DUTY_ENDED = "duty_ended", _("结束岗位")
        DELEGATED = "delegated", _("委托代办")
        DELEGATION_ENDED = "delegation_ended", _("结束代办")
        TOKEN_MADE = "token_made", _("建立接口令牌")
        TOKEN_REVOKED = "token_revoked", _("作废接口令牌")

    account = models.ForeignKey(Account, models.PROTECT, related_name="changes", verbose_name=_("账号"))
    at = models.DateTimeField(_("时间"), default=timezone.now)
    verb = models.CharField(_("事项"), max_length=30, choices=Verb)
    by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", verbose_name=_("操作人"))
    on_behalf_of = models.BigIntegerField(_("代谁办理"), null=True)
    duty = models.ForeignKey(Duty, models.PROTECT, null=True, related_name="+", verbose_name=_("岗位"))
    delegation = models.ForeignKey(Delegation, models.PROTECT, null=True, related_name="+", verbose_name=_("代办"))
    data = models.JSONField(_("内容"), default=dict)

    class Meta:
        verbose_name = _("账号变更")
        verbose_name_plural = _("账号变更")
        indexes = [models.Index(fields=["account", "-id"], name="change_account_newest")]

    def __str__(self) -> str:
        return f"{self.account}: {self.get_verb_display()}"


class SignIn(models.Model):
    """One signed-in browser: what the owner sees under 'my devices' and may end."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="sign_ins", verbose_name=_("账号"))
    session_key = models.CharField(_("会话"), max_length=40, unique=True, db_collation="C")
    device = models.CharField(_("设备"), max_length=80, default="")
    address = models.GenericIPAddressField(_("网络地址"), null=True)
    started_at = models.DateTimeField(_("登录时间"), default=timezone.now)
    seen_at = models.DateTimeField(_("最近使用"), default=timezone.now)
    ended_at = models.DateTimeField(_("退出时间"), null=True)

    class Meta:
        verbose_name = _("登录")
        verbose_name_plural = _("登录")
        indexes = [models.Index(fields=["account", "-seen_at"], name="signin_account_newest")]

    def __str__(self) -> str:
        return f"{self.account} {self.device}"


class SecondFactor(models.Model):
    """动态口令 (RFC 6238): the shared secret, encrypted; `last_step` refuses a code seen before."""

    account = models.OneToOneField(Account, models.PROTECT, related_name="second_factor", verbose_name=_("账号"))
    secret_cipher = models.BinaryField(_("密钥（加密）"))
    last_step = models.BigIntegerField(_("最近一步"), default=0)
    created_at = models.DateTimeField(_("建立时间"), default=timezone.now)
    confirmed_at = models.DateTimeField(_("启用时间"), null=True)

    class Meta:
        verbose_name = _("动态口令")
        verbose_name_plural = _("动态口令")

    def __str__(self) -> str:
        return str(self.account)


class RecoveryCode(models.Model):
    """One of ten codes for a lost telephone: stored as a keyed digest, good once."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="recovery_codes", verbose_name=_("账号"))
    digest = models.CharField(_("摘要"), max_length=64, db_collation="C")
    used_at = models.DateTimeField(_("使用时间"), null=True)

    class Meta:
        verbose_name = _("备用码")
        verbose_name_plural = _("备用码")
        constraints = [models.UniqueConstraint(fields=["account", "digest"], name="recovery_code_once")]

    def __str__(self) -> str:
        return str(self.account)


class OneTimeCode(models.Model):
    """A code staff hand to somebody who forgot the password: good once, 24 hours, stored as a keyed digest."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="one_time_codes", verbose_name=_("账号"))
    digest = models.CharField(_("摘要"), max_length=64, db_collation="C")
    created_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", verbose_name=_("开出人"))
    created_at = models.DateTimeField(_("开出时间"), default=timezone.now)
    expires_at = models.DateTimeField(_("失效时间"))
    used_at = models.DateTimeField(_("使用时间"), null=True)
    withdrawn_at = models.DateTimeField(_("作废时间"), null=True)

    class Meta:
        verbose_name = _("一次性重置码")
        verbose_name_plural = _("一次性重置码")
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(used_at__isnull=True, withdrawn_at__isnull=True),
                name="one_time_code_one_open",
            )
        ]

    def __str__(self) -> str:
        return str(self.account)

    def is_good(self, now: datetime) -> bool:
        """True while the code was neither used nor withdrawn and 24 hours are not over."""
        return self.used_at is None and self.withdrawn_at is None and now < self.expires_at
