"""Gives every request `account` and `actor`, both lazy; stands behind AuthenticationMiddleware."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from gongzhi.accounts.request import Request


class AccountMiddleware:
    """Turns Django's request into ours; no statement is sent until a view asks who is there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on as `Request`."""
        request.__class__ = Request
        return self.get_response(request)
