"""What supervisors look at: what is late or about to be, where, with whom; and the last thing that happened to each.

Every list goes through `READ.q` and the supervisor's own rule; addresses only narrow what those let through.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Count, F, FloatField, Func, Q, QuerySet, Value
from django.db.models.lookups import GreaterThan
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongzhi.accounts.posts import posts
from gongzhi.cases import handlers, listing
from gongzhi.cases.listing import Filter
from gongzhi.cases.models import Matter
from gongzhi.cases.steps import state_of, states
from gongzhi.cases.workflow import READ, SECRETARIES, SUPERVISOR
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.procedure import get
from gongzhi.territory.models import Place
from gongzhi.territory.tree import tree

WATCHERS = posts("supervisor") | SECRETARIES
OPEN = Q(closed_at__isnull=True)
TIMED = OPEN & ~Q(state__in=("suspended", "judging"))
"""Where somebody at work is being waited for; a suspended matter has stopped, a judged one waits for residents."""
RISK = 0.8
"""From this part of its time on a matter is at risk."""
BELOW = {"district": "street", "street": "community", "community": "grid", "grid": "grid", "building": "grid"}
"""By which level a duty's area is told apart."""


class Seconds(Func):
    """Seconds from the second instant to the first."""

    template = "EXTRACT(EPOCH FROM (%(expressions)s))"
    arg_joiner = " - "
    output_field = FloatField()


def late(now: datetime) -> Q:
    """Past the deadline of its step."""
    return TIMED & Q(due_at__lt=now)


def at_risk(now: datetime) -> Q:
    """More than 80 % of the time of the step is gone, and it is not late yet."""
    gone, whole = Seconds(Value(now), F("entered_at")), Seconds(F("due_at"), F("entered_at"))
    return TIMED & Q(due_at__gte=now) & Q(GreaterThan(gone, whole * Value(RISK)))


LOOKS = (
    Filter("late", gettext_lazy("超期"), late, "bad", True),
    Filter("risk", gettext_lazy("快到期"), at_risk, "warn", True),
    Filter("extension", gettext_lazy("申请延期"), lambda now: OPEN & Q(extension_at__isnull=False)),
    Filter("objected", gettext_lazy("派单异议"), lambda now: OPEN & Q(state="objected")),
    Filter("undecided", gettext_lazy("待确定由谁办"), lambda now: OPEN & Q(state="undecided")),
    Filter("suspended", gettext_lazy("挂起"), lambda now: OPEN & Q(state="suspended")),
    Filter("pause", gettext_lazy("申请挂起"), lambda now: OPEN & Q(pause_asked_at__isnull=False)),
    Filter("order", gettext_lazy("督办中"), lambda now: OPEN & Q(order_open__gt=0)),
    Filter("reopened", gettext_lazy("重办过"), lambda now: OPEN & Q(reopened__gt=0)),
    Filter("open", gettext_lazy("全部未办结"), lambda now: OPEN, always=True),
)


def watched(actor: Actor) -> QuerySet[Matter]:
    """The matters this actor supervises."""
    return Matter.objects.filter(READ.q(actor)).filter(SUPERVISOR.q(actor))


def level_of(actor: Actor) -> str:
    """The level by which this actor's area is grouped: below the widest of the duties."""
    order = list(BELOW)
    levels = [grant.level for grant in actor.holding(WATCHERS) if grant.level in BELOW]
    return BELOW[min(levels, key=order.index)] if levels else "grid"


@dataclass(frozen=True)
class Group:
    """One line of a count: where it leads is a value of the address."""

    value: str
    label: str
    count: int


def by_place(rows: QuerySet[Matter], level: str) -> list[Group]:
    """How many by street, community or grid, most first; one statement and the tree."""
    now = tree()
    counted = rows.order_by().values_list(f"{level}_id").annotate(n=Count("pk")).order_by("-n", f"{level}_id")
    return [Group(str(pk), now.nodes[pk].name, n) for pk, n in counted if pk in now.nodes]


def by_handler(rows: QuerySet[Matter]) -> list[Group]:
    """How many by who has it in hand; the rest waits at desks."""
    counted = list(
        rows.order_by().values_list("organisation_id", "account_id").annotate(n=Count("pk")).order_by("-n")[:30]
    )
    names = handlers.names([(body, person) for body, person, _n in counted])
    found = []
    for body, person, n in counted:
        code = f"o{body}" if body else f"a{person}" if person else "none"
        found.append(Group(code, names.get(code, _("社区、街道经办")), n))
    return found


def by_state(rows: QuerySet[Matter]) -> list[Group]:
    """How many by step."""
    counted = rows.order_by().values_list("state").annotate(n=Count("pk")).order_by("-n", "state")
    named = states()
    return [Group(state, str(named[state].label), n) for state, n in counted]


def handled_by(code: str) -> Q:
    """The matters of one line of `by_handler`; of nobody for anything that is not such a line."""
    if code == "none":
        return Q(organisation_id=None, account_id=None)
    if code[:1] in ("o", "a") and code[1:].isascii() and code[1:].isdigit() and len(code) < 19:
        return Q(**{"organisation_id" if code[0] == "o" else "account_id": int(code[1:])})
    return Q(pk__in=())


def within(pk: int) -> Q:
    """The matters of a district, street, community or grid."""
    levels = ("district_id", "street_id", "community_id", "grid_id")
    found = Q(place_id=pk)
    for level in levels:
        found |= Q(**{level: pk})
    return found


def place_name(pk: int) -> str:
    """The name of a place for the sentence of filters, "" when there is none."""
    node = tree().get(pk)
    return node.name if node else str(Place.objects.filter(pk=pk).values_list("name", flat=True).first() or "")


@dataclass(frozen=True)
class Last:
    """The newest event of a matter."""

    at: datetime
    words: str


SQL = (
    "SELECT DISTINCT ON (root_id) root_id, at, procedure, verb FROM kernel_event "
    "WHERE root_id = ANY(%s) AND at >= %s AND kind = ANY(%s) ORDER BY root_id, at DESC, id DESC"
)


def last_events(matters: Iterable[Matter]) -> dict[int, Last]:
    """The newest event of each matter of a page, in one statement."""
    found = list(matters)
    if not found:
        return {}
    kinds = ["cases.matter", "cases.report", "cases.task", "cases.order", "cases.visit"]
    with connection.cursor() as cursor:
        cursor.execute(SQL, [[one.pk for one in found], min(one.created_at for one in found), kinds])
        rows = cursor.fetchall()
    return {root: Last(at, str(get(procedure).transition(verb).label)) for root, at, procedure, verb in rows}


def flags(matter: Matter) -> list[tuple[str, str]]:
    """Why it is not simply late: (words, tone)."""
    found = [
        (matter.extension_at is not None, _("申请延期 %d 个工作日") % matter.extension_days, "warn"),
        (matter.state == "objected", _("派单有异议"), "warn"),
        (matter.state == "suspended", _("已挂起"), "warn"),
        (matter.co_open > 0, _("等 %d 家协办") % matter.co_open, ""),
        (matter.state == "undecided", _("等上级确定由谁办"), "warn"),
        (matter.pause_asked_at is not None, _("申请挂起"), "warn"),
        (matter.children_open > 0, _("分办，还有 %d 部分") % matter.children_open, ""),
        (matter.reminders > 0, _("催过 %d 次") % matter.reminders, "warn"),
        (matter.order_open > 0, _("督办中"), "party"),
        (matter.charge_id is not None, _("书记包案"), "party"),
        (matter.reopened > 0, _("重办 %d 次") % matter.reopened, "bad"),
    ]
    return [(words, tone) for holds, words, tone in found if holds]


@dataclass(frozen=True)
class Line:
    """A matter as supervisors read it."""

    row: listing.Row
    state: str
    who: str
    last: Last | None
    flags: list[tuple[str, str]]


def lines(rows: Iterable[listing.Row]) -> list[Line]:
    """The rows of a page with their last events."""
    shown = [(row, row.matter) for row in rows if row.matter]
    last = last_events(matter for _row, matter in shown)
    return [
        Line(row, listing.state_words(matter), responsible(matter), last.get(matter.pk), flags(matter))
        for row, matter in shown
    ]


def responsible(matter: Matter) -> str:
    """Who is being waited for: the handler while in hand, else the desk that has the step."""
    if matter.state in ("assigned", "handling", "suspended"):
        return listing.handler_words(matter) or str(state_of(matter).responsible)
    desk = str(state_of(matter).responsible)
    return f"{listing.name(matter, 'community')} {desk}".strip()
