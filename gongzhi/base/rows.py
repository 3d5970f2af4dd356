"""Rows stored with SQL that is made once for each model and kept; Django makes it anew for every row.

New rows of several models go in one statement: each model's rows are one parameter, a list in JSON, which PostgreSQL
turns into columns. So one statement serves any number of rows.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from itertools import islice
from typing import Any, NamedTuple, cast

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model

Key = tuple[str, ...]


class Part(NamedTuple):
    """New rows of one model; `is_keyless`: the database gives their primary keys; `key` as in `insert`."""

    model: type[Model]
    is_keyless: bool
    key: Key


class Column(NamedTuple):
    """A column of a model's table; `given` is how it is read, `stored` what is made of that."""

    attname: str
    column: str
    name: str
    given: str
    stored: str


def insert(rows: Iterable[Model], batch: int = 1000, *, keys: Mapping[type[Model], Key] | None = None) -> None:
    """Store new rows of any models; a primary key that is missing is given by the database.

    `keys` names the fields of a model's unique constraint: a row that is there already takes the new values instead.
    """
    left = iter(rows)
    while some := list(islice(left, batch)):
        parts: dict[Part, list[Model]] = {}
        for row in some:
            model = type(row)
            parts.setdefault(Part(model, row.pk is None, (keys or {}).get(model, ())), []).append(row)
        with connection.cursor() as cursor:
            cursor.execute(_insert_sql(tuple(parts)), [_listed(part, own) for part, own in parts.items()])
            given = cursor.fetchall() if cursor.description else []
        for row, (pk,) in zip(
            (row for part, own in parts.items() if part.is_keyless for row in own), given, strict=True
        ):
            row.pk = pk
        for row in some:
            row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def update(row: Model, attnames: Iterable[str]) -> None:
    """Store these attributes of a row that is there."""
    names = tuple(attnames)
    fields = [row._meta.get_field(name) for name in names]
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]  # type: ignore[union-attr]
    with connection.cursor() as cursor:
        cursor.execute(_update_sql(type(row), names), [*values, row.pk])


@cache
def columns(model: type[Model]) -> tuple[Column, ...]:
    """The columns of a model's table with their types."""
    return tuple(_column(field) for field in model._meta.concrete_fields if not field.generated)


def _column(field: Any) -> Column:
    name, kind = connection.ops.quote_name(field.column), str(field.db_type(connection))
    if not kind.endswith("]"):
        return Column(field.attname, field.column, name, kind, name)
    # As Django does: the elements of an array are cut to their length, not refused.
    loose = re.sub(r"\(\d+\)", "", kind)
    return Column(field.attname, field.column, name, loose, f"{name}::{kind}")


def _listed(part: Part, rows: Iterable[Model]) -> str:
    """The rows as a list of objects, what is empty left out."""
    found = [
        {column.column: value for column in columns(part.model) if (value := getattr(row, column.attname)) is not None}
        for row in rows
    ]
    return json.dumps(found, ensure_ascii=False, default=_said)


def _said(value: Any) -> str:
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError(f"{value} is no moment: it has no time zone")
    if hasattr(value, "resolve_expression"):
        raise TypeError(f"{value!r} is no value: only the database knows it")
    if isinstance(value, date):
        return value.isoformat()
    return f"\\x{bytes(value).hex()}" if isinstance(value, bytes | memoryview) else str(value)


@cache
def _insert_sql(parts: tuple[Part, ...]) -> str:
    inserts = [_one_insert(part) for part in parts]
    names = [f"part_{number}" for number in range(len(parts))]
    ways = ", ".join(f"{name} AS ({sql})" for name, sql in zip(names, inserts, strict=True))
    given = [
        f"SELECT {connection.ops.quote_name(part.model._meta.pk.column)} FROM {name}"  # noqa: S608 - our own names
        for name, part in zip(names, parts, strict=True)
        if part.is_keyless
    ]
    return f"WITH {ways} {' UNION ALL '.join(given) or 'SELECT 1 WHERE false'}"


def _one_insert(part: Part) -> str:
    model, pk = part.model, part.model._meta.pk
    used = [one for one in columns(model) if not (part.is_keyless and one.attname == pk.attname)]
    names, kinds = ", ".join(one.name for one in used), ", ".join(f"{one.name} {one.given}" for one in used)
    sql = f"INSERT INTO {connection.ops.quote_name(model._meta.db_table)} ({names}) "
    sql += f"SELECT {', '.join(one.stored for one in used)} FROM jsonb_to_recordset(%s::jsonb) AS given ({kinds})"  # noqa: S608 - names come from the model
    if part.key:
        taken = ", ".join(
            f"{one.name} = EXCLUDED.{one.name}" for one in used if one.attname not in (*part.key, pk.attname)
        )
        sql += f" ON CONFLICT ({', '.join(one.name for one in used if one.attname in part.key)}) DO UPDATE SET {taken}"
    return f"{sql} RETURNING {connection.ops.quote_name(pk.column)}"


@cache
def _update_sql(model: type[Model], names: Sequence[str]) -> str:
    quote, fields = connection.ops.quote_name, [cast(Any, model._meta.get_field(name)) for name in names]
    marks = [f.get_placeholder(None, None, connection) if hasattr(f, "get_placeholder") else "%s" for f in fields]
    changes = ", ".join(f"{quote(f.column)} = {mark}" for f, mark in zip(fields, marks, strict=True))
    table, pk = quote(model._meta.db_table), quote(model._meta.pk.column)
    return f"UPDATE {table} SET {changes} WHERE {pk} = %s"  # noqa: S608 - names come from the model
