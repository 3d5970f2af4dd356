"""Rows stored with SQL that is made once for each model and kept; Django makes it anew for every row.

For paths that store a few rows many times a second. Values go through their field's own conversion unless they are
already what the database takes.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Field, Model

FEW = 8
"""So many rows of a model are stored with one kept statement; more of them are a bulk, for which Django's way pays."""
AS_THEY_ARE: dict[str, type] = {
    "BigAutoField": int, "BigIntegerField": int, "IntegerField": int, "PositiveIntegerField": int,
    "PositiveSmallIntegerField": int, "SmallIntegerField": int, "ForeignKey": int, "OneToOneField": int,
    "BooleanField": bool, "CharField": str, "FloatField": float, "TextField": str, "UUIDField": UUID,
}  # fmt: skip
"""By kind of field of Django's own: values of exactly this type need no conversion; nor does None."""


class Column(NamedTuple):
    """How one field of a model is stored."""

    attname: str
    name: str
    mark: str
    plain: type
    field: Any

    def value(self, row: Model) -> Any:
        """What the database takes."""
        value = getattr(row, self.attname)
        if value is None or type(value) is self.plain:
            return value
        return self.field.get_db_prep_save(value, connection)


def insert(rows: Iterable[Model], batch: int = 1000, *, key: Sequence[str] = ()) -> None:
    """Store new rows, those of one model together; a primary key that is missing is given by the database.

    With `key`, the fields of a unique constraint, a row that is there already takes the new values instead.
    """
    by_model: dict[type[Model], list[Model]] = {}
    for row in rows:
        by_model.setdefault(type(row), []).append(row)
    for model, own in by_model.items():
        if len(own) <= FEW and len({row.pk is None for row in own}) == 1:
            _insert(model, own, tuple(key))
        elif key:
            rest = [column.attname for column in columns(model) if column.attname not in (*key, model._meta.pk.attname)]
            model._default_manager.bulk_create(
                own, batch_size=batch, update_conflicts=True, unique_fields=key, update_fields=rest
            )
        else:
            model._default_manager.bulk_create(own, batch_size=batch)


def update(row: Model, attnames: Iterable[str]) -> None:
    """Store these attributes of a row that is there."""
    names = tuple(attnames)
    by_name = {column.attname: column for column in columns(type(row))}
    with connection.cursor() as cursor:
        cursor.execute(_update_sql(type(row), names), [*(by_name[name].value(row) for name in names), row.pk])


@cache
def columns(model: type[Model]) -> tuple[Column, ...]:
    """The columns of a model's table."""
    return tuple(_column(field) for field in model._meta.concrete_fields)


def _column(field: "Field[Any, Any]") -> Column:
    is_djangos = type(field).__module__.startswith("django.db.models.")
    plain = AS_THEY_ARE.get(type(field).__name__, type(None)) if is_djangos else type(None)
    mark = field.get_placeholder(None, None, connection) if hasattr(field, "get_placeholder") else "%s"
    return Column(field.attname, connection.ops.quote_name(field.column), mark, plain, field)


def _insert(model: type[Model], own: list[Model], key: tuple[str, ...]) -> None:
    for row in own:
        row._prepare_related_fields_for_save(operation_name="insert")  # type: ignore[attr-defined]
    values = [[column.value(row) for column in columns(model)] for row in own]
    given = tuple(any(value is not None for value in column) for column in zip(*values, strict=True))
    with connection.cursor() as cursor:
        flat = [value for line in values for value, is_given in zip(line, given, strict=True) if is_given]
        cursor.execute(_insert_sql(model, given, len(own), key), flat)
        for row, (pk,) in zip(own, cursor.fetchall(), strict=True):
            row.pk = pk
            row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


@cache
def _insert_sql(model: type[Model], given: tuple[bool, ...], count: int, key: tuple[str, ...]) -> str:
    """Columns that stay empty in every row are left out: the statement is shorter, the row the same."""
    table, pk = connection.ops.quote_name(model._meta.db_table), model._meta.pk
    used = [column for column, is_given in zip(columns(model), given, strict=True) if is_given]
    row = f"({', '.join(column.mark for column in used)})"
    sql = f"INSERT INTO {table} ({', '.join(column.name for column in used)}) VALUES {', '.join([row] * count)}"  # noqa: S608
    if key:
        rest = [column for column in columns(model) if column.attname not in (*key, pk.attname)]
        taken = ", ".join(f"{column.name} = EXCLUDED.{column.name}" for column in rest)
        names = ", ".join(column.name for column in columns(model) if column.attname in key)
        sql += f" ON CONFLICT ({names}) DO UPDATE SET {taken}"
    return f"{sql} RETURNING {connection.ops.quote_name(pk.column)}"


@cache
def _update_sql(model: type[Model], names: tuple[str, ...]) -> str:
    table, pk = connection.ops.quote_name(model._meta.db_table), connection.ops.quote_name(model._meta.pk.column)
    by_name = {column.attname: column for column in columns(model)}
    changes = ", ".join(f"{by_name[name].name} = {by_name[name].mark}" for name in names)
    return f"UPDATE {table} SET {changes} WHERE {pk} = %s"  # noqa: S608 - names come from the model
