"""The interface for programs, /api/v1/: every part's router in one list, errors as problem details, its description.

A new part writes a router in its `api.py` and gets one line in `ROUTERS`, or in `OPEN_ROUTERS` when nobody needs a token.
"""

import logging
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.urls import URLPattern
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import NinjaAPI, Router
from ninja.errors import HttpError
from ninja.errors import ValidationError as NotShaped

from gongzhi.accounts.api import me
from gongzhi.accounts.api.caller import OPEN, needs
from gongzhi.base.api import Readable, StrictParser, Trouble, not_allowed, problem, too_large, words_of
from gongzhi.base.files import FilesMissing
from gongzhi.cases.api import figures, files, matters, reports
from gongzhi.cases.api import open as public
from gongzhi.kernel.errors import NotPermitted, NotPossible, NotValid, Refused, Twin
from gongzhi.notices import api as notices
from gongzhi.organisations import api as organisations
from gongzhi.portal.api_schema import completed
from gongzhi.statistics import api as statistics
from gongzhi.territory import api as places

log = logging.getLogger("gongzhi.api")
PREFIX = "api/v1/"
ROUTERS: tuple[Router, ...] = (
    me.router, matters.router, reports.router, files.router, figures.router, notices.router, statistics.router, organisations.router,
)  # fmt: skip
OPEN_ROUTERS: tuple[Router, ...] = (places.router, public.router)
"""Their operations ask for no token."""

api = NinjaAPI(
    title="Gongzhi 共治", version="1", urls_namespace="api", auth=needs(), parser=StrictParser(), renderer=Readable(),
    docs_url=None,
    openapi_url=None,
    description=gettext_lazy("与网页同一套规则的接口。令牌在“我的账号 › 接口令牌”里建立；说明见 docs/api.md。"),  # type: ignore[arg-type]
)  # fmt: skip
for each in ROUTERS:
    api.add_router("", each)
for each in OPEN_ROUTERS:
    api.add_router("", each, auth=OPEN)


# --- Errors -------------------------------------------------------------------------------------------------------


def _refused(error: Refused) -> Trouble:
    if isinstance(error, NotValid):
        return Trouble(422, str(error), errors=error.errors)
    if isinstance(error, NotPermitted):
        return Trouble(403, str(error))
    return Trouble(409 if isinstance(error, (NotPossible, Twin)) else 422, str(error))


def _not_shaped(error: NotShaped) -> Trouble:
    """Where in the request, and what."""
    found: dict[str, list[str]] = {}
    for one in error.errors:
        source, *inner = one["loc"]
        where = [str(part) for part in (inner[1:] if source == "body" else inner)]
        found.setdefault(".".join(where) or "body", []).append(words_of(one["type"], one.get("ctx", {})))
    return Trouble(422, _("请求里有的内容不合要求。"), errors=found)


def _http(error: HttpError) -> Trouble:
    """The parser's own trouble hides behind it."""
    return error.__cause__ if isinstance(error.__cause__, Trouble) else Trouble(error.status_code, str(error))


def _unexpected(error: Exception) -> Trouble:
    log.error("unexpected error", exc_info=error)
    return Trouble(500, _("没有办成，什么都没有改。请稍后再试；还不行，请联系管理员。"))


ANSWERS: dict[type[Exception], Callable[[Any], Trouble]] = {
    Trouble: lambda error: error,
    Refused: _refused,
    Http404: lambda error: Trouble(404, _("没有这一项，或者不归您看。")),
    NotShaped: _not_shaped,
    HttpError: _http,
    FilesMissing: lambda error: Trouble(422, " ".join(error.messages), errors={"photos": list(error.messages)}),
    ValidationError: lambda error: Trouble(422, " ".join(error.messages)),
    RequestDataTooBig: lambda error: too_large(),
    SuspiciousOperation: lambda error: Trouble(400, _("请求没有传完整，请重新发送。")),
    MultiPartParserError: lambda error: Trouble(400, _("表单没有传完整，请重新发送。")),
    UnreadablePostError: lambda error: Trouble(400, _("请求没有传完整，请重新发送。")),
    Exception: _unexpected,
}
"""How each error is answered; the nearest class decides."""


def _handler(answer: Callable[[Any], Trouble]) -> Callable[[HttpRequest, Any], HttpResponse]:
    return lambda request, error: problem(answer(error))


for kind, answer in ANSWERS.items():
    api.add_exception_handler(kind, _handler(answer))


# --- Addresses ----------------------------------------------------------------------------------------------------


def patterns() -> Iterator[URLPattern]:
    """The operations; a method that an address does not have is answered as a problem too."""
    for pattern in api.urls[0]:
        if isinstance(pattern, URLPattern) and pattern.name != "api-root":
            pattern.callback = not_allowed(pattern.callback)
            pattern.callback.csrf_exempt = True  # type: ignore[attr-defined]
            pattern.name = None  # operations are named by their operationId, not among the pages
            yield pattern


def nothing_here(request: HttpRequest) -> HttpResponse:
    """Any other address below the prefix."""
    return problem(Trouble(404, _("没有这个地址，见 /api/v1/docs。")))


nothing_here.csrf_exempt = True  # type: ignore[attr-defined]


@lru_cache(maxsize=4)
def description(language: str) -> dict[str, Any]:
    """The OpenAPI description in a language."""
    with translation.override(language):
        return completed(api.get_openapi_schema(path_prefix=PREFIX), api)
