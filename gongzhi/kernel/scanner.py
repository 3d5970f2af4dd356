"""What must happen by itself: reminders at half and 80 % of a time limit, declared SYSTEM verbs when it is over."""

import logging
from datetime import datetime

from django.apps import apps
from django.db import transaction

from gongzhi.kernel import notices
from gongzhi.kernel.actor import SYSTEM
from gongzhi.kernel.errors import Refused
from gongzhi.kernel.models import Notification, Record, Todo
from gongzhi.kernel.perform import perform
from gongzhi.kernel.procedure import Obligation, get
from gongzhi.kernel.worklist import EIGHTY, FIRE, next_mark

log = logging.getLogger(__name__)
WORDS = {"half": "时限已经过半", EIGHTY: "时限已经过了八成"}


def scan(now: datetime, limit: int = 200) -> int:
    """Handle up to `limit` rows whose time has come; several scanners may run, each row is taken by one."""
    handled = 0
    while handled < limit and _scan_one(now):
        handled += 1
    return handled


def _scan_one(now: datetime) -> bool:
    with transaction.atomic():
        todo = (
            Todo.objects.select_for_update(skip_locked=True).filter(next_at__lte=now).order_by("next_at", "pk").first()
        )
        if todo is None:
            return False
        if todo.mark == FIRE:
            _fire(todo, now)
        else:
            _remind(todo, now)
    return True


def _fire(todo: Todo, now: datetime) -> None:
    record = record_of(todo)
    try:
        with transaction.atomic():
            if record is None:
                raise Refused("记录已经不在")
            perform(record, todo.on_due, actor=SYSTEM, now=now)
    except Refused as refusal:
        # Shown on the work list instead of being tried for ever.
        log.warning(
            "deadline verb refused: %s %s %s: %s",
            todo.kind,
            todo.record_id,
            todo.on_due,
            refusal,
        )
        Todo.objects.filter(pk=todo.pk).update(next_at=None, mark="", refusal=str(refusal)[:500])


def _remind(todo: Todo, now: datetime) -> None:
    declared = get(todo.procedure)
    title = f"{WORDS[todo.mark]}：{declared.label} · {declared.state(todo.state).label}"
    url = f"/go/{todo.kind.rpartition('.')[2]}/{todo.record_id}/"
    Notification.objects.bulk_create(
        Notification(account_id=account, title=title, url=url, at=now) for account in sorted(notices.people_for(todo))
    )
    owed = Obligation(todo.obligation, due_at=todo.due_at, on_due=todo.on_due)
    todo.next_at, todo.mark = next_mark(owed, todo.started_at, max(now, todo.next_at or now))
    todo.save(update_fields=["next_at", "mark"])


def record_of(todo: Todo) -> Record | None:
    """The record an obligation is about."""
    model: type[Record] = apps.get_model(todo.kind)
    return model._default_manager.filter(pk=todo.record_id).first()
