"""In-app notices and outward deliveries."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from gongzhi.kernel.models import Delivery, Notification, Todo

Holders = Callable[[Todo], Iterable[int]]
Send = Callable[[Delivery], None]
_holders: list[Holders] = []
_channels: dict[str, Send] = {}
UNSURE_AFTER = timedelta(minutes=10)


def register_holders(holders: Holders) -> None:
    """`accounts` tells who holds the post an obligation is addressed to."""
    if holders not in _holders:
        _holders.append(holders)


def register_channel(name: str, send: Send) -> None:
    """An outward channel; `send` raises when the message was certainly not sent."""
    _channels[name] = send


def people_for(todo: Todo) -> set[int]:
    """Accounts to remind of an obligation: the named person, else the holders of its post or organisation."""
    if todo.account_id is not None:
        return {todo.account_id}
    return {account for holders in _holders for account in holders(todo)}


def unread(account_id: int) -> int:
    """How many notices the account has not opened."""
    return Notification.objects.filter(account_id=account_id, read_at__isnull=True).count()


def mark_read(account_id: int, notification_id: int | None, now: datetime) -> int:
    """Mark one notice, or all of the account, as read."""
    which = Q(account_id=account_id, read_at__isnull=True)
    if notification_id is not None:
        which &= Q(pk=notification_id)
    return Notification.objects.filter(which).update(read_at=now)


def deliver(delivery_id: int) -> str:
    """Send one message: `sending` is stored before the call, so that a crash never sends it twice."""
    claimed = Delivery.objects.filter(pk=delivery_id, state=Delivery.State.WAITING).update(
        state=Delivery.State.SENDING, tried_at=timezone.now()
    )
    if not claimed:
        return "taken"
    delivery = Delivery.objects.get(pk=delivery_id)
    try:
        _channels[delivery.channel](delivery)
        delivery.state = Delivery.State.SENT
    except Exception as error:  # noqa: BLE001 - whatever the channel raises, the row must say what happened
        delivery.state, delivery.detail = Delivery.State.FAILED, str(error)[:200]
    delivery.save(update_fields=["state", "detail"])
    return str(delivery.state)


def settle_unsure(now: datetime) -> int:
    """Messages left `sending` by a crash become `unknown`: shown to staff, never sent again by themselves."""
    stuck = Delivery.objects.filter(state=Delivery.State.SENDING, tried_at__lt=now - UNSURE_AFTER)
    return stuck.update(state=Delivery.State.UNKNOWN)
