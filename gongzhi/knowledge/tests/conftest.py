"""The subjects of knowledge come from the practice; here they are given by hand."""

from collections.abc import Iterator

import pytest

from gongzhi.knowledge import store, topics
from gongzhi.territory.tests.factories import City
from gongzhi.territory.tests.factories import city as build


@pytest.fixture
def city(db: None) -> Iterator[City]:
    """A small city; nothing is remembered from the test before."""
    store.forget()
    yield build()
    store.forget()


@pytest.fixture(autouse=True)
def _subjects(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = [("公用设施", [("utility", "公用设施"), ("light", "路灯楼道灯"), ("gas", "燃气")])]
    monkeypatch.setattr(topics, "PROVIDERS", [lambda: groups])
