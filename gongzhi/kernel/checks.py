"""Start-up checks: declarations without problems, released states and verbs never lost."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.checks import CheckMessage, Error

from gongzhi.kernel.procedure import Procedure, all_procedures, problems

RELEASED = Path(__file__).with_name("released.json")
"""States and verbs that were ever released: in the records of somebody's installation, so never to be deleted."""


def names(procedure: Procedure) -> dict[str, list[str]]:
    """States (retired ones included) and verbs of a declaration, sorted."""
    return {
        "states": sorted({state.value for state in procedure.states} | set(procedure.retired)),
        "verbs": sorted(procedure.verbs()),
    }


def lost() -> Iterator[str]:
    """Released names that no declaration carries any more."""
    released = json.loads(RELEASED.read_text(encoding="utf-8")) if RELEASED.exists() else {}
    declared = {procedure.name: names(procedure) for procedure in all_procedures()}
    for name, lists in released.items():
        for sort, values in lists.items():
            for value in sorted(set(values) - set(declared.get(name, {}).get(sort, []))):
                yield f"{name}: the released {sort[:-1]} {value} is gone; move it to `retired` with its label"


def check_procedures(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Django system check over all declarations."""
    faults = [f"{p.name}: {fault}" for p in all_procedures() for fault in problems(p)]
    return [Error(fault, id="kernel.E001") for fault in (*faults, *lost())]
