"""The settings of the practice in sentences: rules, limits, and what was changed."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from gongzhi.accounts.posts import POSTS
from gongzhi.cases.models import RoutingRule, SettingChange, TriageClass, Urgency
from gongzhi.cases.workflow import ROOM_LIMIT_LABELS
from gongzhi.kernel.clock import UNITS
from gongzhi.kernel.procedure import get
from gongzhi.organisations.models import Organisation

What = SettingChange.Kind


def organisations(ids: Iterable[int | None]) -> dict[int, str]:
    """Names of organisations by id; one statement."""
    wanted = {pk for pk in ids if pk}
    return {row.pk: str(row) for row in Organisation.objects.filter(pk__in=wanted)} if wanted else {}


def rule_sentence(rule: RoutingRule, bodies: Mapping[int, str]) -> str:
    """What a rule does, in one sentence."""
    parts = []
    if rule.place:
        parts.append(_("地点在%(place)s") % {"place": rule.place.name})
    if rule.category:
        parts.append(_("类别是“%(category)s”") % {"category": rule.category.name})
    if rule.words:
        said = "、".join(f"“{word}”" for word in rule.words[:6]) + (_("等") if len(rule.words) > 6 else "")
        parts.append(
            _("写到%(words)s之一") % {"words": said} if len(rule.words) > 1 else _("写到%(words)s") % {"words": said}
        )
    when = "，".join(parts) if parts else _("前面的规则都对不上")
    return _("%(when)s：算%(kind)s，派给%(who)s。") % {
        "when": when, "kind": TriageClass(rule.triage_class).label, "who": target_words(rule, bodies),
    }  # fmt: skip


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
    if "order" in after:
        return _("规则“%(name)s”从第 %(old)s 条移到第 %(new)s 条") % {
            "name": change.subject, "old": before["order"], "new": after["order"],
        }  # fmt: skip
    kind = _("类别") if change.kind == What.CATEGORY else _("规则")
    if not before:
        return _("新增%(kind)s“%(name)s”") % {"kind": kind, "name": change.subject}
    if set(after) == {"is_active"}:
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
