"""Back up the database and the files in one step, and prove a backup by restoring it beside the running installation.

Keys are never part of a backup: they are kept apart, or whoever steals one has the other.
"""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg import sql

from gongzhi.operations.cluster import FAST, OWNER, Cluster, ClusterError, Programs, programs, runner

DUMP, MANIFEST, MEDIA = "database.dump", "manifest.json", "media"


@dataclass(frozen=True)
class Proof:
    """What a drill found: rows counted, files looked for, seconds taken, and what was wrong."""

    rows: int
    seconds: float
    faults: tuple[str, ...]


def backup(owner: str, home: Path, target: Path) -> Path:
    """Write database, files and a manifest into a new folder below `target`; returns the folder.

    The database goes first: a file too many does no harm, a file too few does. The folder gets its name at the end,
    so that one cut off is never mistaken for a backup. Raises ClusterError with a sentence for people.
    """
    tools = programs(runner(), home)
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = Path(tempfile.mkdtemp(prefix="half-", dir=target))
    dump = half / DUMP
    counted = counts(owner)
    _run(tools, "pg_dump", "--format=custom", "--no-owner", "--no-acl", f"--file={dump}", owner)
    if (home / MEDIA).exists():
        shutil.copytree(home / MEDIA, half / MEDIA)
    about = {
        "made_at": datetime.now().astimezone().isoformat(timespec="seconds"), "sha256": _digest(dump), "rows": counted,
    }  # fmt: skip
    (half / MANIFEST).write_text(json.dumps(about, ensure_ascii=False, indent=1))
    whole = target / f"gongzhi-{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    half.rename(whole)
    return whole


def drill(folder: Path, home: Path, keys: Mapping[str, str], command: Sequence[str]) -> Proof:
    """Restore a backup into a database of its own and prove it there; the running installation is not touched.

    `command` runs the command-line tool; with the environment `keys` it verifies the restored rows and looks for every
    stored file. Fewer rows than the manifest counted are a fault; the site may have gone on writing after counting.
    """
    began = time.monotonic()
    about = json.loads((folder / MANIFEST).read_text())
    faults = (
        []
        if _digest(folder / DUMP) == about["sha256"]
        else ["备份文件和清单里的校验值不一样 / the dump differs from its manifest"]
    )
    with tempfile.TemporaryDirectory(prefix="gongzhi-drill-") as name:
        Path(name).chmod(0o711)
        cluster = Cluster(Path(name), options=FAST)
        try:
            cluster.start()
            owner = cluster.url(OWNER)
            words = ("--no-owner", "--no-acl", "--no-comments", "--exit-on-error", "--jobs=2", f"--dbname={owner}")
            _run(programs(runner(), home), "pg_restore", *words, str(folder / DUMP))
            found = counts(owner)
            faults += [
                f"{table}: {found.get(table, 0)} < {n}" for table, n in about["rows"].items() if found.get(table, 0) < n
            ]
            environment = {**os.environ, **keys, "DATABASE_URL": cluster.url(), "GONGZHI_OWNER_URL": owner}
            faults += _prove(command, environment, "verify")
            faults += _prove(command, environment, "check-files", "--folder", str(folder / MEDIA))
        finally:
            cluster.destroy()
    return Proof(sum(found.values()), time.monotonic() - began, tuple(faults))


def counts(url: str) -> dict[str, int]:
    """Rows of every ordinary table of the schema."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT c.relname FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') "
            "AND NOT c.relispartition AND c.relname NOT LIKE 'procrastinate%' AND c.relname <> 'django_session' ORDER BY 1"
        ).fetchall()
        return {name: _count(connection, name) for (name,) in tables}


def _count(connection: psycopg.Connection[tuple[object, ...]], table: str) -> int:
    row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
    return int(str(row[0])) if row else 0


def _prove(command: Sequence[str], environment: Mapping[str, str], *words: str) -> list[str]:
    done = subprocess.run(
        [*command, *words], check=False, capture_output=True, text=True, errors="replace", env=dict(environment)
    )
    return [] if done.returncode == 0 else (done.stdout + done.stderr).strip().splitlines()[-20:]


def _run(tools: Programs, program: str, *words: str) -> None:
    done = subprocess.run(
        [tools.folder / program, *words], check=False, capture_output=True, text=True, errors="replace"
    )
    if done.returncode:
        raise ClusterError(f"{program} 没有做完。 {program} did not finish.\n{done.stderr.strip()[-2000:]}")


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
