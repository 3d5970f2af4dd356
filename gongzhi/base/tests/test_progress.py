"""The bar in the terminal."""

import io

from rich.console import Console

from gongzhi.base.progress import track


def test_the_items_come_through_and_a_terminal_sees_a_bar() -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=80)
    assert list(track(iter("abc"), "导入诉求", 3, console)) == ["a", "b", "c"]
    assert "导入诉求" in screen.getvalue() and "100%" in screen.getvalue()


def test_nobody_watching_means_no_output() -> None:
    screen = io.StringIO()
    assert list(track([1, 2], "导入", console=Console(file=screen, force_terminal=False))) == [1, 2]
    assert screen.getvalue() == ""
