"""What stands in the bar of a phone and in the rail of a desk: plain lists, shown to whom it concerns.

An address that no room of the house serves is left out, so that no link leads nowhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connection
from django.urls import Resolver404, resolve
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gongzhi.accounts.posts import posts
from gongzhi.cases import listing
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.notices import unread

MOST_COUNTED = 100
EVERYONE: frozenset[str] = frozenset()
GRID = posts("grid_member", "grid_leader")
OPERATOR = posts("operator")
DESKS = posts("clerk", "community_secretary", "street_clerk", "district_clerk")
SECRETARIES = posts("community_secretary", "street_secretary", "district_secretary")
ABOVE = posts("street_clerk", "street_secretary", "district_clerk", "district_secretary", "supervisor")
WATCHERS = SECRETARIES | posts("supervisor")
HANDLERS = posts("officer", "organisation_head")
ADMINISTRATORS = posts("administrator")


@dataclass(frozen=True)
class Item:
    """One line of the rail. `posts`: who sees it, every duty when empty; `counts`: shows how much is owed."""

    label: str | Promise
    icon: str
    url: str
    posts: frozenset[str] = EVERYONE
    counts: bool = False

    def is_for(self, actor: Actor) -> bool:
        """Whether one of the actor's duties opens it."""
        return bool(actor.holding(self.posts) if self.posts else actor.grants)


RAIL: tuple[tuple[str | Promise, tuple[Item, ...]], ...] = (
    ("", (
        Item(_("我的工作"), "inbox", "/work/", GRID | DESKS | ABOVE | HANDLERS, counts=True),
        Item(_("今天的事"), "calendar", "/today/", GRID),
        Item(_("巡查上报"), "camera", "/patrol/", GRID),
        Item(_("热线"), "phone", "/hotline/", OPERATOR | DESKS),
        Item(_("登记诉求"), "edit", "/intake/", OPERATOR | GRID | DESKS),
        Item(_("回访"), "phone", "/callbacks/", DESKS | posts("street_secretary")),
        Item(_("全部事项"), "list", "/matters/", OPERATOR | GRID | DESKS | ABOVE | HANDLERS),
        Item(_("我的包案"), "bookmark", "/charge/", SECRETARIES),
        Item(_("督办"), "siren", "/supervision/", WATCHERS),
        Item(_("统计"), "chart", "/statistics/", DESKS | WATCHERS | HANDLERS),
        Item(_("民情地图"), "map", "/sentiment/", GRID | DESKS | ABOVE),
        Item(_("365民情室"), "doc", "/room/", DESKS | ABOVE),
        Item(_("通知公告"), "notice", "/notices/desk/", GRID | DESKS | ABOVE),
        Item(_("知识"), "book", "/knowledge/", GRID | DESKS | ABOVE | HANDLERS),
    )),
    (_("管理"), (
        Item(_("地点"), "map", "/places/", ADMINISTRATORS),
        Item(_("人员和岗位"), "people", "/people", ADMINISTRATORS),
        Item(_("办事设置"), "settings", "/settings/cases/", ADMINISTRATORS),
        Item(_("知识设置"), "book", "/settings/knowledge/", ADMINISTRATORS),
    )),
    (_("个人"), (
        Item(_("消息"), "bell", "/notifications/"),
        Item(_("我的"), "me", "/me"),
        Item(_("居民首页"), "home", "/?home=1"),
    )),
)  # fmt: skip


def rail(actor: Actor, here: str, owed: int) -> list[dict[str, Any]]:
    """Sections for a desk; `owed` is the count beside my work."""
    sections = []
    for label, items in RAIL:
        shown = [item for item in items if item.is_for(actor) and is_served(item.url)]
        if shown:
            sections.append({"label": label, "items": [_entry(item, here, owed) for item in shown]})
    return sections


def first_desk(actor: Actor) -> str:
    """Where somebody at work begins; "" for whoever has no work here."""
    work = (item for _label, items in RAIL[:2] for item in items)
    return next((item.url for item in work if item.is_for(actor) and is_served(item.url)), "")


def tabs(here: str, place_id: int) -> list[dict[str, Any]]:
    """The bar of a phone: at most five."""
    public = f"/at/{place_id}/" if place_id else "/my-place/?next=public"
    rows = (
        (_("首页"), "home", "/"), (_("报事"), "camera", "/report/"), (_("进度"), "list", "/concerns/"),
        (_("公开"), "eye", public), (_("我的"), "me", "/me"),
    )  # fmt: skip
    shown = [row for row in rows if row[2].startswith("/my-place/") or is_served(row[2])]
    return [_tab(label, icon, url, here) for label, icon, url in shown]


@lru_cache(maxsize=200)
def is_served(url: str) -> bool:
    """Whether a page stands at this address."""
    try:
        resolve(url.partition("?")[0])
    except Resolver404:
        return False
    return True


def numbers(actor: Actor, counted: int | None = None) -> tuple[int, int]:
    """Obligations on matters addressed to the actor, up to `MOST_COUNTED`, and unread notices: one statement.

    `counted`: the obligations, when the page has counted them itself.
    """
    if actor.account_id is None:
        return 0, 0
    if not actor.grants or counted is not None:
        return counted or 0, unread(actor.account_id)
    owed, values = listing.owed(actor).order_by().values("pk")[:MOST_COUNTED].query.sql_with_params()
    mine = "SELECT count(*) FROM kernel_notification WHERE account_id = %s AND read_at IS NULL"
    with connection.cursor() as cursor:
        both = f"SELECT (SELECT count(*) FROM ({owed}) owed), ({mine})"  # noqa: S608 - both parts are ours
        cursor.execute(both, [*values, actor.account_id])
        row: tuple[int, int] = cursor.fetchone()
    return row


def _entry(item: Item, here: str, owed: int) -> dict[str, Any]:
    count = owed if item.counts else 0
    shown = f"{MOST_COUNTED - 1}+" if count >= MOST_COUNTED else count
    return {
        "label": item.label, "icon": item.icon, "url": item.url, "active": _is_here(item.url, here), "count": shown,
    }  # fmt: skip


def _tab(label: str | Promise, icon: str, url: str, here: str) -> dict[str, Any]:
    return {"label": label, "icon": icon, "url": url, "active": _is_here(url, here)}


def _is_here(url: str, here: str) -> bool:
    plain = url.partition("?")[0]
    return here == plain if plain == "/" else here.startswith(plain)


def active_label(entries: Iterable[dict[str, Any]]) -> str:
    """The words of where we are."""
    return next((str(entry["label"]) for entry in entries if entry["active"]), "")
