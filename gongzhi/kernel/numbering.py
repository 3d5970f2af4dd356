"""Numbers and keys from the database's own sequences: gaps are allowed, twins are not."""

from datetime import datetime

from django.db import connection
from django.db.models import Model

from gongzhi.kernel.clock import SHANGHAI


def next_ids(model: type[Model], count: int = 1) -> list[int]:
    """Primary keys for rows that are written later in the same transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [f'"{model._meta.db_table}"', count],
        )
        return [row[0] for row in cursor.fetchall()]


def next_numbers(kind: str, year: int, count: int = 1) -> list[str]:
    """Numbers `YYYY-000001` of one kind and year (Shanghai year of registration)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kernel_number(%s, %s) FROM generate_series(1, %s)",
            [kind, year, count],
        )
        return [f"{year}-{row[0]:06d}" for row in cursor.fetchall()]


def keys_and_numbers(kinds: dict[type[Model], str], now: datetime) -> list[tuple[int, str]]:
    """One key and one number for each model, in one statement; without a kind only the key."""
    year, columns = now.astimezone(SHANGHAI).year, []
    values: list[str | int] = []
    for model, kind in kinds.items():
        columns.append(f"nextval(pg_get_serial_sequence(%s, 'id')), {'kernel_number(%s, %s)' if kind else 0}")
        values += [f'"{model._meta.db_table}"', *((kind, year) if kind else ())]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)}", values)
        row = cursor.fetchone()
    return [(row[i], f"{year}-{row[i + 1]:06d}") for i in range(0, len(row), 2)]
