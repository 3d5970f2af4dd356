"""`{% load lists %}`: the lines of a list of matters, drawn in one go; as a template included fifty times they cost half
the page."""

from collections.abc import Iterable

from django import template
from django.template import Context
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from gongzhi.base.templatetags.ui import chip, due_chip
from gongzhi.cases.listing import Row

register = template.Library()
LINE = (
    '<li class="row" data-row{here}><input type="checkbox" name="id" value="{number}" aria-label="{select}">'
    '<a class="row-title" href="{url}" hx-get="{url}" hx-target="#detail" hx-select="#detail" hx-swap="outerHTML"'
    ' hx-push-url="{push}">{title}</a>{chip}<p class="row-sub">{facts}</p></li>'
)


@register.simple_tag(takes_context=True)
def matter_rows(context: Context, rows: Iterable[Row]) -> SafeString:
    """Each row opens beside the list, where the address keeps what was asked for; `here` is the open one."""
    request, here, now = context["request"], context.get("here"), timezone.now()
    kept = [(name, value) for name in request.GET for value in request.GET.getlist(name) if name not in ("m", "after")]
    address, select = f"{request.path}?{urlencode([*kept, ('m', '')])}", _("选这一件：%(title)s")
    return mark_safe(  # noqa: S308 - every part is escaped below
        "".join(
            format_html(
                LINE, here=mark_safe(' aria-current="true"') if row.number == here else "", number=row.number, url=row.url,
                select=select % {"title": row.title}, push=f"{address}{row.number}", title=row.title, facts=_facts(row.facts),
                chip=chip(row.chip, "still") if row.chip else due_chip(row.due_at, row.paused, now=now),
            )
            for row in rows
        )
    )  # fmt: skip


def _facts(facts: Iterable[str]) -> SafeString:
    return mark_safe("".join(f"<span>{conditional_escape(fact)}</span>" for fact in facts))  # noqa: S308
