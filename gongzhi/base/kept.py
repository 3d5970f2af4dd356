"""Queries whose SQL is made once and kept; Django makes it anew for every request, which costs more than the answer.

`MATTER = Kept(lambda: Matter.objects.filter(number=Slot("number")))`, then `MATTER.first(number="2026-000001")`.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, Generic, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import IntegerField, Model, Q, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.query import get_related_populators  # type: ignore[attr-defined]
from django.db.models.sql import Query

M = TypeVar("M", bound=Model)


class Slot(Value):
    """Stands for a value that is given with each call; `sql` may wrap it: `Q(pk=Slot("ids", "ANY(%s)"))`."""

    def __init__(self, name: str, sql: str = "%s") -> None:
        super().__init__(None)
        self.name, self.sql = name, sql

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """The parameter is the slot itself until `Kept` fills it."""
        return self.sql, [self]


class Kept(Generic[M]):
    """A query for rows of one model, with `select_related` and annotations, whose values stand in slots.

    Everything else about it must be the same for every request: nothing of a person, a time or a setting.
    """

    def __init__(self, build: Callable[[], QuerySet[M]]) -> None:
        self._build = build
        self._made: tuple[str, Sequence[Any], Callable[[list[Any]], list[M]]] | None = None

    def all(self, **values: Any) -> list[M]:
        """The rows, each an instance as Django would give it."""
        sql, params, hydrate = self._made = self._made or _prepare(self._build())
        with connection.cursor() as cursor:
            cursor.execute(sql, _filled(params, values))
            return hydrate(cursor.fetchall())

    def first(self, **values: Any) -> M | None:
        """The first row, or None."""
        return next(iter(self.all(**values)), None)


class Tally:
    """How many rows pass each of several tests, counted together: `rows.aggregate(n=tally(now=…))` gives a list.

    The tests are conditions on columns of the model's own table; whatever differs stands in slots.
    """

    def __init__(self, model: type[Model], tests: Sequence[Q]) -> None:
        query = Query(model)
        compiler, parts, self._params = query.get_compiler(DEFAULT_DB_ALIAS), [], []
        for test in tests:
            where = test.resolve_expression(query, allow_joins=False)
            condition, params = compiler.compile(where) if test else ("true", [])
            parts.append(f"count(*) FILTER (WHERE {condition})")
            self._params += params
        self._sql = f"ARRAY[{', '.join(parts)}]"

    def __call__(self, **values: Any) -> RawSQL:
        """The expression for `aggregate`."""
        return _Counted(self._sql, _filled(self._params, values), ArrayField(IntegerField()))


class _Counted(RawSQL):
    contains_aggregate = True


def _filled(params: Iterable[Any], values: dict[str, Any]) -> list[Any]:
    return [values[param.name] if isinstance(param, Slot) else param for param in params]


@cache
def _by_key(model: type[M], is_locked: bool) -> Kept[M]:
    def build() -> QuerySet[M]:
        rows: QuerySet[M] = model._default_manager.filter(pk=Slot("pk")).order_by()
        return rows.select_for_update() if is_locked else rows

    return Kept(build)


def find(model: type[M], pk: object, *, is_locked: bool = False) -> M | None:
    """The row with this key or None; `is_locked` until the transaction ends."""
    return _by_key(model, is_locked).first(pk=pk)


def fetch(model: type[M], pk: object, *, is_locked: bool = False) -> M:
    """The same for a row that must be there. Raises `model.DoesNotExist`."""
    if (found := find(model, pk, is_locked=is_locked)) is None:
        raise model.DoesNotExist  # type: ignore[attr-defined]
    return found


def _prepare(rows: QuerySet[M]) -> tuple[str, Sequence[Any], Callable[[list[Any]], list[M]]]:
    compiler: Any = rows.query.get_compiler(DEFAULT_DB_ALIAS)
    sql, params = compiler.as_sql()
    select, info = compiler.select, compiler.klass_info
    start, end = info["select_fields"][0], info["select_fields"][-1] + 1
    names = [column[0].target.attname for column in select[start:end]]
    converters = compiler.get_converters([column[0] for column in select]).items()
    related, added = get_related_populators(info, select, DEFAULT_DB_ALIAS), compiler.annotation_col_map or {}

    def hydrate(found: list[Any]) -> list[M]:
        made = []
        for row in map(list, found):
            for place, (steps, column) in converters:
                for step in steps:
                    row[place] = step(row[place], column, connection)
            one: M = info["model"].from_db(DEFAULT_DB_ALIAS, names, row[start:end])
            for part in related:
                part.populate(row, one)
            for name, position in added.items():
                setattr(one, name, row[position])
            made.append(one)
        return made

    return sql, params, hydrate
