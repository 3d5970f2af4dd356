"""The practice declared: six steps, the reporter's side, co-handling, visits and supervision."""

from gongzhi.cases.workflow.callback import CALLBACK, CALLER
from gongzhi.cases.workflow.common import (
    ABOVE,
    BEFORE_HANDLING,
    CHARGE,
    CLERK,
    COMMUNITY,
    DECIDER,
    GRID,
    HANDLER,
    IN_HAND,
    LIMIT_LABELS,
    LIMITS,
    MINE,
    OPEN,
    READ,
    ROOM_LIMIT_LABELS,
    ROOM_LIMITS,
    SECRETARIES,
    SECRETARY,
    STAFF,
    SUPERVISOR,
    SYSTEM,
    WORKERS,
)
from gongzhi.cases.workflow.parts import ORDER, TASK, VISIT
from gongzhi.cases.workflow.report import REPORT
from gongzhi.cases.workflow.room import ROOM_365
from gongzhi.cases.workflow.six_steps import SIX_STEPS

__all__ = [
    "ABOVE",
    "BEFORE_HANDLING",
    "CALLBACK",
    "CALLER",
    "CHARGE",
    "CLERK",
    "COMMUNITY",
    "DECIDER",
    "GRID",
    "HANDLER",
    "IN_HAND",
    "LIMITS",
    "LIMIT_LABELS",
    "MINE",
    "OPEN",
    "ORDER",
    "READ",
    "REPORT",
    "ROOM_365",
    "ROOM_LIMITS",
    "ROOM_LIMIT_LABELS",
    "SECRETARIES",
    "SECRETARY",
    "SIX_STEPS",
    "STAFF",
    "SUPERVISOR",
    "SYSTEM",
    "TASK",
    "VISIT",
    "WORKERS",
]
