"""The description of the interface for programs: for machines as OpenAPI 3.1, for people as one page."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gongzhi.portal import api


@dataclass(frozen=True)
class Member:
    """A parameter or a member of a body, in words."""

    name: str
    where: str
    is_required: bool
    kind: str
    words: str


@dataclass(frozen=True)
class Line:
    """One operation on the page."""

    id: str
    method: str
    path: str
    summary: str
    scopes: str
    members: list[Member]
    answers: str
    rule: str


@require_safe
def description(request: HttpRequest) -> HttpResponse:
    """OpenAPI 3.1."""
    return JsonResponse(api.description(get_language()), json_dumps_params={"ensure_ascii": False})


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Every operation on one page, from the same description."""
    found = groups(api.description(get_language()))
    count = sum(len(lines) for _tag, lines in found)
    return render(request, "portal/api_docs.html", {"heading": _("接口说明"), "groups": found, "count": count})


def groups(found: dict[str, Any]) -> list[tuple[str, list[Line]]]:
    """Operations by subject, in the order of the list of routers."""
    grouped: dict[str, list[Line]] = {}
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            tag = (operation.get("tags") or [""])[0]
            grouped.setdefault(tag, []).append(_line(path, method, operation, found["components"]["schemas"]))
    return list(grouped.items())


def _line(path: str, method: str, operation: dict[str, Any], schemas: dict[str, Any]) -> Line:
    asked = operation.get("security", [])
    scopes = [scope for one in asked for scope in one["token"]]
    words = _("或").join(scopes) or (_("任何令牌") if asked else _("不用令牌"))
    members = [
        _member(one["name"], one["in"], one.get("required", False), one["schema"]) for one in operation["parameters"]
    ]
    return Line(
        id=operation["operationId"], method=method.upper(), path=path, summary=operation["summary"], scopes=words,
        members=members + _body(operation, schemas), answers=" ".join(operation["responses"]),
        rule="" if (rule := operation.get("description", "")).isascii() else rule,
    )  # fmt: skip


def _body(operation: dict[str, Any], schemas: dict[str, Any]) -> list[Member]:
    content = operation.get("requestBody", {}).get("content", {})
    schema: dict[str, Any] = next((one["schema"] for one in content.values()), {})
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    required = schema.get("required", [])
    return [_member(name, "body", name in required, one) for name, one in schema.get("properties", {}).items()]


def _member(name: str, where: str, is_required: bool, schema: dict[str, Any]) -> Member:
    title = schema.get("title", "")
    words = schema.get("description", "") or ("" if title.isascii() else title)
    return Member(name, where, is_required, _kind(schema), words)


def _kind(schema: dict[str, Any]) -> str:
    """integer, string ≤ 500, big | small: short."""
    choices = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if choices:
        return _kind({**choices[0]})
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    if schema.get("type") == "array":
        return f"[{_kind(schema.get('items', {}))}]"
    kind = str(schema.get("format") or schema.get("type", ""))
    return f"{kind} ≤ {schema['maxLength']}" if "maxLength" in schema else kind
