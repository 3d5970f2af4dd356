"""Registering for somebody at the counter, on the telephone or by proxy; the same fields, the same procedure."""

import uuid
from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from gongzhi.accounts.gates import duty_required
from gongzhi.accounts.posts import posts
from gongzhi.accounts.request import Request
from gongzhi.base.validators import parse_phone
from gongzhi.cases import listing, suggest
from gongzhi.cases.actions import Also, Reported, Words, join, report
from gongzhi.cases.intake_forms import AgreementForm
from gongzhi.cases.models import Agreement, Category, Channel, Contact, Report
from gongzhi.cases.places import Offer, offers, within
from gongzhi.cases.suggest import Similar
from gongzhi.cases.taking import agreed
from gongzhi.cases.views import acts, extra
from gongzhi.cases.views.hotline import OPERATORS
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.errors import NotValid, Refused
from gongzhi.kernel.forms import UuidsField, WordsField
from gongzhi.kernel.models import Receipt
from gongzhi.knowledge.questions import ExtraForm
from gongzhi.territory.models import Place
from gongzhi.territory.tree import trail_text, trails

INTAKERS = ("operator", "clerk", "community_secretary", "street_clerk", "district_clerk", "grid_member", "grid_leader")
CHANNELS = (Channel.COUNTER, Channel.HOTLINE, Channel.PROXY)


class IntakeForm(AgreementForm):
    """What a person says to staff, and how that person can be reached."""

    channel = forms.ChoiceField(
        label=gettext_lazy("怎么来的"), choices=[(c.value, c.label) for c in CHANNELS], widget=forms.RadioSelect,
        initial=Channel.COUNTER,
    )  # fmt: skip
    text = WordsField(label=gettext_lazy("反映的事，照原话写"), max_length=2000, lines=4)
    place_note = WordsField(label=gettext_lazy("具体位置"), max_length=100, lines=1, required=False)
    category = forms.ModelChoiceField(
        label=gettext_lazy("类别"),
        queryset=Category.objects.none(),
        required=False,
        empty_label=gettext_lazy("先不定，分流时再选"),
    )
    name = WordsField(label=gettext_lazy("称呼"), max_length=40, lines=1, required=False)
    phone = forms.CharField(
        label=gettext_lazy("电话"), max_length=30, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    wish = forms.ChoiceField(
        label=gettext_lazy("希望怎样知道结果"),
        choices=Contact.Wish.choices,
        widget=forms.RadioSelect,
        initial=Contact.Wish.CALL,
    )
    photos = UuidsField(label=gettext_lazy("照片"), required=False)
    place = forms.IntegerField(
        label=gettext_lazy("地点"), min_value=1, error_messages={"required": gettext_lazy("请选在哪里。")}
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].queryset = Category.objects.filter(is_active=True)  # type: ignore[attr-defined]

    def clean_phone(self) -> str:
        """The number as it is stored."""
        typed: str = self.cleaned_data["phone"]
        found = parse_phone(typed) if typed.strip() else None
        if found is not None and found.kind == "service":
            raise ValidationError(_("这是服务热线，请写反映人自己的电话。"))
        return found.number if found else ""

    def clean(self) -> dict[str, Any]:
        """A proxy needs consent; who wants a call needs a telephone."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("channel") == Channel.PROXY:
            self._check_consent(cleaned)
        if cleaned.get("wish") == Contact.Wish.CALL and not cleaned.get("phone") and "phone" not in self.errors:
            self.add_error("phone", _("要打电话告诉结果，请留电话；不留电话就选网上看结果。"))
        return cleaned

    def _check_consent(self, cleaned: dict[str, Any]) -> None:
        if not cleaned.get("name"):
            self.add_error("name", _("代办要写明替谁反映。"))
        if not cleaned.get("consent_way"):
            self.add_error("consent_way", _("代办要写明本人怎样同意的。"))
        if cleaned.get("consent_way") == Agreement.Way.SIGNED and not cleaned.get("photos"):
            self.add_error("photos", _("签字同意的，请把签字的纸拍下来。"))


@duty_required(*INTAKERS)
@require_http_methods(["GET", "POST"])
def intake(request: Request) -> HttpResponse:
    """The form; what looks the same is shown before a second matter is made."""
    if request.method == "GET":
        return _show(request, IntakeForm(initial={"text": request.GET.get("text", "")}), 200)
    data, wrong = acts.collect(request)
    form = IntakeForm(data)
    if not form.is_valid() or wrong:
        for sentences in wrong.values():
            form.add_error("photos", ValidationError(sentences))
        return _show(request, form, 422)
    place = _place(form, request.actor)
    if place is None:
        form.add_error("place", _("这个地方不归您登记，请另选。"))
        return _show(request, form, 422)
    more = extra.asked(request, form.cleaned_data["category"], place, staff=True)
    if not more.is_valid():
        return _show(request, form, 422, more=more)
    words = replace(_words(form.cleaned_data, place), extra=tuple(more.answers))
    is_decided = data.get("separate") or data.get("join") or _was_sent(request)
    alike = [] if is_decided else _alike(words)
    if alike:
        return _show(request, form, 200, alike)
    return _send(request, form, words, data)


def _was_sent(request: Request) -> bool:
    """Whether this very form came before: its own matter is not a similar one."""
    receipt = acts.receipt_of(request)
    return receipt is not None and Receipt.objects.filter(holder=receipt.holder, key=receipt.key).exists()


def _send(request: Request, form: IntakeForm, words: Words, data: QueryDict) -> HttpResponse:
    receipt, also = acts.receipt_of(request), _also(form.cleaned_data)
    wanted = data.get("join", "")
    try:
        if wanted.isascii() and wanted.isdigit() and len(wanted) < 18:
            matter = listing.covered(request.actor).filter(pk=int(wanted)).first()
            if matter is None:
                raise NotValid({"text": [_("没有找到那一件，请另外登记。")]})
            made = join(words, matter, actor=request.actor, receipt=receipt, also=also)
        else:
            made = report(words, actor=request.actor, receipt=receipt, also=also)
    except NotValid as error:
        for name, sentences in error.errors.items():
            form.add_error(name if name in form.fields else None, ValidationError(sentences))
        return _show(request, form, 422)
    except ValidationError as error:
        form.add_error("photos", error)
        return _show(request, form, 422)
    except Refused as error:
        form.add_error(None, str(error))
        return _show(request, form, 409)
    return _receipt(request, made)


def _also(cleaned: dict[str, Any]) -> Also | None:
    """Consent is kept with the report of somebody who is reported for."""
    if cleaned["channel"] != Channel.PROXY:
        return None
    return agreed(cleaned["consent_way"], cleaned["consent"], cleaned["consent_at"])


def _receipt(request: Request, made: Reported) -> HttpResponse:
    """The slip for the person. The code stands on it this once; nobody can read it again."""
    done = made.report or Report.objects.select_related("matter", "contact").get(pk=made.report_id)
    places = trails([done.place_id]) if done.place_id else {}
    context = {
        "heading": _("诉求登记回执"),
        "number": done.number,
        "issued_at": done.created_at,
        "report": done,
        "matter": done.matter,
        "code": made.code,
        "where": trail_text(places.get(done.place_id or 0, ())),
        "signers": [_("登记人"), _("反映人")],
        "back": "/intake/",
        "staff": request.me.name,
    }
    return render(request, "cases/print/receipt.html", context)


def _words(cleaned: dict[str, Any], place: Place) -> Words:
    return Words(
        text=cleaned["text"],
        place=place,
        place_note=cleaned["place_note"],
        category=cleaned["category"],
        photos=tuple(cleaned["photos"]),
        name=cleaned["name"],
        phone=cleaned["phone"],
        wish=cleaned["wish"],
        channel=cleaned["channel"],
        consent=consent_words(cleaned) if cleaned["channel"] == Channel.PROXY else "",
        owner_id=None,
    )


def consent_words(cleaned: dict[str, Any]) -> str:
    """How the person agreed, in one line: 当面口头同意，本人在家."""
    way = str(Agreement.Way(cleaned["consent_way"] or Agreement.Way.SPOKEN).label)
    return "，".join(part for part in (way, cleaned["consent"]) if part)[:100]


def _place(form: IntakeForm, actor: Actor) -> Place | None:
    return within(form.cleaned_data["place"], actor)


def _alike(words: Words) -> list[Similar]:
    category = words.category.pk if words.category else None
    return suggest.similar(words.text, words.place, category, timezone.now())


@duty_required(*INTAKERS)
@require_POST
def hints(request: Request) -> HttpResponse:
    """While somebody types: emergency numbers, categories, similar matters, as parts of the page."""
    text = request.POST.get("text", "")[:2000]
    number = request.POST.get("place", "")
    place = within(int(number), request.actor) if number.isascii() and number.isdigit() and len(number) < 18 else None
    alike = suggest.similar(text, place, None, timezone.now()) if place else []
    return render(
        request,
        "cases/desk/hints.html",
        {"emergencies": suggest.emergencies(text), "hints": suggest.suggest(text), "similar": alike},
    )


def _asked(request: Request, form: IntakeForm, chosen: str) -> ExtraForm:
    picked, known = str(form["category"].value() or ""), suggest.categories()
    category = next((row for row in known if str(row.pk) == picked), None)
    place = within(int(chosen), request.actor) if chosen.isdigit() and len(chosen) < 18 else None
    return extra.asked(request, category, place, staff=True, is_sent=False)


def _show(
    request: Request, form: IntakeForm, status: int, alike: list[Similar] | None = None, more: ExtraForm | None = None
) -> HttpResponse:
    where = request.POST.get("where", "") or request.GET.get("where", "")
    places = offers(request.actor, where)
    chosen = str(form["place"].value() or "")
    if (
        chosen.isdigit()
        and chosen not in {str(place.id) for place in places}
        and (one := within(int(chosen[:18]), request.actor))
    ):
        places.insert(0, Offer(one.pk, one.name, ""))
    text = str(form["text"].value() or "")
    context = {
        "heading": _("登记诉求"),
        "has_desk": bool(request.actor.holding(posts(*OPERATORS))),
        "form": form,
        "places": places,
        "where": where,
        "chosen": chosen,
        "alike": alike or [],
        "emergencies": suggest.emergencies(text),
        "hints": suggest.suggest(text) if text else [],
        "extra": more or _asked(request, form, chosen),
        "extra_url": "/intake/extra/",
        "photo": form["photos"],
        "shots": acts.shots_of(form),
        "key": request.POST.get("key", "") if status == 422 else str(uuid.uuid4()),
    }
    return render(request, "cases/desk/intake.html", context, status=status)
