"""The address of a page of figures: place, months, category, handler, channel, procedure, class; and its words.

Whoever holds a duty at a place sees that place and below; whoever works in an organisation sees what it handles, anywhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from gongzhi.cases import handlers, suggest
from gongzhi.cases.models import Category, Channel, TriageClass
from gongzhi.kernel.actor import Actor
from gongzhi.statistics.figures import Among, Asked
from gongzhi.statistics.forms import month_of
from gongzhi.statistics.measures import procedures
from gongzhi.statistics.rollup import months
from gongzhi.statistics.who import AT_PLACES, OF_OWN
from gongzhi.territory.models import Kind
from gongzhi.territory.tree import Node, Tree, covered_ids, tree

NAMES = ("place", "from", "to", "category", "handler", "channel", "procedure", "class")
SHOWN = (Kind.DISTRICT, Kind.STREET, Kind.COMMUNITY, Kind.GRID)
LARGEST = 2**63 - 1
MOST_MONTHS = 36
BELOW = {"district": "street_id", "street": "community_id", "community": "grid_id", "grid": "grid_id"}


def reach(actor: Actor) -> tuple[Among, ...]:
    """What the actor sees: any of these."""
    found = [(f"{grant.level}_id", grant.covered) for grant in actor.holding(AT_PLACES) if grant.level in BELOW]
    bodies = frozenset(grant.organisation_id for grant in actor.holding(OF_OWN) if grant.organisation_id)
    return (*found, ("organisation_id", bodies)) if bodies else tuple(found)


@dataclass(frozen=True)
class Address:
    """What the address asks for, made safe: whatever cannot be right narrows nothing."""

    actor: Actor
    given: QueryDict
    today: date

    @cached_property
    def _tree(self) -> Tree:
        return tree()

    @cached_property
    def place(self) -> Node | None:
        """The place asked for when the actor's duty reaches it, else the first of the duties; None for organisations."""
        asked = self._tree.get(_number(self.given.get("place", "")))
        if asked is not None and asked.kind in SHOWN and self._sees(asked):
            return asked
        tops = [node for grant in self.actor.holding(AT_PLACES) if (node := self._tree.get(grant.place_id or 0))]
        tops = [node for node in tops if node.kind in SHOWN]
        return min(tops, key=lambda node: SHOWN.index(Kind(node.kind)), default=None)

    def _sees(self, node: Node) -> bool:
        ids = {f"{name}_id": getattr(node, f"{name}_id") for name in BELOW}
        return any(ids.get(column) in covered for column, covered in reach(self.actor) if column in ids)

    @property
    def sees_places(self) -> bool:
        """Whether a duty is at a place, not in an organisation alone."""
        return self.place is not None

    @property
    def comes(self) -> str:
        """What “came in” means: at a place what was received, at a handler what it was given."""
        handled = {"organisation_id", "account_id"} & set(self.only)
        return "dispatched" if handled or not self.sees_places else "received"

    @cached_property
    def last(self) -> date:
        """The last month asked for; this month at the latest."""
        this = self.today.replace(day=1)
        return min(month_of(self.given.get("to")) or this, this)

    @cached_property
    def first(self) -> date:
        """The first month asked for; the last month alone unless told."""
        asked = month_of(self.given.get("from")) or self.last
        far = list(months(date(2000, 1, 1), self.last))[-MOST_MONTHS]
        return min(max(asked, far), self.last)

    @cached_property
    def only(self) -> dict[str, Any]:
        """Further dimensions."""
        found: dict[str, Any] = {}
        if (category := _number(self.given.get("category", ""))) in self.categories:
            found["category_id"] = category
        if named := handlers.parse(self.given.get("handler", "")):
            column = "organisation_id" if named.organisation_id else "account_id"
            found[column] = named.organisation_id or named.account_id
        for name, column, known in (
            ("channel", "channel", set(Channel.values)), ("class", "triage_class", set(TriageClass.values)),
            ("procedure", "procedure", {one.name for one in procedures()}),
        ):  # fmt: skip
            if self.given.get(name) in known:
                found[column] = self.given[name]
        return found

    @cached_property
    def categories(self) -> dict[int, str]:
        """Names of all categories, ended ones too: a past month has them."""
        return dict(Category.objects.order_by("position", "id").values_list("pk", "name"))

    @cached_property
    def asked(self) -> Asked:
        """The question to the rollups."""
        at = None
        if self.place is not None:
            level, ids = covered_ids(self.place, self._tree)
            at = (f"{level}_id", ids)
        return Asked(reach(self.actor), self.first, self.last, at, self.only)

    def year(self) -> Asked:
        """Twelve months up to the last one, for charts; longer when longer was asked for."""
        early = list(months(date(2000, 1, 1), self.last))[-12]
        return replace(self.asked, first=min(early, self.first))

    @property
    def below(self) -> str:
        """The level by which the place is told apart."""
        return BELOW[str(self.place.kind)] if self.place else "district_id"

    # --- the address again ----------------------------------------------------------------------------------------

    def kept(self, **changes: object) -> str:
        """The query of this address with changes; "" drops a name."""
        kept = {name: str(self.given[name]).replace("\0", "") for name in NAMES if self.given.get(name)}
        return urlencode({name: str(value) for name, value in (kept | changes).items() if value not in ("", None)})

    def behind(self, what: str, **changes: object) -> str:
        """Where the matters behind a number are listed."""
        return f"/statistics/list/?{self.kept(what=what, **changes)}"

    def span(self) -> str:
        """2026年10月, or 2026年1月至10月."""
        if self.first == self.last:
            return _("%(year)d年%(month)d月") % {"year": self.last.year, "month": self.last.month}
        begins = _("%(year)d年%(month)d月") % {"year": self.first.year, "month": self.first.month}
        return _("%(begins)s至%(year)d年%(month)d月") % {
            "begins": begins, "year": self.last.year, "month": self.last.month,
        }  # fmt: skip

    def where(self) -> str:
        """Whose figures they are."""
        return self.place.name if self.place else _("本单位承办的事")

    def narrowed(self) -> list[tuple[str, str]]:
        """What narrows it besides place and months: (name in the address, words)."""
        shown = {
            "category": self.categories.get(self.only.get("category_id", 0), ""),
            "handler": self._handler(), "channel": _label(Channel, self.only.get("channel")),
            "class": _label(TriageClass, self.only.get("triage_class")),
            "procedure": str(next((one.label for one in procedures() if one.name == self.only.get("procedure")), "")),
        }  # fmt: skip
        return [(name, words) for name, words in shown.items() if words]

    def _handler(self) -> str:
        body, person = self.only.get("organisation_id"), self.only.get("account_id")
        if not body and not person:
            return ""
        return next(iter(handlers.names([(body, person)]).values()), _("已撤销的单位"))

    def choices(self) -> dict[str, list[tuple[str, str]]]:
        """What the selects offer."""
        this = self.today.replace(day=1)
        early = list(months(date(2000, 1, 1), this))[-24:]
        spans = [(f"{one:%Y-%m}", f"{one:%Y-%m}") for one in reversed(early)]
        return {
            "place": self._places(), "from": spans, "to": spans,
            "category": [(str(pk), name) for pk, name in ((row.pk, row.name) for row in suggest.categories())],
            "channel": [(value, str(label)) for value, label in Channel.choices],
            "class": [(value, str(label)) for value, label in TriageClass.choices],
            "procedure": [(one.name, str(one.label)) for one in procedures()],
        }  # fmt: skip

    def _places(self) -> list[tuple[str, str]]:
        found: dict[int, str] = {}
        for grant in self.actor.holding(AT_PLACES):
            top = self._tree.get(grant.place_id or 0)
            nodes = self._tree.below(top.path) if top else []
            deep = top.path.count("/") if top else 0
            for node in sorted(nodes, key=lambda node: node.path):
                if node.kind in SHOWN:
                    found.setdefault(node.id, "　" * (node.path.count("/") - deep) + node.name)
        return [(str(pk), name) for pk, name in list(found.items())[:300]]


def _label(choices: Any, value: str | None) -> str:
    return str(choices(value).label) if value else ""


def _number(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else 0


def names_of(column: str, ids: Iterable[int | None]) -> dict[int, str]:
    """Names of places of the tree by id."""
    now = tree()
    return {pk: node.name for pk in ids if pk and (node := now.get(pk))}
