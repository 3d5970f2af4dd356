"""Rollups against events counted one at a time, on random histories; late events; rebuilding; tampering."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from django.db.models import Sum

from gongzhi.cases.tests.factories import Cast
from gongzhi.statistics import measures, proof, rollup
from gongzhi.statistics.measures import MEASURES
from gongzhi.statistics.models import Daily, Monthly
from gongzhi.statistics.tests.histories import FIRST, by_hand, live

pytestmark = pytest.mark.django_db
NOW = FIRST + timedelta(days=200)


def counted() -> Counter[tuple[str, date]]:
    found: Counter[tuple[str, date]] = Counter()
    for name in MEASURES:
        for row in Monthly.objects.filter(cut="").values("month").annotate(n=Sum(name)):
            found[name, row["month"]] += row["n"]
    return Counter({key: n for key, n in found.items() if n})


def everything() -> list[tuple[Any, ...]]:
    rows = [tuple(row) for row in Daily.objects.values_list("day", *measures.DIMENSIONS, "step", *MEASURES)]
    return sorted(rows, key=repr)


@pytest.mark.parametrize("seed", range(3))
def test_rollups_say_what_the_events_say_counted_one_at_a_time(cast: Cast, seed: int) -> None:
    live(cast, seed)
    rollup.refresh(NOW)
    by_sql, one_by_one = counted(), by_hand()
    names = {name for name, _month in one_by_one}
    assert {key: n for key, n in by_sql.items() if key[0] in names} == dict(one_by_one)
    assert {"received", "finished", "closed", "rated", "reopened"} <= names
    assert list(proof.faults()) == []
    before = everything()
    list(rollup.rebuild(NOW))
    assert everything() == before
    assert list(proof.faults()) == []
