"""The cast every test of cases plays with, and a promise: whatever happens, the chains stay whole."""

from collections.abc import Iterator

import pytest

from gongzhi.cases.tests.factories import Cast
from gongzhi.cases.tests.factories import cast as build
from gongzhi.kernel import verify


@pytest.fixture
def cast(db: None) -> Iterator[Cast]:
    """A community at work; verified afterwards."""
    yield build()
    assert list(verify.run()) == []
