"""The product's settings with the plain pages beside it, so that both run in the same server on the same database."""

from gongzhi.settings import *  # noqa: F403
from gongzhi.settings import INSTALLED_APPS as PRODUCT

INSTALLED_APPS = [*PRODUCT, "bench.plain"]
ROOT_URLCONF = "bench.urls"
