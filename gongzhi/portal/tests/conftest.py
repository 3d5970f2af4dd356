"""The cast of cases plays here too."""

from gongzhi.cases.tests.conftest import cast

__all__ = ["cast"]
