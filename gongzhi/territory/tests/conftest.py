from typing import Any

import pytest


@pytest.fixture(autouse=True)
def acting(settings: Any) -> None:
    """Tests say themselves who asks."""
    settings.ROOT_URLCONF = "gongzhi.territory.tests.urls"
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "gongzhi.territory.tests.asking.acting"]
