"""The English translation: scripts/messages.py update | check | compile

update   brings locale/en/LC_MESSAGES/django.po up to date with the Chinese source strings; nothing translated is lost
check    fails when a string has no English, or the catalogue lacks one
compile  makes the .mo the program reads
Needs no gettext on the machine.
"""

import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.template.base import Lexer, TokenType

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"
SOURCES = ROOT / "gongzhi"
KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
}
QUOTED = r"""(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')"""
TRANSLATE = re.compile(rf"(?:translate|trans)\s+{QUOTED}(?:.*?\bcontext\s+{QUOTED})?", re.S)
CONTEXT = re.compile(rf"\bcontext\s+{QUOTED}")
IN_EXPRESSION = re.compile(rf"_\(\s*{QUOTED}\s*\)")
Found = tuple[str | tuple[str, str], str | None, int]
"""The message (or singular and plural), its context, its line."""


def in_python(path: Path) -> Iterator[Found]:
    """Messages of a Python file."""
    with path.open("rb") as source:
        for line, messages, _, context in extract("python", source, KEYWORDS):
            yield messages, context, line  # type: ignore[misc]


def in_template(path: Path) -> Iterator[Found]:
    """Messages of a template: translate, blocktranslate, and `_("…")` in tags and variables."""
    tokens = iter(Lexer(path.read_text(encoding="utf-8")).tokenize())
    for token in tokens:
        if token.token_type not in (TokenType.BLOCK, TokenType.VAR):
            continue
        at = token.lineno or 1
        if match := TRANSLATE.match(token.contents):
            yield match[1] or match[2], match[3] or match[4], at
        elif token.contents.split()[0] in ("blocktranslate", "blocktrans"):
            yield from _block(token.contents, tokens, at)
        for match in IN_EXPRESSION.finditer(token.contents):
            yield match[1] or match[2], None, at


def _block(opening: str, tokens: Iterator[object], at: int) -> Iterator[Found]:
    """The message between blocktranslate and its end, as Django will look it up."""
    parts: list[list[str]] = [[]]
    for token in tokens:
        kind, contents = token.token_type, token.contents  # type: ignore[attr-defined]
        if kind == TokenType.BLOCK and contents.startswith("end"):
            break
        if kind == TokenType.BLOCK:
            parts.append([])
        elif kind == TokenType.VAR:
            parts[-1].append(f"%({contents})s")
        else:
            parts[-1].append(contents.replace("%", "%%"))
    texts = ["".join(part) for part in parts]
    if "trimmed" in opening.split():
        texts = [" ".join(line.strip() for line in text.splitlines() if line.strip()) for text in texts]
    context = CONTEXT.search(opening)
    yield (texts[0], texts[1]) if len(texts) > 1 else texts[0], (context[1] or context[2]) if context else None, at


def extracted() -> Catalog:
    """A catalogue of every message in the sources."""
    if not settings.configured:
        settings.configure()
    found = Catalog(locale="en", project="Gongzhi", charset="utf-8", fuzzy=False)
    for path in sorted([*SOURCES.rglob("*.py"), *SOURCES.rglob("*.html"), *SOURCES.rglob("*.txt")]):
        if "tests" in path.parts or "migrations" in path.parts:
            continue
        read = in_python if path.suffix == ".py" else in_template
        for message, context, _ in read(path):
            if message and message[0]:
                # The file only, not the line: a catalogue that changes with every edit hides what matters.
                found.add(message, locations=[(str(path.relative_to(ROOT)), 0)], context=context)
    return found


def known() -> Catalog:
    """The catalogue as it is on disk; empty when there is none."""
    if not CATALOGUE.exists():
        return Catalog(locale="en", charset="utf-8")
    with CATALOGUE.open("rb") as source:
        return read_po(source, locale="en")


def key(message: Message) -> tuple[object, object]:
    """What Django looks a message up by."""
    return message.id, message.context


def is_translated(message: Message) -> bool:
    """Whether it has English in every form, and nobody has marked it as a guess."""
    texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return bool(texts) and all(texts) and not message.fuzzy


def update() -> int:
    """Write the catalogue anew, keeping translations by exact message; strings no longer used go."""
    old = {key(message): message.string for message in known() if message.id}
    new = extracted()
    for message in new:
        if message.id and key(message) in old:
            message.string = old[key(message)]
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    written = BytesIO()
    write_po(written, new, sort_output=True, omit_header=False, include_lineno=False, width=100)
    text = re.sub(
        rb'"(POT-Creation-Date|PO-Revision-Date|Generated-By|Last-Translator)[^\n]*\n', b"", written.getvalue()
    )
    CATALOGUE.write_bytes(text)
    missing = sum(not is_translated(message) for message in new if message.id)
    print(f"{len(new)} 条，{missing} 条还没有英文。 {len(new)} messages, {missing} without English.")
    return 0


def check() -> int:
    """1 when the catalogue lacks a source string or its English."""
    translated = {key(message) for message in known() if message.id and is_translated(message)}
    missing = [message for message in extracted() if message.id and key(message) not in translated]
    for message in missing:
        print(f"{message.locations[0][0]}: {message.id}")
    if missing:
        print(f"{len(missing)} 条没有英文：先 scripts/messages.py update，再填 {CATALOGUE.relative_to(ROOT)}。")
        print(f"{len(missing)} messages lack English.")
    return 1 if missing else 0


def compile_catalogue() -> int:
    """Write the .mo beside the catalogue."""
    if CATALOGUE.exists():
        written = BytesIO()
        write_mo(written, known())
        CATALOGUE.with_suffix(".mo").write_bytes(written.getvalue())
    return 0


if __name__ == "__main__":
    commands = {"update": update, "check": check, "compile": compile_catalogue}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    sys.exit(commands[sys.argv[1]]())
