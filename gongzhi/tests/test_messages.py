"""The script that keeps the English catalogue: what it finds is what Django looks up."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog
from django.template import Context, Template
from django.utils import translation

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def messages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, working on sources and a catalogue of its own."""
    spec = importlib.util.spec_from_file_location("messages", ROOT / "scripts" / "messages.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "SOURCES", tmp_path / "gongzhi")
    monkeypatch.setattr(module, "CATALOGUE", tmp_path / "locale" / "en" / "LC_MESSAGES" / "django.po")
    (tmp_path / "gongzhi").mkdir()
    return module


def found(messages: ModuleType, name: str, text: str) -> list[tuple[object, object]]:
    (messages.SOURCES / name).write_text(text, encoding="utf-8")
    catalogue: Catalog = messages.extracted()
    return [(message.id, message.context) for message in catalogue if message.id]


@pytest.mark.parametrize(
    ("template", "message", "context"),
    [
        ("{% translate '收集' %}", "收集", None),
        ('{% translate "打开" context "动作" %}', "打开", "动作"),
        ("{{ _('分流') }}", "分流", None),
        ("{% include 'x.html' with title=_('办理') only %}", "办理", None),
        ("{% blocktranslate with name=who %}您好，{{ name }}{% endblocktranslate %}", "您好，%(name)s", None),
        ("{% blocktranslate trimmed %}\n  一行\n  两行\n{% endblocktranslate %}", "一行 两行", None),
        ("{% blocktranslate %}满意率 95%{% endblocktranslate %}", "满意率 95%%", None),
        (
            "{% blocktranslate count n=n %}{{ n }} 件{% plural %}{{ n }} 件们{% endblocktranslate %}",
            ("%(n)s 件", "%(n)s 件们"),
            None,
        ),
    ],
)
def test_every_way_to_mark_a_string_in_a_template_is_found(
    messages: ModuleType, template: str, message: object, context: object
) -> None:
    assert found(messages, "page.html", template) == [(message, context)]


@pytest.mark.parametrize(
    ("source", "message", "context"),
    [
        ("label = _('收集')", "收集", None),
        ("label = gettext_lazy('很长的' '一句话')", "很长的一句话", None),
        ("label = pgettext_lazy('动作', '打开')", "打开", "动作"),
        ("label = ngettext('%d 件', '%d 件们', n)", ("%d 件", "%d 件们"), None),
    ],
)
def test_every_way_to_mark_a_string_in_python_is_found(
    messages: ModuleType, source: str, message: object, context: object
) -> None:
    assert found(messages, "models.py", source) == [(message, context)]


def test_a_string_without_english_fails_the_check_and_one_with_english_is_never_lost(messages: ModuleType) -> None:
    found(messages, "models.py", "a = _('收集')")
    assert messages.check() == 1
    messages.update()
    text = messages.CATALOGUE.read_text(encoding="utf-8")
    messages.CATALOGUE.write_text(text.replace('msgid "收集"\nmsgstr ""', 'msgid "收集"\nmsgstr "Collect"'))
    assert messages.check() == 0
    found(messages, "models.py", "a = _('收集')\nb = _('分流')")
    assert messages.update() == 0
    assert 'msgstr "Collect"' in messages.CATALOGUE.read_text(encoding="utf-8")
    assert messages.check() == 1


def test_the_compiled_catalogue_is_what_the_pages_speak(messages: ModuleType, settings: pytest.FixtureRequest) -> None:
    template = "{% load i18n %}{% blocktranslate %}您好，{{ name }}{% endblocktranslate %}"
    found(messages, "page.html", template)
    messages.update()
    text = messages.CATALOGUE.read_text(encoding="utf-8")
    messages.CATALOGUE.write_text(text.replace('name)s"\nmsgstr ""', 'name)s"\nmsgstr "Hello, %(name)s"'))
    messages.compile_catalogue()
    settings.LOCALE_PATHS = [messages.ROOT / "locale"]  # type: ignore[attr-defined]
    translation.trans_real._translations.clear()  # type: ignore[attr-defined]
    try:
        with translation.override("en"):
            assert Template(template).render(Context({"name": "李"})) == "Hello, 李"
    finally:
        translation.trans_real._translations.clear()  # type: ignore[attr-defined]
