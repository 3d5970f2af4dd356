"""The history of an organisation in sentences."""

from django.utils.translation import gettext as _

from gongzhi.organisations.models import Kind, OrganisationChange
from gongzhi.territory.wording import spoken

What = OrganisationChange.What


def sentence(change: OrganisationChange) -> str:
    """One change in one sentence; reads the organisation's name, so fetch it along."""
    if change.what == What.ADD:
        return _("登记“%(name)s”") % {"name": change.after["name"]}
    if change.what == What.SERVES:
        places = "、".join(change.after["serves"]) or _("没有")
        return _("服务范围改为：%(places)s") % {"places": places}
    if change.what == What.END:
        text = _("自 %(day)s 起终止") % {"day": spoken(change.after["valid_to"])}
        successor = change.after.get("successor")
        return text + (_("，由%(name)s接替") % {"name": successor} if successor else "")
    return _("修改：%(parts)s") % {"parts": "；".join(_parts(change))}


def _parts(change: OrganisationChange) -> list[str]:
    labels = {
        "name": _("名称"), "short_name": _("简称"), "kind": _("类别"), "credit_code": _("信用代码"),
        "parent": _("上级组织"), "place": _("所在地"), "address": _("地址"), "phone": _("电话"),
    }  # fmt: skip
    names = [name for name in labels if name in change.after]
    return [
        f"{labels[name]} {_shown(name, change.before.get(name))} → {_shown(name, change.after.get(name))}"
        for name in names
    ]


def _shown(name: str, value: object) -> str:
    if not value:
        return _("空")
    return str(Kind(str(value)).label) if name == "kind" else str(value)
