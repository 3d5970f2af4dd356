"""A new key: what was sealed under the old one stays readable and findable, and the old key can go."""

import pytest
from django.core.management import call_command

from gongzhi.accounts.models import Account
from gongzhi.accounts.tests.factories import resident
from gongzhi.base.crypto import UnknownKey


@pytest.mark.django_db
def test_after_a_rotation_the_old_key_is_no_longer_needed(settings) -> None:  # type: ignore[no-untyped-def]
    old, new = b"a" * 32, b"b" * 32
    settings.FIELD_KEYS = {"old": old}
    account = resident(phone="13890001234", is_confirmed=True)
    settings.FIELD_KEYS = {"new": new, "old": old}
    assert Account.objects.with_phone("13890001234").get() == account
    call_command("rotate_keys")
    settings.FIELD_KEYS = {"new": new}
    found = Account.objects.with_phone("13890001234").get()
    assert (found.phone, found.is_confirmed) == ("13890001234", True)
    settings.FIELD_KEYS = {"old": old}
    with pytest.raises(UnknownKey):
        assert Account.objects.get(pk=account.pk).phone
