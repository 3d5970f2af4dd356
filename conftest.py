"""Every test session has its own PostgreSQL: started here, gone at the end; several may run side by side."""

import os
import shutil
from pathlib import Path

import pytest
from django.conf import settings

from gongzhi.base.cluster import FAST, OWNER, Cluster, place, runner
from gongzhi.base.environment import database
from gongzhi.settings import HOME

_cluster: list[Cluster] = []


def _is_alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, ValueError):
        return True
    return True


def _sweep(home: Path) -> None:
    """Remove what killed sessions left behind."""
    for folder in place(home, runner()).glob("test-*"):
        if not _is_alive(folder.name.removeprefix("test-")):
            Cluster(home, folder.name).destroy()
            shutil.rmtree(folder, ignore_errors=True)


def pytest_configure(config: pytest.Config) -> None:
    """Start the session's database before Django looks at its settings; workers of xdist use their parent's."""
    if not hasattr(config, "workerinput"):
        _sweep(HOME)
        _cluster.append(Cluster(HOME, f"test-{os.getpid()}", FAST))
        os.environ["DATABASE_URL"] = _cluster[0].start().url(OWNER)
    settings.DATABASES["default"].update(database(os.environ["DATABASE_URL"]))


def pytest_unconfigure() -> None:
    """Stop and remove the session's database."""
    while _cluster:
        _cluster.pop().destroy()
