"""The settings of the practice in sentences: rules, limits, and what was changed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, time
from typing import Any

from django.utils.translation import gettext as _

from gongzhi.accounts.posts import POSTS
from gongzhi.cases.models import Category, Channel, RoutingRule, SettingChange, TriageClass, Urgency
from gongzhi.cases.routing.matching import HOURS, date_words, time_words, weekday_words
from gongzhi.cases.routing.versions import versions_at
from gongzhi.cases.workflow import ROOM_LIMIT_LABELS
from gongzhi.kernel.clock import UNITS
from gongzhi.kernel.procedure import get
from gongzhi.organisations.models import Organisation
from gongzhi.territory.models import Place

What = SettingChange.Kind
WORDS: dict[str, Callable[[Any], str]] = {
    "channels": lambda value: "、".join(str(Channel(one).label) for one in value), "weekdays": weekday_words,
    "hours": lambda value: HOURS.get(value, value), "from_time": lambda value: str(value)[:5],
    "to_time": lambda value: str(value)[:5],
}  # fmt: skip
"""How values of a rule are said in the history."""


def organisations(ids: Iterable[int | None]) -> dict[int, str]:
    """Names of organisations by id; one statement."""
    wanted = {pk for pk in ids if pk}
    return {row.pk: str(row) for row in Organisation.objects.filter(pk__in=wanted)} if wanted else {}


def rule_sentence(rule: RoutingRule, bodies: Mapping[int, str]) -> str:
    """What a rule does, in one sentence."""
    parts = [*_where(rule), *_when(rule), *_written(rule)]
    when = _("如果%(parts)s，就") % {"parts": _("，而且").join(parts)} if parts else _("前面的规则都对不上，就")
    return _("%(when)s算%(kind)s，派给%(who)s。") % {
        "when": when, "kind": TriageClass(rule.triage_class).label, "who": target_words(rule, bodies),
    }  # fmt: skip


def _where(rule: RoutingRule) -> Iterator[str]:
    if rule.place:
        yield _("地点在%(place)s") % {"place": rule.place.name}
    if rule.category:
        yield _("类别是“%(category)s”") % {"category": rule.category.name}
    if rule.channels:
        yield _("来源是%(channels)s") % {"channels": "、".join(str(Channel(c).label) for c in rule.channels)}
    if rule.urgency:
        yield _("缓急是%(urgency)s") % {"urgency": Urgency(rule.urgency).label}


def _when(rule: RoutingRule) -> Iterator[str]:
    if rule.from_date or rule.to_date:
        yield _("日子在%(dates)s") % {"dates": date_words(rule)}
    if rule.weekdays:
        yield _("反映那天是%(days)s") % {"days": weekday_words(rule.weekdays)}
    if rule.from_time or rule.to_time:
        yield _("反映的时间在%(hours)s") % {"hours": time_words(rule)}
    if rule.hours:
        yield _("是%(hours)s反映的") % {"hours": HOURS[rule.hours]}


def _written(rule: RoutingRule) -> Iterator[str]:
    if rule.words:
        said = _quoted(rule.words)
        yield _("写到%(words)s之一") % {"words": said} if len(rule.words) > 1 else _("写到%(words)s") % {"words": said}
    if rule.words_none:
        yield _("没有写到%(words)s") % {"words": _quoted(rule.words_none)}


def _quoted(words: list[str]) -> str:
    return "、".join(f"“{word}”" for word in words[:6]) + (_("等") if len(words) > 6 else "")


def picture_sentence(picture: Mapping[str, Any], bodies: Mapping[int, str]) -> str:
    """What a version of a rule did, from what the history keeps of it."""
    names = ("words", "words_none", "channels", "weekdays")
    texts = ("name", "urgency", "hours", "triage_class", "post")
    rule = RoutingRule(
        **{name: list(picture.get(name) or []) for name in names},
        **{name: picture.get(name) or "" for name in texts},
        organisation_id=picture.get("organisation_id"),
        from_date=_read(date, picture.get("from_date")), to_date=_read(date, picture.get("to_date")),
        from_time=_read(time, picture.get("from_time")), to_time=_read(time, picture.get("to_time")),
    )  # fmt: skip
    if picture.get("category"):
        rule.category = Category(name=picture["category"])
    if picture.get("place"):
        rule.place = Place(name=picture["place"])
    return rule_sentence(rule, bodies)


def rules_as_of(pairs: Iterable[tuple[int, int]]) -> dict[int, dict[str, Any]]:
    """Rules at the versions by which something was decided, each in its sentence; three statements."""
    pairs = list(pairs)
    if not pairs:
        return {}
    found = versions_at(pairs)
    bodies = organisations(one.picture.get("organisation_id") for _rule, one in found.values() if one)
    return {
        pk: {
            "rule": rule, "sentence": picture_sentence(one.picture, bodies) if one else "", "at": one.at if one else None,
            "is_changed": one is None or one.number != rule.version or not rule.is_active,
            "why": one.picture.get("why", "") if one else "",
        }
        for pk, (rule, one) in found.items()
    }  # fmt: skip


def _read(kind: Any, text: Any) -> Any:
    return kind.fromisoformat(text) if text else None


def target_words(rule: RoutingRule, bodies: Mapping[int, str]) -> str:
    """Where a rule sends to."""
    if rule.organisation_id:
        return bodies.get(rule.organisation_id, _("已经不在的单位"))
    return _("离得最近的%(post)s") % {"post": POSTS[rule.post].label if rule.post in POSTS else rule.post}


def span_words(amount: int, unit: str) -> str:
    """4 工作小时, 7 个工作日."""
    return f"{amount} {UNITS[unit]}"


def change_words(change: SettingChange, bodies: Mapping[int, str]) -> str:
    """One change in one sentence."""
    before, after = change.before, change.after
    if change.kind == What.DAY:
        return _day_words(change)
    if change.kind == What.LIMIT:
        return _limit_words(change)
    if change.kind == What.LEARNED:
        on = change.after.get("is_active")
        return _("让系统现在学一次") if on is None else _("启用学到的建议") if on else _("停用学到的建议")
    if change.kind == What.SAMPLE:
        return sample_words(change.after or change.before, is_withdrawn=not change.after)
    if change.kind == What.PROCEDURE:
        return _choice_words(change)
    if "example" in after or "example" in before:
        said = _("规则“%(name)s”加了例子：%(example)s") if after else _("规则“%(name)s”去掉例子：%(example)s")
        return said % {"name": change.subject, "example": (after or before)["example"]}
    reason = _("（有例子走错，理由：%(reason)s）") % {"reason": after["reason"]} if after.get("reason") else ""
    return _changed(change, bodies) + reason


def _changed(change: SettingChange, bodies: Mapping[int, str]) -> str:
    before, after = change.before, change.after
    if "order" in after:
        return _("规则“%(name)s”从第 %(old)s 条移到第 %(new)s 条") % {
            "name": change.subject, "old": before["order"], "new": after["order"],
        }  # fmt: skip
    kind = _("类别") if change.kind == What.CATEGORY else _("规则")
    if not before:
        return _("新增%(kind)s“%(name)s”") % {"kind": kind, "name": change.subject}
    if set(after) - {"version", "reason"} == {"is_active"}:
        verb = _("启用") if after["is_active"] else _("停用")
        return _("%(verb)s%(kind)s“%(name)s”") % {"verb": verb, "kind": kind, "name": change.subject}
    return _("修改%(kind)s“%(name)s”：%(parts)s") % {
        "kind": kind, "name": change.subject, "parts": "；".join(_parts(before, after, bodies)),
    }  # fmt: skip


def _day_words(change: SettingChange) -> str:
    if "provisional" in change.after:
        return _("确认 %(year)s 年日历与公布的一致（%(count)s 天）") % {
            "year": change.key, "count": change.before["provisional"],
        }  # fmt: skip
    after = change.after
    if "is_workday" not in after:
        return (
            _("%(day)s：说明改为“%(note)s”") % {"day": change.key, "note": after["note"]}
            if "note" in after
            else (_("确认 %(day)s") % {"day": change.key})
        )
    note = f"（{after['note']}）" if after.get("note") else ""
    return f"{change.key}：{_('上班') if after['is_workday'] else _('放假')}{note}"


def _limit_words(change: SettingChange) -> str:
    data: dict[str, Any] = change.after or change.before
    words = _("%(label)s：%(span)s，%(day)s起，%(where)s") % {
        "label": ROOM_LIMIT_LABELS.get(data["key"], data["key"]), "span": span_words(data["amount"], data["unit"]),
        "day": data["from_date"], "where": data["place"] or _("全部地方"),
    }  # fmt: skip
    return words if change.after else _("撤下还没生效的：%(words)s") % {"words": words}


def _choice_words(change: SettingChange) -> str:
    data: dict[str, Any] = change.after or change.before
    words = _("%(where)s从 %(day)s 起按“%(label)s”办") % {
        "where": data["place"] or _("全部地方"), "day": data["from_date"], "label": get(data["procedure"]).label,
    }  # fmt: skip
    return words if change.after else _("撤下还没生效的：%(words)s") % {"words": words}


def sample_words(data: dict[str, Any], *, is_withdrawn: bool = False) -> str:
    """评价满意的抽 10%，2026-12-01起，全部地方、路灯楼道灯、紧急."""
    scope = "、".join(filter(None, [data["place"] or _("全部地方"), data["category"], data["urgency"]]))
    words = _("%(group)s抽 %(percent)d%%，%(day)s起，%(scope)s") % {
        "group": data["group"], "percent": data["percent"], "day": data["from_date"], "scope": scope,
    }  # fmt: skip
    return _("撤下还没生效的：%(words)s") % {"words": words} if is_withdrawn else words


def _parts(before: dict[str, Any], after: dict[str, Any], bodies: Mapping[int, str]) -> list[str]:
    labels = {
        "name": _("名称"), "parent": _("属于"), "category": _("类别"), "place": _("地点"), "words": _("词"),
        "words_none": _("没写到"), "channels": _("来源"), "from_date": _("从哪天起"), "to_date": _("到哪天止"),
        "weekdays": _("星期几"), "from_time": _("从几点起"), "to_time": _("到几点止"), "hours": _("上下班"), "why": _("缘由"),
        "triage_class": _("大事小事私事"), "urgency": _("缓急"), "organisation_id": _("派给单位"), "post": _("派给岗位"),
        "guide": _("办理提示"), "needs_photos": _("办结要有照片"), "is_active": _("使用中"),
    }  # fmt: skip
    names = [name for name in labels if name in after]
    return [
        f"{labels[name]} {_shown(name, before.get(name), bodies)} → {_shown(name, after[name], bodies)}"
        for name in names
    ]


def _shown(name: str, value: Any, bodies: Mapping[int, str]) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if not value:
        return _("空")
    if name in WORDS:
        return WORDS[name](value)
    if name == "triage_class":
        return str(TriageClass(value).label)
    if name == "urgency":
        return str(Urgency(value).label)
    if name == "organisation_id":
        return bodies.get(value, _("已经不在的单位"))
    if name == "post":
        return str(POSTS[value].label) if value in POSTS else str(value)
    text = "、".join(value) if isinstance(value, list) else str(value)
    return text if len(text) <= 60 else text[:59] + "…"
