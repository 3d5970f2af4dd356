"""Nothing acknowledged is lost: 16 clients report while web, worker and database are killed at random.

`.venv/bin/python -m bench.faults [--kills 30] [--seed 1]`. Each client sends a report with its own receipt key and sends
the same again until it is acknowledged. At the end every acknowledged report must be there once, nobody told twice,
and `verify` clean. Exit status 1 when anything is lost, doubled or found.
"""

import argparse
import os
import random
import signal
import threading
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from bench.house import House, house
from bench.wire import Wire, get, post

CLIENTS = 16
REST = (1.0, 4.0)
"""Seconds between two kills."""
PARTS = ("web", "worker", "database")


@dataclass
class Told:
    """What the clients were told."""

    acknowledged: list[str] = field(default_factory=list)
    tries: int = 0
    refused: list[int] = field(default_factory=list)


def client(built: House, data: dict[str, Any], number: int, told: Told, stop: threading.Event) -> None:
    """Report one concern after the other; each is repeated with its key until the server says it has it."""
    wire, turn = Wire(built.port, 15.0), 0
    session = data["residents"][number % len(data["residents"])]
    while not stop.is_set():
        mark = f"断电试验{number:02d}号{turn:05d}次"
        fields = {
            "text": f"{mark}，楼道灯不亮。",
            "place": str(data["place"]),
            "key": str(uuid.uuid4()),
            "checked": "1",
        }
        asked = post("/report/", session, fields, device=f"{number:022d}")
        for _patience in range(400):
            told.tries += 1
            with suppress(OSError, ValueError):
                status, _answer = wire.ask(asked)
                if status == 302:
                    told.acknowledged.append(mark)
                    break
                told.refused.append(status)
                wire.close()
            time.sleep(0.15)
        turn += 1


def postmaster(built: House) -> int:
    """The database's first process."""
    return int((Path(built.cluster.data) / "postmaster.pid").read_text().split()[0])


def strike(built: House, part: str) -> None:
    """Kill one part as hard as can be, then start it again."""
    if part == "database":
        with suppress(OSError, ValueError):
            os.kill(postmaster(built), signal.SIGKILL)
        built.cluster.start()
        return
    built.kill(part, signal.SIGKILL)
    time.sleep(0.3)
    built.launch(part)
    if part == "web":
        built.wait(built.port)


def count(built: House, told: Told) -> dict[str, int]:
    """What stands in the database for what was acknowledged."""
    with psycopg.connect(built.cluster.url(), autocommit=True) as line:
        rows = line.execute(
            "SELECT split_part(text, '，', 1), count(*) FROM cases_report WHERE text LIKE '断电试验%' GROUP BY 1"
        )
        found = {str(mark): int(number) for mark, number in rows}
        twice = line.execute(
            "SELECT count(*) FROM (SELECT account_id, title, url, at FROM kernel_notification GROUP BY 1, 2, 3, 4 "
            "HAVING count(*) > 1) doubled"
        ).fetchone()
    said = set(told.acknowledged)
    return {
        "acknowledged": len(told.acknowledged),
        "found once": sum(found.get(mark) == 1 for mark in said),
        "lost": sum(mark not in found for mark in said),
        "doubled": sum(number > 1 for number in found.values()),
        "there, but not acknowledged in time": len(found.keys() - said),
        "told twice": int(twice[0]) if twice else 0,
    }


def main() -> None:
    """Strike, count, verify, print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=30)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    dice, told, stop = random.Random(chosen.seed), Told(), threading.Event()
    with house() as (built, data):
        for part in ("web", "worker"):
            built.launch(part)
        built.wait(built.port)
        threads = [threading.Thread(target=client, args=(built, data, n, told, stop)) for n in range(CLIENTS)]
        for thread in threads:
            thread.start()
        struck = dict.fromkeys(PARTS, 0)
        for turn in range(chosen.kills):
            time.sleep(dice.uniform(*REST))
            part = PARTS[turn % 3] if turn < 3 else dice.choice(PARTS)
            strike(built, part)
            struck[part] += 1
            print(f"kill {turn + 1} of {chosen.kills}: {part}; {len(told.acknowledged)} acknowledged", flush=True)
        time.sleep(2)
        stop.set()
        for thread in threads:
            thread.join()
        Wire(built.port).ask(get("/healthz", ""))
        facts = count(built, told)
        print(", ".join(f"{part} killed {number} times" for part, number in struck.items()))
        print(
            f"tries: {told.tries}, answers that were no acknowledgement: {len(told.refused)} {sorted(set(told.refused))}"
        )
        for name, number in facts.items():
            print(f"{name}: {number}")
        print("verify:", built.run("-m", "gongzhi", "verify").strip().splitlines()[-1])
    if facts["lost"] or facts["doubled"] or facts["told twice"] or facts["found once"] != facts["acknowledged"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
