"""The product's settings with the toy practice installed beside it."""

from gongzhi.settings import *  # noqa: F403
from gongzhi.settings import INSTALLED_APPS as PRODUCT
from gongzhi.settings import STORAGES as PRODUCT_STORAGES

INSTALLED_APPS = [*PRODUCT, "gongzhi.kernel.tests.toy"]
# Pages are drawn without collecting static files first.
STORAGES = {**PRODUCT_STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
