"""Where a matter should go and why: the first rule in order that fits."""

from dataclasses import dataclass

from gongzhi.base.text import fold
from gongzhi.cases import handlers
from gongzhi.cases.handlers import Handler
from gongzhi.cases.models import Category, Matter, RoutingRule


@dataclass(frozen=True)
class Route:
    """A handler, the class of the matter, and one sentence that says why."""

    handler: Handler
    triage_class: str
    rule: RoutingRule
    why: str


def fits(rule: RoutingRule, category: Category | None, path: str, text: str) -> list[str] | None:
    """The reasons for which a rule fits, in words; None when it does not."""
    reasons: list[str] = []
    if rule.category_id is not None:
        if category is None or rule.category_id not in (category.pk, category.parent_id):
            return None
        reasons.append(f"类别是“{rule.category}”")
    if rule.place_id is not None:
        if f"/{rule.place_id}/" not in path:
            return None
        reasons.append(f"地点在{rule.place}")
    if rule.words:
        plain = fold(text)
        said = [word for word in rule.words if fold(word) in plain]
        if not said:
            return None
        reasons.append("写到" + "".join(f"“{word}”" for word in said))
    return reasons


def route(matter: Matter, text: str, category: Category | None = None) -> Route | None:
    """The first active rule that fits and whose handler is there; three statements at most."""
    path, about = matter.place_path(), category or matter.category
    rules = RoutingRule.objects.filter(is_active=True).select_related("category", "place")
    for rule in rules:
        reasons = fits(rule, about, path, text)
        handler = _handler(rule, path) if reasons is not None else None
        if handler is not None and reasons is not None:
            because = "，".join(reasons) or "没有更具体的规则"
            return Route(handler, rule.triage_class, rule, f"按规则“{rule.name}”：{because}，派给{handler.name}。")
    return None


def _handler(rule: RoutingRule, path: str) -> Handler | None:
    if rule.organisation_id is not None:
        return handlers.check(Handler(organisation_id=rule.organisation_id), path)
    return handlers.holder(rule.post, path)
