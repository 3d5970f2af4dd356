"""Completes the OpenAPI description: which statuses each operation may answer, problems, the token, the scopes."""

from collections.abc import Iterator
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from ninja import NinjaAPI
from ninja.operation import Operation

from gongzhi.accounts.api.caller import Needs
from gongzhi.base.api import PROBLEM, TITLES, Problem

REFERENCE = "#/components/schemas/{model}"
METHODS = ("get", "post", "put", "patch", "delete")
ALWAYS = (400, 429)
WITH_TOKEN = (401, 403)
WITH_INPUT = (422,)
WITH_KEY = (404,)
WITH_BODY = (409, 413, 415)


def completed(schema: Any, api: NinjaAPI) -> dict[str, Any]:
    """The description ready to be sent: plain text everywhere, every answer there is."""
    found: dict[str, Any] = _plain(dict(schema))
    tokens = {one.operation_id: _scopes(one) for one in operations(api)}
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            _answers(path, method, operation, tokens[operation["operationId"]])
    model = Problem.model_json_schema(ref_template=REFERENCE)
    schemas = found["components"].setdefault("schemas", {})
    schemas.update(model.pop("$defs", {}))
    schemas["Problem"] = model
    found["components"]["responses"] = {f"Problem{status}": _problem(status) for status in TITLES}
    found["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    found["components"]["schemas"] = dict(sorted(schemas.items()))
    return found


def operations(api: NinjaAPI) -> Iterator[Operation]:
    """Every operation of the interface."""
    for bound in api._get_bound_routers():
        for view in bound.path_operations.values():
            yield from view.operations


def _scopes(operation: Operation) -> list[str] | None:
    """The scopes of which one is needed ([]: any token will do); None when no token is asked for."""
    asked = [one for one in operation.auth_callbacks if isinstance(one, Needs)]
    return list(asked[0].scopes) if asked else None


def _answers(path: str, method: str, operation: dict[str, Any], scopes: list[str] | None) -> None:
    statuses = [*ALWAYS]
    for one in operation.get("parameters", ()):
        _without_null(one["schema"])
    operation.pop("security", None)
    if scopes is not None:
        statuses += WITH_TOKEN
        operation["security"] = [{"token": [scope]} for scope in scopes] or [{"token": []}]
    if "{" in path or path.endswith("/at"):
        statuses += WITH_KEY
    if operation.get("parameters") or method != "get":
        statuses += WITH_INPUT
    if any(one["name"] in ("within", "serves") for one in operation.get("parameters", ())):
        statuses += WITH_KEY
    if method != "get":
        statuses += WITH_BODY
    for status in sorted(set(statuses)):
        operation["responses"][str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
    operation["responses"] = {str(key): value for key, value in operation["responses"].items()}


def _without_null(schema: dict[str, Any]) -> None:
    """A parameter is left out, never null."""
    kinds = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(kinds) == 1:
        del schema["anyOf"]
        schema.update({key: value for key, value in kinds[0].items() if key not in schema})


def _problem(status: int) -> dict[str, Any]:
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    found: dict[str, Any] = {"description": str(TITLES[status]), "content": content}
    if status == 429:
        found["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "seconds"}}
    return found


def _plain(value: Any) -> Any:
    """Words in the language of now, all the way down."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, Promise):
        return str(value)
    # Words that were marked where they stand, and could only be marked.
    return gettext(value) if isinstance(value, str) and not value.isascii() else value
