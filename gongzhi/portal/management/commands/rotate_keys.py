"""`gongzhi rotate-keys`: write every sealed telephone and every digest anew under the first key of GONGZHI_FIELD_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import models, transaction

from gongzhi.accounts import phones
from gongzhi.accounts.models import Account, SecondFactor
from gongzhi.base.crypto import current_key_id, key_id_of, reencrypt
from gongzhi.cases.models import Contact
from gongzhi.notices.models import Objection

PHONES: tuple[type[models.Model], ...] = (Account, Contact, Objection)
BATCH = 500


class Command(BaseCommand):
    help = "换密钥后重新加密电话和检索摘要，可以中断后再运行 / re-encrypt telephones and digests under the current key; may be repeated"

    def handle(self, *args: Any, **options: Any) -> None:
        """Rows already under the current key are left as they are."""
        for model in PHONES:
            done = last = 0
            rows = model._default_manager.exclude(phone_cipher=b"")
            while batch := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
                last = batch[-1].pk
                with transaction.atomic():
                    done += sum(_renew(model, row) for row in batch)
            self.stdout.write(f"{model._meta.verbose_name}: {done}")
        with transaction.atomic():
            for factor in SecondFactor.objects.select_related("account"):
                factor.secret_cipher = reencrypt(factor.secret_cipher, factor.account.uid.bytes)
                factor.save(update_fields=["secret_cipher"])


def _renew(model: type[models.Model], row: Any) -> bool:
    if key_id_of(row.phone_cipher) == current_key_id():
        return False
    number = phones.unseal(row.phone_cipher, row.uid)
    fresh = {"phone_cipher": phones.seal(number, row.uid), "phone_index": phones.index(number)}
    if hasattr(row, "phone_last4_index"):
        fresh["phone_last4_index"] = phones.last4_index(number)
    model._default_manager.filter(pk=row.pk).update(**fresh)
    return True
