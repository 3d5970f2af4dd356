"""The cast of notices: a city, its offices, a resident."""

from dataclasses import dataclass
from typing import Any

import pytest

from gongzhi.accounts.models import Account
from gongzhi.accounts.tests.factories import actor, holder, resident
from gongzhi.kernel.actor import Actor
from gongzhi.territory.tests.factories import City, city


@dataclass
class Cast:
    """Everybody the tests of notices need."""

    city: City
    people: dict[str, Account]

    def actor(self, who: str) -> Actor:
        """The actor of one of the cast."""
        return actor(self.people[who])


@pytest.fixture
def cast(db: Any) -> Cast:
    """Build it."""
    ground = city()
    people = {
        "clerk": holder("clerk", ground.community, "王敏"),
        "secretary": holder("community_secretary", ground.community, "刘雅琴"),
        "neighbour_clerk": holder("clerk", ground.neighbour, "赵静"),
        "grid": holder("grid_member", ground.grid, "李小芳"),
        "street_clerk": holder("street_clerk", ground.street, "陈刚"),
        "district_clerk": holder("district_clerk", ground.district, "罗明"),
        "resident": resident("陈英", phone="13890001234"),
        "other_resident": resident("吴芳", phone="13890005678"),
    }
    return Cast(ground, people)
