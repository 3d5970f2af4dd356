"""Who acts: accounts, the duties they hold, acting for another, and the traces these leave.

Rows here are ended, never deleted: other tables name them by plain numbers (ARCHITECTURE.md 2).
"""

from gongzhi.accounts.models.account import Account, AccountQuerySet, Delegation, Duty, DutyQuerySet
from gongzhi.accounts.models.token import ApiToken
from gongzhi.accounts.models.traces import AccountChange, OneTimeCode, RecoveryCode, SecondFactor, SignIn

__all__ = [
    "Account",
    "AccountChange",
    "AccountQuerySet",
    "ApiToken",
    "Delegation",
    "Duty",
    "DutyQuerySet",
    "OneTimeCode",
    "RecoveryCode",
    "SecondFactor",
    "SignIn",
]
