"""Every test session has its own PostgreSQL: started here, gone at the end; several may run side by side."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from hypothesis import settings as hypothesis_settings
from django.db import connection

from gongzhi.base.cluster import FAST, OWNER, Cluster, place, runner
from gongzhi.base.environment import database
from gongzhi.kernel import clock
from gongzhi.settings import HOME

hypothesis_settings.register_profile("gongzhi", deadline=None)  # a busy machine is not a failure
hypothesis_settings.load_profile("gongzhi")

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


@pytest.fixture(autouse=True)
def _fresh_clock() -> Iterator[None]:
    """No test sees the calendar or the limits of the one before."""
    clock.forget()
    yield
    clock.forget()


@pytest.fixture(autouse=True)
def _flush_events(request: pytest.FixtureRequest) -> Iterator[None]:
    """Django's flush leaves the partitioned, append-only events alone: empty them as replication would."""
    yield
    marker = request.node.get_closest_marker("django_db")
    if marker is not None and (marker.kwargs.get("transaction") or "transactional_db" in request.fixturenames):
        request.getfixturevalue("django_db_blocker").unblock()
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("TRUNCATE kernel_event")
            cursor.execute("SET session_replication_role = DEFAULT")
        request.getfixturevalue("django_db_blocker").restore()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Months for the fixed dates that tests use, as an import of old records would ask for them."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("SELECT kernel_partitions('2024-01-01', '2026-12-31')")
