"""Concerns from another system's list: good rows become matters to accept and sort, bad rows are named with reasons.

A row is known by its number in the list, or by its words when it has none; its receipt is written in the same
transaction as its matter. So a second run, or one after a crash, takes up where the first left off and doubles nothing.
"""

import hashlib
import re
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from gongzhi.accounts import phones
from gongzhi.base.sheets import Row
from gongzhi.base.text import clean_text
from gongzhi.cases.actions import Words, new_matter, new_report
from gongzhi.cases.choices import procedure_at
from gongzhi.cases.models import Category, Channel, Contact, Matter, Report
from gongzhi.cases.suggest import categories, suggest
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.clock import SHANGHAI
from gongzhi.kernel.models import Receipt
from gongzhi.kernel.numbering import next_ids, next_numbers
from gongzhi.kernel.perform import Work
from gongzhi.territory.find import Candidate, find
from gongzhi.territory.importing import Bad
from gongzhi.territory.models import Kind, Place

BATCH = 500
MOST_WORDS = 10_000
"""Letters of other systems are longer than what is typed on a phone; above this a row is a mistake of the file."""
OLDEST = datetime(1990, 1, 1, tzinfo=SHANGHAI)
HEADINGS: dict[str, tuple[str, ...]] = {
    "id": ("id", "number", "编号", "序号", "留言编号", "工单编号", "诉求编号", "台账编号", "事项编号"),
    "subject": ("subject", "title", "主题", "标题", "留言主题", "事由", "诉求标题"),
    "detail": ("detail", "text", "content", "内容", "留言详情", "诉求内容", "反映内容", "反映事项", "问题描述", "详情"),
    "created": ("created", "created_at", "date", "time", "时间", "日期", "留言时间", "受理日期", "受理时间", "反映时间",
                "登记日期", "登记时间"),
    "name": ("name", "反映人", "姓名", "联系人", "来电人", "诉求人", "留言用户"),
    "phone": ("phone", "tel", "telephone", "mobile", "电话", "联系电话", "手机", "手机号", "联系方式"),
    "address": ("address", "地址", "地点", "详细地址", "发生地点", "位置", "具体位置", "住址"),
    "grid": ("grid", "网格", "所属网格"),
    "category": ("category", "类别", "分类", "诉求类别", "问题类别", "一级分类"),
}  # fmt: skip
FIELDS = tuple(HEADINGS)
NOTHING = frozenset(("", "-", "--", "—", "/", "无", "不详", "匿名", "未留", "没有", "null", "none", "nan"))
_DAY = re.compile(
    r"(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})\s*日?"
    r"(?:[T\s]*(?P<half>上午|下午|晚上|凌晨|中午)?\s*(?P<hour>\d{1,2})\s*[:时点]\s*(?P<minute>\d{1,2})?\s*分?"
    r"(?:[:\s]*(?P<second>\d{1,2})(?:\.\d+)?\s*秒?)?)?\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_SOLID = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?", re.ASCII)
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?", re.ASCII)
_EPOCH = datetime(1899, 12, 30, tzinfo=SHANGHAI)
"""Day 0 of spreadsheets (1900 date system with its leap-year mistake, ECMA-376 part 1, 18.17.4.1)."""


@dataclass(frozen=True)
class Taken:
    """A row that is in order: its words, the key it is known by and the digest of its content."""

    row: Row
    words: Words
    key: uuid.UUID
    digest: bytes


@dataclass
class Outcome:
    """What came of the rows; `read` is always the sum of the others."""

    read: int = 0
    added: int = 0
    same: int = 0
    bad: list[Bad] = field(default_factory=list)
    placed: Counter[str] = field(default_factory=Counter)
    categories: Counter[str] = field(default_factory=Counter)
    unknown_categories: Counter[str] = field(default_factory=Counter)

    def summary(self) -> str:
        """One sentence with all counts."""
        return _("读到 %(read)d 行：登记 %(added)d 件，以前已经导入的 %(same)d 行，有问题的 %(bad)d 行。") % {
            "read": self.read, "added": self.added, "same": self.same, "bad": len(self.bad),
        }  # fmt: skip


def guess(headers: Sequence[str], given: Mapping[str, str] | None = None) -> dict[str, str]:
    """Column -> field. `given` (column -> field, "-" for none) goes before what the headings say; each field once.

    Raises ValidationError for unknown columns or fields, and when no column holds what was said.
    """
    chosen = dict(given or {})
    for column, name in chosen.items():
        if column not in headers:
            raise ValidationError(_("表里没有“%(column)s”这一列。") % {"column": column})
        if name not in (*FIELDS, "-"):
            raise ValidationError(
                _("没有“%(field)s”这一项，可以用：%(fields)s。") % {"field": name, "fields": "、".join(FIELDS)}
            )
    if twice := [name for name, count in Counter(chosen.values()).items() if count > 1 and name != "-"]:
        raise ValidationError(_("“%(field)s”对应了不止一列。") % {"field": twice[0]})
    folded = {header.casefold(): header for header in headers}
    for name, words in HEADINGS.items():
        free = [folded[word] for word in words if word in folded and folded[word] not in chosen]
        if free and name not in chosen.values():
            chosen[free[0]] = name
    found = {column: name for column, name in chosen.items() if name != "-"}
    if not {"subject", "detail"} & set(found.values()):
        raise ValidationError(_("认不出哪一列是反映的内容，请用 --map 列名=detail 指明。"))
    return found


def moment(text: str, now: datetime) -> datetime | None:
    """When it was said, from what lists write; None for an empty cell. Raises ValidationError for what cannot be.

    2019/2/28 11:25:05, 2019-02-28, 2019.2.28, 2019年2月28日 下午3时5分, 20190228, ISO 8601 with zone, a spreadsheet's
    day number. Without a zone it is Shanghai time.
    """
    plain = text.strip()
    if plain.casefold() in NOTHING:
        return None
    try:
        found = _moment(plain)
    except (ValueError, OverflowError):
        found = None
    if found is None:
        raise ValidationError(
            _("日期“%(text)s”认不出来，请写成 2023-06-30 或 2023-06-30 09:30。") % {"text": plain[:30]}
        )
    if found > now + timedelta(minutes=5):
        raise ValidationError(_("日期“%(text)s”在今天以后。") % {"text": plain[:30]})
    if found < OLDEST:
        raise ValidationError(_("日期“%(text)s”太早了，请核对年份。") % {"text": plain[:30]})
    return found


def _moment(plain: str) -> datetime | None:
    if match := _DAY.fullmatch(plain):
        return _spoken(match)
    if match := _SOLID.fullmatch(plain):
        return datetime(*(int(part) for part in match.groups("0")), tzinfo=SHANGHAI)  # type: ignore[arg-type,misc]
    if _SERIAL.fullmatch(plain):
        return (_EPOCH + timedelta(seconds=round(float(plain) * 86400))).astimezone(UTC)
    return None


def _spoken(match: re.Match[str]) -> datetime:
    parts = {name: int(match[name] or 0) for name in ("year", "month", "day", "hour", "minute", "second")}
    if (
        match["half"] in ("下午", "晚上", "中午")
        and 1 <= parts["hour"] < 12
        and not (match["half"] == "中午" and parts["hour"] == 11)
    ):
        parts["hour"] += 12
    if match["half"] in ("上午", "凌晨") and parts["hour"] == 12:
        parts["hour"] = 0
    local = datetime(**parts, tzinfo=SHANGHAI)
    zone = match["zone"]
    return datetime.fromisoformat(f"{local:%Y-%m-%dT%H:%M:%S}{zone}") if zone else local


@dataclass
class Run:
    """One import into one place. `take` checks a row, `store` writes a batch; `report` counts."""

    place: Place
    columns: Mapping[str, str]
    actor: Actor
    now: datetime
    report: Outcome = field(default_factory=Outcome)
    _places: dict[tuple[str, str], Place] = field(default_factory=dict)
    _seen: dict[uuid.UUID, tuple[int, bytes]] = field(default_factory=dict)

    @property
    def holder(self) -> str:
        """Under which receipts of this place's imports are kept."""
        return f"import:{self.place.pk}"

    def take(self, row: Row) -> Taken | None:
        """The row as words, or None when it is bad or stands in the file twice; either is counted."""
        self.report.read += 1
        try:
            taken = self._read(row)
        except ValidationError as problem:
            self.report.bad.append(Bad(row.line, row.cells, " ".join(problem.messages)))
            return None
        line, digest = self._seen.setdefault(taken.key, (row.line, taken.digest))
        if line == row.line:
            return taken
        if digest == taken.digest:
            self.report.same += 1
        else:
            self._refuse(taken, _("编号和第 %(line)d 行相同，内容却不一样。") % {"line": line})
        return None

    def _read(self, row: Row) -> Taken:
        if any(row.extra):
            raise ValidationError(_("这一行比表头多出了几格，请核对是不是错了列。"))
        cells = {name: row.cells.get(column, "") for column, name in self.columns.items()}
        words = self._words(cells)
        number = _one(cells.get("id", ""), 100, _("编号"))
        said = "\x1f".join((words.text, words.place_note, words.name, words.phone, str(words.happened_at or "")))
        digest = hashlib.sha256(said.encode()).digest()
        known_by = hashlib.sha256(b"id\x1f" + number.encode()).digest() if number else digest
        return Taken(row, words, uuid.UUID(bytes=known_by[:16]), digest)

    def _words(self, cells: Mapping[str, str]) -> Words:
        text = _text(cells.get("subject", ""), cells.get("detail", ""))
        address = _one(cells.get("address", ""), 100, _("地址"))
        phone = _phone(cells.get("phone", ""))
        return Words(
            text=text,
            place=self._where(address, _one(cells.get("grid", ""), 60, _("网格"))),
            place_note=address,
            category=self._category(_one(cells.get("category", ""), 100, _("类别")), text),
            name=_one(cells.get("name", ""), 40, _("反映人")),
            phone=phone,
            wish=Contact.Wish.CALL if phone else Contact.Wish.ONLINE,
            channel=Channel.IMPORT,
            happened_at=moment(cells.get("created", ""), self.now),
        )

    def _category(self, name: str, text: str) -> Category | None:
        """By its name or code; else the one the words speak for."""
        if name:
            found = next((row for row in categories() if name in (row.name, row.code)), None)
            if found is not None:
                return found
            self.report.unknown_categories[name] += 1
        offered = suggest(text, most=1)
        return offered[0].category if offered else None

    def _where(self, address: str, grid: str) -> Place:
        if (address, grid) not in self._places:
            self._places[address, grid] = locate(self.place, address, grid)
        return self._places[address, grid]

    def store(self, batch: Sequence[Taken], *, is_dry_run: bool = False) -> None:
        """Write a batch in one transaction; what has a receipt already is left alone."""
        with transaction.atomic():
            self._queue_up()
            kept = Receipt.objects.filter(holder=self.holder, key__in=[taken.key for taken in batch])
            known = {row.key: bytes(row.fingerprint) for row in kept}
            new = [taken for taken in batch if taken.key not in known]
            if new and not is_dry_run:
                self._begin(new)
        for taken in batch:
            self._count(taken, known.get(taken.key))

    def _queue_up(self) -> None:
        """Two imports into one place go one after the other."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [self.holder])

    def _begin(self, batch: Sequence[Taken]) -> None:
        work, count, year = Work(self.actor, self.now), len(batch), self.now.astimezone(SHANGHAI).year
        contacts = Contact.objects.bulk_create([_contact(taken.words) for taken in batch])
        matters = zip(next_ids(Matter, count), next_numbers("matter", year, count), strict=True)
        reports = zip(next_ids(Report, count), next_numbers("report", year, count), strict=True)
        for taken, contact, matter_key, report_key in zip(batch, contacts, matters, reports, strict=True):
            work.happened_at = taken.words.happened_at
            matter = new_matter(taken.words, *matter_key)
            made = new_report(taken.words, matter, *report_key, contact, "")
            made.taken_by = self.actor.account_id
            work.begin(matter, procedure_at(taken.words.place.path, work.now), cleaned={})
            work.begin(made, "report", cleaned={})
            work.add(Receipt(
                holder=self.holder, key=taken.key, fingerprint=taken.digest, kind=Report.kind(), record_id=made.pk,
                seq=1, at=self.now,
            ))  # fmt: skip
        work.flush()

    def _count(self, taken: Taken, earlier: bytes | None) -> None:
        if earlier is None:
            self.report.added += 1
            self.report.placed[taken.words.place.kind] += 1
            self.report.categories[str(taken.words.category or "")] += 1
        elif earlier == taken.digest:
            self.report.same += 1
        else:
            self._refuse(taken, _("这个编号以前导入过，那时的内容和现在不一样。请在系统里查看和补充那一件。"))

    def _refuse(self, taken: Taken, why: str) -> None:
        self.report.bad.append(Bad(taken.row.line, taken.row.cells, why))


def import_concerns(rows: Iterable[Row], run: Run, *, is_dry_run: bool = False) -> Outcome:
    """Take all rows, batch by batch; each batch is stored before the next is read."""
    taken = (found for row in rows if (found := run.take(row)) is not None)
    for batch in _batches(taken):
        run.store(batch, is_dry_run=is_dry_run)
    run.report.bad.sort(key=lambda bad: bad.line)
    return run.report


def _batches(taken: Iterator[Taken]) -> Iterator[list[Taken]]:
    while batch := list(islice(taken, BATCH)):
        yield batch


def locate(within: Place, address: str, grid: str) -> Place:
    """The building or grid below `within` that the words name beyond doubt; else `within` itself."""
    found = _certain(find(address, within=within, kinds=(Kind.BUILDING, Kind.GRID), limit=2), within)
    if found is None and grid:
        found = _certain(find(grid, within=within, kinds=(Kind.GRID,), limit=2), within)
    return Place.objects.get(pk=found.place_id) if found else within


def _certain(hits: Sequence[Candidate], within: Place) -> Candidate | None:
    """The best candidate, if it is named (a house number alone is not enough) and no other is as likely."""
    hits = [hit for hit in hits if hit.place_id != within.pk]
    if not hits or (len(hits) > 1 and hits[1].score == hits[0].score):
        return None
    return hits[0] if hits[0].score >= (50 if hits[0].kind == Kind.BUILDING else 80) else None


def _text(subject: str, detail: str) -> str:
    """Subject and detail as one text, the subject first unless the detail begins with it."""
    head, body = clean_text(subject, lines=False), clean_text(detail)
    text = body if body.startswith(head) else f"{head}\n{body}".strip()
    if not any(sign.isalnum() for sign in text):
        raise ValidationError(_("这一行没有写反映的内容。"))
    if len(text) > MOST_WORDS:
        raise ValidationError(
            _("内容有 %(length)d 个字，最多 %(limit)d 个字。") % {"length": len(text), "limit": MOST_WORDS}
        )
    return text


def _one(cell: str, limit: int, label: str) -> str:
    """One line; longer than the limit is the row's mistake, nothing is cut off."""
    plain = clean_text(cell, lines=False)
    if len(plain) > limit:
        raise ValidationError(_("“%(label)s”超过 %(limit)d 个字。") % {"label": label, "limit": limit})
    return "" if plain.casefold() in NOTHING else plain


def _phone(cell: str) -> str:
    plain = _one(cell, 40, _("电话"))
    number = phones.normalise(plain) if plain else ""
    if plain and not number:
        raise ValidationError(_("电话认不出来，请核对。"))
    return number


def _contact(words: Words) -> Contact:
    contact = Contact(name=words.name, wish=words.wish)
    contact.set_phone(words.phone)
    return contact
