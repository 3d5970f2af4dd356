import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from gongzhi.operations.cluster import (
    FAST,
    OWNER,
    SUPERUSER,
    Cluster,
    ClusterError,
    Runner,
    check_server,
    place,
    runner,
)

pytestmark = pytest.mark.postgres15


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder the database's user can reach, with whatever ran in it stopped and removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="gongzhi-cluster-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder
        if (folder / "postgresql" / "data").exists():
            Cluster(folder).destroy()


def started(home: Path) -> Cluster:
    return Cluster(home, options=FAST).start()


def make_table(cluster: Cluster) -> None:
    with psycopg.connect(cluster.url(OWNER)) as connection:
        connection.execute("CREATE TABLE thing (id bigint PRIMARY KEY)")
        connection.execute("INSERT INTO thing VALUES (1)")


def server_pid(cluster: Cluster) -> int:
    return int((cluster.data / "postmaster.pid").read_text().splitlines()[0])


@pytest.fixture(scope="module")
def shared() -> Iterator[Cluster]:
    """One cluster with one table for the tests that only look at rights."""
    with tempfile.TemporaryDirectory(prefix="gongzhi-cluster-") as name:
        Path(name).chmod(0o711)
        running = started(Path(name))
        make_table(running)
        yield running
        running.destroy()


def test_the_serving_role_reads_and_writes_rows_of_tables_it_does_not_own(shared: Cluster) -> None:
    with psycopg.connect(shared.url()) as connection:
        connection.execute("INSERT INTO thing VALUES (2)")
        connection.execute("UPDATE thing SET id = 3 WHERE id = 2")
        connection.execute("DELETE FROM thing WHERE id = 1")
        assert connection.execute("SELECT array_agg(id) FROM thing").fetchone() == ([3],)


@pytest.mark.parametrize(
    "statement",
    ["TRUNCATE thing", "DROP TABLE thing", "ALTER TABLE thing DISABLE TRIGGER ALL", "CREATE TABLE other (id int)"],
)
def test_the_serving_role_cannot_empty_drop_change_or_make_a_table(shared: Cluster, statement: str) -> None:
    with psycopg.connect(shared.url()) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement.encode())


def test_a_killed_server_starts_again_at_once_and_keeps_its_rows(home: Path) -> None:
    running = Cluster(home).start()
    make_table(running)
    os.kill(server_pid(running), signal.SIGKILL)
    again = Cluster(home).start()
    with psycopg.connect(again.url()) as connection:
        assert connection.execute("SELECT id FROM thing").fetchall() == [(1,)]


def test_a_server_that_outlived_its_launcher_is_taken_over(home: Path) -> None:
    running = started(home)
    pid = server_pid(running)
    assert server_pid(started(home)) == pid


def test_a_half_made_data_folder_is_made_anew_and_the_remains_are_kept_aside(home: Path) -> None:
    folder = place(home, runner()) / "postgresql"
    (folder / "data" / "base").mkdir(parents=True)
    (folder / "data.new-1").mkdir()
    (folder / "data.new-1" / "PG_VERSION").write_text("18")
    if os.geteuid() == 0:
        os.chown(folder, *(runner().drop_to or (0, 0)))
    running = started(home)
    assert running.is_running()
    assert not (folder / "data.new-1").exists()
    assert [path.name for path in folder.glob("data.broken-*/*")] == ["base"]


def test_data_of_another_major_version_is_refused_with_both_versions_named(home: Path) -> None:
    running = started(home)
    running.stop()
    (running.data / "PG_VERSION").write_text("13\n")
    with pytest.raises(ClusterError, match=r"PostgreSQL 13 的(?s:.*)the programs here are version"):
        started(home)


def test_the_server_stays_up_while_somebody_else_still_uses_it(home: Path) -> None:
    first, second = started(home), started(home)
    first.stop()
    assert second.is_running()
    second.stop()
    assert not second.is_running()


def test_nobody_else_may_enter_the_folders_of_data_and_socket(home: Path) -> None:
    running = started(home)
    assert [path.stat().st_mode & 0o777 for path in (running.folder, running.socket, running.data)] == [0o700] * 3


@pytest.mark.parametrize("name", ["很长的文件夹" * 6, "with blank, comma and 'quote'"])
def test_a_long_or_odd_path_gets_a_short_plain_socket_folder(home: Path, name: str) -> None:
    running = started(home / name)
    try:
        check_server(running.url())
        assert len(str(running.socket)) < 60
    finally:
        running.destroy()


def test_a_user_number_without_a_name_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    with pytest.raises(ClusterError, match="no passwd entry"):
        runner()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops its rights")
def test_a_home_the_database_user_cannot_reach_gets_a_place_under_var_lib(home: Path) -> None:
    home.chmod(0o700)
    elsewhere = place(home, runner())
    try:
        assert elsewhere.parent == Path("/var/lib")
        assert place(home, Runner(None)) == home
    finally:
        elsewhere.rmdir()


def test_a_folder_without_programs_is_named_in_the_refusal(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGZHI_POSTGRES", str(home / "nothing"))
    with pytest.raises(ClusterError, match="nothing"):
        Cluster(home)


def test_a_database_that_drops_chinese_is_refused(home: Path) -> None:
    running = started(home)
    url = running.url(SUPERUSER)
    with psycopg.connect(url, autocommit=True) as connection:
        provider = "LOCALE_PROVIDER libc" if running.programs.major >= 17 else ""
        connection.execute(f"CREATE DATABASE plain TEMPLATE template0 LOCALE 'C' {provider}".encode())
    plain = url.replace("/gongzhi?", "/plain?")
    with pytest.raises(ClusterError, match="pg_trgm is missing"):
        check_server(plain)
    with psycopg.connect(plain) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
    with pytest.raises(ClusterError, match="drops Chinese"):
        check_server(plain)
