"""Forms of working together: whistle, parts, visits, pauses, reminders, ratings between units."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from gongzhi.cases import clocks, handlers
from gongzhi.cases.forms import FACES, NoteForm, ReasonForm
from gongzhi.cases.handlers import Handler
from gongzhi.cases.models import Category, Matter, PauseKind
from gongzhi.kernel.clock import SHANGHAI, Span, current
from gongzhi.kernel.forms import ActionForm, UuidsField, WordsField
from gongzhi.kernel.models import Event
from gongzhi.organisations.models import Organisation

ASKS = 4
"""So many organisations in one whistle; who needs more whistles again."""
MOST_PARTS, FEWEST_PARTS = 10, 2
REMIND_AFTER = timedelta(hours=4)
"""Office time between two reminders by the same person."""


# --- Whistle ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ask:
    """What one organisation is asked."""

    organisation_id: int
    name: str
    asked: str
    days: int


class WhistleForm(ActionForm):
    """Up to `ASKS` organisations, each asked something own with own time."""

    record: Matter

    def prepare(self) -> None:
        """One row for each; the first is needed."""
        for n in range(1, ASKS + 1):
            self.fields[f"body_{n}"] = forms.CharField(label=_("请哪个单位"), required=n == 1, widget=forms.Select)
            self.fields[f"asked_{n}"] = WordsField(label=_("请它做什么"), max_length=500, lines=2, required=n == 1)
            self.fields[f"days_{n}"] = forms.IntegerField(
                label=_("几个工作日内回复"), min_value=1, max_value=60, required=False, initial=3
            )

    def rows(self) -> Iterator[list[forms.BoundField]]:
        """The fields of each organisation together."""
        for n in range(1, ASKS + 1):
            yield [self[f"{name}_{n}"] for name in ("body", "asked", "days")]

    def offer(self) -> None:
        """Put the organisations that serve the place into the rows."""
        choices = [("", _now("请选择")), *handlers.bodies(self.record.place_path())]
        for n in range(1, ASKS + 1):
            self.fields[f"body_{n}"].widget = forms.Select(choices=choices)

    def clean(self) -> dict[str, Any]:
        """`asks`: who is asked what; nobody twice, nobody who is asked already, nobody longer than the matter has."""
        cleaned = super().clean() or self.cleaned_data
        wanted = {n: str(cleaned.get(f"body_{n}") or "") for n in range(1, ASKS + 1)}
        known = handlers.check_bodies(wanted.values(), self.record.place_path())
        busy = _asked_already(self.record)
        asks: list[Ask] = []
        for n, code in wanted.items():
            if code and (ask := self._ask(n, known.get(code), busy | {done.organisation_id for done in asks})):
                asks.append(ask)
        return {**cleaned, "asks": asks}

    def _ask(self, n: int, body: Handler | None, busy: set[int]) -> Ask | None:
        asked, days = self.cleaned_data.get(f"asked_{n}") or "", self.cleaned_data.get(f"days_{n}") or 3
        if body is None or body.organisation_id is None:
            self.add_error(f"body_{n}", _("选中的单位现在不负责这个地方，请另选。"))
        elif body.organisation_id == self.record.organisation_id:
            self.add_error(f"body_{n}", _("这个单位就是主办单位。"))
        elif body.organisation_id in busy:
            self.add_error(f"body_{n}", _("这个单位已经请过，还没有回复。"))
        elif not asked:
            self.add_error(f"asked_{n}", _("请写明请它做什么。"))
        elif wrong := self._too_long(days):
            self.add_error(f"days_{n}", wrong)
        else:
            return Ask(body.organisation_id, body.name, asked, days)
        return None

    def _too_long(self, days: int) -> str:
        """A co-handler has no more time than the matter, as long as the matter has any."""
        due, now = self.record.total_due_at, timezone.now()
        if due is None or due <= now or current().add(now, Span(days, "workdays")) <= max(due, _next_day(now)):
            return ""
        return _now("整件事 %(due)s 到期，协办要更早。") % {"due": f"{due.astimezone(SHANGHAI):%m月%d日 %H:%M}"}


def _next_day(now: datetime) -> datetime:
    return current().add(now, Span(1, "workdays"))


def _asked_already(matter: Matter) -> set[int]:
    open_tasks = matter.tasks.filter(closed_at__isnull=True).values_list("organisation_id", flat=True)
    return {pk for pk in open_tasks if pk} if matter.co_open else set()


class HandOnForm(ReasonForm):
    """Another organisation takes the task."""

    body = forms.CharField(label=_("改请哪个单位"), widget=forms.Select)
    field_order = ("body", "reason")

    def offer(self) -> None:
        """The organisations that serve the place."""
        choices = [("", _now("请选择")), *handlers.bodies(self.record.place_path())]
        self.fields["body"].widget = forms.Select(choices=choices)

    def clean_body(self) -> Handler:
        """The organisation with its name."""
        code = str(self.cleaned_data["body"])
        found = handlers.check_bodies([code], self.record.place_path()).get(code)
        if found is None or found.organisation_id == self.record.organisation_id:
            raise ValidationError(_("请选另一个负责这个地方的单位。"))
        return found


class RateTaskForm(ActionForm):
    """How the lead found the co-handler's work."""

    satisfaction = forms.TypedChoiceField(
        label=_("协办配合得怎么样"), choices=FACES, widget=forms.RadioSelect, coerce=int, empty_value=None
    )
    rating_note = WordsField(label=_("说明"), max_length=300, lines=2, required=False)

    def clean(self) -> dict[str, Any]:
        """The note is kept with the step."""
        cleaned = super().clean() or self.cleaned_data
        return {**cleaned, "note": cleaned.get("rating_note", "")}


# --- Visits -------------------------------------------------------------------------------------------------------


class VisitForm(ActionForm):
    """Who of those asked meets where and when."""

    meets_at = forms.DateTimeField(
        label=_("什么时候"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
    )  # fmt: skip
    where = WordsField(label=_("在哪里碰头"), max_length=100, lines=1)
    who = forms.TypedMultipleChoiceField(label=_("请谁来"), coerce=int, widget=forms.CheckboxSelectMultiple)
    asked = WordsField(label=_("去做什么"), max_length=500, lines=2)

    def prepare(self) -> None:
        """Those who handle the matter together can be invited."""
        ids = [
            *([self.record.organisation_id] if self.record.organisation_id else []),
            *self.record.co_organisation_ids,
        ]
        names = _bodies_by_id(ids)
        self.fields["who"].choices = [(pk, names[pk]) for pk in dict.fromkeys(ids) if pk in names]  # type: ignore[attr-defined]
        self.fields["who"].initial = list(names)

    def clean_meets_at(self) -> datetime:
        """To come, and soon."""
        at: datetime = self.cleaned_data["meets_at"]
        if not timezone.now() < at < timezone.now() + timedelta(days=90):
            raise ValidationError(_("要约在以后的时间，三个月以内。"))
        return at


class VisitedForm(ActionForm):
    """Who came, what came of it, photos."""

    came = forms.TypedMultipleChoiceField(
        label=_("谁到了"), coerce=int, widget=forms.CheckboxSelectMultiple, required=False
    )
    reply = WordsField(label=_("上门结果"), max_length=2000, lines=4)
    photos = UuidsField(label=_("照片"), required=False)

    def prepare(self) -> None:
        """Those who were invited."""
        self.names = _bodies_by_id(self.record.organisation_ids)
        self.fields["came"].choices = list(self.names.items())  # type: ignore[attr-defined]
        self.fields["came"].initial = self.record.confirmed_ids

    def clean(self) -> dict[str, Any]:
        """`came_names` is kept with the step."""
        cleaned = super().clean() or self.cleaned_data
        return {**cleaned, "came_names": "、".join(self.names[pk] for pk in cleaned.get("came", []))}


def _bodies_by_id(ids: list[int]) -> dict[int, str]:
    return {row.pk: str(row) for row in Organisation.objects.filter(pk__in=ids)} if ids else {}


# --- Parts --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PartOf:
    """One part of a matter: what it is about and who handles it (None: the desk decides later)."""

    title: str
    category: Category
    handler: Handler | None
    note: str


class SplitForm(ActionForm):
    """Two to ten parts; a part is given when it has a title."""

    note = WordsField(label=_("为什么分开办"), max_length=300, lines=2)

    def prepare(self) -> None:
        """Ten rows, the first two needed."""
        categories = Category.objects.filter(is_active=True)
        for n in range(1, MOST_PARTS + 1):
            needed = n <= FEWEST_PARTS
            self.fields[f"title_{n}"] = WordsField(label=_("这一部分办什么"), max_length=80, lines=1, required=needed)
            self.fields[f"category_{n}"] = forms.ModelChoiceField(
                label=_("类别"), queryset=categories, required=needed, initial=self.record.category_id
            )
            self.fields[f"handler_{n}"] = forms.CharField(label=_("派给"), required=False, widget=forms.Select)
            self.fields[f"note_{n}"] = WordsField(label=_("办理要求"), max_length=500, lines=2, required=False)

    def rows(self) -> Iterator[list[forms.BoundField]]:
        """The fields of each part together."""
        for n in range(1, MOST_PARTS + 1):
            yield [self[f"{name}_{n}"] for name in ("title", "category", "handler", "note")]

    def offer(self) -> None:
        """Who can be given a part."""
        choices = [("", _now("以后再派")), *handlers.offered(self.record.place_path())]
        kinds = [("", "—"), *((row.pk, row.name) for row in Category.objects.filter(is_active=True))]
        for n in range(1, MOST_PARTS + 1):
            self.fields[f"handler_{n}"].widget = forms.Select(choices=choices)
            self.fields[f"category_{n}"].choices = kinds  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """`parts`, at least two; a handler must serve the place."""
        cleaned = super().clean() or self.cleaned_data
        codes = {n: str(cleaned.get(f"handler_{n}") or "") for n in range(1, MOST_PARTS + 1)}
        known = handlers.check_all(codes.values(), self.record.place_path())
        parts = []
        for n, code in codes.items():
            title = cleaned.get(f"title_{n}") or ""
            if not title:
                continue
            if code and code not in known:
                self.add_error(f"handler_{n}", _("选中的人或单位现在不负责这个地方，请另选。"))
            category = cleaned.get(f"category_{n}") or self.record.category
            if category is None:
                self.add_error(f"category_{n}", _("请选类别。"))
            else:
                parts.append(PartOf(title, category, known.get(code), cleaned.get(f"note_{n}") or ""))
        return {**cleaned, "parts": parts, "titles": "；".join(part.title for part in parts)}


# --- Pauses -------------------------------------------------------------------------------------------------------


class PauseForm(ReasonForm):
    """Put off for one of the declared reasons until a day, within the longest time of that reason.

    `alone`: one person decides by herself, which is only allowed for a short time.
    """

    alone = True
    kind = forms.ChoiceField(label=_("为什么要停"), choices=PauseKind.choices, widget=forms.RadioSelect)
    review_date = forms.DateField(label=_("复查日期"), widget=forms.DateInput(attrs={"type": "date"}))
    field_order = ("kind", "review_date", "reason")

    def prepare(self) -> None:
        """Each reason with its longest time."""
        if self.record is not None:
            clock, now = current(), timezone.now()
            self.fields["kind"].choices = [  # type: ignore[attr-defined]
                (kind, _now("%(kind)s（最长 %(span)s）") % {
                    "kind": label, "span": clocks.span(self.record, f"pause-{kind}", clock, now)})
                for kind, label in PauseKind.choices
            ]  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """After today; not longer than this reason, one person and the matter altogether allow."""
        cleaned = super().clean() or self.cleaned_data
        day, kind = cleaned.get("review_date"), cleaned.get("kind")
        if day is None or kind is None:
            return cleaned
        if day <= timezone.localdate():
            self.add_error("review_date", _("复查日期要在明天以后。"))
        elif wrong := self._too_long(day, kind):
            self.add_error("review_date", wrong)
        return cleaned

    def _too_long(self, day: date, kind: str) -> str:
        last = self._last(f"pause-{kind}")
        if day > last:
            return _now("“%(kind)s”最长停到 %(day)s。") % {"kind": PauseKind(kind).label, "day": f"{last:%Y-%m-%d}"}
        if self.alone and day > (last := self._last("pause-alone")):
            return _now("停到 %(day)s 以后要第二个人同意，请用“申请挂起”。") % {"day": f"{last:%Y-%m-%d}"}
        left = self._last("pause-total") - timedelta(seconds=self.record.paused_seconds)
        if day > left:
            return _now("这件事挂起合计有上限，最长停到 %(day)s。") % {"day": f"{left:%Y-%m-%d}"}
        return ""

    def _last(self, key: str) -> date:
        clock, now = current(), timezone.now()
        return clocks.deadline(self.record, key, clock, now).at.astimezone(SHANGHAI).date()


class AskPauseForm(PauseForm):
    """The same, decided by a second person."""

    alone = False


# --- Supervision --------------------------------------------------------------------------------------------------


class AgainForm(ReasonForm):
    """The reply is not good enough: why, and how long for a better one."""

    days = forms.IntegerField(label=_("几个工作日内重新回复"), min_value=1, max_value=30, initial=2, required=False)


class RemindForm(NoteForm):
    """催办: not more than once in four office hours by the same person."""

    def clean(self) -> dict[str, Any]:
        """Looks when this person reminded last; one statement."""
        cleaned = super().clean() or self.cleaned_data
        last = self._last()
        clock, now = current(), timezone.now()
        if last is not None and clock.work_between(last, now) < REMIND_AFTER:
            again = clock.add_work(last, REMIND_AFTER).astimezone(SHANGHAI)
            raise ValidationError(_("您刚催过。%(at)s 以后可以再催。"), params={"at": f"{again:%m月%d日 %H:%M}"})
        return cleaned

    def _last(self) -> datetime | None:
        record: Model = self.record
        told = Event.objects.filter(
            root_id=self.record.root_key(), record_id=record.pk, kind=self.record.kind(), verb="remind",
            actor_id=self.actor.account_id, at__gte=timezone.now() - timedelta(days=14),
        )  # fmt: skip
        return told.order_by("-at").values_list("at", flat=True).first()
