"""The cast of the practice, for everything counted."""

import pytest

from gongzhi.cases.tests.factories import Cast
from gongzhi.cases.tests.factories import cast as build


@pytest.fixture
def cast(db: None) -> Cast:
    """A community at work."""
    return build()
