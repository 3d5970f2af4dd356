"""What happens by itself: reminders, escalation, refusals."""

from datetime import timedelta

import pytest

from gongzhi.kernel import notices, scanner
from gongzhi.kernel.models import Notification, Todo
from gongzhi.kernel.perform import perform
from gongzhi.kernel.tests.factories import NOW, clerk, new_errand, runner
from gongzhi.kernel.tests.toy.models import Errand

pytestmark = pytest.mark.django_db


@pytest.fixture
def errand() -> Errand:
    made = new_errand()
    perform(made, "send", actor=clerk(), data={"runner": 12}, now=NOW)
    Notification.objects.all().delete()
    return made


def test_half_and_eighty_per_cent_are_reminded_once_each(errand: Errand) -> None:
    assert scanner.scan(NOW + timedelta(minutes=119)) == 0
    assert scanner.scan(NOW + timedelta(hours=2)) == 1
    assert scanner.scan(NOW + timedelta(hours=2, minutes=30)) == 0
    assert scanner.scan(NOW + timedelta(minutes=193)) == 1
    titles = list(Notification.objects.order_by("pk").values_list("account_id", "title"))
    assert titles == [(12, "时限已经过半：跑腿 · 在路上"), (12, "时限已经过了八成：跑腿 · 在路上")]


def test_when_time_is_up_the_declared_verb_is_done_again_and_again_until_it_ends(errand: Errand) -> None:
    scanner.scan(NOW + timedelta(hours=4))
    errand.refresh_from_db()
    assert errand.calls == 1
    assert scanner.scan(NOW + timedelta(hours=4, minutes=30)) == 0
    scanner.scan(NOW + timedelta(hours=30))
    errand.refresh_from_db()
    assert errand.calls == 3
    assert not Todo.objects.filter(next_at__isnull=False, mark="fire").exists()


def test_a_scanner_that_slept_skips_old_reminders_but_no_deadline(errand: Errand) -> None:
    scanner.scan(NOW + timedelta(hours=50))
    errand.refresh_from_db()
    assert errand.calls == 3


def test_a_refused_verb_is_shown_instead_of_tried_for_ever(errand: Errand) -> None:
    Todo.objects.filter(obligation="late").update(on_due="finish")
    assert scanner.scan(NOW + timedelta(hours=4)) >= 1
    stuck = Todo.objects.get(obligation="late")
    assert stuck.next_at is None
    assert "办结" in stuck.refusal


def test_without_a_named_person_the_holders_of_the_post_are_reminded(errand: Errand) -> None:
    Todo.objects.filter(obligation="act").update(account_id=None)
    notices.register_holders(_both)
    try:
        scanner.scan(NOW + timedelta(hours=2))
    finally:
        notices._holders.remove(_both)
    assert set(Notification.objects.values_list("account_id", flat=True)) == {runner().account_id, 44}


def _both(todo: Todo) -> list[int]:
    return [12, 44] if todo.post == "clerk" else []
