"""`gongzhi`: the command-line tool.

A few commands of its own (demo, serve, worker, migrate, keys); every management command of an app is there too, with
dashes for underscores, and appears in the list by itself.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import django
import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line, get_commands, load_command_class
from django.db.utils import OperationalError
from granian.constants import Interfaces
from granian.server import Server

from gongzhi import launcher
from gongzhi.operations import backup as backups
from gongzhi.operations import environment
from gongzhi.operations.cluster import OWNER, Cluster, ClusterError, check_server, prepare
from gongzhi.operations.environment import load_keys, new_keys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongzhi.settings")
HOME = Path(os.environ.get("GONGZHI_HOME") or Path(__file__).resolve().parent.parent / "var").resolve()
WITHOUT_DATABASE = frozenset(
    {"api-docs", "check", "collectstatic", "diffsettings", "findstatic", "makemigrations", "workflow-docs"}
)


@contextmanager
def database() -> Iterator[None]:
    """See that the command has a database: DATABASE_URL, else the embedded one, for as long as the command runs."""
    if os.environ.get("DATABASE_URL"):
        yield
        return
    cluster = Cluster(HOME)
    try:
        cluster.start()
        os.environ.update(load_keys(HOME, os.environ), **addresses(cluster))
        yield
    finally:
        cluster.stop()


def addresses(cluster: Cluster) -> dict[str, str]:
    """The environment that points at `cluster`: the serving role's address and the owner's."""
    return {"DATABASE_URL": cluster.url(), "GONGZHI_OWNER_URL": cluster.url(OWNER)}


def parser(name: str) -> argparse.ArgumentParser:
    """An argument parser with the help text of one of our own commands."""
    return argparse.ArgumentParser(prog=f"gongzhi {name}", description=OWN[name][1])


def demo(arguments: Sequence[str]) -> int:
    """Everything at once on this machine, until Ctrl-C."""
    parser("demo").parse_args(arguments)
    return launcher.demo(HOME)


def serve(arguments: Sequence[str]) -> int:
    """The web server, in the foreground."""
    options = parser("serve")
    options.add_argument("--host", default=os.environ.get("GONGZHI_LISTEN") or "127.0.0.1", help="地址 | address")
    options.add_argument("--port", type=int, default=environment.number("PORT", 8000, 1, 65535), help="端口 | port")
    options.add_argument("--workers", type=int, default=environment.number("GONGZHI_WORKERS", 2, 1, 256))
    options.add_argument("--threads", type=int, default=environment.number("GONGZHI_THREADS", 4, 1, 64))
    chosen = options.parse_args(arguments)
    with database():
        check_server(os.environ["DATABASE_URL"])
        if not (HOME / "static" / "staticfiles.json").exists():
            raise launcher.CannotStart(
                "网页素材还没有收集，请先运行 gongzhi collectstatic --noinput\n"
                "Static files are not collected yet. Run: gongzhi collectstatic --noinput"
            )
        Server(
            "gongzhi.wsgi:application",
            address=chosen.host,
            port=chosen.port,
            interface=Interfaces.WSGI,
            workers=chosen.workers,
            blocking_threads=chosen.threads,
            respawn_failed_workers=True,
            workers_kill_timeout=10,
            websockets=False,
        ).serve()
    return 0


def worker(arguments: Sequence[str]) -> int:
    """The background worker, in the foreground."""
    options = parser("worker")
    options.add_argument("--concurrency", type=int, default=4, help="同时做几件 | jobs at the same time")
    chosen = options.parse_args(arguments)
    with database():
        check_server(os.environ["DATABASE_URL"])
        words = ["--concurrency", str(chosen.concurrency), "--shutdown-graceful-timeout", "10"]
        execute_from_command_line(["gongzhi", "procrastinate", "worker", *words])
    return 0


def migrate(arguments: Sequence[str]) -> int:
    """Django's migrate, run as the owner of the tables; new tables are opened to the serving role."""
    if {"-h", "--help"} & set(arguments):
        execute_from_command_line(["gongzhi", "migrate", *arguments])
    with database():
        serving = os.environ["DATABASE_URL"]
        owner = os.environ.get("GONGZHI_OWNER_URL") or serving
        with psycopg.connect(owner) as connection, psycopg.connect(serving) as other:
            prepare(connection, connection.info.user, other.info.user)
        check_server(serving)
        os.environ["DATABASE_URL"] = owner
        execute_from_command_line(["gongzhi", "migrate", *arguments])
        make_months(owner)
    return 0


def make_months(owner: str) -> None:
    """Partitions of the events for the next 24 months, as the worker makes them every night."""
    with psycopg.connect(owner) as connection:
        if connection.execute("SELECT to_regproc('kernel_partitions')").fetchone() != (None,):
            connection.execute("SELECT kernel_partitions(current_date, (current_date + interval '24 months')::date)")


def keys(arguments: Sequence[str]) -> int:
    """Print fresh keys for the environment file of a real installation."""
    parser("keys").parse_args(arguments)
    print("\n".join(f"{name}={value}" for name, value in new_keys().items()))
    return 0


def backup(arguments: Sequence[str]) -> int:
    """Database and files into a new folder; the keys are kept apart."""
    options = parser("backup")
    options.add_argument("folder", type=Path, help="放备份的文件夹 | folder for backups")
    chosen = options.parse_args(arguments)
    with database():
        made = backups.backup(
            os.environ.get("GONGZHI_OWNER_URL") or os.environ["DATABASE_URL"], HOME, chosen.folder.resolve()
        )
    print(f"备份好了。密钥不在里面，请另外存放。 Backed up; the keys are not part of it, keep them apart.\n{made}")
    return 0


def restore_drill(arguments: Sequence[str]) -> int:
    """Prove a backup (a fresh one when none is named) by restoring it into a database of its own."""
    options = parser("restore-drill")
    options.add_argument(
        "folder", type=Path, nargs="?", help="一份备份；不写就现做一份 | a backup; without one it is made now"
    )
    chosen = options.parse_args(arguments)
    with database(), tempfile.TemporaryDirectory(prefix="gongzhi-backup-") as scratch:
        owner = os.environ.get("GONGZHI_OWNER_URL") or os.environ["DATABASE_URL"]
        folder = chosen.folder.resolve() if chosen.folder else backups.backup(owner, HOME, Path(scratch))
        proof = backups.drill(folder, HOME, load_keys(HOME, os.environ), [sys.executable, "-m", "gongzhi"])
    for fault in proof.faults:
        print(f"✗ {fault}")
    print(
        f"恢复了 {proof.rows:,} 行，用时 {proof.seconds:.0f} 秒。 {proof.rows:,} rows restored in {proof.seconds:.0f} seconds."
    )
    print(
        "备份可用。 The backup is good." if not proof.faults else "备份有问题，见上。 The backup has faults, see above."
    )
    return 1 if proof.faults else 0


OWN: dict[str, tuple[Callable[[Sequence[str]], int], str]] = {
    "demo": (
        demo,
        "在本机运行全部：数据库、演示数据、网站、后台任务 | Run everything here: database, demo data, web, worker",
    ),
    "serve": (serve, "只运行网站 | Run the web server alone"),
    "worker": (worker, "只运行后台任务 | Run the background worker alone"),
    "migrate": (migrate, "建立或升级数据表 | Make or upgrade the tables"),
    "backup": (backup, "备份数据库和文件 | Back up database and files"),
    "restore-drill": (restore_drill, "把备份恢复到另一处并核对 | Restore a backup elsewhere and prove it"),
    "keys": (keys, "生成一份新的密钥 | Print fresh keys"),
}


def managed() -> dict[str, str]:
    """The apps' management commands by the name people type, with their help."""
    django.setup()
    ours = {name: app for name, app in get_commands().items() if str(app).startswith("gongzhi.")}
    return {name.replace("_", "-"): load_command_class(str(app), name).help for name, app in sorted(ours.items())}


def overview() -> int:
    """List the commands."""
    print("用法：gongzhi <命令> [选项]；gongzhi <命令> --help 看说明")
    print("Usage: gongzhi <command> [options]; gongzhi <command> --help explains it\n")
    for name, text in ({name: text for name, (_, text) in OWN.items()} | managed()).items():
        print(f"  {name:<20} {text}")
    return 0


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit status."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        return overview()
    name, *rest = arguments
    if name in OWN:
        return OWN[name][0](rest)
    words = ["gongzhi", name.replace("-", "_"), *rest]
    if name.replace("_", "-") in WITHOUT_DATABASE or {"-h", "--help"} & set(rest):
        execute_from_command_line(words)
        return 0
    with database():
        execute_from_command_line(words)
    return 0


def main() -> None:
    """The entry point; known troubles end with a sentence, not a traceback."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        sys.exit(run(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
    except (OperationalError, psycopg.OperationalError) as error:
        sys.exit(f"数据库没有回答。 The database does not answer.\n{error}")
    except (ClusterError, ImproperlyConfigured, launcher.CannotStart) as error:
        sys.exit(str(error))
