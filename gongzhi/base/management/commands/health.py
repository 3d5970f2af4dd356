from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gongzhi.base.health import examine


class Command(BaseCommand):
    help = "检查数据库、升级和数据是否正常 | Check that database, migrations and data are well"
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        findings = examine()
        for finding in findings:
            self.stdout.write(f"{'✗' if finding.wrong else '✓'} {finding.name} {finding.wrong}".rstrip())
        if any(finding.wrong for finding in findings):
            raise CommandError("有问题，见上。 Something is wrong, see above.", returncode=1)
