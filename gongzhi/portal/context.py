"""What every page reads without asking its view: bar, rail, unread notices. Nothing is looked up before it is shown."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from gongzhi.accounts.posts import POSTS
from gongzhi.accounts.request import Request
from gongzhi.base import ui
from gongzhi.cases.views.report import home_id
from gongzhi.portal.navigation import numbers, rail, tabs


def navigation(request: HttpRequest) -> dict[str, Any]:
    """`tabs` for phones, `rail` for desks, `notices_url`, `unread`, `who_am_i`, `home_url`, `site`; each lazily."""
    if not isinstance(request, Request):
        return {}
    counts: Any = SimpleLazyObject(lambda: numbers(request.actor, request.owed))
    return {
        "tabs": SimpleLazyObject(lambda: tabs(request.path, home_id(request))),
        "rail": SimpleLazyObject(lambda: rail(request.actor, request.path, counts[0])),
        "unread": SimpleLazyObject(lambda: counts[1]),
        "notices_url": SimpleLazyObject(lambda: "/notifications/" if request.account else ""),
        "who_am_i": SimpleLazyObject(lambda: who(request)),
        "home_url": "/",
        "site": ui_site(),
    }


def who(request: Request) -> str:
    """Name and first post of who is signed in."""
    account = request.account
    if account is None:
        return ""
    own = [grant for grant in request.actor.grants if grant.on_behalf_of is None]
    post = str(POSTS[own[0].post].label) if own and own[0].post in POSTS else ""
    return f"{account.name} {post}".strip()


def ui_site() -> dict[str, str]:
    """Name and telephone of this installation."""
    found: dict[str, str] = ui.site()
    return found
