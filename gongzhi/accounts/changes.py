"""The history of an account: one append-only line for each thing done to it, in the same transaction.

What others do to an account is also told to its owner, so that nobody is impersonated in silence.
"""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongzhi.accounts.models import Account, AccountChange, Delegation, Duty
from gongzhi.kernel.models import Notification

Verb = AccountChange.Verb
TOLD = {
    Verb.CODE_MADE: gettext_lazy("%(by)s给您开了一个密码重置码。不是您要的，请马上联系管理员。"),
    Verb.FACTOR_OFF: gettext_lazy("%(by)s关闭了您的动态口令。不是您要的，请马上联系管理员。"),
    Verb.CONFIRMED: gettext_lazy("%(by)s核实了您的电话。"),
    Verb.EDITED: gettext_lazy("%(by)s修改了您的账号资料。"),
    Verb.DUTY_ADDED: gettext_lazy("%(by)s给您登记了岗位。"),
    Verb.DUTY_ENDED: gettext_lazy("%(by)s登记了您的岗位结束。"),
    Verb.DELEGATED: gettext_lazy("%(by)s登记了一次与您有关的代办。"),
    Verb.TOKEN_REVOKED: gettext_lazy("%(by)s作废了您的一个接口令牌。"),
    Verb.DELEGATION_ENDED: gettext_lazy("%(by)s结束了一次与您有关的代办。"),
}
"""What its owner is told when somebody else did it."""


def note(
    account: Account,
    verb: AccountChange.Verb,
    by: Account | None,
    *,
    duty: Duty | None = None,
    delegation: Delegation | None = None,
    on_behalf_of: int | None = None,
    **data: Any,
) -> None:
    """Write one line. `by` None means the system or the command line; `data` holds no telephone and no code."""
    AccountChange.objects.create(
        account=account, verb=verb, by=by, duty=duty, delegation=delegation, on_behalf_of=on_behalf_of, data=data
    )
    if by is not None and by.pk != account.pk and verb in TOLD:
        page = "accounts:delegations" if delegation else "accounts:me"
        title = str(TOLD[verb]) % {"by": by.name} + (_("（%s）") % duty if duty else "")
        Notification.objects.create(account_id=account.pk, title=title[:200], url=reverse(page), at=timezone.now())
