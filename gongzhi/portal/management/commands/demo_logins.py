"""`gongzhi demo-logins`: one login for each duty of the demonstration, and what to try with it."""

from io import StringIO
from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.table import Table

from gongzhi.accounts.models import Account, Duty
from gongzhi.accounts.pickers import name_fully
from gongzhi.accounts.posts import POSTS
from gongzhi.portal.demo.people import PASSWORD
from gongzhi.portal.demo.places import SPOTS

TRY = {
    "grid_member": "签收、办结一件事；也替第二网格代办",
    "captain": "替邻居上报，跟进楼栋的事",
    "grid_leader": "看网格进度，催一件快到期的",
    "clerk": "接收、分流、派单、反馈；登记一个来电",
    "community_secretary": "看全社区的超期和满意度，包案、批示",
    "street_clerk": "裁定派单异议，同意或不同意延期",
    "street_secretary": "看全街道，包一件超期的事",
    "district_clerk": "看全区，派给部门",
    "district_secretary": "看全区的超期，包案",
    "supervisor": "发督办单，审核回复，核查通过",
    "operator": "接一个电话：只用键盘，查来电人、附近的事，复述登记",
    "officer": "签收、记录进展、申请延期、办结回单",
    "organisation_head": "看本部门的全部事项",
    "administrator": "登记账号、岗位和代办",
}
PLACE = "磨子井社区"
FIRST = f"{SPOTS[0].slug}-jumin1"


class Command(BaseCommand):
    """Silent where the demonstration data is not there."""

    help = "列出演示账号，每个岗位一个。 / List one demonstration login for each duty."

    def handle(self, *args: Any, **options: Any) -> None:
        """A table of logins with the one password above it."""
        if not Account.objects.filter(username=FIRST).exists():
            return
        table = Table("用户名 user", "岗位 duty", "在哪里 where", "试一试 try", box=None, pad_edge=False)
        table.add_row(FIRST, "居民", PLACE, "反映一件事，看进度，评价结果")
        duties = first_duties()
        name_fully(duties)
        for duty in duties:
            table.add_row(duty.account.username, str(POSTS[duty.post].label), duty.where, TRY[duty.post])
        console = Console(file=StringIO(), width=130, force_terminal=self.stdout.isatty())
        console.print(f"演示账号（密码都是 [bold]{PASSWORD}[/]）Demo logins, one password:", highlight=False)
        console.print(table, highlight=False)
        assert isinstance(console.file, StringIO)
        self.stdout.write(console.file.getvalue())


def first_duties() -> list[Duty]:
    """The first duty of each post, in the order of the registry."""
    found: dict[str, Duty] = {}
    rows = Duty.objects.filter(post__in=POSTS).select_related("account", "place", "organisation").order_by("pk")
    for duty in rows:
        found.setdefault(duty.post, duty)
    return [found[post] for post in POSTS if post in found]
