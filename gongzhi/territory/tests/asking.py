"""Lets a test ask for a page as any actor: the accounts that would say who asks live in a layer above."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.test import Client

from gongzhi.kernel.actor import ANYONE, Actor

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer


def acting(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: the actor is handed over with the request."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.actor = request.META.get("test.actor", ANYONE)  # type: ignore[attr-defined]
        return get_response(request)

    return middleware


class Visitor:
    """Somebody at the screen."""

    def __init__(self, actor: Actor = ANYONE) -> None:
        self.actor = actor
        self.client = Client()

    def get(self, path: str, data: dict[str, Any] | None = None) -> "Answer":
        """Open a page."""
        return self.client.get(path, data, **{"test.actor": self.actor})  # type: ignore[arg-type]

    def post(self, path: str, data: dict[str, Any]) -> "Answer":
        """Send a form."""
        return self.client.post(path, data, **{"test.actor": self.actor})  # type: ignore[arg-type]

    def do(self, path: str, data: dict[str, Any]) -> "Answer":
        """Send a form, look at what it will do, and confirm."""
        shown = self.post(path, data)
        assert shown.status_code == 200, shown.content.decode()
        return self.post(path, {**data, "seen": shown.context["seen"]})
