"""The description of the interface for programs: for machines as OpenAPI 3.1, for people as one page."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gongzhi.portal import api


@require_safe
def description(request: HttpRequest) -> HttpResponse:
    """OpenAPI 3.1."""
    return JsonResponse(api.description(get_language()), json_dumps_params={"ensure_ascii": False})


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Every operation on one page, from the same description."""
    return render(
        request, "portal/api_docs.html", {"heading": _("接口说明"), "groups": groups(api.description(get_language()))}
    )


def groups(found: dict[str, Any]) -> list[Any]:
    return []
