from collections.abc import Iterator

import pytest

from gongzhi.kernel import procedure
from gongzhi.kernel.tests.toy.workflow import ERRAND, LEG


@pytest.fixture(autouse=True)
def toy() -> Iterator[None]:
    """The toy practice, known for the length of a test."""
    for declared in (ERRAND, LEG):
        procedure.register(declared)
    yield
    for declared in (ERRAND, LEG):
        procedure._procedures.pop(declared.name)
