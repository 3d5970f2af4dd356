"""How much of a plain Django application's speed the product keeps. Prints ratios from interleaved rounds of one run.

`.venv/bin/python -m bench.ladder [--rounds 5] [--seconds 3]`. Nothing here is a test; the machine may be busy, the
ratios of rounds that alternate still hold.
"""

import argparse
import itertools
import statistics
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg

from bench.house import House, house
from bench.wire import Run, drive, get, post

CLIENTS = 8
RAW = (
    "INSERT INTO plain_note (sender_id, title, text, place, kind, created_at) "
    "VALUES ((SELECT min(id) FROM plain_sender), 'x', %s, '3栋', 'a', now())"
)


@dataclass
class Step:
    """One rung: how to run it once, what it is compared with, its goal as a ratio."""

    name: str
    run: Callable[[float], Run]
    against: str = ""
    goal: float = 0.0
    runs: list[Run] = field(default_factory=list)


def raw(built: House, seconds: float) -> Run:
    """Each client inserts one row per transaction."""
    run, start = Run(), threading.Barrier(CLIENTS + 1)

    def one() -> None:
        with psycopg.connect(built.cluster.url(), autocommit=True) as line:
            start.wait()
            until = time.perf_counter() + seconds
            while time.perf_counter() < until:
                began = time.perf_counter()
                line.execute(RAW, ["楼道灯坏了，晚上看不见。"])
                run.times.append(time.perf_counter() - began)

    threads = [threading.Thread(target=one) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    run.seconds = time.perf_counter() - began
    return run


def drain(built: House) -> Callable[[], None]:
    """Waits until no job is due or being done: what the request left behind belongs to its time."""

    def wait() -> None:
        with psycopg.connect(built.cluster.url(), autocommit=True) as line:
            sql = (
                "SELECT count(*) FROM procrastinate_jobs WHERE queue_name <> 'clock' AND status IN ('todo', 'doing') "
                "AND (scheduled_at IS NULL OR scheduled_at <= now())"
            )
            for _ in range(2000):
                if not line.execute(sql).fetchone()[0]:  # type: ignore[index]
                    return
                time.sleep(0.01)

    return wait


def steps(built: House, data: dict[str, Any]) -> list[Step]:
    """The rungs, in the order in which a round climbs them."""
    waiting = iter(data["accept"])
    lock, shown = threading.Lock(), itertools.cycle(data["shown"])

    def accept(client: int, turn: int) -> bytes | None:
        with lock:
            number, seq = next(waiting, (None, 0))
        if number is None:
            return None
        fields = {"seq": str(seq), "key": str(uuid.uuid4())}
        return post(f"/matters/{number}/accept/", data["clerks"][client], fields)

    def intake(client: int, turn: int) -> bytes:
        fields = {
            "text": f"{client}-{turn} 楼道灯不亮，晚上下楼看不见，请派人来修。", "place": str(data["place"]), "place_note": "2单元",
            "category": "", "wish": "online", "key": str(uuid.uuid4()), "checked": "1",
        }  # fmt: skip
        return post("/report/", data["residents"][client], fields, device=f"{client:022d}")

    def plain(client: int, turn: int) -> bytes:
        fields = {
            "name": "陈英",
            "phone": "13890001234",
            "title": f"{turn} 楼道灯",
            "text": "晚上看不见",
            "place": "3栋",
            "kind": "a",
        }
        return post("/plain/write/", data["residents"][client], fields)

    def desk(client: int, turn: int) -> bytes:
        return get("/work/", data["desks"][client])

    def over(
        request: Callable[[int, int], bytes | None], good: int, port: int = 0, is_write: bool = False
    ) -> Callable[[float], Run]:
        after = drain(built) if is_write else (lambda: None)
        return lambda seconds: drive(port or built.port, CLIENTS, seconds, request, good, after)

    return [
        Step("raw SQL insert", lambda seconds: raw(built, seconds)),
        Step("bare WSGI", over(lambda c, t: b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 200, built.bare_port)),
        Step("plain write", over(plain, 302)),
        Step("intake", over(intake, 302, is_write=True), "plain write", 0.45),
        Step("transition", over(accept, 302, is_write=True), "plain write", 0.45),
        Step("plain page", over(lambda c, t: get("/plain/page/", data["residents"][c]), 200)),
        Step("desk, 50 rows", over(desk, 200), "plain page", 0.30),
        Step("matter page", over(lambda c, t: get(f"/matters/{next(shown)}/", data["desks"][c]), 200), "plain page"),
    ]


def percentile(times: list[float], share: float) -> float:
    """Milliseconds under which `share` of the answers came."""
    return sorted(times)[min(len(times) - 1, int(len(times) * share))] * 1000 if times else float("nan")


def show(rungs: list[Step], counts: dict[str, int]) -> None:
    """The table: medians over the rounds; ratios are medians of each round's own ratio."""
    by_name = {rung.name: rung for rung in rungs}
    print(f"{'':16} {'per s':>8} {'ratio':>7} {'goal':>5} {'p50 ms':>8} {'p95 ms':>8} {'wrong':>6} {'SQL':>4}")
    for rung in rungs:
        times = [t for run in rung.runs for t in run.times]
        rate = statistics.median(run.rate for run in rung.runs)
        ratio = ""
        if rung.against:
            pairs = zip(rung.runs, by_name[rung.against].runs, strict=True)
            ratio = f"{statistics.median(a.rate / b.rate for a, b in pairs):.2f}"
        sql = counts.get(rung.name.split(",")[0].split(" ")[0], "")
        wrong = sum(len(run.wrong) for run in rung.runs)
        goal = f"{rung.goal:.2f}" if rung.goal else ""
        print(
            f"{rung.name:16} {rate:8.0f} {ratio:>7} {goal:>5} {percentile(times, 0.5):8.1f} {percentile(times, 0.95):8.1f} "
            f"{wrong:6d} {sql:>4}"
        )


def main() -> None:
    """Climb the ladder several times and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=float, default=3.0)
    chosen = options.parse_args()
    with house() as (built, data):
        for name, port in (("web", built.port), ("bare", built.bare_port)):
            built.launch(name)
            built.wait(port)
        built.launch("worker")
        rungs = steps(built, data)
        for rung in rungs:
            rung.run(0.5)
        for turn in range(chosen.rounds):
            for rung in rungs:
                rung.runs.append(rung.run(chosen.seconds))
            print(f"round {turn + 1} of {chosen.rounds}", flush=True)
        show(rungs, data["statements"])


if __name__ == "__main__":
    main()
