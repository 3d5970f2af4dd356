"""Two small pages of the interface itself: the look a browser chose, and the style guide."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from gongzhi.base import ui

YEAR = 365 * 24 * 3600
LOOKS = {"type": {"large", "normal"}, "theme": {"light", "dark", "auto"}, "language": {"zh-hans", "en"}}
SAMPLES = Path(__file__).parent / "templates" / "ui" / "guide" / "samples.json"


@require_safe
def look(request: HttpRequest) -> HttpResponse:
    """Remember large type, theme or language (`?type=large&next=/here`) and go back; works without JavaScript."""
    target = request.GET.get("next", "/")
    here = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    response = redirect(target if here else "/")
    for name, values in LOOKS.items():
        value = request.GET.get(name, "")
        cookie = settings.LANGUAGE_COOKIE_NAME if name == "language" else name
        if value in values:
            response.set_cookie(cookie, value, max_age=YEAR, samesite="Lax", secure=request.is_secure())
    return response


class SampleForm(forms.Form):
    """The fields the style guide shows."""

    photos = forms.FileField(label="拍张照片", required=False, widget=forms.FileInput(attrs={"accept": "image/*"}))
    text = forms.CharField(label="怎么回事？", widget=forms.Textarea(attrs={"rows": 4, "maxlength": 2000}))
    category = forms.ChoiceField(label="是哪一类？", required=False, widget=forms.RadioSelect)
    phone = forms.CharField(label="电话", required=False, help_text="只有办这件事的人看得到。")
    solved = forms.ChoiceField(label="问题解决了吗？", widget=forms.RadioSelect)
    stars = forms.ChoiceField(label="对这次办理，您满意吗？", widget=forms.RadioSelect)
    words = forms.CharField(label="还想说什么", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    told = forms.BooleanField(label="有结果时打电话告诉我", required=False)


def _timed(pairs: dict[str, Any]) -> dict[str, Any]:
    """Sample times are written as hours from now: {"hours": 3.3}."""
    return {k: timezone.now() + timedelta(hours=v["hours"]) if isinstance(v, dict) and "hours" in v else v
            for k, v in pairs.items()}  # fmt: skip


def _sample_form(choices: dict[str, Any], data: dict[str, Any] | None = None) -> SampleForm:
    form = SampleForm(data, initial={"text": "大门口下水道堵了，污水流到人行道上。", "category": "drain", "stars": "5"})
    for name, pairs in choices.items():
        form.fields[name].widget.choices = form.fields[name].choices = pairs  # type: ignore[attr-defined]
    return form


@require_safe
def guide(request: HttpRequest, page: str = "parts") -> HttpResponse:
    """The living style guide, one page for each base template, with invented people; only where DEBUG is on."""
    samples = json.loads(SAMPLES.read_text(encoding="utf-8"), object_hook=_timed)
    if not settings.DEBUG or page not in samples["pages"]:
        raise Http404
    wrong = _sample_form(samples["choices"], {"category": "drain", "phone": "138"})
    wrong.add_error("phone", "电话少了几位：手机号是 11 位。")
    shown = {"wrong": wrong, "form": _sample_form(samples["choices"]), "icon_names": sorted(ui.icon_names())}
    return render(request, f"ui/guide/{page}.html", samples["all"] | shown | samples["pages"][page])
