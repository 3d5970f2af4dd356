"""What every test session needs: an own PostgreSQL, own folders, and a real browser for the tests that ask for one.

The database is started here and gone at the end; several sessions may run side by side. Tests connect as the owner of
the tables; one test proves what the serving role may not do.
"""

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.db.backends.base.operations import BaseDatabaseOperations
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from gongzhi.kernel import clock
from gongzhi.operations.cluster import FAST, OWNER, Cluster, place, runner
from gongzhi.operations.environment import database

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
DESK = {"viewport": {"width": 1280, "height": 800}}

hypothesis_settings.register_profile("gongzhi", deadline=None)  # a busy machine is not a failure
hypothesis_settings.load_profile("gongzhi")

_cluster: list[Cluster] = []
_folders: list[Path] = []


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


def _flush_without_triggers() -> None:
    """Between transactional tests tables are emptied as replication would, past the triggers that forbid it.

    Events are not Django's to manage, so its list lacks them.
    """
    plain = BaseDatabaseOperations.execute_sql_flush
    before = ["SET session_replication_role = replica", "TRUNCATE kernel_event"]
    after = ["SET session_replication_role = DEFAULT"]

    def flush(self: BaseDatabaseOperations, sql_list: Iterable[str]) -> None:
        plain(self, [*before, *sql_list, *after])

    BaseDatabaseOperations.execute_sql_flush = flush  # type: ignore[method-assign]


def pytest_configure(config: pytest.Config) -> None:
    """Start the session's database before Django looks at its settings; workers of xdist use their parent's."""
    if not hasattr(config, "workerinput"):
        _sweep(settings.HOME)
        _cluster.append(Cluster(settings.HOME, f"test-{os.getpid()}", FAST))
        os.environ["GONGZHI_TEST_URL"] = _cluster[0].start().url(OWNER)
    settings.DATABASES["default"].update(database(os.environ["GONGZHI_TEST_URL"]))
    _folders.append(Path(tempfile.mkdtemp(prefix="gongzhi-home-")))
    settings.HOME = _folders[0]
    settings.MEDIA_ROOT = _folders[0] / "media"
    settings.STATIC_ROOT = _folders[0] / "static"
    settings.STATIC_ROOT.mkdir()
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    _flush_without_triggers()


def pytest_unconfigure() -> None:
    """Stop and remove the session's database and folders."""
    while _cluster:
        _cluster.pop().destroy()
    while _folders:
        shutil.rmtree(_folders.pop(), ignore_errors=True)


@pytest.fixture(autouse=True)
def _fresh_clock() -> Iterator[None]:
    """No test sees the calendar or the limits of the one before."""
    clock.forget()
    yield
    clock.forget()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Months for the fixed dates that tests use, as an import of old records would ask for them."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("SELECT kernel_partitions('2024-01-01', '2026-12-31')")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium. A missing one fails the test: nothing is skipped silently."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not path:
        pytest.fail("Chromium is missing. Run: sudo apt-get install chromium fonts-noto-cjk", pytrace=False)
    # Playwright keeps an event loop in this thread, and Django refuses the database beside one.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def _open(browser: Browser, base: str, screen: dict[str, Any]) -> Iterator[Page]:
    """A page that fails its test on a script error, a breach of the content policy or a request to another host."""
    context: BrowserContext = browser.new_context(
        base_url=base, locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce", **screen
    )
    context.set_default_timeout(10_000)
    page = context.new_page()
    faults: list[str] = []

    def look_at_line(line: ConsoleMessage) -> None:
        if "Content Security Policy" in line.text:
            faults.append(line.text)

    def look_at_request(request: Request) -> None:
        if not request.url.startswith((base, "data:", "blob:")):
            faults.append(f"left for {request.url}")

    page.on("pageerror", lambda error: faults.append(f"script error: {error}"))
    page.on("console", look_at_line)
    page.on("request", look_at_request)
    yield page
    context.close()
    assert not faults


@pytest.fixture
def phone(chromium: Browser, live_server: Any) -> Iterator[Page]:
    """A phone's page (390 px) on the running site; addresses may be relative."""
    yield from _open(chromium, live_server.url, PHONE)


@pytest.fixture
def desk(chromium: Browser, live_server: Any) -> Iterator[Page]:
    """A desktop page (1280 px) on the running site; addresses may be relative."""
    yield from _open(chromium, live_server.url, DESK)
