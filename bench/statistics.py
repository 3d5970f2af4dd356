"""How long figures take as matters grow: deriving everything, one run of the job, the pages, `verify`'s proof.

`.venv/bin/python -m bench.statistics [--sizes 5000 50000]`: throwaway installations filled by plain SQL, each matter with
the events of an ordinary life; printed are seconds and the ratio of the largest size to the smallest.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from bench.house import House


def seed(count: int) -> dict[str, float]:
    """Inside the installation: fill, derive, look; seconds by what was done."""
    from django.db import connection, transaction  # noqa: PLC0415 - only there are the settings in place
    from django.test import Client  # noqa: PLC0415

    from gongzhi.accounts.models import Account  # noqa: PLC0415
    from gongzhi.cases.tests.factories import cast  # noqa: PLC0415
    from gongzhi.statistics import proof, rollup  # noqa: PLC0415

    made = cast()
    found: dict[str, float] = {}

    def timed(name: str, do: Callable[[], Any], rounds: int = 1) -> None:
        taken = []
        for _round in range(rounds):
            start = time.perf_counter()
            do()
            taken.append(time.perf_counter() - start)
        found[name] = min(taken)

    place = made.city
    levels = {"d": place.district.pk, "s": place.street.pk, "c": place.community.pk, "g": place.grid.pk}
    with connection.cursor() as cursor:
        cursor.execute("SELECT kernel_partitions((now() - interval '400 days')::date, now()::date)")
        cursor.execute(SEED, {"count": count, "levels": json.dumps(levels), "works": made.works.pk})
        cursor.execute("ANALYZE kernel_event")

    def rebuild() -> None:
        with transaction.atomic():
            list(rollup.rebuild())

    timed("derive everything", rebuild)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE statistics_daily, statistics_monthly, statistics_stock")
        cursor.execute("INSERT INTO statistics_pending (day) VALUES (current_date), (current_date - 1)")
    timed("one run of the job", rollup.refresh)
    browser = Client(HTTP_HOST="localhost")
    browser.force_login(Account.objects.get(pk=made.people["district_secretary"].pk))
    year = "?from=2000-01"
    for name, path in (
        ("overview of a year", f"/statistics/{year}"), ("steps of a year", f"/statistics/steps/{year}"),
        ("units of a year", f"/statistics/units/{year}"), ("themes", "/statistics/themes/"), ("wall", "/statistics/wall/"),
    ):  # fmt: skip
        timed(name, lambda path=path: browser.get(path), 3)
    timed("public page, twelve months", lambda: browser.get(f"/at/{place.district.pk}/?p=year"), 3)
    timed("proof by verify", lambda: list(proof.faults()))
    return found


SEED = """
WITH lives AS (
    SELECT 10000000 + i AS root, now() - interval '380 days' + i * (interval '379 days' / %(count)s) AS began, i
    FROM generate_series(1, %(count)s) i
), steps AS (
    SELECT root, i, began, kind, seq, verb, before, after, began + make_interval(mins => wait * (1 + i %% 7)) AS at, done
    FROM lives CROSS JOIN (VALUES
        ('cases.matter', 1, 'report', '', 'received', 0, 0), ('cases.report', 1, 'send', '', 'open', 0, 0),
        ('cases.matter', 2, 'accept', 'received', 'sorting', 30, 1), ('cases.matter', 3, 'triage', 'sorting', 'assigned', 60, 2),
        ('cases.matter', 4, 'sign', 'assigned', 'handling', 120, 2), ('cases.matter', 5, 'finish', 'handling', 'answering', 900, 3),
        ('cases.matter', 6, 'feedback', 'answering', 'judging', 1000, 3), ('cases.report', 2, 'answer', 'open', 'answered', 1000, 3),
        ('cases.report', 3, 'rate', 'answered', 'rated', 1400, 4), ('cases.matter', 7, 'close', 'judging', 'closed', 1400, 4)
    ) AS step(kind, seq, verb, before, after, wait, done)
)
INSERT INTO kernel_event (at, kind, procedure, version, record_id, root_id, seq, verb, before, after, place_path, prev, hash, facts)
SELECT at, kind, CASE kind WHEN 'cases.matter' THEN 'six-steps' ELSE 'report' END, 1, root, root, seq, verb, before, after, '/1/',
    '', sha256(convert_to(root || kind || seq, 'UTF8')),
    (%(levels)s::jsonb || jsonb_strip_nulls(jsonb_build_object(
        'k', 1 + i %% 2, 'w', (ARRAY['web', 'phone', 'hotline', 'counter'])[1 + i %% 4], 'p', 'six-steps', 'u', 'normal',
        'o', CASE WHEN done >= 2 THEN %(works)s END, 't', CASE WHEN done >= 2 THEN 'small' END,
        'b', (extract(epoch FROM began) * 1000000)::bigint, 'x', (extract(epoch FROM at + interval '4 hours') * 1000000)::bigint,
        'f', CASE WHEN done >= 1 THEN 1 END, 'h', CASE WHEN done >= 3 THEN 1 + (i %% 20 = 0)::int END,
        'v', CASE WHEN done = 4 THEN (i %% 9 > 0)::int END, 'n', CASE WHEN done = 4 THEN 5 - i %% 3 END)))::text
FROM steps WHERE at < now()
"""


def main() -> None:
    """Each size in its own installation; the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sizes", type=int, nargs="+", default=[5_000, 50_000])
    options.add_argument("--inside", type=int, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.inside:
        import django  # noqa: PLC0415

        django.setup()
        print(json.dumps(seed(chosen.inside)))
        return
    results = {size: _measured(size) for size in chosen.sizes}
    first, last = min(results), max(results)
    print(f"{'':28}" + "".join(f"{size:>12,}" for size in results) + "       ratio")
    for name in results[first]:
        times = "".join(f"{found[name]:>11.3f}s" for found in results.values())
        print(f"{name:28}{times}{results[last][name] / results[first][name]:>11.1f}x")


def _measured(size: int) -> dict[str, float]:
    built = House()
    try:
        built.prepare()
        return dict(json.loads(built.run("-m", "bench.statistics", "--inside", str(size)).splitlines()[-1]))
    finally:
        built.stop()


if __name__ == "__main__":
    sys.exit(main())
