"""Tokens by which programs act as an account through the interface for programs."""

from datetime import date, timedelta
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongzhi.accounts.models.account import Account


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    """Questions about tokens."""

    def usable(self) -> Self:
        """Neither revoked nor past their last day."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=timezone.now())


class ApiToken(models.Model):
    """接口令牌: lets a program act as the account, within `scopes`, until `expires_at`; only its digest is kept.

    `epoch` is the account's session epoch at making: a new password or signing out everywhere ends the token as well.
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="api_tokens", verbose_name=_("账号"))
    label = models.CharField(_("用途"), max_length=60)
    prefix = models.CharField(_("开头几位"), max_length=12, db_collation="C")
    digest = models.CharField(_("摘要"), max_length=64, unique=True, db_collation="C")
    scopes = ArrayField(models.CharField(max_length=30), verbose_name=_("范围"))
    epoch = models.PositiveIntegerField(_("登录批次"))
    created_at = models.DateTimeField(_("建立时间"), default=timezone.now)
    expires_at = models.DateTimeField(_("到期时间"))
    used_at = models.DateTimeField(_("最近使用"), null=True)
    revoked_at = models.DateTimeField(_("作废时间"), null=True)
    revoked_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", verbose_name=_("作废人"))

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("接口令牌")
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="token_ends_after_it_began"),
            models.CheckConstraint(condition=~Q(scopes=[]), name="token_has_scopes"),
        ]
        indexes = [models.Index(fields=["account", "-id"], name="token_account_newest")]

    def __str__(self) -> str:
        return f"{self.label} {self.prefix}…"

    @property
    def last_day(self) -> date:
        """The last day on which it works, in Shanghai."""
        return timezone.localdate(self.expires_at - timedelta(microseconds=1))

    @property
    def standing(self) -> str:
        """'usable', 'revoked' or 'over'."""
        if self.revoked_at is not None:
            return "revoked"
        return "over" if self.expires_at <= timezone.now() else "usable"
