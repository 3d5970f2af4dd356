import pytest
from django.db import connection


@pytest.mark.django_db
def test_text_search_keeps_chinese() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT show_trgm('社区治理')")
        assert cursor.fetchone()[0]
