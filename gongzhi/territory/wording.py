"""The history of a place in sentences."""

import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from gongzhi.territory.models import Kind, PlaceChange

What = PlaceChange.What


def labels() -> dict[str, str]:
    """Names of the particulars an edit may change."""
    return {
        "code": _("编码"), "full_name": _("全称"), "aliases": _("俗称"), "address": _("门牌地址"), "estate": _("小区"),
        "lon": _("经度"), "lat": _("纬度"), "households": _("户数"), "name": _("名称"),
    }  # fmt: skip


def sentence(change: PlaceChange) -> str:
    """One change in one sentence; reads the place's name, so fetch the place along."""
    words = {
        What.ADD: _added, What.RENAME: _renamed, What.MOVE: _moved, What.MERGE: _merged, What.SPLIT: _ended,
        What.END: _ended, What.BOUNDARY: _drawn, What.EDIT: _edited,
    }  # fmt: skip
    return words[What(change.what)](change)


def _added(change: PlaceChange) -> str:
    after = change.after
    text = _("新增%(kind)s“%(name)s”") % {"kind": Kind(after["kind"]).label, "name": after["name"]}
    if after.get("parent"):
        text += _("，上级是%(parent)s") % {"parent": after["parent"]}
    return text + (_("，编码 %(code)s") % {"code": after["code"]} if after.get("code") else "")


def _renamed(change: PlaceChange) -> str:
    if "name" not in change.after:
        return _("“%(name)s”的全称改为“%(full)s”") % {"name": change.place.name, "full": change.after.get("full_name")}
    return _("“%(old)s”更名为“%(new)s”") % {"old": change.before["name"], "new": change.after["name"]}


def _moved(change: PlaceChange) -> str:
    text = _("“%(name)s”从%(old)s调整到%(new)s下面") % {
        "name": change.place.name, "old": change.before.get("parent"), "new": change.after.get("parent"),
    }  # fmt: skip
    return text + (_("，编码改为 %(code)s") % {"code": change.after["code"]} if "code" in change.after else "")


def _merged(change: PlaceChange) -> str:
    if change.after.get("valid_to"):
        return _("“%(name)s”自 %(day)s 起停用，并入新的地点") % {
            "name": change.place.name,
            "day": spoken(change.after["valid_to"]),
        }
    if "households" in change.after:
        return _("“%(name)s”合并后 %(count)s 户") % {"name": change.place.name, "count": change.after["households"]}
    return _("“%(name)s”完成合并") % {"name": change.place.name}


def _ended(change: PlaceChange) -> str:
    words = (
        _("“%(name)s”自 %(day)s 起停用，拆分成新的地点")
        if change.what == What.SPLIT
        else _("“%(name)s”自 %(day)s 起停用")
    )
    return words % {"name": change.place.name, "day": spoken(change.after.get("valid_to"))}


def _drawn(change: PlaceChange) -> str:
    words = (
        _("“%(name)s”的边界自 %(day)s 起调整")
        if change.after.get("has_boundary", True)
        else _("“%(name)s”的边界自 %(day)s 起取消")
    )
    return words % {"name": change.place.name, "day": spoken(change.after.get("boundary_from"))}


def _edited(change: PlaceChange) -> str:
    known = labels()
    parts = [
        f"{known[name]}：{_shown(change.before.get(name))} → {_shown(change.after.get(name))}"
        for name in known
        if name in change.after
    ]
    return _("更正“%(name)s”的资料：%(parts)s") % {"name": change.place.name, "parts": "；".join(parts)}


def spoken(day: str | None) -> str:
    """2026-11-03 → 2026年11月3日, in the reader's language."""
    return date_format(datetime.date.fromisoformat(day), _("Y年n月j日")) if day else ""


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(value) or _("空")
    return str(value) if value not in (None, "") else _("空")
