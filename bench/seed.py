"""Fills a bench database: a small cast, many matters to accept, a desk with sixty rows; prints what clients need as JSON."""

import json
import os
import uuid
from datetime import timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench import wire  # noqa: E402
from bench.plain.models import Note, Sender  # noqa: E402
from gongzhi.accounts import tokens  # noqa: E402
from gongzhi.accounts.models import Account  # noqa: E402
from gongzhi.accounts.tests.factories import actor, holder, resident  # noqa: E402
from gongzhi.cases.actions import Words, new_matter, new_report  # noqa: E402
from gongzhi.cases.models import Contact, Matter, Report  # noqa: E402
from gongzhi.cases.tests.factories import Cast, cast  # noqa: E402
from gongzhi.kernel.numbering import next_ids, next_numbers  # noqa: E402
from gongzhi.kernel.perform import Work  # noqa: E402
from gongzhi.territory.models import Place  # noqa: E402

CLIENTS = 8
TO_ACCEPT = int(os.environ.get("BENCH_MATTERS", "8000"))
DESK = 60


def matters(cast_: Cast, place: Place, count: int, owner: Account) -> list[Matter]:
    """Many concerns at once, through the same steps as a single one."""
    now, made = timezone.now() - timedelta(minutes=5), []
    who = actor(owner)
    for start in range(0, count, 500):
        size = min(500, count - start)
        with transaction.atomic():
            work = Work(who, now)
            ids, own = next_ids(Matter, size), next_ids(Report, size)
            numbers, reports = next_numbers("matter", now.year, size), next_numbers("report", now.year, size)
            contacts = Contact.objects.bulk_create(Contact(name="陈英", account_id=owner.pk) for _ in range(size))
            for i in range(size):
                words = Words(
                    f"{start + i} 号点位的路灯不亮，晚上走路看不见。", place, category=cast_.light, owner_id=owner.pk
                )
                matter = new_matter(words, ids[i], numbers[i])
                work.begin(matter, "six-steps", cleaned={})
                report = new_report(words, matter, own[i], reports[i], contacts[i], "")
                work.begin(report, "report", cleaned={})
                made.append(matter)
            work.flush()
    return made


def session(account: Account) -> str:
    """A signed-in browser's cookie."""
    client = Client()
    client.force_login(account)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def token(account: Account) -> str:
    """A program's token with every scope."""
    return tokens.make(account, "bench", tokens.SCOPES, timezone.localdate() + timedelta(days=9))[1]


def statements(account: Account, path: str, fields: dict[str, str] | None = None) -> int:
    """SQL statements of one request, without transaction control; the request must succeed."""
    client = Client(HTTP_HOST="localhost")
    client.force_login(account)
    client.get("/work/")
    with CaptureQueriesContext(
        connection,
    ) as seen:
        answer = client.get(path) if fields is None else client.post(path, fields)
    if answer.status_code not in (200, 302):
        raise SystemExit(f"{path}: {answer.status_code}\n{answer.content.decode()[:2000]}")
    control = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")
    return sum(not query["sql"].startswith(control) for query in seen.captured_queries)


def main() -> None:
    """Seed and print."""
    made = cast()
    residents = [resident(f"居民{i}", phone=f"1389001{i:04d}") for i in range(CLIENTS)]
    clerks = [holder("clerk", made.city.community, f"干事{i}") for i in range(CLIENTS)]
    desks = [holder("clerk", made.city.neighbour, f"邻居干事{i}") for i in range(CLIENTS)]
    accept = matters(made, made.city.building, TO_ACCEPT, residents[0])
    shown = matters(made, made.city.neighbour_grid, DESK, residents[1])
    senders = Sender.objects.bulk_create(Sender(name=f"居民{i}", phone="1389") for i in range(200))
    Note.objects.bulk_create(
        Note(sender=s, title=f"路灯不亮 {s.pk}", text="晚上看不见", place="3栋", kind="a") for s in senders
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    report = {"text": "楼道灯坏了", "place": str(made.city.building.pk), "key": str(uuid.uuid4()), "checked": "1"}
    spare = accept.pop()
    data: dict[str, Any] = {
        "residents": [session(row) for row in residents],
        "clerks": [session(row) for row in clerks],
        "desks": [session(row) for row in desks],
        "accept": [(row.number, row.seq) for row in accept],
        "shown": [row.number for row in shown],
        "place": made.city.building.pk,
        "community": made.city.community.pk,
        "tokens": [token(row) for row in clerks],
        "desk_tokens": [token(row) for row in desks],
        "statements": {
            "intake": statements(residents[0], "/report/", report),
            "transition": statements(
                clerks[0], f"/matters/{spare.number}/accept/", {"seq": str(spare.seq), "key": str(uuid.uuid4())}
            ),
            "desk": statements(desks[0], "/work/"),
            "matter": statements(desks[0], f"/matters/{shown[0].number}/"),
        },
    }
    print(json.dumps(data))


if __name__ == "__main__":
    assert wire.TOKEN
    main()
