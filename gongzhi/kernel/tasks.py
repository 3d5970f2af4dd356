"""Jobs of the kernel. The queue's cron speaks UTC: 17:30 there is 01:30 in Shanghai."""

from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app

from gongzhi.kernel import anchors, bridges, notices, scanner
from gongzhi.kernel.clock import SHANGHAI
from gongzhi.kernel.models import Receipt

RECEIPTS_KEPT = timedelta(days=400)
STALLED_AFTER = 600


@app.periodic(cron="* * * * * */20")
@app.task(name="kernel.scan", queue="clock", queueing_lock="kernel.scan")
def scan(timestamp: int) -> int:
    """Reminders and deadlines whose time has come."""
    return scanner.scan(timezone.now())


@app.task(name="kernel.cross_bridge", queue="bridges")
def cross_bridge(event_id: int, bridge: str) -> bool:
    """Carry one event over one bridge."""
    return bridges.cross(event_id, bridge)


@app.task(name="kernel.deliver", queue="deliveries")
def deliver(delivery_id: int) -> str:
    """Send one outward message."""
    return notices.deliver(delivery_id)


@app.periodic(cron="30 17 * * *")
@app.task(name="kernel.night", queue="clock", queueing_lock="kernel.night")
def night(timestamp: int) -> None:
    """Yesterday's anchor, months ahead; old receipts go, doubtful messages are named."""
    now = timezone.now()
    today = now.astimezone(SHANGHAI).date()
    anchors.make(today - timedelta(days=1), now)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kernel_partitions(%s, (%s::date + interval '24 months')::date)",
            [today, today],
        )
    Receipt.objects.filter(at__lt=now - RECEIPTS_KEPT).delete()
    notices.settle_unsure(now)


@app.periodic(cron="*/5 * * * *")
@app.task(
    name="kernel.stalled",
    queue="clock",
    queueing_lock="kernel.stalled",
    pass_context=True,
)
async def stalled(context: JobContext, timestamp: int) -> int:
    """Take up again the jobs of a worker that was killed."""
    manager: Any = context.app.job_manager
    jobs = list(await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER))
    for job in jobs:
        await manager.retry_job(job)
    return len(jobs)
