"""Verify finds what was tampered with, and nothing else."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import connection

from gongzhi.kernel import anchors, verify, worklist
from gongzhi.kernel.models import EventBody, Todo
from gongzhi.kernel.perform import perform
from gongzhi.kernel.tests.factories import NOW, clerk, new_errand
from gongzhi.kernel.tests.toy.models import Errand
from gongzhi.kernel.tests.toy.workflow import ERRAND

pytestmark = pytest.mark.django_db


@pytest.fixture
def errand(settings, tmp_path: Path) -> Errand:  # type: ignore[no-untyped-def]
    settings.HOME = tmp_path
    found = new_errand()
    perform(found, "send", actor=clerk(), data={"runner": 12, "note": "三号楼"}, now=NOW)
    return found


def tamper(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET session_replication_role = DEFAULT")


def found() -> set[str]:
    return {finding.check for finding in verify.run(NOW)}


def test_an_untouched_chain_verifies(errand: Errand) -> None:
    anchors.make(date(2026, 3, 4), NOW)
    assert found() == set()


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        ("UPDATE kernel_event SET actor_id = 99 WHERE seq = 2", "hash"),
        ("DELETE FROM kernel_event WHERE seq = 1", "chain"),
        ("DELETE FROM kernel_event WHERE seq = 2", "head"),
        ("UPDATE kernel_event_body SET data = '{}'", "body"),
        ("UPDATE toy_errand SET head = 'x'", "head"),
        ("DELETE FROM kernel_todo WHERE obligation = 'late'", "worklist"),
        ("UPDATE kernel_todo SET account_id = 99", "worklist"),
        ("UPDATE kernel_anchor SET count = 7", "anchor"),
        ("DELETE FROM kernel_anchoritem", "anchor"),
    ],
)
def test_tampering_is_found(errand: Errand, statement: str, check: str) -> None:
    anchors.make(date(2026, 3, 4), NOW)
    tamper(statement)
    assert check in found()


def test_an_erased_body_leaves_the_chain_valid(errand: Errand) -> None:
    EventBody.objects.all().delete()
    assert found() == set()


def test_an_event_outside_the_months_made_is_reported(errand: Errand) -> None:
    perform(errand, "split", actor=clerk(12), now=NOW - timedelta(days=3650))
    assert "partition" in found()


def test_the_anchor_of_a_day_is_made_once_and_written_outside(errand: Errand, settings) -> None:  # type: ignore[no-untyped-def]
    first = anchors.make(date(2026, 3, 4), NOW)
    assert first is not None
    assert anchors.make(date(2026, 3, 4), NOW) is None
    perform(errand, "split", actor=clerk(12), now=NOW)
    second = anchors.make(date(2026, 3, 5), NOW)
    assert second is not None
    assert (first.count, second.count) == (1, 2)
    assert len((Path(settings.HOME) / "anchors.txt").read_text().splitlines()) == 2
    assert found() == set()


def test_rebuilding_the_work_list_gives_what_stood_there(errand: Errand) -> None:
    columns = ("record_id", "obligation", "post", "account_id", "due_at", "next_at", "mark", "place_path")
    before = set(Todo.objects.values_list(*columns))
    Todo.objects.all().delete()
    assert worklist.rebuild(ERRAND, NOW) == len(before)
    assert set(Todo.objects.values_list(*columns)) == before
