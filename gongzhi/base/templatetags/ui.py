"""`{% load ui %}`: the patterns of DESIGN.md, each built once. Contexts are listed in gongzhi/base/README.md."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from django import forms, template
from django.core.paginator import Page
from django.forms.boundfield import BoundField
from django.template import Context
from django.template.defaultfilters import linebreaks_filter
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gongzhi.base import redact, text, ui

register = template.Library()
FACES = ("", "angry", "frown", "meh", "smile", "laugh")
LOOKS = {"type": {"large"}, "theme": {"light", "dark"}}
register.filter("mask_name", text.mask_name)
register.filter("mask_phone", text.mask_phone)
register.simple_tag(ui.site)


@register.simple_tag
@cache
def icon(name: str, label: str = "") -> SafeString:
    """A line icon. Without `label` it is decoration beside a word. KeyError for an unknown name: the page is wrong."""
    if name not in ui.icon_names():
        raise KeyError(f"no icon {name!r}; see {ui.SPRITE}")
    said = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="i" {}><use href="{}#{}"/></svg>', said, static(ui.SPRITE), name)


@register.filter
def face(value: object) -> SafeString:
    """The face of a satisfaction from 1 (angry) to 5 (laughing)."""
    return icon(FACES[int(str(value))])


def _full(moment: datetime | date) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if isinstance(moment, datetime) else moment.isoformat()


@register.filter
def when(moment: datetime | date | None) -> str:
    """今天 14:30 / 昨天 09:12 / 11月3日 08:00 as <time>, the full moment in its title (on paper that is printed)."""
    if not moment:
        return ""
    form = '<time datetime="{}" title="{}">{}</time>'
    return format_html(form, moment.isoformat(), _full(moment), ui.speak_time(moment))


@register.filter
def when_text(moment: datetime | date | None) -> str:
    """The words of `when` without markup, for attributes."""
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
def safe_text(said: object) -> SafeString:
    """What people typed: escaped, paragraphs kept, direction-turning signs removed, isolated from its surroundings."""
    return format_html(
        '<div class="said" dir="auto">{}</div>', linebreaks_filter(text.clean_text(str(said or "")), autoescape=True)
    )


@register.simple_tag(takes_context=True)
def html_attributes(context: Context) -> SafeString:
    """lang, data-type, data-theme of <html> from the cookies: right before the first paint, without JavaScript."""
    cookies = context["request"].COOKIES if "request" in context else {}
    looks = [(f"data-{name}", cookies[name]) for name, values in LOOKS.items() if cookies.get(name) in values]
    return format_html_join(" ", '{}="{}"', [("lang", "en" if get_language() == "en" else "zh-CN"), *looks])


def _details(kind: str, summary: SafeString, text: str, source: str, url: str = "") -> SafeString:
    tail = format_html('<span class="source">{}</span>', _("依据：%s") % source) if source else ""
    link = format_html('<a href="{}">{}</a>', url, _("看依据")) if url else ""
    form = '<details class="{}"><summary>{}</summary><div class="why-body"><p>{}</p>{}{}</div></details>'
    return format_html(form, kind, summary, text, tail, link)


@register.simple_tag
def why(text: str, source: str = "", label: str = "", url: str = "") -> SafeString:
    """为什么？beside an automatic decision: one plain sentence, its source, perhaps a link to its ground."""
    return _details("why", format_html("{}", label or _("为什么？")), text, source, url)


@register.simple_tag
def due_chip(
    due_at: datetime | None, paused: bool = False, why: str = "", source: str = "", label: str = "",
    now: datetime | None = None,
) -> SafeString:  # fmt: skip
    """还剩 3 小时 20 分 / 今天到期 / 超期 2 天 / 暂停中; nothing without a deadline.

    With `why` a tap tells how it was computed; `label` stands before the words (分流还剩 …).
    """
    due = ui.due_state(due_at, now=now, is_paused=paused)
    if due is None:
        return mark_safe("")
    form = '<span class="chip {}" title="{}">{}{}{}</span>'
    said = format_html(form, due.tone, _full(due_at) if due_at else "", icon(due.icon), label, due.words)
    how = format_html('{}<span class="how">{}</span>', said, _("怎么算的？"))
    return _details("why due", how, why, source) if why else said


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
    """自流井区 › 五星街街道 › 磨子井社区: strings, or things with name and perhaps url; the last is where we are."""
    return {"crumbs": [{"name": p} if isinstance(p, str) else p for p in places], "linked": linked}


@register.inclusion_tag("ui/parts/person.html")
def person(who: Any, big: bool = False, phone: bool = True) -> dict[str, Any]:
    """A person chip: an object or dict with name (as it may be shown), duty, note, phone; `phone=False` hides that."""
    facts = {name: ui.get(who, name) for name in ("name", "duty", "note", "phone")}
    return facts | {"big": big} | ({} if phone else {"phone": ""})


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
def more(context: Context, cursor: object, name: str = "after", tag: str = "li", columns: int = 1) -> dict[str, Any]:
    """The keyset's 再看一些, last inside the `data-rows` container; nothing when `cursor` is empty.

    `name` is the parameter of the cursor, the rest of the address stays; `tag` is li, tr or div as the container needs.
    """
    query = context["request"].GET.copy()
    query[name] = str(cursor)
    return {"url": f"?{query.urlencode()}" if cursor else "", "tag": tag, "columns": columns}


@register.inclusion_tag("ui/parts/pager.html", takes_context=True)
def pager(context: Context, page: Page[Any]) -> dict[str, Any]:
    """Numbered pages for short lists that need them (a Django Page)."""
    return {"page": page, "request": context["request"]}


@register.inclusion_tag("ui/parts/empty.html")
def empty(title: str, text: str = "", url: str = "", action: str = "", icon_name: str = "inbox") -> dict[str, Any]:
    """An empty list that tells the next step."""
    return {"title": title, "text": text, "url": url, "action": action, "icon_name": icon_name}


@register.inclusion_tag("ui/parts/stat.html")
def stat(label: str, value: object, formula: str = "", unit: str = "", **more: str) -> dict[str, Any]:
    """A figure that says how it was counted: `formula` in words (派出 1,083 件，按时 1,069 件); why, source, url."""
    return {"label": label, "value": value, "formula": formula, "unit": unit, "source": "", **more}


@register.inclusion_tag("ui/parts/rating.html")
def rating(value: float | None, count: int | None = None) -> dict[str, Any]:
    """A satisfaction of 1 to 5 in words with its face; `count` is how many rated."""
    words = ("", _("很不满意"), _("不满意"), _("一般"), _("满意"), _("很满意"))
    step = round(value) if value else 0
    return {"value": value, "face": FACES[step], "words": words[step], "count": count}


def _errors(bound: BoundField) -> list[str]:
    """Errors in our words; Django's own sentence for an empty field is not how people speak."""
    is_choice = isinstance(bound.field.widget, forms.RadioSelect | forms.Select)
    empty = (_("“%s”要选一个。") if is_choice else _("“%s”要填。")) % bound.label
    theirs = forms.Field.default_error_messages["required"]
    return [empty if error.message == theirs else "".join(error.messages) for error in bound.errors.as_data()]


@register.simple_tag
def form_errors(*bound: forms.BaseForm) -> SafeString:
    """The sum of errors at the top, each a link to its field. Nothing when all is well."""
    pairs = [("", error) for form in bound for error in form.non_field_errors()]
    pairs += [(f.id_for_label or f.auto_id, words) for form in bound for f in form for words in _errors(f)]
    return render_to_string("ui/parts/form_errors.html", {"pairs": pairs}) if pairs else mark_safe("")


@register.inclusion_tag("ui/parts/found.html")
def found(form: forms.BaseForm) -> dict[str, Any]:
    """Texts that may not go public as they are: what was found marked in its place, each with a button 遮住.

    The button sends the form with `mask=<field>`; the view masks that field and shows the form again.
    """
    texts = redact.pointed_out(form) if form.is_bound else {}
    return {"texts": [{"bound": form[name], "pieces": list(redact.pieces(said))} for name, said in texts.items()]}


@register.simple_tag
def field(bound: BoundField, kind: str = "", hint: str = "", label: str = "", **attrs: str) -> SafeString:
    """Label, hint, control and the errors beside it.

    `kind`: line (default), chips (radio or checkboxes as chips), list (the same as full-width rows), faces (five
    faces, values 1 to 5), photo (camera, preview), switch. `label` and `hint` replace the form's own. Further names
    become attributes of the control, `_` written `-` (data_suggest="…").
    """
    if bound.is_hidden:
        return bound.as_widget()
    key = bound.auto_id or bound.html_name
    hint = hint or str(bound.help_text)
    about = " ".join([f"{key}-hint"] * bool(hint) + [f"{key}-error"] * bool(bound.errors))
    extra: dict[str, str | bool] = {name.replace("_", "-"): value for name, value in attrs.items()}
    control = bound.as_widget(attrs=extra | ({"aria-describedby": about} if about else {}))
    facts = {"bound": bound, "key": key, "hint": hint, "label": label or bound.label, "about": about, "attrs": extra}
    kind = kind or {"radio": "chips", "checkbox": "switch"}.get(getattr(bound.field.widget, "input_type", ""), "line")
    kind = "chips" if bound.use_fieldset and kind == "switch" else kind
    return render_to_string(f"ui/parts/field_{kind}.html", facts | {"control": control, "errors": _errors(bound)})
