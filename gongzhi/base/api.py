"""What every part of the interface for programs shares: problem details, strict bodies, pages by cursor.

Errors follow RFC 9457 (application/problem+json). A body is read once, strictly: other media types, broken text, numbers
that are none and unknown fields are refused in words before any work is done.
"""

import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Annotated, Any, Generic, Literal, NoReturn, TypeVar

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from ninja.parser import Parser
from ninja.renderers import JSONRenderer
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

PROBLEM = "application/problem+json"
LARGEST = 2**63 - 1
"""What a number of the database can be."""
MOST_BODY = 1024 * 1024
MOST = 100
"""Rows of one page at most."""
TITLES: dict[int, Any] = {
    400: gettext_lazy("读不懂这个请求"),
    401: gettext_lazy("需要有效的令牌"),
    403: gettext_lazy("没有这个权限"),
    404: gettext_lazy("没有找到"),
    405: gettext_lazy("这个地址不支持这种方法"),
    409: gettext_lazy("现在不能这样做"),
    413: gettext_lazy("内容太大"),
    415: gettext_lazy("内容格式不对"),
    422: gettext_lazy("内容有误"),
    429: gettext_lazy("请求太频繁"),
    500: gettext_lazy("没有办成"),
}
"""The title of each status; `detail` says what it is this time."""

T = TypeVar("T")


class Strict(BaseModel):
    """A body as it must be sent: no other fields."""

    model_config = ConfigDict(extra="forbid")


class Now(BaseModel):
    """How the record is now, for who acted on an older picture of it."""

    state: str
    state_label: str
    seq: int


class Problem(BaseModel):
    """Problem details, RFC 9457. `errors` maps fields to sentences; `now` comes with 409."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    errors: dict[str, list[str]] | None = None
    now: Now | None = None


class Page(BaseModel, Generic[T]):
    """One page of a list; `next` is the value of `after` for the next one, null at the end."""

    items: list[T]
    next: str | None


class Trouble(Exception):
    """Answer with this problem."""

    def __init__(
        self, status: int, detail: str, *, errors: Mapping[str, list[str]] | None = None, now: Now | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(detail)
        self.status, self.detail, self.errors, self.now, self.headers = status, detail, errors, now, headers or {}


def problem(trouble: Trouble) -> HttpResponse:
    """The answer to a trouble; empty members are left out."""
    found: dict[str, Any] = {
        "type": "about:blank", "title": str(TITLES[trouble.status]), "status": trouble.status, "detail": trouble.detail,
    }  # fmt: skip
    if trouble.errors:
        found["errors"] = {name: [str(one) for one in sentences] for name, sentences in trouble.errors.items()}
    if trouble.now is not None:
        found["now"] = trouble.now.model_dump()
    return JsonResponse(
        found, status=trouble.status, content_type=PROBLEM, headers=dict(trouble.headers),
        json_dumps_params={"ensure_ascii": False},
    )  # fmt: skip


WORDS: dict[str, Any] = {
    "missing": gettext_lazy("缺少这一项。"),
    "extra_forbidden": gettext_lazy("没有这一项。"),
    "string_too_short": gettext_lazy("至少 %(min_length)s 个字。"),
    "string_too_long": gettext_lazy("最多 %(max_length)s 个字。"),
    "too_long": gettext_lazy("最多 %(max_length)s 项。"),
    "literal_error": gettext_lazy("只能是：%(expected)s。"),
    "greater_than_equal": gettext_lazy("不能小于 %(ge)s。"),
    "less_than_equal": gettext_lazy("不能大于 %(le)s。"),
    "string_pattern_mismatch": gettext_lazy("格式不对，应符合 %(pattern)s。"),
    "value_error": gettext_lazy("%(error)s"),
}
"""What the checker of shapes found, in words; anything else is simply of the wrong kind."""


def words_of(kind: str, given: Mapping[str, Any]) -> str:
    """One finding of the checker in words."""
    return str(WORDS[kind]) % given if kind in WORDS else _("应是另一种值。")


# --- Kinds of values ----------------------------------------------------------------------------------------------


def clean_line(text: str) -> str:
    """Text the database can keep: without the sign zero."""
    if "\0" in text:
        raise ValueError(_("里面有看不见的字符，请删去。"))
    return text


def one_of(values: Iterable[Any]) -> Any:
    """The kind of value that is one of these; for annotations."""
    return Literal[tuple(values)]


Id = Annotated[int, Field(ge=1, le=LARGEST, strict=True)]
QueryId = Annotated[int, Field(ge=1, le=LARGEST)]
Line = Annotated[str, Field(max_length=100), AfterValidator(clean_line)]
Cursor = Annotated[str, Field(max_length=200), AfterValidator(clean_line)]
Number = Annotated[str, Field(max_length=12, pattern=r"^[0-9]{4}-[0-9]{1,7}$")]
"""The number of a matter, report, order or notice: 2026-000123."""
Key = Annotated[uuid.UUID, Field(description=gettext_noop("同一请求重发时写同一个 uuid，只办一次，答复相同"))]


class Paging(BaseModel):
    """Where a page begins and how long it is; the query of every list."""

    after: Annotated[Cursor, Field(description=gettext_noop("上一页答复里的 next"))] = ""
    limit: Annotated[int, Field(ge=1, le=MOST, description=gettext_noop("一页几行"))] = 50


# --- Reading a body -----------------------------------------------------------------------------------------------


class Readable(JSONRenderer):
    """Chinese as it is written."""

    json_dumps_params = {"ensure_ascii": False}


class StrictParser(Parser):
    """JSON as RFC 8259 has it, in UTF-8 and within reason. Raises Trouble 400, 413 or 415."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The parsed body."""
        if request.content_type != "application/json":
            raise Trouble(415, _("请用 Content-Type: application/json 发送。"))
        if len(request.body) > MOST_BODY:
            raise too_large()
        try:
            return json.loads(request.body.decode("utf-8"), parse_constant=_no_number)
        except (ValueError, RecursionError):
            raise Trouble(400, _("正文不是正确的 JSON（UTF-8）。")) from None


def too_large() -> Trouble:
    """413 in words."""
    return Trouble(413, _("请求正文最多 1 MB；照片请先单独上传。"))


def not_allowed(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The view whose 405 is a problem too; nobody between keeps its answers."""

    @wraps(view)
    def gate(request: HttpRequest, /, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-store")
        if response.status_code != 405:
            return response
        allowed = str(response.get("Allow", ""))
        return problem(Trouble(405, _("可以用：%s") % allowed, headers={"Allow": allowed}))

    return gate


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)
