"""The product's settings with the toy practice installed beside it."""

from gongzhi.settings import *  # noqa: F403
from gongzhi.settings import INSTALLED_APPS as PRODUCT

INSTALLED_APPS = [*PRODUCT, "gongzhi.kernel.tests.toy"]
