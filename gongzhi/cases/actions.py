"""Writes that begin or join records, or touch two families: reporting, “me too”, merge and un-merge, relocation."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.base.crypto import hash_code, tracking_code
from gongzhi.base.files import attach
from gongzhi.base.text import bigrams
from gongzhi.cases import sampling
from gongzhi.cases.choices import procedure_at
from gongzhi.cases.effects import callbacks
from gongzhi.cases.effects.common import copy_place
from gongzhi.cases.models import Callback, Category, Channel, Contact, Matter, Report, ReportMove
from gongzhi.cases.suggest import JOINABLE
from gongzhi.kernel.actor import SYSTEM, Actor
from gongzhi.kernel.errors import NotPermitted, NotPossible, NotValid, Stale
from gongzhi.kernel.numbering import keys_and_numbers
from gongzhi.kernel.perform import ReceiptKey, Work, lock_all, take
from gongzhi.kernel.procedure import permitted, procedure_of
from gongzhi.territory.models import Place

TITLE = 30
NUMBERS: dict[Any, str] = {Matter: "matter", Report: "report", Contact: ""}


@dataclass(frozen=True)
class Words:
    """What a reporter gave: words, place, perhaps photos sent ahead and a way to be reached."""

    text: str
    place: Place
    place_note: str = ""
    category: Category | None = None
    photos: tuple[uuid.UUID, ...] = ()
    name: str = ""
    phone: str = ""
    wish: str = Contact.Wish.ONLINE
    channel: str = Channel.WEB
    consent: str = ""
    lon: float | None = None
    lat: float | None = None
    happened_at: datetime | None = None
    owner_id: int | None = None
    urgency: str = ""
    """As who takes it down heard it; "" means what is usual for the category."""
    extra: tuple[dict[str, Any], ...] = ()
    """Answers to extra questions as `knowledge.questions.ExtraForm` gives them."""
    hushed: str = ""
    """The level that shall handle a confidential concern (`Level`), "" when it is none."""
    hushed_about: str = ""


Also = Callable[[Work, Matter, Report], None]
"""What is done in the transaction of a new report besides, such as answering it at once."""


@dataclass(frozen=True)
class Reported:
    """What came of it. `code` is shown this once only; empty for the twin of an earlier request."""

    report_id: int
    code: str = ""
    report: Report | None = None
    matter: Matter | None = None


def title_of(text: str) -> str:
    """The first sentence, cut to `TITLE` characters."""
    first = text.strip().split("\n")[0]
    for stop in "。！？!?；;":
        head = first.split(stop)[0]
        first = head if len(head) >= 4 else first
    return first if len(first) <= TITLE else first[: TITLE - 1] + "…"


def report(
    words: Words, *, actor: Actor, receipt: ReceiptKey | None = None, now: datetime | None = None,
    also: Also | None = None,
) -> Reported:  # fmt: skip
    """A new concern with its matter, in one transaction. Errors: NotValid, NotPermitted, Twin."""
    with transaction.atomic():
        work = Work(actor, now or timezone.now())
        (matter_id, matter_number), own, (contact_id, _none) = keys_and_numbers(NUMBERS, work.now)
        if receipt and (twin := take(receipt, Report.kind(), own[0], 1, work.now)):
            return Reported(twin.record_id)
        matter = new_matter(words, matter_id, matter_number)
        work.begin(matter, procedure_at(words.place.path, work.now), cleaned={})
        made, code = _new_report(work, words, matter, own, contact_id)
        if words.hushed:
            why = _("反映人请求保密：%s") % (words.hushed_about or _("没有写涉及谁"))
            work.perform(matter, "hush", cleaned={"level": words.hushed, "reason": why}, as_system=True)
        _attach(words, made, matter, actor)
        if also:
            also(work, matter, made)
        work.flush()
    return Reported(made.pk, code, made, matter)


def join(
    words: Words, matter: Matter, *, actor: Actor, receipt: ReceiptKey | None = None, now: datetime | None = None,
    also: Also | None = None,
) -> Reported:  # fmt: skip
    """“Me too”: a report of one's own under a matter that is already being handled."""
    with transaction.atomic():
        work = Work(actor, now or timezone.now())
        own, (contact_id, _none) = keys_and_numbers({Report: "report", Contact: ""}, work.now)
        if receipt and (twin := take(receipt, Report.kind(), own[0], 1, work.now)):
            return Reported(twin.record_id)
        locked = lock_all(Matter, [matter.pk], work)[matter.pk]
        if locked.state not in JOINABLE or locked.circle_id is not None or locked.parent_id is not None:
            raise NotPossible(_("这件事刚刚已经办好了。您的情况请单独反映，填写的内容还在。"))
        made, code = _new_report(work, words, locked, own, contact_id)
        _attach(words, made, locked, actor)
        locked.search = sorted({*locked.search, *made.search})
        work.perform(locked, "absorb", cleaned={"number": made.number, "count": 1}, as_system=True)
        if also:
            also(work, locked, made)
        work.flush()
    return Reported(made.pk, code, made, locked)


def new_matter(words: Words, pk: int, number: str) -> Matter:
    """The matter a report begins, not yet stored."""
    category = words.category
    matter = Matter(
        pk=pk, number=number, title=title_of(words.text), category=category, channel=words.channel,
        urgency=words.urgency or (category.urgency if category else "normal"), photo_count=len(words.photos),
        place_note=words.place_note, lon=words.lon, lat=words.lat,
        search=sorted(set(bigrams(words.text, words.place_note, words.place.name, number))),
    )  # fmt: skip
    matter.put(words.place)
    return matter


def new_report(words: Words, matter: Matter, pk: int, number: str, contact: Contact, code: str) -> Report:
    """The report itself, not yet stored."""
    made = Report(
        pk=pk, number=number, matter=matter, text=words.text, channel=words.channel, contact=contact,
        place_note=words.place_note, lon=words.lon, lat=words.lat, happened_at=words.happened_at, consent=words.consent,
        owner_id=words.owner_id, extra=list(words.extra), tracking_hash=hash_code(code) if code else "",
        search=sorted(set(bigrams(words.text, words.place_note, number))),
    )  # fmt: skip
    copy_place(made, matter)
    return made


def _new_report(
    work: Work, words: Words, matter: Matter, own: tuple[int, str], contact_id: int
) -> tuple[Report, str]:  # fmt: skip
    if not words.text.strip():
        raise NotValid({"text": [_("请写一句话，说说怎么回事。")]})
    contact = Contact(pk=contact_id, name=words.name, wish=words.wish, account_id=words.owner_id)
    contact.set_phone(words.phone)
    work.add(contact)
    code = tracking_code()
    made = new_report(words, matter, *own, contact, code)
    made.taken_by = work.actor.account_id if words.owner_id != work.actor.account_id else None
    work.begin(made, "report", cleaned={})
    return made, code


def _attach(words: Words, made: Report, matter: Matter, actor: Actor) -> None:
    if words.photos:
        attach(words.photos, Report.kind(), made.pk, by=actor.account_id, session=actor.extra.get("upload", ""))


def merge(
    matter: Matter, into: Matter, reason: str, *, actor: Actor, seq: int | None = None, now: datetime | None = None
) -> Matter:
    """Every report of `matter` goes to `into`, which must also lie where the actor's duty is; locked in order of id."""
    return merge_all([matter], into, reason, actor=actor, seq=seq, now=now)


def merge_all(
    matters: Sequence[Matter], into: Matter, reason: str, *, actor: Actor, seq: int | None = None,
    now: datetime | None = None,
) -> Matter:  # fmt: skip
    """Several at once, all or none; each keeps its number and can be taken out again. Errors: NotPossible, NotPermitted."""
    if into.pk in {matter.pk for matter in matters}:
        raise NotPossible(_("不能把一件事并入它自己。"))
    with transaction.atomic():
        work = Work(actor, now or timezone.now())
        family = lock_all(Matter, [into.pk, *(matter.pk for matter in matters)], work)
        target = family.pop(into.pk)
        if permitted(procedure_of(target).transition("merge"), target, actor) is None:
            raise NotPermitted(_("要并入的那件事不在您负责的地方。"))
        for source in family.values():
            check_seq(source, seq)
            if target.state not in JOINABLE or target.circle_id != source.circle_id or target.parent_id is not None:
                raise NotPossible(_("“%(title)s”已经办到后面的环节，不能再并入。") % {"title": target.title})
            cleaned = {"reason": reason, "into": target.pk, "target": target, "before": source.state}
            work.perform(source, "merge", cleaned=cleaned)
            target.search = sorted({*target.search, *source.search})
        work.flush()
    return target


def unmerge(
    matter: Matter, reason: str, *, actor: Actor, seq: int | None = None, now: datetime | None = None
) -> Matter:
    """The reports that came by the merge go back, and the matter is where it was.

    NotPossible, in words: the other one was itself merged, or has answered the reporters already.
    """
    if matter.merged_into_id is None:
        raise NotPossible(_("这件事没有并入别的事。"))
    with transaction.atomic():
        work = Work(actor, now or timezone.now())
        both = lock_all(Matter, [matter.pk, matter.merged_into_id], work)
        source, target = both[matter.pk], both[matter.merged_into_id]
        check_seq(source, seq)
        _can_go_back(target)
        moves = ReportMove.objects.filter(source=source, target=target, is_undone=False)
        cleaned = {"reason": reason, "target": target, "moves": list(moves)}
        work.perform(source, "unmerge", cleaned=cleaned)
        moves.update(is_undone=True)
        work.flush()
    return source


def _can_go_back(target: Matter) -> None:
    """While the reporters wait under the other matter, theirs can still be handled on its own."""
    words = {"title": target.title, "number": target.number, "state": procedure_of(target).state(target.state).label}
    if target.state == Matter.State.MERGED:
        raise NotPossible(_("“%(title)s”（%(number)s）自己又并入了别的事，请先把它拆回。") % words)
    if target.state in ("checking", "judging", "closed", "declined", "assessing"):
        raise NotPossible(
            _("“%(title)s”（%(number)s）现在是“%(state)s”，已经答复过反映人，拆不回来。没解决的，请用“重新办理”。")
            % words
        )


def relocate(
    matter: Matter, place: Place, reason: str, *, actor: Actor, place_note: str = "", seq: int | None = None,
    now: datetime | None = None,
) -> Matter:  # fmt: skip
    """Correct where the matter is; its reports, tasks and orders go along."""
    with transaction.atomic():
        work = Work(actor, now or timezone.now())
        locked = lock_all(Matter, [matter.pk], work)[matter.pk]
        check_seq(locked, seq)
        cleaned = {"reason": reason, "place": place.pk, "at": place, "place_note": place_note}
        work.perform(locked, "relocate", cleaned=cleaned)
        work.flush()
    return locked


def catch_up(since: datetime, now: datetime) -> int:
    """List the call-backs that closings since then should have listed; returns how many. Repeating it adds nothing."""
    _count, wrong = sampling.recompute(since, now)
    added = 0
    for missed in wrong:
        if missed.expected and not missed.found:
            with transaction.atomic():
                work = Work(SYSTEM, now)
                locked = lock_all(Matter, [missed.report.matter_id], work)[missed.report.matter_id]
                held = Callback.objects.filter(report=missed.report, created_at__gte=locked.closed_at or now).exists()
                if locked.state == Matter.State.CLOSED and not held:
                    callbacks.draw(work, locked, missed.report, missed.expected)
                    work.flush()
                    added += 1
    return added


def check_seq(matter: Matter, seq: int | None) -> None:
    """Raises Stale when the matter went on after the form was opened."""
    if seq is not None and seq != matter.seq:
        raise Stale(_("您打开之后，这件事已经有了新的进展。请看过最新情况再决定，您填写的内容还在。"), matter)
