"""Words to reporters: templates put in, and a rehearsal that shows what would be read before anything is sent.

The rehearsal takes the very step on the very records and then undoes it, so what it shows is what will be notified.
Feedback and declining are never sent unseen; elsewhere looking first is offered. Which verbs carry words to reporters is
declared in `MESSAGES`, nothing else is written per verb.
"""

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongzhi.base.text import COMPOUND_SURNAMES, Finding, find_personal_data, mask_personal_data
from gongzhi.cases import listing, topics
from gongzhi.cases.models import Matter, Report
from gongzhi.cases.timeline import public_words
from gongzhi.cases.views import detail
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.errors import NotValid, Stale
from gongzhi.kernel.forms import ActionForm
from gongzhi.kernel.models import Record
from gongzhi.kernel.perform import Work
from gongzhi.kernel.procedure import Transition, permitted, procedure_of
from gongzhi.knowledge import placeholders, store
from gongzhi.knowledge.models import AnswerTemplate

KINDS = {
    "identity": gettext_lazy("身份证号"), "phone": gettext_lazy("电话"), "room": gettext_lazy("门牌"),
    "plate": gettext_lazy("车牌"), "card": gettext_lazy("银行卡号"),
}  # fmt: skip


@dataclass(frozen=True)
class Message:
    """A verb that tells reporters something: in which field its words stand, which templates fit, must it be seen."""

    field: str
    uses: tuple[str, ...]
    must: bool = False
    route: str = ""
    """The field that chooses among the templates of a use: decline-<route>."""


MESSAGES: dict[str, Message] = {
    "feedback": Message("answer", ("feedback",), must=True),
    "decline": Message("answer", ("decline",), must=True, route="route"),
    "ask": Message("question", ("ask",)),
    "progress": Message("text", ("progress",)),
    "suspend": Message("reason", ("suspend",)),
}
"""By verb of a matter."""


@dataclass(frozen=True)
class Letter:
    """One text that would be read, with personal data marked; `count` reporters read it, `online` of them as a notice."""

    title: str
    body: SafeString
    found: tuple[Finding, ...] = ()
    count: int = 1
    online: int = 0


@dataclass
class Seen:
    """What a step would show: to reporters, to everybody; what in it looks like personal data; the sign of its words."""

    letters: list[Letter]
    public: list[Letter]
    is_public: bool
    found: list[tuple[str, str]]
    sign: str
    after: str


@dataclass
class Rehearsal(Work):
    """A piece of work that keeps what would be told, also to reporters without an account."""

    told: list[tuple[int | None, str, str, str]] = field(default_factory=list)

    def notify(self, account_id: int | None, title: str, body: str = "", url: str = "") -> None:
        """Keep it; nothing is written."""
        self.told.append((account_id, title, body, url))


# --- Templates ----------------------------------------------------------------------------------------------------


def offered(message: Message, matter: Matter) -> list[tuple[str, list[AnswerTemplate]]]:
    """Templates that fit the verb and the matter, in groups by use."""
    groups: dict[str, list[AnswerTemplate]] = {}
    for row in store.templates(message.uses, *topics.of_matter(matter)):
        groups.setdefault(str(row.get_use_display()), []).append(row)
    return list(groups.items())


def put_in(message: Message, form: ActionForm, matter: Matter, actor: Actor, data: QueryDict) -> dict[str, Any]:
    """What was typed, with the chosen template behind it, as initial values of a form nobody has judged yet."""
    typed = {name: one.widget.value_from_datadict(data, {}, name) for name, one in form.fields.items()}
    chosen = data.get("template_id", "")
    row = next((one for _use, rows in offered(message, matter) for one in rows if str(one.pk) == chosen), None)
    if row is not None:
        text = placeholders.fill(row.text, values_of(matter, actor))
        typed[message.field] = "\n\n".join(part for part in (str(typed.get(message.field) or "").strip(), text) if part)
        if message.route and not typed.get(message.route):
            typed[message.route] = row.use.rpartition("-")[2]
    return typed


def values_of(matter: Matter, actor: Actor) -> dict[str, str]:
    """What the braces stand for here. A single reporter is addressed by surname: the rest of the name stays covered."""
    reports = detail.reports_of(matter)[:2]
    named = next((duty for duty in detail.duties_over(matter) if duty.post == "clerk" and duty.is_public), None)
    due = matter.total_due_at or matter.due_at
    today = timezone.localdate()
    return {
        "称呼": addressed(reports), "诉求号": reports[0].number if len(reports) == 1 else matter.number,
        "标题": matter.title, "地点": listing.place_words(matter), "承办单位": listing.handler_words(matter) or "社区",
        "期限": f"{timezone.localtime(due).month}月{timezone.localtime(due).day}日" if due else "",
        "社区": listing.name(matter, "community"), "电话": named.public_phone if named else "",
        "日期": f"{today.month}月{today.day}日", "经办人": actor.name, "类别": str(matter.category or ""),
    }  # fmt: skip


def addressed(reports: list[Report]) -> str:
    """陈女士/先生, 陈阿姨 as the reporter wrote it, or in general words."""
    if len(reports) != 1:
        return "各位居民"
    name = reports[0].contact.name or str(getattr(reports[0], "owner_name", None) or "")
    if not name:
        return "这位居民"
    honour = next((end for end in HONOURS if name.endswith(end) and len(name) > len(end)), "")
    surname = name[:2] if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else name[:1]
    return f"{surname}{honour or '先生（女士）'}"


HONOURS = ("阿姨", "叔叔", "先生", "女士", "师傅", "老师", "大爷", "婆婆", "爷爷", "奶奶", "嬢嬢", "大姐", "大哥")


# --- Looking first ------------------------------------------------------------------------------------------------


def sign_of(matter: Matter, verb: str, data: QueryDict) -> str:
    """Proof that these very words were shown; another word, another proof."""
    left_out = ("csrfmiddlewaretoken", "key", "seen", "preview", "template", "template_id", "used", "seq", "back")
    said = [(name, data.getlist(name)) for name in sorted(data) if name not in left_out and not name.endswith("_uid")]
    return salted_hmac("gongzhi.cases.preview", repr([matter.pk, verb, said])).hexdigest()[:32]


def must_look(message: Message, matter: Matter, verb: str, data: QueryDict) -> bool:
    """Whether the words are shown now instead of sent: asked for, or they must be and were not."""
    if "preview" in data:
        return True
    return message.must and not constant_time_compare(data.get("seen", ""), sign_of(matter, verb, data))


def check_filled(message: Message, data: QueryDict) -> None:
    """Nothing is sent with a brace that nobody filled in. Error: NotValid."""
    if left := placeholders.unfilled(data.get(message.field, "")):
        names = "、".join(f"{{{name}}}" for name in left)
        raise NotValid({message.field: [_("%(names)s还没有填上，请写成真的内容再发。") % {"names": names}]})


def rehearse(record: Record, matter: Matter, step: Transition, actor: Actor, data: QueryDict, seq: int | None) -> Seen:
    """Take the step, keep what would be told, undo it. Errors as of `perform`: NotPossible, NotPermitted, NotValid."""
    if seq is not None and seq != record.seq:
        raise Stale(_("您打开之后，这件事已经有了新的进展。请看过最新情况再决定，您填写的内容还在。"), record)
    here = copy(record)
    form = step.form(data, record=here, actor=actor)
    if permitted(step, record, actor) and not form.is_valid():
        raise NotValid({name: [str(error) for error in errors] for name, errors in form.errors.items()})
    with transaction.atomic():
        work = Rehearsal(actor, timezone.now())
        work.perform(here, step.verb, cleaned=getattr(form, "cleaned_data", {}))
        transaction.set_rollback(True)
    return _seen(work, here, matter, step, form.cleaned_data, sign_of(matter, step.verb, data))


def _seen(work: Rehearsal, here: Record, matter: Matter, step: Transition, cleaned: dict[str, Any], sign: str) -> Seen:
    offices = offices_of(matter)
    letters = _letters(work, offices)
    public = here if isinstance(here, Matter) else matter
    everybody = _public(public, step, cleaned) if public.is_public else []
    found = [(str(KINDS[one.kind]), one.excerpt) for letter in (*letters, *everybody) for one in letter.found]
    return Seen(
        letters, everybody, public.is_public, list(dict.fromkeys(found)), sign,
        str(procedure_of(here).state(here.state).label),
    )  # fmt: skip


def offices_of(matter: Matter) -> frozenset[str]:
    """Digits of the office telephones of who is responsible there: their duty is public, no personal data."""
    return frozenset(_digits(duty.public_phone) for duty in detail.duties_over(matter) if duty.is_public)


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())


def _letters(work: Rehearsal, offices: frozenset[str]) -> list[Letter]:
    """What goes to reporters: their addresses begin with /concerns/. The same words are one letter."""
    found: dict[tuple[str, str], list[int]] = {}
    for account_id, title, body, url in work.told:
        if url.startswith("/concerns/"):
            both = found.setdefault((title, body), [0, 0])
            both[0] += 1
            both[1] += account_id is not None
    return [letter(title, body, offices, count, online) for (title, body), (count, online) in found.items()]


def _public(matter: Matter, step: Transition, cleaned: dict[str, Any]) -> list[Letter]:
    """What stands on the page of the place: the told sentence, and words only where that page shows them, masked."""
    words = public_words(step.verb, cleaned) if step.told else None
    if words is None:
        return []
    return [letter(f"{matter.public_title}：{step.told}", mask_personal_data(words))]


def letter(
    title: str, body: str, offices: frozenset[str] = frozenset(), count: int = 1, online: int = 0
) -> Letter:  # fmt: skip
    """A letter with what looks like personal data found and marked; telephones of offices are none."""
    both = [[one for one in find_personal_data(text) if _digits(one.excerpt) not in offices] for text in (title, body)]
    return Letter(title, marked(body, both[1]), (*both[0], *both[1]), count, online)


def marked(text: str, findings: Iterable[Finding]) -> SafeString:
    """The text with the findings marked, ready to show."""
    parts, at = [], 0
    for finding in findings:
        parts += [escape(text[at : finding.start]), _mark(finding)]
        at = finding.end
    return mark_safe("".join([*parts, escape(text[at:])]).replace("\n", "<br>"))  # noqa: S308 - escaped above


def _mark(finding: Finding) -> str:
    return f"<mark>{escape(finding.excerpt)}</mark>"
