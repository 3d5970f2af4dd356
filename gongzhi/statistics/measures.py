"""What is counted: dimensions, measures, buckets. The one list that tables, SQL and pages read.

Letters of an event's facts: d s c g levels, k category, w channel, o a handler, u urgency, t class, p procedure,
b registered, x deadline of the step, y handling limit, f first contact (1 in time, 2 late), h handled (1, 2), r times
reopened, z confidential, v resolved, n satisfaction. Times are microseconds since 1970.
"""

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gongzhi.cases.models import Matter, Order, Report
from gongzhi.kernel.models import Phase
from gongzhi.kernel.procedure import Procedure, all_procedures

LEVELS = ("district_id", "street_id", "community_id", "grid_id")
DIMENSIONS = (
    *LEVELS, "category_id", "channel", "organisation_id", "account_id", "procedure", "triage_class",
)  # fmt: skip
MEASURES: dict[str, str | Promise] = {
    "received": _("收到"), "reporters": _("反映人次"), "contacted": _("首次联系"), "contacted_late": _("联系超时"),
    "dispatched": _("派出"), "finished": _("办好回单"), "finished_late": _("超期办好"), "answered": _("答复反映人"),
    "rated": _("评价"), "resolved": _("说解决了"), "content": _("说满意"), "unresolved": _("说没解决而重办"),
    "closed": _("办结"), "declined": _("说明办法"), "merged": _("并入"), "reopened": _("重办"),
    "reopened_closed": _("办结后重办"), "escalated": _("超期升级"), "extended": _("同意延期"), "suspended": _("挂起"),
    "objected": _("派单异议"), "returned": _("退回"), "ordered": _("督办单"), "passed": _("走完这一步"),
    "passed_late": _("这一步超时"),
}  # fmt: skip
"""Sums of whole numbers; each stands in one row only, so that any sum of rows is right."""
STOCKS: dict[str, str | Promise] = {
    "open": _("没办结"), "late": _("已超期"), "waiting_late": _("过时还没联系"), "paused": _("挂起"),
}  # fmt: skip
WHOLE = "*"
"""The step that stands for everything from registration to the result."""

BOUNDS = (
    15, 30, 60, 120, 180, 240, 360, 480, 720, 1440, 2160, 2880, 4320, 5760, 7200, 10080, 14400, 21600, 43200, 86400,
)  # fmt: skip
"""Upper ends of the buckets of durations, in minutes: from a quarter of an hour to sixty days; the last is open."""
BUCKETS = len(BOUNDS) + 1
AGES = (1, 3, 7, 15, 30, 60)
"""Upper ends of the age of what is open, in days; the last is open."""
RATED_AGO = 13
"""Overdue reports by how many months ago they were last judged; the last is longer ago, or never."""

CUTS: dict[str, tuple[str, ...]] = {
    "": (), "grid": ("grid_id",), "category": ("category_id",), "handler": ("organisation_id", "account_id"),
    "channel": ("channel",), "procedure": ("procedure",), "class": ("triage_class",),
    "theme": ("grid_id", "category_id"),
}  # fmt: skip
"""Sums of a month kept ready: by district, street and community, and by these besides."""

MATTER, REPORT, ORDER = Matter.kind(), Report.kind(), Order.kind()
KINDS = (MATTER, REPORT, ORDER)


def procedures() -> list[Procedure]:
    """The procedures a matter may have."""
    return [one for one in all_procedures() if one.model is Matter]


def states(*phases: Phase) -> list[str]:
    """States of a matter with one of these meanings, in any procedure."""
    return sorted({state.value for one in procedures() for state in one.states if state.phase in phases})


def untimed() -> list[str]:
    """States in which nobody at work is late: residents judge, or the matter has stopped."""
    return sorted({*states(Phase.JUDGING, Phase.CLOSED), "suspended", "divided"})


def percentile(buckets: Sequence[int], part: float) -> float | None:
    """The duration in minutes below which `part` (0 to 1) of a histogram lies; None of nothing.

    Straight line within the bucket, so it is right to the width of one. In the open bucket: its lower end.
    """
    total = sum(buckets)
    if not total:
        return None
    wanted, below = part * total, 0
    for index, count in enumerate(buckets):
        if count and below + count >= wanted:
            low = float(BOUNDS[index - 1]) if index else 0.0
            high = float(BOUNDS[index]) if index < len(BOUNDS) else low
            return low + (high - low) * (wanted - below) / count
        below += count
    return float(BOUNDS[-1])
