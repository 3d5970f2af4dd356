"""Forms of closing: the result with its proof, the answer, the reporter's judgement, call-backs, confidentiality."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from gongzhi.base.models import StoredFile
from gongzhi.base.redact import point_out
from gongzhi.cases import circles, proof
from gongzhi.cases.forms import FACES, CodesField, ReasonForm
from gongzhi.cases.models import Matter
from gongzhi.kernel.forms import ActionForm, UuidsField, WordsField
from gongzhi.kernel.models import Circle


class FinishForm(ActionForm):
    """The result, with evidence: photos, or in words how the reporter was answered.

    Where the category needs it, photos before and after. What speaks against a photo (far away, taken before the
    matter was dispatched) needs words; it is kept with the step.
    """

    result = WordsField(label=_("办理结果"), max_length=2000, lines=4)
    photos = UuidsField(label=_("办理前后的照片或材料"), required=False)
    evidence = WordsField(
        label=_("没有照片、照片对不上时，写明情况和依据"), max_length=500, lines=2, required=False,
        help_text=_("如：电话答复的时间和内容；为什么不在现场拍。"),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Evidence is needed to close, and words where photos do not fit."""
        cleaned = super().clean() or self.cleaned_data
        is_told = len(cleaned.get("evidence", "")) >= 6
        uids: list[uuid.UUID] = cleaned.get("photos") or []
        needs = bool(self.record is not None and self.record.category and self.record.category.needs_photos)
        doubts = (
            proof.doubts(self.record, uids, needs_both=needs) if (uids or needs) and self.record is not None else []
        )
        if not uids and not needs and not is_told:
            self.add_error("photos", _("请附办理后的照片或材料；确实没有的，在下面写明依据。"))
        elif doubts and not is_told:
            self.add_error("evidence", _("%s。请写明情况。") % "；".join(doubts))
        return cleaned | {"doubts": doubts}


class AnswerForm(ActionForm):
    """Tell the reporters the result."""

    METHODS = [("online", _("网上答复")), ("call", _("打电话")), ("visit", _("上门"))]

    answer = WordsField(label=_("给反映人的答复"), max_length=2000, lines=4)
    method = forms.ChoiceField(label=_("怎样告诉"), choices=METHODS)
    public_answer = WordsField(label=_("公开的答复（不写人名、电话和门牌）"), max_length=1000, required=False)
    shows_photos = forms.BooleanField(
        label=_("公开办理后的照片"), required=False, help_text=_("每张都要先在“照片公开”里看过或遮挡过。")
    )

    def clean(self) -> dict[str, Any]:
        """What goes public carries no personal data; each photo was looked at."""
        cleaned = super().clean() or self.cleaned_data
        point_out(self, "public_answer", cleaned.get("public_answer", ""))
        if cleaned.get("shows_photos") and self.record is not None:
            self._check_photos()
        return cleaned

    def _check_photos(self) -> None:
        after = StoredFile.objects.filter(
            owner_kind=Matter.kind(), owner_id=self.record.pk, label="after", kind="photo"
        )
        if left := after.filter(clearing="").count():
            words = ngettext("还有 %(n)d 张照片没有看过", "还有 %(n)d 张照片没有看过", left) % {"n": left}
            self.add_error("shows_photos", _("%s。请先点“照片公开”，一张张看过或遮挡，再公开。") % words)


class RateForm(ActionForm):
    """Resolved or not, how satisfied, in the reporter's words. “Not resolved” needs to say what, perhaps with a photo."""

    is_resolved = forms.TypedChoiceField(
        label=_("这件事解决了吗"), choices=[("yes", _("解决了")), ("no", _("还没解决"))], widget=forms.RadioSelect,
        coerce=lambda value: value == "yes", empty_value=None,
    )  # fmt: skip
    satisfaction = forms.TypedChoiceField(
        label=_("您满意吗"), choices=FACES, widget=forms.RadioSelect, coerce=int, empty_value=None
    )
    comment = WordsField(label=_("还想说点什么"), max_length=500, required=False)
    photos = UuidsField(label=_("现在的样子"), required=False)

    def clean(self) -> dict[str, Any]:
        """A reject names its reason: who handles it must know what to do."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("is_resolved") is False and not cleaned.get("comment"):
            self.add_error("comment", _("请写一句哪里还没解决，重办的人好知道要做什么。"))
        return cleaned


class CallbackForm(ActionForm):
    """What the reporter said when asked again. A promised call only keeps what was talked about."""

    is_resolved = forms.TypedChoiceField(
        label=_("真的办好了吗"), choices=[("yes", _("办好了")), ("no", _("没办好"))], widget=forms.RadioSelect,
        coerce=lambda value: value == "yes", empty_value=None, error_messages={"required": _("请选办好了没有。")},
    )  # fmt: skip
    satisfaction = forms.TypedChoiceField(
        label=_("满意吗"), choices=[*FACES, ("", _("没说"))], widget=forms.RadioSelect, coerce=int, empty_value=None,
        required=False,
    )  # fmt: skip
    note = WordsField(label=_("对方怎么说"), max_length=500, lines=2, required=False)

    def prepare(self) -> None:
        """A promise is kept by talking; nothing is judged."""
        if self.record is not None and self.record.reason == "promised":
            del self.fields["is_resolved"], self.fields["satisfaction"]
            self.fields["note"].required = True

    def clean(self) -> dict[str, Any]:
        """Not resolved opens the matter again: what is wrong must stand there."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("is_resolved") is False and not cleaned.get("note"):
            self.add_error("note", _("没办好的，请写下哪里没办好，承办的人要照着再办。"))
        return cleaned


class CircleForm(ReasonForm):
    """Who alone may know of a matter; the page fills the choices with `offer`."""

    members = CodesField(label=_("谁可以知道"), required=False, widget=forms.CheckboxSelectMultiple)

    def people(self) -> list[circles.Person]:
        """Everybody with a post over the matter's place; one statement."""
        if not hasattr(self, "_people"):
            self._people = circles.people_over(self.record.place_path())
        return self._people

    def offer_members(self, level: str, about: set[int]) -> None:
        """The chain at a level, all of them ticked at first."""
        found = circles.chain(self.people(), level, about)
        field = self.fields["members"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list({f"a{one.account_id}": one.words for one in found}.items())

    def chosen(self, level: str, about: set[int]) -> list[int]:
        """The ticked ones that belong to the chain; without any, the whole chain. Adds an error for a lone matter."""
        able = {one.account_id for one in circles.chain(self.people(), level, about)}
        ticked = circles.parted(self.cleaned_data.get("members") or [])[0] & able or able
        if not circles.has_desk(self.people(), level, ticked):
            self.add_error("members", _("要留下一位经办人，不然这件事没有人办。"))
        return sorted(ticked)


class ConcealForm(CircleForm):
    """Make a matter confidential: why, whom it is about, who may know."""

    about = CodesField(
        label=_("涉及谁（他们看不到）"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("涉及社区经办人、书记或承办单位的，自动交上一级办理。"),
    )  # fmt: skip
    field_order = ("reason", "about", "members")

    def offer(self) -> None:
        """Everybody over the place and the organisations that have it in hand; three statements at most."""
        organisations = [pk for pk in (self.record.organisation_id, *self.record.co_organisation_ids) if pk]
        named = zip(sorted(organisations), circles.bodies(organisations), strict=False)
        field = self.fields["about"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = circles.about_choices(self.people(), named)
        about, bodies = circles.parted(self.data.getlist("about") if self.is_bound else [])  # type: ignore[attr-defined]
        self.offer_members(self._level(about, bodies), about)

    def _level(self, about: set[int], bodies: set[int]) -> str:
        handler = self.record.organisation_id in bodies or self.record.account_id in about
        return circles.level_for(self.people(), about, handler)

    def clean(self) -> dict[str, Any]:
        """Ids instead of codes, and the level that handles it from now on."""
        cleaned = super().clean() or self.cleaned_data
        about, bodies = circles.parted(cleaned.get("about") or [])
        level = self._level(about, bodies)
        members = self.chosen(level, about)
        return cleaned | {"about": about, "about_organisations": bodies, "level": level, "members": members}


class ConfideForm(CircleForm):
    """Other members of a circle."""

    def offer(self) -> None:
        """The chain at the matter's level; members are ticked."""
        self.offer_members(self.record.desk_level or "community", self._about())
        if not self.is_bound:
            known = Circle.objects.get(pk=self.record.circle_id).members
            self.initial["members"] = [f"a{pk}" for pk in known]

    def _about(self) -> set[int]:
        circle = Circle.objects.filter(pk=self.record.circle_id).first()
        return set(circle.about) if circle else set()

    def clean(self) -> dict[str, Any]:
        """Ids instead of codes."""
        cleaned = super().clean() or self.cleaned_data
        return cleaned | {"members": self.chosen(self.record.desk_level or "community", self._about())}


class UnconcealForm(ReasonForm):
    """Lift confidentiality: everybody with a duty here reads it again, those it was about among them."""

    understood = forms.BooleanField(label=_("我知道：解除后，这里有岗位的人都能看到全部经过，包括涉及的人"))
