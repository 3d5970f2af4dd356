"""What the role that serves the site may do: everything the kernel needs, nothing that would undo an event."""

import pytest
from django.db import DatabaseError, connection, transaction

from gongzhi.kernel.models import Event
from gongzhi.kernel.perform import perform
from gongzhi.kernel.tests.factories import NOW, clerk, new_errand
from gongzhi.operations.cluster import SERVING

pytestmark = [pytest.mark.django_db, pytest.mark.postgres15]


def become_serving_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {SERVING}")


def test_the_serving_role_performs_steps_and_numbers_and_asks_for_months() -> None:
    become_serving_role()
    errand = new_errand()
    perform(errand, "send", actor=clerk(), data={"runner": 12, "note": "三号楼"}, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT kernel_partitions('2031-01-01', '2031-02-01'), kernel_number('serving_test', 2031)")
        assert cursor.fetchone() == (2, 1)
    assert Event.objects.filter(record_id=errand.pk).count() == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE kernel_event SET verb = 'x'",
        "DELETE FROM kernel_event",
        "TRUNCATE kernel_event",
        "TRUNCATE kernel_event_default",
        "DROP TABLE kernel_event",
        "ALTER TABLE kernel_event DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "CREATE OR REPLACE FUNCTION kernel_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    ],
)
def test_the_serving_role_cannot_undo_an_event_nor_lift_the_guard(statement: str) -> None:
    new_errand()
    become_serving_role()
    with pytest.raises(DatabaseError) as refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert getattr(refusal.value.__cause__, "sqlstate", "") == "42501"
