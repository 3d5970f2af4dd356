"""A backup is proved by restoring it; one that lost something is found out."""

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from gongzhi.operations.backup import DUMP, MANIFEST, MEDIA, Proof, backup, counts, drill
from gongzhi.operations.cluster import FAST, OWNER, Cluster, ClusterError

NOTHING_WRONG = [sys.executable, "-c", "raise SystemExit(0)"]
SOMETHING_WRONG = [sys.executable, "-c", "import sys; print('链断了'); raise SystemExit(1)"]


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """An installation with one table, three rows and one file."""
    with tempfile.TemporaryDirectory(prefix="gongzhi-backup-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        running = Cluster(folder, options=FAST).start()
        with psycopg.connect(running.url(OWNER)) as connection:
            connection.execute("CREATE TABLE thing (id bigint PRIMARY KEY)")
            connection.execute("INSERT INTO thing VALUES (1), (2), (3)")
        (folder / MEDIA / "files").mkdir(parents=True)
        (folder / MEDIA / "files" / "a.jpg").write_bytes(b"photo")
        yield folder
        running.destroy()


@pytest.fixture
def made(home: Path, tmp_path: Path) -> Path:
    return backup(Cluster(home, options=FAST).url(OWNER), home, tmp_path)


def proved(made: Path, home: Path, command: list[str] = NOTHING_WRONG) -> Proof:
    return drill(made, home, {}, command)


def test_a_backup_holds_database_files_and_what_was_counted(made: Path) -> None:
    about = json.loads((made / MANIFEST).read_text())
    assert about["rows"] == {"thing": 3}
    assert (made / DUMP).stat().st_size and (made / MEDIA / "files" / "a.jpg").read_bytes() == b"photo"
    assert [path.name for path in made.parent.iterdir()] == [made.name]


def test_a_good_backup_is_proved_without_touching_the_installation(made: Path, home: Path) -> None:
    before = counts(Cluster(home, options=FAST).url(OWNER))
    found = proved(made, home)
    assert (found.rows, found.faults) == (3, ())
    assert counts(Cluster(home, options=FAST).url(OWNER)) == before
    assert not list(Path(tempfile.gettempdir()).glob("gongzhi-drill-*"))


def test_lost_rows_are_found(made: Path, home: Path) -> None:
    about = json.loads((made / MANIFEST).read_text())
    (made / MANIFEST).write_text(json.dumps({**about, "rows": {"thing": 4}}))
    assert proved(made, home).faults == ("thing: 3 < 4",)


def test_what_the_restored_data_itself_says_is_reported(made: Path, home: Path) -> None:
    assert "链断了" in proved(made, home, SOMETHING_WRONG).faults


def test_a_damaged_dump_stops_with_a_sentence(made: Path, home: Path) -> None:
    size = (made / DUMP).stat().st_size
    os.truncate(made / DUMP, size // 2)
    with pytest.raises(ClusterError, match="pg_restore"):
        proved(made, home)
