"""Foreign keys and migrations point down, like imports (ARCHITECTURE.md 2)."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.db.migrations.loader import MigrationLoader

ROOT = Path(__file__).resolve().parent.parent.parent


def heights() -> dict[str, int]:
    """Height of each app in the import contract; siblings share one."""
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    found = {}
    for height, layer in enumerate(reversed(contract[0]["layers"])):
        for name in layer.split("|"):
            found[name.strip(" ()")] = height
    return found


def upward(pairs: Iterator[tuple[str, str]]) -> list[str]:
    height = heights()
    return [f"{a} -> {b}" for a, b in pairs if a != b and a in height and b in height and height[b] >= height[a]]


def test_every_app_of_ours_stands_in_the_import_contract() -> None:
    ours = {
        config.label
        for config in apps.get_app_configs()
        if config.name.startswith("gongzhi.") and "tests" not in config.name
    }
    assert ours <= set(heights())


def test_no_foreign_key_points_up_or_sideways() -> None:
    assert not upward(
        (model._meta.app_label, field.related_model._meta.app_label)
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.concrete and field.is_relation and not isinstance(field.related_model, str) and field.related_model
    )


def test_kernel_and_base_know_no_account_place_or_organisation_by_foreign_key() -> None:
    for label in ("base", "kernel"):
        targets = {
            field.related_model._meta.app_label
            for model in apps.get_app_config(label).get_models()
            for field in model._meta.get_fields()
            if field.concrete and field.is_relation and field.related_model and not isinstance(field.related_model, str)
        }
        assert targets <= {"base", "kernel"}


def test_no_migration_depends_on_one_of_a_higher_app() -> None:
    nodes = MigrationLoader(None).disk_migrations
    assert not upward((app, needed) for (app, _), node in nodes.items() for needed, _ in node.dependencies)
