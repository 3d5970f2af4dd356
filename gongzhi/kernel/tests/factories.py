"""A small fixed cast by name of duty, at three places: a community (2) in a street (1) and one elsewhere (9)."""

from datetime import UTC, datetime
from typing import Any

from gongzhi.kernel.actor import Actor, Grant
from gongzhi.kernel.perform import begin
from gongzhi.kernel.tests.toy.models import Errand

NOW = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)


def clerk(account: int = 11, community: int = 2, duty: int = 101) -> Actor:
    grant = Grant(duty, "clerk", "community", frozenset({community}), place_id=community)
    return Actor(account, "王敏", (grant,))


def runner(account: int = 12) -> Actor:
    return Actor(account, "李小芳", (Grant(102, "runner", "grid", frozenset({5}), place_id=5),))


def neighbour(account: int = 13) -> Actor:
    return Actor(account, "陈英")


def new_errand(**fields: Any) -> Errand:
    """An errand just asked for, at community 2."""
    errand = Errand(**{"community_id": 2, "street_id": 1, "place_id": 2, "title": "买药", **fields})
    begin(errand, "toy.errand", actor=neighbour(), now=NOW)
    return Errand.objects.get(pk=errand.pk)
