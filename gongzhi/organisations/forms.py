"""Forms of the register; cleaning returns what the actions take."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from gongzhi.base.validators import parse_credit_code, parse_phone
from gongzhi.organisations.actions import Details
from gongzhi.organisations.models import Kind, Organisation
from gongzhi.territory.forms import MAX_UPLOAD, Line, PlaceChoice, PlaceChoices, day, offer, reason
from gongzhi.territory.models import Place


class OrganisationForm(forms.Form):
    """What is known about an organisation, its seat and the places it serves."""

    name = Line(label=_("名称"), max_length=100)
    short_name = Line(label=_("简称"), max_length=40, required=False, help_text=_("列表里显示，如“市政公用中心”。"))
    kind = forms.ChoiceField(label=_("类别"), choices=Kind.choices)
    credit_code = Line(
        label=_("统一社会信用代码"), max_length=30, required=False, help_text=_("18 位；业委会、队伍可以没有。")
    )
    parent = forms.ModelChoiceField(Organisation.objects.none(), label=_("上级组织"), required=False)
    place = PlaceChoice(Place.objects.none(), label=_("所在地"), error_messages={"required": _("请选所在地。")})
    address = Line(label=_("地址"), max_length=120, required=False)
    phone = Line(label=_("电话"), max_length=30, required=False, help_text=_("单位的公开电话。"))
    serves = PlaceChoices(
        Place.objects.none(), label=_("服务哪些地方"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("派单时按这里找得到；选了街道，就包括它下面的社区。"),
    )  # fmt: skip
    reason = reason(required=False)

    def __init__(
        self,
        *args: Any,
        parents: QuerySet[Organisation],
        seats: QuerySet[Place],
        areas: QuerySet[Place],
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        parent = self.fields["parent"]
        assert isinstance(parent, forms.ModelChoiceField)
        parent.queryset = parents
        offer(self.fields["place"], seats)
        offer(self.fields["serves"], areas)

    def clean_credit_code(self) -> str:
        """GB 32100."""
        code = self.cleaned_data["credit_code"]
        return parse_credit_code(code) if code else ""

    def clean_phone(self) -> str:
        """In its stored form."""
        phone = self.cleaned_data["phone"]
        return parse_phone(phone).number if phone else ""

    def details(self) -> Details:
        """What `actions.register` and `actions.edit` take."""
        data = self.cleaned_data
        return Details(
            data["name"], data["kind"], data["short_name"], data["credit_code"],
            data["parent"].pk if data["parent"] else None, data["place"].pk, data["address"], data["phone"],
        )  # fmt: skip


class EndForm(forms.Form):
    """The last day, the reason, and perhaps who takes over."""

    successor = forms.ModelChoiceField(Organisation.objects.none(), label=_("由哪个组织接替"), required=False)
    at = day(_("终止日期"))
    reason = reason()

    def __init__(self, *args: Any, others: QuerySet[Organisation], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["successor"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = others


class UploadForm(forms.Form):
    """A list of organisations; looked at first, imported when sent again with `is_sure`."""

    file = forms.FileField(
        label=_("名单"), help_text=_("Excel 或 CSV：名称、类别、信用代码、上级组织、所在地编码、服务地点编码、电话。"),
        error_messages={"required": _("请选择文件。"), "empty": _("这个文件是空的。")},
    )  # fmt: skip
    is_sure = forms.BooleanField(label=_("直接导入没有问题的行（不选就只检查）"), required=False)

    def clean_file(self) -> Any:
        """Bigger files belong to the command line."""
        file = self.cleaned_data["file"]
        if file.size > MAX_UPLOAD:
            raise ValidationError(_("文件太大（最多 5 MB）。请分成几份，或请技术人员在服务器上导入。"))
        return file
