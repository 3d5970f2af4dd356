"""Organisations by hand."""

from collections.abc import Iterable
from typing import Any

from gongzhi.base.validators import credit_check
from gongzhi.kernel.actor import SYSTEM
from gongzhi.organisations.actions import Details, register
from gongzhi.organisations.models import Kind, Organisation
from gongzhi.territory.models import Place
from gongzhi.territory.tests.factories import START


def credit_code(serial: int, head: str = "51510302") -> str:
    """A right credit code: `head` is office, category and division, `serial` makes it unique."""
    code = f"{head}{serial:09d}"
    return code + credit_check(code)


def organisation(name: str, place: Place | None = None, serves: Iterable[Place] = (), **details: Any) -> Organisation:
    """A department, unless told otherwise, in force since the beginning of the tests' world."""
    known = Details(name, **{"kind": Kind.DEPARTMENT, "place_id": place.pk if place else None, **details})
    return register(known, actor=SYSTEM, serves=serves, valid_from=START)
