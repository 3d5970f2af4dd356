"""Keeps the code small: the budgets of length. Prints what is used and fails on what is exceeded.

Lines of a function run from `def` to its end, docstring included, decorators not. Tests and migrations count only for
the length of files and functions, not for the sums.
"""

import ast
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FUNCTION_MEDIAN = 9
FUNCTION_MOST = 50
FILE_MOST = 500
TEMPLATE_MOST = 150
SCRIPT_MOST = 600
SCRIPT_WITH_OFFLINE_MOST = 1_500
APP_MOST = {"kernel": 2_000, "base": 2_500}
OFFLINE = "offline"
"""Name of the folder that holds the offline part of our JavaScript."""
VENDORED = "vendor"
"""Name of the folder that holds other people's JavaScript and styles."""


@dataclass
class Report:
    """What was measured, and what is over its budget."""

    facts: list[str] = field(default_factory=list)
    excesses: list[str] = field(default_factory=list)

    def measure(self, what: str, used: float, most: float) -> None:
        """Note `used` of `most`."""
        self.facts.append(f"{what}: {used:g} / {most}")
        self.limit(what, used, most)

    def limit(self, what: str, used: float, most: float) -> None:
        """Complain when `used` is over `most`."""
        if used > most:
            self.excesses.append(f"{what}: {used:g} > {most}")


def files(pattern: str) -> list[Path]:
    """Files known to git, or new and not ignored, that match `pattern`."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", pattern]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        # Without git (an unpacked archive): everything there is.
        listed = [str(path.relative_to(ROOT)) for path in (ROOT / "gongzhi").rglob(pattern)]
    return sorted(path for name in set(listed) if (path := ROOT / name).is_file())


def lines(path: Path) -> int:
    """Number of lines of a file."""
    return len(path.read_text(encoding="utf-8").splitlines())


def written_lines(path: Path) -> int:
    """Number of lines with something on them: a blank line is no burden to the reader."""
    return sum(1 for line in path.read_text(encoding="utf-8").splitlines() if line.strip())


def is_counted(path: Path) -> bool:
    """Whether a file counts for medians and sums."""
    return not {"tests", "migrations"} & set(path.parts) and path.name != "conftest.py"


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Name with place, and length, of each function in a Python file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", (node.end_lineno or 0) - node.lineno + 1


def check_python(report: Report) -> None:
    """Lengths of functions and files, and the sums of the lowest layers."""
    counted: list[int] = []
    sources = files("*.py")
    for path in sources:
        if "migrations" not in path.parts:
            report.limit(str(path.relative_to(ROOT)), lines(path), FILE_MOST)
            for name, length in functions(path):
                report.limit(name, length, FUNCTION_MOST)
                if is_counted(path) and path.is_relative_to(ROOT / "gongzhi"):
                    counted.append(length)
    report.measure("median function", statistics.median(counted), FUNCTION_MEDIAN)
    for app, most in APP_MOST.items():
        own = [path for path in sources if path.is_relative_to(ROOT / "gongzhi" / app) and is_counted(path)]
        report.measure(f"lines of {app}", sum(map(written_lines, own)), most)


def check_pages(report: Report) -> None:
    """Lengths of templates, and the sum of our own JavaScript with and without its offline part."""
    for path in files("*.html"):
        if "templates" in path.parts:
            report.limit(str(path.relative_to(ROOT)), lines(path), TEMPLATE_MOST)
    scripts = [path for path in files("*.js") if VENDORED not in path.parts]
    online = [path for path in scripts if OFFLINE not in path.parts]
    report.measure("own JavaScript without the offline part", sum(map(lines, online)), SCRIPT_MOST)
    report.measure("own JavaScript", sum(map(lines, scripts)), SCRIPT_WITH_OFFLINE_MOST)


def main() -> int:
    """Measure everything; 1 when something is over its budget."""
    report = Report()
    check_python(report)
    check_pages(report)
    print("\n".join(report.facts))
    print("\n".join(f"✗ {excess}" for excess in report.excesses))
    return 1 if report.excesses else 0


if __name__ == "__main__":
    sys.exit(main())
