"""Co-handling tasks. Declared in `workflow`."""

from gongzhi.cases.effects.common import Data, keep_photos, url
from gongzhi.cases.models import Matter, Task
from gongzhi.kernel.perform import Work


def task_done(work: Work, task: Task, data: Data) -> None:
    """One co-handler less to wait for."""
    task.reply, task.replied_at = data.get("reply") or data.get("reason", ""), work.now
    matter = work.adopt(task.matter)
    if data.get("photos"):
        keep_photos(work, matter, data)
    work.perform(matter, "part", cleaned={"co_open": -1}, as_system=True)
    work.notify(matter.account_id or matter.dispatched_by, f"协办已回复：{matter.title}", task.reply, url(matter))


def part(work: Work, matter: Matter, data: Data) -> None:
    """Count what is still open below."""
    matter.co_open = max(0, matter.co_open + data.get("co_open", 0))
    matter.order_open = max(0, matter.order_open + data.get("order_open", 0))
