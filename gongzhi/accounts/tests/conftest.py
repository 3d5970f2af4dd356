"""The places every test of accounts plays in."""

import pytest

from gongzhi.territory.tests.factories import City
from gongzhi.territory.tests.factories import city as build


@pytest.fixture
def city(db: None) -> City:
    """A city with two districts."""
    return build()
