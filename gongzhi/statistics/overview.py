"""What stands on the pages of figures: rates with their formulas, tables by any dimension, steps, backlog, units."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from gongzhi.cases import handlers, rules
from gongzhi.cases.models import Channel, ClosingFault, TriageClass
from gongzhi.kernel.models import Phase
from gongzhi.statistics import charts, figures, tables
from gongzhi.statistics.charts import Line
from gongzhi.statistics.derive import midnight
from gongzhi.statistics.figures import Asked, Assessed, Row, Standing
from gongzhi.statistics.measures import AGES, WHOLE, procedures
from gongzhi.statistics.rollup import following
from gongzhi.statistics.scope import Address, names_of
from gongzhi.statistics.tables import Cell, Table, count, rate

OF_TABLE = ("received", "dispatched", "finished", "finished_late", "closed", "reopened", *figures.OF_RATES)
BREAKDOWNS = ("place", "month", "category", "channel", "class", "procedure")


def labels() -> dict[str, str]:
    """By what a table can be broken down."""
    return {
        "place": _("按地点"), "month": _("按月"), "category": _("按类别"), "channel": _("按来源"), "class": _("按大事小事私事"),
        "procedure": _("按程序"),
    }  # fmt: skip


def columns_of(by: str, address: Address) -> str:
    """The dimension of a breakdown."""
    return {
        "place": address.below, "month": "month", "category": "category_id", "channel": "channel", "class": "triage_class",
        "procedure": "procedure",
    }[by]  # fmt: skip


def naming(by: str, address: Address, keys: list[Any]) -> Callable[[Any], str]:
    """How a row of a breakdown is called."""
    if by == "place":
        names = names_of(address.below, keys)
        return lambda key: names.get(key, _("没有细分到这一级"))
    all_known: dict[str, Mapping[Any, Any]] = {
        "month": {key: f"{key:%Y-%m}" for key in keys} if by == "month" else {}, "category": address.categories,
        "channel": dict(Channel.choices), "class": dict(TriageClass.choices),
        "procedure": {one.name: one.label for one in procedures()},
    }  # fmt: skip
    known = all_known[by]
    nothing = {"class": _("还没有分流"), "category": _("还没有分类")}.get(by, _("没有记录"))
    return lambda key: str(known.get(key) or nothing)


def narrowing(by: str, key: Any) -> dict[str, object]:
    """What a row's address adds."""
    if by == "month":
        return {"from": f"{key:%Y-%m}", "to": f"{key:%Y-%m}"}
    return {by: "" if key is None else key}


def breakdown(address: Address, by: str) -> Table:
    """Received, handled, the three rates by one dimension; two statements."""
    asked = address.year() if by == "month" else address.asked
    column = columns_of(by, address)
    happened = {row[column]: row for row in figures.sums(asked, column, of=OF_TABLE)}
    still = {key: one for (key,), one in figures.standing(asked, column).items()}
    keys = sorted({*happened, *still}, key=lambda key: _order(by, key, happened))
    name = naming(by, address, keys)
    months = 1 if by == "month" else len(asked.months)
    rows = [
        _broken(name(key), address, narrowing(by, key), happened.get(key), still.get(key, Standing()), months)
        for key in keys
    ]  # fmt: skip
    heads = [
        labels()[by].removeprefix(_("按")), came_words(address), _("办好"), _("按时办好"), _("办结"), _("重办"), _("没办结"), _("超期"),
        _("按时联系"), _("问题解决"), _("群众满意"),
    ]  # fmt: skip
    title = _("%(where)s %(span)s %(by)s") % {"where": address.where(), "span": address.span(), "by": labels()[by]}
    return Table(by, title, heads, rows)


def _order(by: str, key: Any, happened: Mapping[Any, Row]) -> Any:
    if by == "month":
        return -key.toordinal()
    return (-(happened[key]["received"] + happened[key]["dispatched"] if key in happened else 0), str(key))


EMPTY: Row = dict.fromkeys(OF_TABLE, 0)


def _broken(
    name: str, address: Address, narrow: dict[str, object], row: Row | None, still: Standing, months: int
) -> list[Cell]:
    row = row or EMPTY

    def linked(what: str, tone: str = "", number: int | None = None) -> Cell:
        return count(row[what] if number is None else number, address.behind(what, **narrow), tone)

    found = rules.rates(figures.to_counts(row, still, months))
    done = rules.Rate(row["finished"] - row["finished_late"], row["finished"])
    is_open = all(value not in ("", None) for value in narrow.values())
    first = Cell(name, name, f"?{address.kept(**narrow)}" if is_open else "")
    return [
        first, linked(address.comes), linked("finished"), rate(done), linked("closed"), linked("reopened"),
        linked("open", number=still.open), linked("late", "bad", still.late),
        rate(found.contact), rate(found.resolution), rate(found.satisfaction),
    ]  # fmt: skip


def came_words(address: Address) -> str:
    """收到, or 派到 for a handler."""
    return _("收到") if address.comes == "received" else _("派到")


def rate_cards(judged: Assessed, address: Address) -> list[dict[str, Any]]:
    """The three rates as `{% stat %}` shows them; what was taken out said beside each."""
    shown = [dict(card) for card in rules.figures(judged.whole)]
    names = ["contact", "resolution", "satisfaction"]
    if address.comes != "received":
        # Who contacts is the community's desk, before anybody handles.
        shown, names = shown[1:], names[1:]
    for card, name in zip(shown, names, strict=True):
        whole, less = getattr(judged.whole, name), getattr(judged.without, name)
        card["without"] = ""
        if judged.exclusions and less != whole:
            words = _("经批准剔除后 %(part)d/%(whole)d，%(rate)s") % {
                "part": less.part, "whole": less.whole, "rate": rate(less).text,
            }  # fmt: skip
            card["without"] = words
    return shown


def flow(address: Address) -> dict[str, Any]:
    """Lines of what came and what was closed, by month, with the share handled in time."""
    asked = address.year()
    happened = {row["month"]: row for row in figures.sums(asked, "month", of=(address.comes, "closed"))}
    months = asked.months
    series = [
        Line(came_words(address), "came", [_at(happened, month, address.comes) for month in months]),
        Line(_("办结"), "done", [_at(happened, month, "closed") for month in months]),
    ]
    return charts.lines([f"{month:%y-%m}" for month in months], series, _("每月%s和办结的件数") % came_words(address))


def _at(happened: Mapping[date, Row], month: date, name: str) -> int:
    return int(happened[month][name]) if month in happened else 0


# --- Steps --------------------------------------------------------------------------------------------------------


def step_names() -> dict[str, str]:
    """Every step of every procedure in its order, the whole first."""
    found = {WHOLE: _("从反映到办好")}
    for one in procedures():
        found |= {state.value: str(state.label) for state in one.states}
    return found


def steps(address: Address) -> tuple[Table, dict[str, Any]]:
    """How long each step took, how many in time; the medians as bars."""
    found = {one.step: one for one in figures.spent(address.asked)}
    names = step_names()
    rows, drawn = [], []
    for step in names:
        if step not in found or step in ("judging",):
            continue
        one = found[step]
        clock, far, office, office_far = tables.medians(one)
        passed = count(one.passed, address.behind("passed", step=step))
        late = count(one.late, address.behind("passed_late", step=step), "bad")
        rows.append([Cell(names[step]), passed, late, rate(one.on_time), clock, far, office, office_far])
        drawn.append(
            (
                names[step],
                float(str(clock.value or 0)),
                clock.text,
                f"/statistics/list/?{address.kept(what='passed', step=step)}",
            )
        )
    heads = [
        _("环节"), _("走完"), _("超时"), _("按时"), _("中位数"), _("九成在…以内"), _("中位数（办公时间）"), _("九成（办公时间）"),
    ]  # fmt: skip
    note = _(
        "时长按分段统计，误差不超过一段；九成在…以内指 100 件里有 90 件用时不超过它。办公时间只算上班的钟点，一个工作日 7 小时。"
        "挂起和等待评议的时间不判超时。"
    )
    title = _("%(where)s %(span)s 各环节用时") % {"where": address.where(), "span": address.span()}
    return Table("steps", title, heads, rows, note), charts.bars(drawn, _("各环节用时的中位数（小时）"), "came")


def phases(address: Address) -> Table:
    """Every procedure phase by phase: what a step means is declared, so procedures of different steps compare."""
    found = figures.spent_by(address.asked, "procedure", "step")
    rows = []
    for one in procedures():
        for phase in Phase:
            steps_of = [state.value for state in one.states if state.phase == phase and state.value != "suspended"]
            parts = [found[one.name, step] for step in steps_of if (one.name, step) in found]
            if parts and phase not in (Phase.JUDGING, Phase.CLOSED):
                total = figures.together(parts)
                cells = (count(total.passed), rate(total.on_time), *tables.medians(total))
                rows.append([Cell(str(one.label)), Cell(str(phase.label)), *cells])
    heads = [
        _("程序"), _("阶段"), _("走完"), _("按时"), _("中位数"), _("九成在…以内"), _("中位数（办公时间）"), _("九成（办公时间）"),
    ]  # fmt: skip
    title = _("%(where)s %(span)s 按阶段比较程序") % {"where": address.where(), "span": address.span()}
    return Table("phases", title, heads, rows, is_folded=True)


def whole_by_month(address: Address) -> tuple[Table, dict[str, Any]]:
    """Median and p90 from registration to the result, month by month."""
    asked = address.year()
    found = figures.spent_by(asked, "month", step=WHOLE)
    months = asked.months
    cells = {month: tables.medians(found.get((month,))) for month in months}
    days = [[_days(cells[month][index]) for month in months] for index in (0, 1)]
    drawn = charts.lines(
        [f"{month:%y-%m}" for month in months],
        [Line(_("中位数"), "came", days[0]), Line(_("九成"), "late", days[1])], _("从反映到办好用了几天"), _("天"),
    )  # fmt: skip
    rows = [
        [Cell(f"{month:%Y-%m}"), count(found[(month,)].passed if (month,) in found else 0), *cells[month]]
        for month in reversed(months)
    ]
    heads = [_("月份"), _("办好"), _("中位数"), _("九成在…以内"), _("中位数（办公时间）"), _("九成（办公时间）")]
    return Table("whole", _("从反映到办好的用时"), heads, rows, is_folded=True), drawn


def _days(cell: Cell) -> float | None:
    return None if cell.value is None else round(float(str(cell.value)) / 24, 1)


# --- Backlog ------------------------------------------------------------------------------------------------------


def age_names() -> list[str]:
    """The buckets of age in words."""
    ends = [0, *AGES]
    inner = [_("%(low)d 到 %(high)d 天") % {"low": low, "high": high} for low, high in zip(ends, AGES, strict=False)]
    return [_("不满 1 天"), *inner[1:], _("%d 天以上") % AGES[-1]]


def by_age(address: Address, still: Standing) -> dict[str, Any]:
    """What is open by its age, as bars that open their lists."""
    rows = [
        (
            name,
            float(number),
            f"{number:,}",
            f"/statistics/list/?{address.kept(what='open', age=index)}" if number else "",
        )
        for index, (name, number) in enumerate(zip(age_names(), still.ages, strict=True))
    ]
    return charts.bars(rows, _("没办结的事有多久了"), "late")


def backlog(address: Address, by: str) -> Table:
    """What is open by place or by step: how many, how old, how many late."""
    column = "step" if by == "step" else address.below
    found = figures.standing(address.asked, column)
    keys = sorted((key for (key,) in found), key=lambda key: -found[(key,)].open)
    names = step_names() if by == "step" else names_of(column, keys)
    rows = []
    for key in keys:
        one = found[(key,)]
        narrow: dict[str, object] = {"step": key} if by == "step" else {"place": key}
        known = names.get(key)
        first = Cell(
            known or _("没有细分到这一级"), "", f"?{address.kept(**narrow)}" if known and by == "place" else ""
        )
        numbers = [
            count(one.open, address.behind("open", **narrow)),
            count(one.late, address.behind("late", **narrow), "bad"),
        ]
        rows.append([first, *numbers, count(one.paused), *(count(number) for number in one.ages)])
    heads = [_("环节") if by == "step" else _("地点"), _("没办结"), _("超期"), _("挂起"), *age_names()]
    return Table(f"backlog-{by}", _("没办结的事（%s）") % heads[0], heads, rows)


def open_by_place(address: Address, most: int = 6) -> dict[str, Any]:
    """Where most is open, as bars."""
    found = {key: one.open for (key,), one in figures.standing(address.asked, address.below).items() if key}
    names = names_of(address.below, found)
    first = sorted(found, key=lambda key: -found[key])[:most]
    rows = [(names.get(key, ""), float(found[key]), f"{found[key]:,}", "") for key in first]
    return charts.bars(rows, _("没办结的事在哪里"), "came")


def open_lines(address: Address) -> dict[str, Any]:
    """How many were open and late at the end of each month."""
    asked = address.year()
    found = {month: one for (month,), one in figures.standing(asked, "month").items()}
    months = asked.months
    series = [
        Line(_("没办结"), "came", [found[month].open if month in found else 0 for month in months]),
        Line(_("超期"), "late", [found[month].late if month in found else 0 for month in months]),
    ]
    return charts.lines([f"{month:%y-%m}" for month in months], series, _("每月末没办结和超期的件数"))


# --- Units and persons --------------------------------------------------------------------------------------------


def units(address: Address) -> Table:
    """By handling organisation: work, time, judgement, and closings that did not hold."""
    asked = address.asked
    of = ("returned", "objected", "reopened_closed", *OF_TABLE)
    happened = {row["organisation_id"]: row for row in figures.sums(asked, "organisation_id", of=of)}
    still = {key: one for (key,), one in figures.standing(asked, "organisation_id").items()}
    times = {key: one for (key,), one in figures.spent_by(asked, "organisation_id", step=WHOLE).items()}
    false = faults(asked)
    keys = sorted({*happened, *still} - {None}, key=lambda key: -_sent(happened.get(key)))
    names = handlers.names([(key, None) for key in keys])
    rows = [
        _unit(address, key, names.get(f"o{key}", _("已撤销的单位")), happened.get(key) or dict.fromkeys(of, 0),
              still.get(key, Standing()), times.get(key), false.get(key, {}))
        for key in keys
    ]  # fmt: skip
    heads = [
        _("单位"), _("派到"), _("退回"), _("异议"), _("办好"), _("按时办好"), _("用时中位数"), _("在办"), _("超期"), _("问题解决"), _("群众满意"),
        _("办结后重办"), _("虚假办结"), _("反映人不认可"),
    ]  # fmt: skip
    return Table(
        "units", _("%(where)s %(span)s 承办单位") % {"where": address.where(), "span": address.span()}, heads, rows
    )


def _sent(row: Row | None) -> int:
    return int(row["dispatched"]) if row else 0


def _unit(
    address: Address, key: int, name: str, row: Row, still: Standing, time: Any, false: Mapping[str, int]
) -> list[Cell]:
    narrow = {"handler": f"o{key}"}
    found = rules.rates(figures.to_counts(row, still, len(address.asked.months)))
    done = rules.Rate(row["finished"] - row["finished_late"], row["finished"])
    linked = [
        count(row[what], address.behind(what, **narrow)) for what in ("dispatched", "returned", "objected", "finished")
    ]
    late = count(still.late, address.behind("late", **narrow), "bad")
    return [
        Cell(name, name, f"?{address.kept(**narrow)}"), *linked, rate(done), tables.medians(time)[0],
        count(still.open, address.behind("open", **narrow)), late, rate(found.resolution), rate(found.satisfaction),
        count(row["reopened_closed"], address.behind("reopened_closed", **narrow), "bad"),
        count(false.get("false", 0), tone="bad"), count(false.get("rejected", 0), tone="bad"),
    ]  # fmt: skip


def faults(asked: Asked) -> dict[int, dict[str, int]]:
    """Closings that did not hold, by organisation and kind; append-only facts with the place of that day."""
    known = {"organisation_id", "account_id", "district_id", "street_id", "community_id", "grid_id"}
    plain = replace(asked, only={name: value for name, value in asked.only.items() if name in known})
    rows = ClosingFault.objects.filter(plain.q(), at__gte=midnight(asked.first), at__lt=midnight(following(asked.last)))
    found: dict[int, dict[str, int]] = {}
    for body, kind in rows.exclude(organisation_id=None).values_list("organisation_id", "kind"):
        kinds = found.setdefault(int(body or 0), {})
        kinds[kind] = kinds.get(kind, 0) + 1
    return found


def persons(address: Address) -> Table:
    """What people at work have in hand: a workload, no judgement and no rank."""
    asked = address.asked
    happened = {row["account_id"]: row for row in figures.sums(asked, "account_id", of=("dispatched", "finished"))}
    still = {key: one for (key,), one in figures.standing(asked, "account_id").items()}
    keys = {*happened, *still} - {None}
    names = handlers.names([(None, key) for key in keys])
    rows = []
    for key in sorted(keys, key=lambda key: names.get(f"a{key}", "")):
        narrow, row = {"handler": f"a{key}"}, happened.get(key) or {"dispatched": 0, "finished": 0}
        numbers = [count(row[what], address.behind(what, **narrow)) for what in ("dispatched", "finished")]
        on_hand = count(still[key].open if key in still else 0, address.behind("open", **narrow))
        rows.append([Cell(names.get(f"a{key}", _("已注销的账号"))), *numbers, on_hand])
    note = _("只看手里的活多不多，按姓名排列，不排名、不评分。")
    return Table("persons", _("个人手里的事"), [_("承办人"), _("派到"), _("办好"), _("在办")], rows, note)
