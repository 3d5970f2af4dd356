"""A program that calls the interface with a token of its own."""

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from gongzhi.accounts import tokens
from gongzhi.accounts.models import Account
from gongzhi.base.api import PROBLEM

JSON = "application/json"


class Caller:
    """Calls as an account, with every scope unless some are named."""

    def __init__(self, account: Account, scopes: Iterable[str] = tuple(tokens.SCOPES)) -> None:
        self.account = account
        last_day = timezone.localdate() + timedelta(days=30)
        self.token, self.secret = tokens.make(account, "试验", scopes, last_day)
        self.client = Client(headers={"Authorization": f"Bearer {self.secret}"})

    def get(self, path: str) -> Any:
        """The answer to a GET."""
        return self.client.get(f"/api/v1/{path}")

    def post(self, path: str, body: Any, key: str = "") -> Any:
        """The answer to a POST of JSON, with an idempotency key if one is given."""
        headers = {"Idempotency-Key": key} if key else {}
        return self.client.post(f"/api/v1/{path}", json.dumps(body), content_type=JSON, headers=headers)

    def raw(self, path: str, body: bytes, kind: str = JSON) -> Any:
        """The answer to bytes of some kind."""
        return self.client.post(f"/api/v1/{path}", body, content_type=kind)

    def delete(self, path: str) -> Any:
        """The answer to a method that is not there."""
        return self.client.delete(f"/api/v1/{path}")


def problem_of(answer: Any, status: int) -> dict[str, Any]:
    """The problem of an answer with this status."""
    assert answer.status_code == status, answer.content.decode()[:500]
    assert answer["Content-Type"] == PROBLEM
    found: dict[str, Any] = json.loads(answer.content)
    assert found["status"] == status and found["title"]
    return found
