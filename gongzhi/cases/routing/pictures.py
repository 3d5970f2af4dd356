"""What the history keeps of a rule."""

from typing import Any

from gongzhi.cases.models import RoutingRule


def picture_of_rule(rule: RoutingRule) -> dict[str, Any]:
    """A rule as plain values, without its place in the order."""
    return {
        "name": rule.name, "category": rule.category.name if rule.category else "",
        "place": rule.place.name if rule.place else "", "words": list(rule.words),
        "words_none": list(rule.words_none), "channels": list(rule.channels), "urgency": rule.urgency,
        "from_date": _text(rule.from_date), "to_date": _text(rule.to_date), "weekdays": sorted(rule.weekdays),
        "from_time": _text(rule.from_time), "to_time": _text(rule.to_time), "hours": rule.hours,
        "triage_class": rule.triage_class, "organisation_id": rule.organisation_id, "post": rule.post,
        "why": rule.why, "is_active": rule.is_active, "version": rule.version,
    }  # fmt: skip


def _text(value: Any) -> str:
    return value.isoformat() if value is not None and hasattr(value, "isoformat") else str(value or "")
