"""Search columns of an organisation."""

from typing import TypedDict

from gongzhi.base.text import bigrams, initials, pinyin


class Words(TypedDict):
    """The columns that make an organisation findable."""

    pinyin: str
    initials: str
    search: list[str]


def words(name: str, *others: str) -> Words:
    """Search columns; `others` are the short name and the address."""
    return {"pinyin": pinyin(name)[:400], "initials": initials(name)[:100], "search": bigrams(name, *others)}
