"""Forms of the administrator's pages; cleaning returns what the actions take."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongzhi.base.geo import Boundary, clean_boundary
from gongzhi.base.text import clean_text
from gongzhi.territory.actions import Part
from gongzhi.territory.adding import Draft
from gongzhi.territory.models import DIVISIONS, GRIDS, PARENTS, Kind, Place, PlaceUpload

MAX_UPLOAD = 5 * 1024 * 1024
NEW = "new"


class Day(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"


class Line(forms.CharField):
    """One line of text, cleaned as people's typing is."""

    def clean(self, value: Any) -> str:
        return clean_text(str(super().clean(value) or ""), lines=False)


def reason(*, required: bool = True) -> forms.CharField:
    """Why: kept in the history, readable by every administrator."""
    return Line(label=_("原因"), max_length=500, required=required, help_text=_("写进沿革，如文件名和文号。"))


def day(label: Any) -> forms.DateField:
    """A day up to today; today when left empty."""
    return forms.DateField(label=label, required=False, widget=Day, help_text=_("不填就是今天。"))


def said(place: Any) -> str:
    """The place with its parent, so that two 第一网格 can be told apart."""
    return f"{place.parent.name} › {place.name}" if place.parent else str(place.name)


def offer(field: forms.Field, places: QuerySet[Place]) -> None:
    """Put the places before the person."""
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = places


class PlaceChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of the places offered."""

    def label_from_instance(self, obj: Any) -> str:
        return said(obj)


class PlaceChoices(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Some of the places offered."""

    def label_from_instance(self, obj: Any) -> str:
        return said(obj)


class DetailsForm(forms.Form):
    """Particulars that may be corrected."""

    code = Line(label=_("编码"), max_length=24, required=False)
    aliases = Line(label=_("俗称"), max_length=300, required=False, help_text=_("大家平时怎么叫，几个用顿号隔开。"))
    address = Line(label=_("门牌地址"), max_length=120, required=False)
    estate = forms.ModelChoiceField(Place.objects.none(), label=_("所在小区"), required=False)
    lon = forms.FloatField(label=_("经度"), required=False, min_value=-180, max_value=180)
    lat = forms.FloatField(label=_("纬度"), required=False, min_value=-90, max_value=90)
    households = forms.IntegerField(label=_("户数"), required=False, min_value=0, max_value=9_999_999)
    reason = reason(required=False)

    def __init__(self, *args: Any, kind: str, community_id: int | None, **options: Any) -> None:
        super().__init__(*args, **options)
        estates = Place.objects.filter(kind=Kind.ESTATE, community_id=community_id, valid_to=None)
        if kind == Kind.BUILDING and community_id:
            offer(self.fields["estate"], estates.order_by("position"))
        else:
            del self.fields["estate"]
        if kind in GRIDS:
            del self.fields["code"]

    def clean_aliases(self) -> list[str]:
        """Names, split at the signs people put between them."""
        names = str(self.cleaned_data["aliases"]).replace("，", "、").replace(",", "、").split("、")
        found = [name.strip() for name in names if name.strip()]
        if any(len(name) > 60 for name in found):
            raise ValidationError(_("一个俗称最多 60 个字。"))
        return found

    def clean_households(self) -> int:
        """An empty field is nought."""
        return self.cleaned_data["households"] or 0

    def details(self) -> dict[str, Any]:
        """What `actions.edit` takes."""
        return {name: value for name, value in self.cleaned_data.items() if name != "reason"}


class AddForm(DetailsForm):
    """A new place below `parent`, of the kind chosen before."""

    name = Line(label=_("名称"), max_length=60, help_text=_("平时显示的名称，如“磨子井社区”“第三网格”“3栋”。"))
    full_name = Line(label=_("全称"), max_length=100, required=False)
    valid_from = day(_("启用日期"))
    field_order = ("name", "full_name", "code", "estate", "aliases", "address", "lon", "lat", "households")

    def __init__(self, *args: Any, kind: str, parent: Place, **options: Any) -> None:
        super().__init__(*args, kind=kind, community_id=parent.community_id, **options)
        self.kind, self.parent = kind, parent
        if kind not in DIVISIONS:
            del self.fields["full_name"]

    def draft(self) -> Draft:
        """What `adding.add` takes."""
        data = self.cleaned_data
        return Draft(
            self.kind, data["name"], self.parent, data.get("code", ""), data.get("full_name", ""),
            tuple(data["aliases"]), data["address"], data.get("estate"), data["lon"], data["lat"],
            data["households"], valid_from=data["valid_from"],
        )  # fmt: skip


def kinds_below(parent: Place) -> list[Kind]:
    """Kinds that may be added directly below a place."""
    return [Kind(kind) for kind, above in PARENTS.items() if parent.kind in above]


class RenameForm(forms.Form):
    """Another name for the same place."""

    name = Line(label=_("新名称"), max_length=60)
    full_name = Line(label=_("新全称"), max_length=100, required=False)
    reason = reason()


class MoveForm(forms.Form):
    """Another parent, among those offered."""

    parent = PlaceChoice(
        Place.objects.none(), label=_("新的上级"), widget=forms.RadioSelect, empty_label=None,
        error_messages={"required": _("请选一个新的上级。")},
    )  # fmt: skip
    reason = reason()

    def __init__(self, *args: Any, parents: QuerySet[Place], **options: Any) -> None:
        super().__init__(*args, **options)
        offer(self.fields["parent"], parents)


class MergeForm(forms.Form):
    """Places to merge with, and what remains."""

    others = PlaceChoices(
        Place.objects.none(), label=_("和哪些合并"), widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("请至少选一个要合并的地点。")},
    )  # fmt: skip
    into = forms.ChoiceField(label=_("合并以后"), widget=forms.RadioSelect, initial=NEW)
    name = Line(label=_("新名称"), max_length=60, required=False, help_text=_("成立新的地点时填写。"))
    full_name = Line(label=_("新全称"), max_length=100, required=False)
    code = Line(label=_("新编码"), max_length=24, required=False)
    at = day(_("生效日期"))
    reason = reason()

    def __init__(self, *args: Any, place: Place, others: QuerySet[Place], **options: Any) -> None:
        super().__init__(*args, **options)
        offer(self.fields["others"], others)
        into = self.fields["into"]
        assert isinstance(into, forms.ChoiceField)
        into.choices = [
            (NEW, _("成立一个新的")), (str(place.pk), _("并入“%(name)s”") % {"name": place.name}),
            *((str(other.pk), _("并入“%(name)s”") % {"name": other.name}) for other in others),
        ]  # fmt: skip
        if place.kind in GRIDS:
            del self.fields["code"]
        if place.kind not in DIVISIONS:
            del self.fields["full_name"]

    def clean(self) -> dict[str, Any]:
        """A new place needs a name; one of the old ones must be among those merged."""
        data = super().clean() or self.cleaned_data
        if data.get("into") == NEW and not data.get("name"):
            self.add_error("name", _("请写新地点的名称。"))
        return data


class SplitForm(forms.Form):
    """Names of the successors, and which of them each child goes to."""

    at = day(_("生效日期"))
    reason = reason()

    def __init__(self, *args: Any, place: Place, members: list[Place], count: int, **options: Any) -> None:
        super().__init__(*args, **options)
        self.count, self.members = count, members
        choices = [(str(n), _("第 %(n)s 个") % {"n": n}) for n in range(1, count + 1)]
        for n in range(1, count + 1):
            self.fields[f"name{n}"] = Line(label=_("第 %(n)s 个的名称") % {"n": n}, max_length=60)
            self.fields[f"households{n}"] = forms.IntegerField(
                label=_("第 %(n)s 个的户数") % {"n": n}, required=False, min_value=0, max_value=9_999_999
            )
        for member in members:
            self.fields[f"member{member.pk}"] = forms.ChoiceField(
                label=_("“%(name)s”归到") % {"name": member.name}, choices=choices, widget=forms.RadioSelect
            )
        self.order_fields([name for name in self.fields if name not in ("at", "reason")])

    def parts(self) -> list[Part]:
        """What `actions.split` takes."""
        data = self.cleaned_data
        return [
            Part(
                data[f"name{n}"],
                frozenset(member.pk for member in self.members if data[f"member{member.pk}"] == str(n)),
                households=data[f"households{n}"] or 0,
            )
            for n in range(1, self.count + 1)
        ]


class EndForm(forms.Form):
    """The last day and the reason."""

    at = day(_("停用日期"))
    reason = reason()


class BoundaryForm(forms.Form):
    """A boundary as a file or as text, or none."""

    file = forms.FileField(label=_("GeoJSON 文件"), required=False)
    text = forms.CharField(
        label=_("或者把 GeoJSON 贴在这里"), required=False, widget=forms.Textarea, max_length=2_000_000
    )
    is_cleared = forms.BooleanField(label=_("取消现在的边界"), required=False)
    source = Line(label=_("来源"), max_length=200, required=False, help_text=_("谁画的、哪一年的图。"))
    is_invented = forms.BooleanField(label=_("只作演示，不是真实边界"), required=False)
    at = day(_("启用日期"))
    reason = reason(required=False)

    def clean(self) -> dict[str, Any]:
        """`boundary` is the checked outline, or None to take it away."""
        data = super().clean() or self.cleaned_data
        if not self.errors:
            data["boundary"] = None if data["is_cleared"] else self._boundary(data)
        return data

    def _boundary(self, data: dict[str, Any]) -> Boundary:
        upload = data.get("file")
        if upload and upload.size > MAX_UPLOAD:
            raise ValidationError(_("文件太大，最多 5 MB。"))
        raw = upload.read() if upload else data.get("text", "")
        if not raw:
            raise ValidationError(_("请选择文件，或者贴上 GeoJSON。"))
        try:
            return clean_boundary(json.loads(raw))
        except (ValueError, RecursionError) as problem:
            raise ValidationError(_("这不是 GeoJSON，读不出来。")) from problem


class UploadForm(forms.Form):
    """A list or boundaries to import."""

    what = forms.ChoiceField(
        label=_("导入什么"), choices=PlaceUpload.What.choices, widget=forms.RadioSelect, initial="list"
    )
    file = forms.FileField(
        label=_("文件"), help_text=_("名单用 Excel 或 CSV：编码、名称、级别、上级编码；边界用 GeoJSON。最大 5 MB。"),
        error_messages={"required": _("请选择文件。"), "empty": _("这个文件是空的。")},
    )  # fmt: skip
    valid_from = day(_("启用日期"))
    source = Line(label=_("边界的来源"), max_length=200, required=False)
    is_invented = forms.BooleanField(label=_("边界只作演示，不是真实边界"), required=False)

    def clean_file(self) -> Any:
        """Bigger files belong to the command line, which shows progress."""
        file = self.cleaned_data["file"]
        if file.size > MAX_UPLOAD:
            raise ValidationError(_("文件太大（最多 5 MB）。请分成几份，或请技术人员在服务器上导入。"))
        return file

    def clean_valid_from(self) -> Any:
        """Not ahead of time."""
        chosen = self.cleaned_data["valid_from"]
        if chosen and chosen > timezone.localdate():
            raise ValidationError(_("日期不能晚于今天。"))
        return chosen
