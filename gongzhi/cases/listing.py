"""Lists of staff: what I owe (my work) and every matter my duties cover. Filters with counts, search, keyset pages.

Every list goes through `owed_q` or `READ.q`; a search only ever narrows what those let through.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import Any, cast

from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from gongzhi.accounts import phones
from gongzhi.accounts.models import Account
from gongzhi.accounts.posts import POSTS
from gongzhi.base.kept import Kept, Slot, Tally
from gongzhi.base.text import clean_text, search_terms
from gongzhi.cases.models import Matter, Report, TriageClass
from gongzhi.cases.steps import state_of
from gongzhi.cases.workflow import READ
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.clock import SHANGHAI
from gongzhi.kernel.models import FAR, Todo
from gongzhi.kernel.procedure import get
from gongzhi.kernel.worklist import owed_q
from gongzhi.organisations.models import Organisation
from gongzhi.territory.find import find
from gongzhi.territory.models import Kind, Place

PAGE = 50
SEVERAL = 3
"""From so many reporters on, a matter counts as 共同反映."""
MAX_QUERY = 60
NEAR_ENOUGH = 60
"""Score of `territory.find` from which a place counts as meant by what was typed."""


# --- Filters of my work -------------------------------------------------------------------------------------------


def day_ends(now: datetime) -> datetime:
    """The end of today in Shanghai."""
    if isinstance(now, Slot):
        return cast(datetime, Slot("day_ends"))
    return datetime.combine(now.astimezone(SHANGHAI).date() + timedelta(days=1), time(), SHANGHAI)


def acting(*states: str) -> Callable[[datetime], Q]:
    """The next step of a matter in one of these states."""
    return lambda now: Q(kind="cases.matter", obligation="act", state__in=states)


def shared(now: datetime) -> Q:
    """Matters that several people reported."""
    return Q(Exists(Matter.objects.filter(pk=OuterRef("root_id"), report_count__gte=SEVERAL)))


@dataclass(frozen=True)
class Filter:
    """One way to narrow a list. `tone` colours its chip; `always` keeps it visible when nothing is in it."""

    code: str
    label: Any
    test: Callable[[datetime], Q]
    tone: str = ""
    always: bool = False


ALL = Filter("all", gettext_lazy("全部"), lambda now: Q(), always=True)
WORK = (
    ALL,
    Filter("late", gettext_lazy("超期"), lambda now: Q(due_at__lt=now), "bad", True),
    Filter("today", gettext_lazy("今天到期"), lambda now: Q(due_at__gte=now, due_at__lt=day_ends(now)), "warn", True),
    Filter("received", gettext_lazy("待接收"), acting("received")),
    Filter("sorting", gettext_lazy("待分流"), acting("sorting", "analysing")),
    Filter("routed", gettext_lazy("待派单"), acting("routed", "listed")),
    Filter("objected", gettext_lazy("异议待裁"), acting("objected")),
    Filter("appealed", gettext_lazy("请再看"), acting("appealed")),
    Filter("undecided", gettext_lazy("待确定由谁办"), acting("undecided")),
    Filter("assigned", gettext_lazy("待签收"), acting("assigned")),
    Filter("handling", gettext_lazy("办理中"), acting("handling")),
    Filter("suspended", gettext_lazy("挂起待复查"), acting("suspended")),
    Filter("divided", gettext_lazy("分办中"), acting("divided")),
    Filter("answering", gettext_lazy("待反馈"), acting("answering")),
    Filter("checking", gettext_lazy("待核查"), acting("checking")),
    Filter("extension", gettext_lazy("延期待批"), lambda now: Q(obligation="extension")),
    Filter("pause", gettext_lazy("挂起待批"), lambda now: Q(obligation="pause")),
    Filter("task", gettext_lazy("协办"), lambda now: Q(kind="cases.task")),
    Filter("visit", gettext_lazy("联合上门"), lambda now: Q(kind="cases.visit")),
    Filter("order", gettext_lazy("督办"), lambda now: Q(kind="cases.order")),
    Filter("raised", gettext_lazy("升级提醒"), lambda now: Q(obligation__startswith="late-")),
    Filter("shared", gettext_lazy("共同反映"), shared),
)
"""In the order in which they stand on the page."""


def filter_of(code: str, among: Sequence[Filter] = WORK) -> Filter:
    """The filter of this code; the first one for anything else."""
    return next((one for one in among if one.code == code), among[0])


CALLBACKS = "cases.callback"
"""Call-backs have a desk of their own, where whoever may not call does not see them."""
KINDS = "cases."
"""How the kinds of records begin that are shown as a matter."""


def owed(actor: Actor) -> QuerySet[Todo]:
    """Everything this actor owes on matters, nearest due first; obligations of other rooms are no matters."""
    rows = Todo.objects.filter(owed_q(actor), kind__startswith=KINDS).exclude(kind=CALLBACKS)
    return rows.order_by("due_at", "id")


def counts(rows: QuerySet[Any], among: Sequence[Filter], now: datetime) -> dict[str, int]:
    """How many rows each filter has, in one statement. The tests look at columns of the rows' own table."""
    values = {"now": now, "day_ends": day_ends(now)}
    model: type[Model] = rows.model
    found = rows.order_by().aggregate(n=_tally(model, tuple(one.test for one in among))(**values))
    return {one.code: n for one, n in zip(among, found["n"], strict=True)}


@cache
def _tally(model: type[Model], tests: tuple[Callable[[Any], Q], ...]) -> Tally:
    return Tally(model, [test(Slot("now")) for test in tests])


# --- Search -------------------------------------------------------------------------------------------------------


def typed(query: str) -> str:
    """What was typed into a search field, fit to be looked for."""
    return clean_text(query[:MAX_QUERY], lines=False).strip()


def found_by(query: str) -> QuerySet[Matter, Any] | None:
    """Ids of matters by number, any two characters, address or telephone; None when that is too little to look for.

    A telephone is found whole or by its last four digits (ARCHITECTURE.md 4). Who asks must still be filtered.
    """
    if not search_terms(query):
        return None
    arms = [_by_words(query), *_by_number(query), *_by_phone(query), *_by_place(query)]
    first, *others = [arm.order_by().values("pk") for arm in arms]
    return first.union(*others) if others else first


def _by_words(query: str) -> QuerySet[Matter]:
    matters = Matter.objects.filter(search__contains=search_terms(query))
    for word in query.split():
        said = Report.objects.filter(Q(text__icontains=word) | Q(number__icontains=word), matter=OuterRef("pk"))
        own = Q(title__icontains=word) | Q(number__icontains=word) | Q(place_note__icontains=word)
        matters = matters.filter(own | Exists(said))
    return matters


def _by_number(query: str) -> list[QuerySet[Matter]]:
    if not re.fullmatch(r"\d{4}-\d{1,7}", query):
        return []
    return [Matter.objects.filter(pk__in=Report.objects.filter(number=query).values("matter_id"))]


def _by_phone(query: str) -> list[QuerySet[Matter]]:
    if re.fullmatch(r"\d{4}", query):
        wanted = Q(contact__phone_last4_index__in=phones.last4_indexes(query))
    elif number := phones.normalise(query):
        wanted = Q(contact__phone_index__in=phones.indexes(number))
    else:
        return []
    return [Matter.objects.filter(pk__in=Report.objects.filter(wanted).values("matter_id"))]


def _by_place(query: str) -> list[QuerySet[Matter]]:
    hits = find(query, limit=5)
    best = max((hit.score for hit in hits), default=0)
    near = [hit for hit in hits if hit.score == best >= NEAR_ENOUGH]
    return [Matter.objects.filter(_at(hit.place_id, hit.kind)) for hit in near]


def _at(place_id: int, kind: str) -> Q:
    if kind in (Kind.COMMUNITY, Kind.STREET, Kind.DISTRICT):
        return Q(**{f"{kind}_id": place_id})
    if kind in (Kind.GRID, Kind.GROUP):
        return Q(grid_id=place_id) | Q(place_id=place_id)
    if kind == Kind.ESTATE:
        return Q(place_id__in=Place.objects.filter(Q(pk=place_id) | Q(estate=place_id)).values("pk"))
    return Q(place_id=place_id) | Q(place_id__in=Place.objects.filter(parent=place_id).values("pk"))


# --- Rows ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One line of a list. `key` is unique among the rows, `number` opens and selects the matter."""

    key: str
    number: str
    title: str
    due_at: datetime | None
    paused: bool
    chip: str
    facts: tuple[str, ...]
    place: str = ""
    place_id: int | None = None
    matter: Matter | None = None
    todo: Todo | None = None

    @property
    def url(self) -> str:
        """Address of the matter."""
        return f"/matters/{self.number}/"


@dataclass(frozen=True)
class Rows:
    """A page of rows and where the next one begins ("" when this is the last)."""

    rows: list[Row]
    after: str = ""


def names(matters: QuerySet[Matter]) -> QuerySet[Matter]:
    """The matters with the names of places and handlers in the same statement; `name` reads them."""

    def place(column: str, what: str = "name") -> Subquery:
        return Subquery(Place.objects.filter(pk=OuterRef(column)).values(what)[:1])

    short = Coalesce(NullIf(F("short_name"), Value("")), F("name"))
    bodies = Organisation.objects.filter(pk=OuterRef("organisation_id")).annotate(shown=short).values("shown")
    people = Account.objects.filter(pk=OuterRef("account_id")).values("name")
    return matters.select_related("category").annotate(
        place_name=place("place_id"), estate_name=place("place_id", "estate__name"), grid_name=place("grid_id"),
        community_name=place("community_id"), organisation_name=Subquery(bodies[:1]), handler_name=Subquery(people[:1]),
    )  # fmt: skip


def name(matter: Matter, what: str) -> str:
    """One of the names that `names` added: place, estate, grid, community, organisation, handler."""
    return str(getattr(matter, f"{what}_name", None) or "")


def place_words(matter: Matter) -> str:
    """芭茅塘小区3栋, 第一网格: where it is, short."""
    at, estate = name(matter, "place"), name(matter, "estate")
    where = at if not estate or at.startswith(estate) else f"{estate}{at}"
    grid = name(matter, "grid")
    return where if not grid or grid == at else f"{grid} {where}"


def handler_words(matter: Matter) -> str:
    """The handling organisation or person, "" without one."""
    return name(matter, "organisation") or name(matter, "handler")


def state_words(matter: Matter) -> str:
    """大事 · 办理中."""
    return _state_words(matter.procedure, matter.state, matter.triage_class, get_language())


@cache
def _state_words(procedure: str, state: str, triage_class: str, language: str | None) -> str:
    """Looked up once for each language: lists say few states many times."""
    label = str(get(procedure).state(state).label)
    return f"{TriageClass(triage_class).label} · {label}" if triage_class else label


OWED = {
    ("cases.task", "reply"): gettext_lazy("协办待回复"), ("cases.task", "late"): gettext_lazy("协办超期"),
    ("cases.task", "waive"): gettext_lazy("协办：主办申请不再等"), ("cases.task", "decide"): gettext_lazy("协办异议待裁"),
    ("cases.order", "reply"): gettext_lazy("督办单待回复"), ("cases.order", "review"): gettext_lazy("督办单待审核"),
    ("cases.order", "late"): gettext_lazy("督办单超期"), ("cases.visit", "confirm"): gettext_lazy("联合上门待确认"),
    ("cases.visit", "come"): gettext_lazy("联合上门"), ("cases.visit", "hold"): gettext_lazy("联合上门，记下结果"),
    ("cases.matter", "pause"): gettext_lazy("挂起待批"),
}  # fmt: skip
"""Obligations besides the next step, by kind and the first word of their name."""


def owed_words(todo: Todo, matter: Matter) -> str:
    """What is owed, when it is not simply the next step."""
    if words := OWED.get((todo.kind, todo.obligation.partition("-")[0])):
        return str(words)
    if todo.obligation == "extension":
        return _("延期待批：%d 个工作日") % matter.extension_days
    if todo.obligation.startswith("late-"):
        return _("超期升级提醒 · %s") % state_of(matter).label
    return state_words(matter)


def facts(matter: Matter, first: str) -> tuple[str, ...]:
    """The small line of a row."""
    several = _("%d 人反映") % matter.report_count if matter.report_count > 1 else ""
    photos = _("%d 张照片") % matter.photo_count if matter.photo_count else ""
    grid, where = name(matter, "grid") or name(matter, "community"), place_words(matter)
    found = (first, grid, handler_words(matter), several, photos, where.removeprefix(grid).strip())
    return tuple(fact for fact in found if fact)


def row_of_todo(todo: Todo, matter: Matter) -> Row:
    """A line of my work."""
    due = None if todo.due_at >= FAR else todo.due_at
    return Row(
        f"t{todo.pk}",
        matter.number,
        matter.title,
        due,
        todo.state == "suspended",
        "",
        facts(matter, owed_words(todo, matter)),
        name(matter, "place") or name(matter, "grid"),
        matter.place_id,
        matter,
        todo,
    )


def row_of_matter(matter: Matter) -> Row:
    """A line of all matters."""
    is_open = matter.closed_at is None
    return Row(
        f"m{matter.pk}", matter.number, matter.title, matter.due_at if is_open else None, matter.state == "suspended",
        "" if is_open else str(state_of(matter).label),
        facts(matter, state_words(matter)), name(matter, "place"), matter.place_id, matter,
    )  # fmt: skip


# --- Pages --------------------------------------------------------------------------------------------------------


SHOWN = Kept(
    lambda: (
        names(Matter.objects.filter(pk=Slot("ids", "ANY(%s)")))
        .select_related(None)
        .defer("head", "search", "due_rule", "total_rule", "route", "policy", "public_answer")
        .order_by()
    )
)
"""The matters of a page of my work, without what no line shows."""


def work_rows(todos: QuerySet[Todo], after: str = "", size: int = PAGE) -> Rows:
    """A page of my work in two statements; rows added meanwhile never shift what follows."""
    if mark := due_mark(after):
        due, last = mark
        todos = todos.filter(Q(due_at__gt=due) | Q(pk__gt=last), due_at__gte=due)
    page = list(todos[: size + 1])
    matters = {m.pk: m for m in SHOWN.all(ids=list({todo.root_id for todo in page[:size]}))}
    rows = [row_of_todo(todo, matters[todo.root_id]) for todo in page[:size] if todo.root_id in matters]
    return Rows(rows, due_cursor(page[size - 1].due_at, page[size - 1].pk) if len(page) > size else "")


def covered(actor: Actor) -> QuerySet[Matter]:
    """Every matter this actor may read."""
    return Matter.objects.filter(READ.q(actor))


@dataclass(frozen=True)
class Sort:
    """An order of all matters: a column, and whether it goes down. Ids break ties in the same direction."""

    code: str
    label: Any
    column: str
    down: bool

    def order(self) -> tuple[str, str]:
        """For `order_by`."""
        sign = "-" if self.down else ""
        return f"{sign}{self.column}", f"{sign}id"


SORTS = (
    Sort("new", gettext_lazy("最新登记在前"), "created_at", True),
    Sort("due", gettext_lazy("最先到期在前"), "due_at", False),
    Sort("many", gettext_lazy("反映人最多在前"), "report_count", True),
)


def matter_rows(matters: QuerySet[Matter], sort: Sort, after: str = "", size: int = PAGE) -> Rows:
    """A page of matters in one statement."""
    if sort.column == "due_at":
        matters = matters.filter(due_at__isnull=False)
    if mark := _mark(sort, after):
        value, last = mark
        beyond = "lt" if sort.down else "gt"
        strict = Q(**{f"{sort.column}__{beyond}": value}) | Q(**{f"pk__{beyond}": last})
        matters = matters.filter(strict, **{f"{sort.column}__{beyond}e": value})
    page = list(names(matters).order_by(*sort.order())[: size + 1])
    last_shown = page[size - 1] if len(page) > size else None
    return Rows([row_of_matter(m) for m in page[:size]], _cursor(sort, last_shown) if last_shown else "")


STAMP = "%Y%m%d%H%M%S%f"


def due_cursor(due: datetime, pk: int) -> str:
    """Where a list ordered by a time and an id goes on."""
    return f"{due.astimezone(UTC):{STAMP}}-{pk}"


def due_mark(after: str) -> tuple[datetime, int] | None:
    """What `due_cursor` made; None for anything else."""
    stamp, _dash, pk = after.partition("-")
    if len(stamp) != 20 or not _is_number(pk):
        return None
    try:
        return datetime.strptime(stamp, STAMP).replace(tzinfo=UTC), int(pk)
    except ValueError:
        return None


def _is_number(text: str, most: int = 2**63 - 1) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 20 and int(text) <= most


def _cursor(sort: Sort, matter: Matter) -> str:
    value = getattr(matter, sort.column)
    return due_cursor(value, matter.pk) if isinstance(value, datetime) else f"{value}-{matter.pk}"


def _mark(sort: Sort, after: str) -> tuple[Any, int] | None:
    if sort.column != "report_count":
        return due_mark(after)
    count, _dash, pk = after.partition("-")
    return (int(count), int(pk)) if _is_number(count, 2**31 - 1) and _is_number(pk) else None


def post_words(code: str) -> str:
    """The post as it is called; "" for none."""
    return str(POSTS[code].label) if code in POSTS else ""


def account_names(ids: Iterable[int | None]) -> dict[int, str]:
    """Names of accounts by id; one statement."""
    return dict(Account.objects.filter(pk__in={pk for pk in ids if pk}).values_list("pk", "name"))


def shown_at(moment: datetime | None) -> str:
    """2026-11-24 14:30 in Shanghai, for papers and tables."""
    return f"{timezone.localtime(moment, SHANGHAI):%Y-%m-%d %H:%M}" if moment else ""
