"""Who a session belongs to. Passwords are checked in `signin`, never here, so no way round the throttle exists."""

from gongzhi.accounts.models import Account


class Backend:
    """Django's authentication backend: loads the account of a session; a locked or ended one is nobody."""

    def get_user(self, user_id: int) -> Account | None:
        """The account, or None when it may not sign in any more: the session ends with the next request."""
        return Account.objects.living().filter(pk=user_id, is_active=True).first()

    def authenticate(self, request: object, **credentials: object) -> None:
        """Always None: signing in goes through `signin.check`."""
        return
