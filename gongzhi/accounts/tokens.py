"""Makes, finds and revokes the tokens by which programs act as an account.

A token never reaches further than its account does today: the duties in force decide, the scopes only narrow.
"""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongzhi.accounts.changes import Verb, note
from gongzhi.accounts.models import Account, ApiToken
from gongzhi.kernel.clock import SHANGHAI
from gongzhi.kernel.errors import NotPossible, NotValid

SCOPES = {
    "matters:read": gettext_lazy("看事项：列表、详情、经过、我的待办"),
    "matters:write": gettext_lazy("办事项：按岗位能办的每一步"),
    "reports:read": gettext_lazy("看自己反映的诉求"),
    "reports:write": gettext_lazy("反映诉求、上传照片、补充、评价"),
    "contacts:read": gettext_lazy("查看反映人的姓名和电话（写明原因，本人查得到）"),
    "notices:read": gettext_lazy("看公示公告的草稿和异议"),
    "notices:write": gettext_lazy("办公示公告：起草、发布、答复异议"),
    "statistics:read": gettext_lazy("看统计数据"),
    "statistics:write": gettext_lazy("审批统计剔除"),
}
"""What a token can be limited to."""
MARK = "gz_"
LONGEST = timedelta(days=366)
MOST_LIVING = 20
"""Usable tokens of one account."""
COARSE = timedelta(hours=1)
"""How exactly the last use is remembered."""


def make(account: Account, label: str, scopes: Iterable[str], last_day: date) -> tuple[ApiToken, str]:
    """A new token and its secret, shown once. Raises NotValid."""
    now, wanted = timezone.now(), [code for code in SCOPES if code in set(scopes)]
    _check(account, label, wanted, last_day)
    ends = datetime.combine(last_day + timedelta(days=1), time(), SHANGHAI)
    secret = MARK + secrets.token_urlsafe(32)
    token = ApiToken(
        account=account, label=label, prefix=secret[:9], digest=digest(secret), scopes=wanted, epoch=account.session_epoch,
        created_at=now, expires_at=ends,
    )  # fmt: skip
    with transaction.atomic():
        token.save()
        note(account, Verb.TOKEN_MADE, account, label=label, scopes=wanted, ends=str(last_day))
    return token, secret


def revoke(token: ApiToken, *, by: Account, on_behalf_of: int | None = None) -> None:
    """The token stops working at once. Raises NotPossible when it did before."""
    with transaction.atomic():
        open_ones = ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True)
        if not open_ones.update(revoked_at=timezone.now(), revoked_by=by):
            raise NotPossible(_("这个令牌已经作废了。"))
        note(token.account, Verb.TOKEN_REVOKED, by, on_behalf_of=on_behalf_of, label=token.label)


def find(secret: str) -> ApiToken | None:
    """The usable token of this secret with its account, which must be able to sign in; one statement."""
    if not secret.startswith(MARK) or not secret.isascii() or len(secret) > 80:
        return None
    token = ApiToken.objects.usable().select_related("account").filter(digest=digest(secret)).first()
    if token is None or token.epoch != token.account.session_epoch:
        return None
    is_usable = token.account.may_sign_in and not token.account.must_change_password
    return token if is_usable else None


def touch(token: ApiToken) -> None:
    """Remember coarsely that the token is in use."""
    now = timezone.now()
    if token.used_at is None or token.used_at < now - COARSE:
        ApiToken.objects.filter(pk=token.pk).update(used_at=now)


def digest(secret: str) -> str:
    """What is stored; 256 random bits need no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _check(account: Account, label: str, scopes: list[str], last_day: date) -> None:
    errors: dict[str, list[str]] = {}
    if not label.strip():
        errors["label"] = [_("请写一句用途，例如：与 12345 平台对接。")]
    if not scopes:
        errors["scopes"] = [_("请至少选一项。")]
    if not timedelta(0) <= last_day - timezone.localdate() <= LONGEST:
        errors["last_day"] = [_("最后一天要在今天到一年以内。")]
    if ApiToken.objects.usable().filter(account=account).count() >= MOST_LIVING:
        errors["label"] = [_("已有 %d 个可用的令牌，请先作废不用的。") % MOST_LIVING]
    if errors:
        raise NotValid(errors)
