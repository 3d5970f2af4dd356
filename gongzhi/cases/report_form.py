"""What a resident fills in: what happened and where; photos and a way to be reached when one likes."""

import math
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from gongzhi.accounts.forms import clean_phone
from gongzhi.cases import special, taking
from gongzhi.cases.actions import Also, Words
from gongzhi.cases.models import Agreement, Category, Channel, Contact
from gongzhi.cases.suggest import categories, suggest
from gongzhi.cases.views.where import number, reportable
from gongzhi.kernel.forms import SharedFields, UuidsField, WordsField
from gongzhi.territory.geo import check_point

MOST_WORDS = 2000
MOST_PHOTOS = 6
_LONG = _("最多写 %(limit_value)d 个字，现在有 %(show_value)d 个字，请删去一些。")
CONSENT = _("代办人声明：已征得本人同意，由代办人代为反映和跟进。")
"""Stored with the report. Source: Personal Information Protection Law Art. 13, consent of the person concerned."""


ABOUT = [
    ("community", _("不涉及工作人员")), ("street", _("涉及社区、网格的工作人员")), ("district", _("涉及街道的工作人员")),
]  # fmt: skip
"""Whom a confidential concern is about, by the level that shall handle it instead."""


def line(label: Any, limit: int, **options: Any) -> WordsField:
    """One line that may stay empty."""
    return WordsField(
        label=label, max_length=limit, lines=1, required=False, error_messages={"max_length": _LONG}, **options
    )


class ReportForm(forms.Form):
    """A concern as a neighbour says it. Cleaning gives a `Place`, a `Category` or None, uids."""

    text = WordsField(
        label=_("怎么回事？"), max_length=MOST_WORDS, lines=5,
        error_messages={"required": _("请写一句话，说说怎么回事。"), "max_length": _LONG},
    )  # fmt: skip
    place = forms.CharField(
        label=_("在哪里？"), max_length=20, required=False, widget=forms.HiddenInput(attrs={"id": "where"})
    )
    place_note = line(_("具体位置"), 100)
    category = forms.CharField(required=False, max_length=20)
    route = forms.ChoiceField(choices=[("", ""), *special.choices()], required=False)
    photos = UuidsField(label=_("照片"), required=False, most=MOST_PHOTOS)
    name = line(_("怎么称呼"), 40)
    phone = forms.CharField(label=_("电话"), max_length=40, required=False, error_messages={"max_length": _LONG})
    wish = forms.ChoiceField(
        label=_("有了结果怎么告诉"), choices=Contact.Wish.choices, required=False, widget=forms.RadioSelect
    )
    for_other = forms.BooleanField(label=_("我是替别人反映的（代办）"), required=False)
    consent = forms.BooleanField(label=_("对方同意我代为反映和跟进"), required=False)
    consent_way = forms.ChoiceField(
        label=_("对方怎样同意的"), choices=Agreement.Way.choices, required=False, initial=Agreement.Way.SPOKEN
    )
    secret = forms.BooleanField(label=_("请为我保密"), required=False)
    secret_about = forms.ChoiceField(label=_("这件事涉及谁"), choices=ABOUT, required=False, widget=forms.RadioSelect)
    secret_note = line(_("具体涉及谁（人名、单位都可以写）"), 120)
    lon = forms.CharField(required=False, max_length=30, widget=forms.HiddenInput)
    lat = forms.CharField(required=False, max_length=30, widget=forms.HiddenInput)

    def __init__(self, *args: Any, has_phone: bool = False, **kwargs: Any) -> None:
        self.has_phone = has_phone
        super().__init__(*args, **kwargs)

    def clean_text(self) -> str:
        """At least one word: signs and faces alone tell nobody what happened."""
        text: str = self.cleaned_data["text"]
        if not any(sign.isalnum() for sign in text):
            raise ValidationError(_("请用文字说一句，怎么回事。"))
        return text

    def clean_place(self) -> Any:
        """A place of a community or below."""
        place = reportable(number(self.cleaned_data["place"].strip()))
        if place is None:
            raise ValidationError(_("请选在哪里，知道大概位置就行。"))
        return place

    def clean_category(self) -> Category | None:
        """The category chosen; when nothing was offered yet, the one the words speak for."""
        chosen = number(self.cleaned_data["category"].strip())
        if "category" not in self.data:
            found = suggest(self.cleaned_data.get("text", ""), most=1)
            return found[0].category if found else None
        return next((row for row in categories() if row.pk == chosen), None)

    def clean_phone(self) -> str:
        """In its stored form; "" when left empty."""
        return clean_phone(self.cleaned_data["phone"])

    def clean(self) -> dict[str, Any]:
        """A wish to be called needs a number; acting for another needs a name and consent; a point must be on earth."""
        data = super().clean() or self.cleaned_data
        data["wish"] = data.get("wish") or Contact.Wish.ONLINE
        is_reachable = (
            bool(data.get("phone")) or "phone" in self.errors or (self.has_phone and not data.get("for_other"))
        )
        if data["wish"] == Contact.Wish.CALL and not is_reachable:
            self.add_error("phone", _("要打电话告诉您结果，请留个电话。"))
        if data.get("for_other"):
            self._check_proxy(data)
        data["lon"], data["lat"] = _point(data.get("lon", ""), data.get("lat", ""))
        return data

    def _check_proxy(self, data: dict[str, Any]) -> None:
        if not data.get("name"):
            self.add_error("name", _("替别人反映，请写对方怎么称呼。"))
        if not data.get("consent"):
            self.add_error("consent", _("替别人反映，要先征得对方同意；同意了请勾上。"))

    def words(
        self, *, owner_id: int | None, name: str, phone: str, is_phone: bool, extra: Iterable[dict[str, Any]] = ()
    ) -> Words:
        """What `actions.report` takes; `name` and `phone` are the account's, used when nothing else was given."""
        data = self.cleaned_data
        is_proxy = bool(data["for_other"])
        channel = Channel.PROXY if is_proxy else Channel.PHONE_APP if is_phone else Channel.WEB
        own = ("", "") if is_proxy else (name, phone)
        return Words(
            text=data["text"], place=data["place"], place_note=data["place_note"], category=data["category"],
            photos=tuple(data["photos"]), name=data["name"] or own[0], phone=data["phone"] or own[1], wish=data["wish"],
            channel=channel, consent=str(CONSENT) if is_proxy else "", lon=data["lon"], lat=data["lat"],
            owner_id=owner_id, extra=tuple(extra),
            hushed=(data["secret_about"] or "community") if data["secret"] else "",
            hushed_about=data["secret_note"],
        )  # fmt: skip

    def also(self) -> Also:
        """What is kept besides: consent of the person reported for; the special route that was chosen."""
        data, path = self.cleaned_data, self.cleaned_data["place"].path
        way = data["consent_way"] or Agreement.Way.SPOKEN
        return taking.all_of(
            taking.agreed(way, "") if data["for_other"] else None,
            taking.ended(data["route"], special.words(data["route"], path), as_system=True) if data["route"] else None,
        )

    def content(self) -> str:
        """What makes one send differ from another, for the receipt."""
        names = (
            "text", "place_note", "name", "phone", "wish", "for_other", "secret", "secret_about", "secret_note", "route",
        )  # fmt: skip
        said = [str(self.cleaned_data[name]) for name in names]
        photos = sorted(str(uid) for uid in self.cleaned_data["photos"])
        return "\0".join([*said, str(self.cleaned_data["place"].pk), *photos])


def _point(lon: str, lat: str) -> tuple[float | None, float | None]:
    try:
        point = float(lon), float(lat)
        check_point(*point)
    except (ValueError, ValidationError):
        return None, None
    return point if all(map(math.isfinite, point)) else (None, None)


ReportForm.base_fields = SharedFields(ReportForm.base_fields)
"""Sent more often than any other form, with the same fields for everybody."""
