"""Who may, and what several declarations share."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from gongzhi.accounts.posts import posts
from gongzhi.kernel.clock import Clock, Deadline, Span
from gongzhi.kernel.who import AnyOf, Handles, Holds, Own, System, Token

COMMUNITY = posts("clerk", "community_secretary")
ABOVE = posts("street_clerk", "street_secretary", "district_clerk", "district_secretary", "supervisor")
GRID = posts("grid_member", "grid_leader")
WORKERS = GRID | COMMUNITY | ABOVE | posts("officer", "organisation_head")
OPERATOR = posts("operator")
SECRETARIES = posts("community_secretary", "street_secretary", "district_secretary")
CLERK = Holds(
    posts("clerk", "community_secretary", "street_clerk", "district_clerk"), _("社区干事、书记，或上级经办人")
)
DECIDER = Holds(
    posts("community_secretary", "street_clerk", "street_secretary", "district_clerk", "supervisor"), "上级经办人或书记"
)
SUPERVISOR = Holds(posts("supervisor") | SECRETARIES, _("督办员或三级书记"))
SECRETARY = Holds(SECRETARIES, _("三级书记"))
CHARGE = Handles(SECRETARIES, _("包案书记"), organisation="pk", account="charge_id")
HANDLER = Handles(WORKERS)
INTAKER = Holds(
    OPERATOR | GRID | COMMUNITY | posts("street_clerk", "district_clerk"), _("接线员、网格员、社区干事或上级经办人")
)
"""Who takes reports from people at the counter, on the telephone and from chats."""
REVIEWER = Holds(posts("street_clerk", "street_secretary", "district_clerk"), _("街道经办人、街道书记或区级经办人"))
"""Who looks a second time at what was explained instead of handled."""
STAFF = Holds(GRID | COMMUNITY | ABOVE | OPERATOR, _("这个地方的工作人员"))
READ = AnyOf((STAFF, Handles(WORKERS, together="co_organisation_ids")))
MINE = AnyOf((Own(), Token()))
SYSTEM = System()
BEFORE_HANDLING = ("received", "sorting", "routed")
ON_DESK = (*BEFORE_HANDLING, "analysing", "listed")
"""Nobody handles it yet, in any procedure of a matter."""
IN_HAND = ("assigned", "handling", "suspended")
OPEN = (*BEFORE_HANDLING, "objected", "appealed", *IN_HAND, "answering", "checking", "judging")
LIMITS = {
    "accept": Span(2, "workhours"),
    "sort": Span(4, "workhours"),
    "dispatch": Span(4, "workhours"),
    "object": Span(1, "workdays"),
    "reconsider": Span(2, "workdays"),
    "sign": Span(4, "workhours"),
    "handle-emergency": Span(2, "hours"),
    "handle-urgent": Span(24, "hours"),
    "handle-normal": Span(7, "workdays"),
    "handle-complex": Span(15, "workdays"),
    "task": Span(5, "workdays"),
    "answer": Span(1, "workdays"),
    "check": Span(2, "workdays"),
    "judge": Span(7, "days"),
    "reopen": Span(15, "days"),
    "callback": Span(5, "workdays"),
}
LIMIT_LABELS = {
    "accept": _("接收（首次联系）"), "sort": _("分流"), "dispatch": _("派单"), "object": _("异议裁定"), "reconsider": _("请再看一次的复核"),
    "sign": _("签收"),
    "handle-emergency": _("办理：紧急"), "handle-urgent": _("办理：较急"), "handle-normal": _("办理：一般"),
    "handle-complex": _("办理：复杂"), "task": _("协办"), "answer": _("反馈"), "check": _("督办核查"), "judge": _("评议窗口"),
    "reopen": _("办结后可要求重办"), "callback": _("回访"),
}  # fmt: skip
ROOM_LIMITS = LIMITS | {"assess": Span(5, "workdays")}
ROOM_LIMIT_LABELS = LIMIT_LABELS | {"assess": _("动态考核")}
"""Of the 365 room, and so every limit there is."""


def until_limit(part: Any, clock: Clock, now: datetime) -> Deadline:
    """The time that was given with the task or order."""
    return Deadline(part.limit_at, {})
