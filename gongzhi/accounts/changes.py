"""The history of an account: one append-only line for each thing done to it, in the same transaction."""

from typing import Any

from gongzhi.accounts.models import Account, AccountChange, Delegation, Duty

Verb = AccountChange.Verb


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
