"""The request as our views see it: who is asking, found out only when a view asks."""

from typing import TYPE_CHECKING

from django.core.handlers.wsgi import WSGIRequest
from django.utils import timezone
from django.utils.functional import cached_property

from gongzhi.accounts.actor import actor_of
from gongzhi.accounts.models import Account
from gongzhi.kernel.actor import Actor

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails


class Request(WSGIRequest):
    """A web request with `account` and `actor`; a page that reads neither costs no statement for them."""

    htmx: "HtmxDetails"
    owed: int | None = None
    """How much the actor owes, when the view has counted it for its own list."""

    @cached_property
    def account(self) -> Account | None:
        """The signed-in account, or None; one that was locked or ended since signing in is None."""
        return self.user if isinstance(self.user, Account) and self.user.is_authenticated else None

    @cached_property
    def actor(self) -> Actor:
        """The duties in force today in Shanghai, or the public; never kept longer than this request."""
        return actor_of(self.account, timezone.localdate(), self.session)

    @property
    def me(self) -> Account:
        """The signed-in account in a view behind `signed_in`; AssertionError elsewhere, a mistake in the program."""
        assert self.account is not None, "use signed_in or duty_required before reading request.me"
        return self.account
