"""`{% load ui %}`: the patterns of DESIGN.md, each built once. Contexts are listed in gongzhi/base/README.md."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from django import forms, template
from django.core.paginator import Page
from django.forms.boundfield import BoundField
from django.template import Context
from django.template.loader import get_template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, format_html_join, linebreaks
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gongzhi.base import ui

register = template.Library()


@register.simple_tag
@cache
def icon(name: str, label: str = "") -> SafeString:
    """A line icon. Without `label` it is decoration beside a word. An unknown name is a mistake of the page: KeyError."""
    if name not in ui.icon_names():
        raise KeyError(f"no icon {name!r}; see {ui.SPRITE}")
    said = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="i" {}><use href="{}#{}"/></svg>', said, static(ui.SPRITE), name)


@register.filter
def when(moment: datetime | date | None) -> str:
    """今天 14:30 / 昨天 09:12 / 11月3日 08:00 as a <time> with the full moment in its title; empty for None."""
    if not moment:
        return ""
    full = f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if isinstance(moment, datetime) else moment.isoformat()
    machine = timezone.localtime(moment).isoformat() if isinstance(moment, datetime) else full
    return format_html('<time datetime="{}" title="{}">{}</time>', machine, full, ui.speak_time(moment))


@register.filter
def when_text(moment: datetime | date | None) -> str:
    """The words of `when` without markup, for attributes and sheets."""
    return ui.speak_time(moment) if moment else ""


@register.filter
def duration(span: timedelta | float | None) -> str:
    """3 小时 20 分; a timedelta or seconds."""
    return "" if span is None else ui.speak_span(span)


@register.filter
def number(value: float | None) -> str:
    """12,045; an em dash where nothing was counted."""
    return "—" if value is None else f"{value:,}"


@register.filter
def percent(ratio: float | None, digits: int = 1) -> str:
    """0.954 becomes 95.4%; an em dash where the denominator was nought."""
    return "—" if ratio is None else f"{ratio * 100:.{digits}f}%"


@register.filter
def money(fen: int | None) -> str:
    """Integer fen as 12.50 元."""
    return "—" if fen is None else _("%s 元") % f"{fen / 100:,.2f}"


@register.filter
def safe_text(text: object) -> SafeString:
    """What people typed: escaped, paragraphs kept, direction-turning signs removed, isolated from its surroundings."""
    return format_html('<div class="said" dir="auto">{}</div>', mark_safe(linebreaks(ui.plain(text or ""), True)))


@register.filter
def attribute(item: object, name: str) -> Any:
    """`item.name` of a dict or an object, empty when it has none."""
    return ui.get(item, name)


@register.simple_tag
def site() -> dict[str, str]:
    """`{% site as site %}`: name, owner, phone, icp, police, repository."""
    return ui.site()


@register.simple_tag(takes_context=True)
def html_attributes(context: Context) -> SafeString:
    """lang, data-type and data-theme of <html>: the large type is there before the first paint, without JavaScript."""
    chosen = ui.preferences(context.get("request"))
    lang = "en" if get_language() == "en" else "zh-CN"
    pairs = [("lang", lang), *((f"data-{name}", value) for name, value in chosen.items() if value)]
    return format_html_join(" ", '{}="{}"', pairs)


@register.simple_tag(takes_context=True)
def preference(context: Context, name: str) -> str:
    """The chosen `type` or `theme` of this browser; empty when none."""
    return ui.preferences(context.get("request"))[name]


@register.simple_tag
def why(text: str, source: str = "", label: str = "", url: str = "") -> SafeString:
    """为什么？beside an automatic decision: one plain sentence, its source, perhaps a link to what it was drawn from."""
    tail = format_html('<span class="source">{}</span>', _("依据：%s") % source) if source else ""
    link = format_html('<a href="{}">{}</a>', url, _("看依据")) if url else ""
    return format_html(
        '<details class="why"><summary>{}</summary><div class="why-body"><p>{}</p>{}{}</div></details>',
        label or _("为什么？"), text, tail, link,
    )  # fmt: skip


@register.simple_tag
def due_chip(
    due_at: datetime | None,
    paused: bool = False,
    why: str = "",
    source: str = "",
    label: str = "",
    now: datetime | None = None,
) -> SafeString:
    """还剩 3 小时 20 分 / 今天到期 / 超期 2 天 / 暂停中; with `why` a tap tells how it was computed.

    `label` stands before the words (分流还剩 …). Nothing is shown where there is no deadline.
    """
    due = ui.due_state(due_at, now=now, is_paused=paused)
    if due is None:
        return mark_safe("")
    moment = f"{timezone.localtime(due_at):%Y-%m-%d %H:%M}" if due_at else ""
    chip = format_html(
        '<span class="chip {}" title="{}">{}{}{}</span>', due.tone, moment, icon(due.icon), label, due.words
    )
    if not why:
        return chip
    return format_html(
        '<details class="why due"><summary>{}<span class="how">{}</span></summary>'
        '<div class="why-body"><p>{}</p>{}</div></details>',
        chip, _("怎么算的？"), why, format_html('<span class="source">{}</span>', source) if source else "",
    )  # fmt: skip


@register.simple_tag
def chip(words: str, tone: str = "", icon_name: str = "") -> SafeString:
    """A state in a word with its tone: ok, warn, bad, info, party or none; always give the icon for ok, warn, bad."""
    return format_html('<span class="chip {}">{}{}</span>', tone, icon(icon_name) if icon_name else "", words)


@register.inclusion_tag("ui/parts/steps.html")
def steps(items: Sequence[Any], compact: bool = False) -> dict[str, Any]:
    """The declared steps: each with label, status (done, now, todo), and who and until for the present one."""
    return {"items": items, "compact": compact, "now": next((i for i in items if ui.get(i, "status") == "now"), None)}


@register.inclusion_tag("ui/parts/trail.html")
def trail(places: Iterable[Any], linked: bool = True) -> dict[str, Any]:
    """自流井区 › 五星街街道 › 磨子井社区: strings, or things with name and url; the last one is where we are."""
    crumbs = [{"name": p, "url": ""} if isinstance(p, str) else p for p in places]
    return {"crumbs": crumbs, "linked": linked}


@register.inclusion_tag("ui/parts/person.html")
def person(
    who: Any = None, name: str = "", duty: str = "", phone: str = "", note: str = "", big: bool = False
) -> dict[str, Any]:
    """A person chip: name as it may be shown (mask it before), duty, telephone when the duty allows, a note.

    Give an object or dict with these names, or the words themselves.
    """
    given = {"name": name, "duty": duty, "phone": phone, "note": note}
    return {key: value or ui.get(who, key) for key, value in given.items()} | {"big": big}


@register.inclusion_tag("ui/parts/timeline.html")
def timeline(events: Iterable[Any]) -> dict[str, Any]:
    """Newest first; each with at, text, and perhaps who, public (seen by everybody), mine, note, photos, why."""
    return {"events": events}


@register.inclusion_tag("ui/parts/photos.html")
def photos(items: Sequence[Any]) -> dict[str, Any]:
    """A strip of pictures: each with url, and perhaps thumb, caption, at, alt, stage (before or after)."""
    return {"photos": items}


@register.inclusion_tag("ui/parts/filters.html")
def filter_row(items: Sequence[Any], summary: str = "", label: str = "") -> dict[str, Any]:
    """Filters with counts: each label, url, count, active, tone. `summary` states the row in words."""
    return {"items": items, "summary": summary, "label": label or _("筛选")}


@register.inclusion_tag("ui/parts/tabs.html")
def section_tabs(items: Sequence[Any], label: str = "") -> dict[str, Any]:
    """Views of one thing side by side, as links: each label, url, active, count."""
    return {"items": items, "label": label or _("分栏")}


@register.inclusion_tag("ui/parts/more.html", takes_context=True)
def more(
    context: Context, cursor: str | None, name: str = "after", tag: str = "li", columns: int = 1
) -> dict[str, Any]:
    """The keyset's 再看一些: put it last inside the `data-rows` container; nothing when `cursor` is empty.

    `name` is the parameter of the cursor, the rest of the address stays. `tag` is li, tr or div as the container needs.
    """
    query = context["request"].GET.copy()
    query[name] = cursor or ""
    return {"url": f"?{query.urlencode()}" if cursor else "", "tag": tag, "columns": columns}


@register.inclusion_tag("ui/parts/pager.html", takes_context=True)
def pager(context: Context, page: Page[Any], name: str = "page") -> dict[str, Any]:
    """Numbered pages for short lists that need them (a Django Page)."""
    query = context["request"].GET.copy()
    query.pop(name, None)
    rest = f"&{query.urlencode()}" if query else ""
    return {"page": page, "name": name, "rest": rest}


@register.inclusion_tag("ui/parts/empty.html")
def empty(title: str, text: str = "", url: str = "", action: str = "", icon_name: str = "inbox") -> dict[str, Any]:
    """An empty list that tells the next step."""
    return {"title": title, "text": text, "url": url, "action": action, "icon_name": icon_name}


@register.inclusion_tag("ui/parts/stat.html")
def stat(
    label: str, value: str, formula: str = "", why: str = "", source: str = "", url: str = "", unit: str = ""
) -> dict[str, Any]:
    """A figure that says how it was counted: `formula` in words (派出 1,083 件，按时 1,069 件), `why` behind 怎么算的."""
    return {"label": label, "value": value, "formula": formula, "why": why, "source": source, "url": url, "unit": unit}


FACES = ("", "angry", "frown", "meh", "smile", "laugh")


@register.filter
def face(value: object) -> SafeString:
    """The face of a satisfaction from 1 (angry) to 5 (laughing)."""
    return icon(FACES[int(str(value))])


@register.inclusion_tag("ui/parts/rating.html")
def rating(value: float | None, count: int | None = None) -> dict[str, Any]:
    """A satisfaction of 1 to 5 in words with its face; `count` is how many rated."""
    step = round(value) if value else 0
    words = ("", _("很不满意"), _("不满意"), _("一般"), _("满意"), _("很满意"))[step]
    return {"value": value, "face": FACES[step], "words": words, "count": count}


@register.simple_tag
def form_errors(*bound: forms.BaseForm) -> SafeString:
    """The sum of errors at the top, each a link to its field. Nothing when all is well."""
    pairs = [
        (form[name].id_for_label or form[name].auto_id if name in form.fields else "", error)
        for form in bound if form for name, errors in form.errors.items() for error in errors
    ]  # fmt: skip
    return get_template("ui/parts/form_errors.html").render({"pairs": pairs}) if pairs else mark_safe("")


def kind_of(bound: BoundField) -> str:
    """Which pattern a field takes from its widget, when the page names none."""
    widget = bound.field.widget
    kinds: tuple[tuple[type[forms.Widget], str], ...] = (
        (forms.CheckboxSelectMultiple, "chips"),
        (forms.RadioSelect, "chips"),
        (forms.CheckboxInput, "switch"),
        (forms.FileInput, "file"),
    )
    return next((kind for cls, kind in kinds if isinstance(widget, cls)), "line")


@register.simple_tag
def field(bound: BoundField, kind: str = "", hint: str = "", label: str = "", **attrs: str) -> SafeString:
    """Label, hint, control and the errors beside it.

    `kind`: line (default), chips (radio or checkboxes as chips), list (the same as full-width rows), faces (five
    faces, values 1 to 5), photo (camera, preview), switch, file. `label` and `hint` replace the form's own.
    Further names become attributes of the control; `_` is written `-` (data_suggest="…").
    """
    if bound.is_hidden:
        return bound.as_widget()
    kind = kind or kind_of(bound)
    key = bound.auto_id or bound.html_name
    hint = hint or str(bound.help_text)
    about = [f"{key}-hint"] * bool(hint) + [f"{key}-error"] * bool(bound.errors)
    extra: dict[str, Any] = {name.replace("_", "-"): value for name, value in attrs.items()}
    if kind in ("line", "switch", "file", "photo"):
        extra |= {"aria-describedby": " ".join(about)} if about else {}
    return get_template(f"ui/parts/field_{kind}.html").render(
        {"bound": bound, "key": key, "hint": hint, "label": label or bound.label, "about": " ".join(about),
         "control": bound.as_widget(attrs=extra), "attrs": extra}
    )  # fmt: skip
