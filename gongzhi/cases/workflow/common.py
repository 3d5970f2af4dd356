"""Who may, and what several declarations share."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gongzhi.accounts.posts import posts
from gongzhi.cases.models import Matter
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.clock import Clock, Deadline, Span
from gongzhi.kernel.models import Located
from gongzhi.kernel.who import (
    NOTHING,
    AnyOf,
    Ground,
    Handles,
    Holds,
    Own,
    System,
    Token,
    Words,
    any_q,
    circle_q,
    in_circle,
)

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
OPEN = (*BEFORE_HANDLING, "objected", "appealed", "undecided", *IN_HAND, "divided", "answering", "checking", "judging")
DECIDING = {
    "street": Holds(posts("street_clerk", "street_secretary"), _("街道经办人或书记")),
    "district": Holds(posts("district_clerk", "district_secretary"), _("区治理中心经办人或区委书记")),
}
"""Who decides at which level who has to handle a matter nobody owns."""


@dataclass(frozen=True)
class Decides:
    """Whoever decides at the level the matter was referred to."""

    label: Words = field(default=_("提请到的那一级的经办人或书记"))

    @property
    def words(self) -> str:
        return str(self.label)

    def allows(self, record: Located, actor: Actor) -> Ground | None:
        rule = DECIDING.get(getattr(record, "decision_level", ""))
        return rule.allows(record, actor) if rule else None

    def q(self, actor: Actor) -> Q:
        return any_q([Q(decision_level=level) & rule.q(actor) for level, rule in DECIDING.items()])


@dataclass(frozen=True)
class Leads:
    """Who handles the whole matter, asked about a task or a visit of it."""

    label: Words = field(default=_("主办单位或主办人"))

    @property
    def words(self) -> str:
        return str(self.label)

    def allows(self, record: Any, actor: Actor) -> Ground | None:
        return HANDLER.allows(record.matter, actor)

    def q(self, actor: Actor) -> Q:
        return Q(matter__in=Matter.objects.filter(HANDLER.q(actor)).values("pk"))


@dataclass(frozen=True)
class Invited:
    """An organisation that was invited to a visit, through a post in it."""

    label: Words = field(default=_("参加单位"))

    @property
    def words(self) -> str:
        return str(self.label)

    def allows(self, record: Any, actor: Actor) -> Ground | None:
        if not in_circle(record, actor):
            return None
        held = [grant for grant in actor.holding(WORKERS) if grant.organisation_id in record.organisation_ids]
        return Ground("duty", held[0].duty_id, held[0].on_behalf_of) if held else None

    def q(self, actor: Actor) -> Q:
        bodies = sorted({grant.organisation_id for grant in actor.holding(WORKERS) if grant.organisation_id})
        return Q(organisation_ids__overlap=bodies) & circle_q(actor) if bodies else NOTHING


LEAD = Leads()
INVITED = Invited()
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
    "decide": Span(1, "workdays"),
    "answer": Span(1, "workdays"),
    "check": Span(2, "workdays"),
    "judge": Span(7, "days"),
    "reopen": Span(15, "days"),
    "callback": Span(5, "workdays"),
    "pause-reporter": Span(10, "workdays"),
    "pause-material": Span(20, "workdays"),
    "pause-weather": Span(60, "days"),
    "pause-procedure": Span(60, "days"),
    "pause-funds": Span(90, "days"),
    "pause-other": Span(10, "workdays"),
    "pause-alone": Span(10, "workdays"),
    "pause-total": Span(180, "days"),
}
LIMIT_LABELS = {
    "accept": _("接收（首次联系）"), "sort": _("分流"), "dispatch": _("派单"), "object": _("异议裁定"), "reconsider": _("请再看一次的复核"),
    "sign": _("签收"),
    "handle-emergency": _("办理：紧急"), "handle-urgent": _("办理：较急"), "handle-normal": _("办理：一般"),
    "handle-complex": _("办理：复杂"), "task": _("协办"), "answer": _("反馈"), "check": _("督办核查"), "judge": _("评议窗口"),
    "reopen": _("办结后可要求重办"), "callback": _("回访"), "decide": _("上级确定由谁办"), "pause-reporter": _("挂起最长：等反映人"),
    "pause-material": _("挂起最长：等材料"), "pause-weather": _("挂起最长：等天气"), "pause-procedure": _("挂起最长：等程序"),
    "pause-funds": _("挂起最长：等资金"), "pause-other": _("挂起最长：其他原因"), "pause-alone": _("挂起超过这么久要两个人同意"),
    "pause-total": _("一件事挂起合计最长"),
}  # fmt: skip
ROOM_LIMITS = LIMITS | {"assess": Span(5, "workdays")}
ROOM_LIMIT_LABELS = LIMIT_LABELS | {"assess": _("动态考核")}
"""Of the 365 room, and so every limit there is."""


def until_limit(part: Any, clock: Clock, now: datetime) -> Deadline:
    """The time that was given with the task, the order or the visit; why stands in its rule since it was begun."""
    return Deadline(part.limit_at, part.due_rule)
