"""What the interface for programs costs beside the pages it stands for. Prints ratios of rounds that alternate.

`.venv/bin/python -m bench.api [--rounds 3] [--seconds 2]`. One means: as fast as the page.
"""

import argparse
import itertools
import json
import os
import threading
import uuid
from collections.abc import Callable
from typing import Any

from bench.house import House, house
from bench.ladder import CLIENTS, Step, drain, show
from bench.wire import Run, drive, get, post

ROWS = 50


def call(path: str, token: str, body: dict[str, Any] | None = None) -> bytes:
    """A request of a program; a GET without a body."""
    sent = b"" if body is None else json.dumps(body).encode()
    more = "" if body is None else (
        f"Idempotency-Key: {uuid.uuid4()}\r\nContent-Type: application/json\r\nContent-Length: {len(sent)}\r\n"
    )  # fmt: skip
    verb = "GET" if body is None else "POST"
    head = f"{verb} /api/v1/{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n{more}\r\n"
    return head.encode() + sent


def steps(built: House, data: dict[str, Any]) -> list[Step]:
    """Each page and its operation."""
    waiting, lock, shown = iter(data["accept"]), threading.Lock(), itertools.cycle(data["shown"])
    desks, tokens = data["desks"], data["desk_tokens"]

    def next_one() -> tuple[str, int] | None:
        with lock:
            return next(waiting, None)

    def accept_page(client: int, turn: int) -> bytes | None:
        if (one := next_one()) is None:
            return None
        fields = {"seq": str(one[1]), "key": str(uuid.uuid4())}
        return post(f"/matters/{one[0]}/accept/", data["clerks"][client], fields)

    def accept(client: int, turn: int) -> bytes | None:
        if (one := next_one()) is None:
            return None
        return call(f"matters/{one[0]}/accept", data["tokens"][client], {"seq": one[1]})

    def intake_page(client: int, turn: int) -> bytes:
        fields = {
            "text": f"{client}-{turn} 楼道灯不亮，晚上看不见。", "place": str(data["place"]), "place_note": "", "category": "",
            "channel": "counter", "wish": "online", "name": "", "phone": "", "key": str(uuid.uuid4()), "separate": "1",
        }  # fmt: skip
        return post("/intake/", data["clerks"][client], fields)

    def intake(client: int, turn: int) -> bytes:
        body = {"text": f"{client}-{turn} 楼道灯不亮，晚上看不见。", "place": data["place"], "channel": "counter"}
        return call("reports", data["tokens"][client], body)

    def over(
        request: Callable[[int, int], bytes | None], good: int, *, is_write: bool = False
    ) -> Callable[[float], Run]:
        after = drain(built) if is_write else (lambda: None)
        return lambda seconds: drive(built.port, CLIENTS, seconds, request, good, after)

    return [
        Step("list page", over(lambda c, t: get("/matters/", desks[c]), 200)),
        Step("list", over(lambda c, t: call(f"matters?limit={ROWS}", tokens[c]), 200), "list page"),
        Step("work page", over(lambda c, t: get("/work/", desks[c]), 200)),
        Step("work", over(lambda c, t: call(f"work?limit={ROWS}", tokens[c]), 200), "work page"),
        Step("matter page", over(lambda c, t: get(f"/matters/{next(shown)}/", desks[c]), 200)),
        Step("matter", over(lambda c, t: call(f"matters/{next(shown)}", tokens[c]), 200), "matter page"),
        Step("accept page", over(accept_page, 302, is_write=True)),
        Step("accept", over(accept, 200, is_write=True), "accept page"),
        Step("intake page", over(intake_page, 200, is_write=True)),
        Step("intake", over(intake, 201, is_write=True), "intake page"),
    ]


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seconds", type=float, default=2.0)
    chosen = options.parse_args()
    os.environ["GONGZHI_API_PER_MINUTE"] = "1000000"
    with house() as (built, data):
        built.launch("web")
        built.wait(built.port)
        built.launch("worker")
        rungs = steps(built, data)
        for rung in rungs:
            rung.run(0.5)
        for turn in range(chosen.rounds):
            for rung in rungs:
                rung.runs.append(rung.run(chosen.seconds))
            print(f"round {turn + 1} of {chosen.rounds}", flush=True)
        show(rungs, {})


if __name__ == "__main__":
    main()
