"""Is this installation well? Apps above register what they know; `/healthz` and `gongzhi health` ask."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from gongzhi.operations.cluster import OLDEST_MAJOR

log = logging.getLogger(__name__)
Check = Callable[[], str]
"""Returns what is wrong as a sentence, or an empty string."""


@dataclass(frozen=True)
class Finding:
    """One check's answer; `wrong` is empty when all is well."""

    name: str
    wrong: str


def database_is_fit() -> str:
    """The server answers, is new enough, and its text search keeps Chinese."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int, cardinality(show_trgm('社区治理'))")
        version, grams = cursor.fetchone()
    if version < OLDEST_MAJOR * 10000:
        return f"PostgreSQL {version // 10000} 太旧，至少要 {OLDEST_MAJOR} 版。"
    return "" if grams else "数据库的字符分类是 C，搜不到中文。"


def migrations_are_applied() -> str:
    """The tables match this version of the program."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"有 {len(missing)} 个数据库升级没有执行，请运行 gongzhi migrate。" if missing else ""


CHECKS: dict[str, Check] = {"database": database_is_fit, "migrations": migrations_are_applied}


def register(name: str, check: Check) -> None:
    """Add a check under a short English name. Raises ValueError when the name is taken by another check."""
    if CHECKS.setdefault(name, check) is not check:
        raise ValueError(f"two health checks are called {name}")


def examine() -> list[Finding]:
    """Ask every check; a database that does not answer is a finding, not an exception."""
    findings = []
    for name, check in CHECKS.items():
        try:
            findings.append(Finding(name, check()))
        except DatabaseError as error:
            findings.append(Finding(name, f"数据库没有回答：{error}"))
    return findings


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """For load balancers and monitoring: 200 when all is well, else 503; names only, details go to the log."""
    findings = examine()
    for finding in findings:
        if finding.wrong:
            log.error("health check %s: %s", finding.name, finding.wrong)
    answers = {finding.name: "bad" if finding.wrong else "ok" for finding in findings}
    return JsonResponse(answers, status=503 if "bad" in answers.values() else 200)
