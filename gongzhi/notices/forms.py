"""Forms of the verbs of a notice and of an objection."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from gongzhi.accounts.forms import clean_phone
from gongzhi.kernel.forms import ActionForm, UuidsField, WordsField
from gongzhi.notices.check import REASONS, Found, found_in, summary
from gongzhi.notices.models import Notice
from gongzhi.notices.reach import writable
from gongzhi.territory.models import Place

LONG = _("最多写 %(limit_value)d 个字，现在有 %(show_value)d 个字，请删去一些。")
MOST_BODY = 20000
MOST_FILES = 9
CHECK = _("请为每一处选一个理由，或者回去改掉。")


def words(label: Any, limit: int, required: Any = None, **options: Any) -> WordsField:
    """A text of at most `limit` characters; `required` is the sentence said when it is missing."""
    errors = {"max_length": LONG} | ({"required": required} if required else {})
    return WordsField(label=label, max_length=limit, required=bool(required), error_messages=errors, **options)


class DraftForm(ActionForm):
    """A notice being written. Cleaned `place` is a `Place` the actor may speak for."""

    sort = forms.ChoiceField(label=_("种类"), choices=Notice.Sort.choices, widget=forms.RadioSelect)
    place = forms.ChoiceField(label=_("发给哪里的居民"), error_messages={"invalid_choice": _("请选您负责的地方。")})
    title = words(_("标题"), 80, _("请写标题，一句话说清是什么事。"), lines=1)
    body = words(
        _("正文"), MOST_BODY, _("请写正文。"), lines=12,
        help_text=_("空一行就是新的一段。姓名请打码，比如 张*、陈*英；不要写电话、身份证号和门牌号。"),
    )  # fmt: skip
    issuer = words(_("发布单位"), 60, _("请写谁发的，比如“磨子井社区居民委员会”。"), lines=1)
    days = forms.IntegerField(
        label=_("公示几天"), required=False, min_value=1, max_value=366,
        help_text=_("从发布第二天算起。公告和政策不填就一直挂着。"),
        error_messages={
            "invalid": _("请写天数，比如 7。"), "min_value": _("至少 1 天。"), "max_value": _("最多 366 天。"),
        },
    )  # fmt: skip
    objection_channel = words(
        _("有异议怎么提"), 300, lines=2, help_text=_("写办公地点、时间和单位电话。网上提异议的入口会自动加上。"),
    )  # fmt: skip
    is_pinned = forms.BooleanField(label=_("在社区页面置顶"), required=False)
    attached = UuidsField(label=_("附件"), required=False, most=MOST_FILES)
    gone = UuidsField(required=False, most=MOST_FILES)

    def prepare(self) -> None:
        """Only places of the own duties can be chosen."""
        field = self.fields["place"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(pk), name) for pk, name in writable(self.actor)]

    def clean_place(self) -> Place:
        """The place itself."""
        return Place.objects.get(pk=int(self.cleaned_data["place"]))

    def clean(self) -> dict[str, Any]:
        """A 公示 has a period and says how to object."""
        data = super().clean() or self.cleaned_data
        if data.get("sort") == Notice.Sort.PERIOD:
            if not data.get("days") and "days" not in self.errors:
                self.add_error("days", _("公示要写公示几天，一般 7 天。"))
            if not data.get("objection_channel") and "objection_channel" not in self.errors:
                self.add_error("objection_channel", _("公示要写清有异议找谁、怎么找。"))
        return data

    @property
    def content(self) -> str:
        """What makes one send differ from another, for the receipt."""
        return "\0".join(str(self.cleaned_data[name]) for name in self.fields if name in self.cleaned_data)


class PublishForm(ActionForm):
    """The check for personal data: every finding is confirmed with a reason. Cleaned `confirmed` goes to the log."""

    has_read = forms.BooleanField(
        label=_("我通读了全文和附件：姓名都打了码，没有不该公开的个人信息"),
        error_messages={"required": _("发布前请通读一遍，再勾上这一条。")},
    )

    def prepare(self) -> None:
        """One choice for each finding."""
        self.found: list[Found] = found_in(self.record.title, self.record.body) if self.record else []
        for index, _one in enumerate(self.found):
            self.fields[f"reason_{index}"] = forms.ChoiceField(
                label=_("可以公开，因为"), choices=[("", _("请选理由")), *REASONS], error_messages={"required": CHECK}
            )

    def clean(self) -> dict[str, Any]:
        """Kinds, reasons and counts; never the data."""
        data = super().clean() or self.cleaned_data
        if not self.errors:
            data["confirmed"] = summary(self.found, [data[f"reason_{n}"] for n in range(len(self.found))])
        return data

    def rows(self) -> list[tuple[Found, Any]]:
        """Each finding with its field."""
        return [(one, self[f"reason_{index}"]) for index, one in enumerate(self.found)]


class ReasonForm(ActionForm):
    """A verb that needs a reason, which residents will read."""

    reason = words(_("原因"), 300, _("请写明原因，居民会看到。"))

    def clean_reason(self) -> str:
        """No personal data in what everybody reads."""
        return without_data(self.cleaned_data["reason"])


class AnswerForm(ActionForm):
    """The answer to an objection."""

    answer = words(_("答复"), 2000, _("请写答复：查了什么，结果怎样。"), lines=5)


class ObjectForm(ActionForm):
    """What a resident says against a 公示."""

    text = words(_("您的异议"), 2000, _("请写一写，哪里不对。"), lines=4)
    name = words(_("怎么称呼"), 40, lines=1)
    phone = forms.CharField(
        label=_("电话"), max_length=40, required=False, error_messages={"max_length": LONG},
        help_text=_("想让社区打电话告诉您结果就留一个。只有办这件事的人看得到。"),
    )  # fmt: skip

    def clean_text(self) -> str:
        """At least one word."""
        text: str = self.cleaned_data["text"]
        if not any(sign.isalnum() for sign in text):
            raise ValidationError(_("请用文字写一写，哪里不对。"))
        return text

    def clean_phone(self) -> str:
        """In its stored form; "" when left empty."""
        return clean_phone(self.cleaned_data["phone"])


def without_data(text: str) -> str:
    """The text; raises ValidationError when personal data stand in it."""
    found = found_in("", text)
    if found:
        kinds = "、".join(dict.fromkeys(str(one.label) for one in found))
        raise ValidationError(_("这里好像有%(kinds)s，大家都看得到，请去掉。"), params={"kinds": kinds})
    return text
