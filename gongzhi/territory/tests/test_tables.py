import pytest
from django.db import IntegrityError, transaction

from gongzhi.territory.models import Place


@pytest.mark.django_db
def test_a_path_that_does_not_end_with_the_place_itself_is_refused() -> None:
    with pytest.raises(IntegrityError, match="place_path_ends_with_itself"), transaction.atomic():
        Place.objects.create(id=7, name="自贡市", kind="city", path="/17/8/")
    Place.objects.create(id=7, name="自贡市", kind="city", path="/7/")
