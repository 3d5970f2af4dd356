"""Sample content of the style guide: one context for each page, with invented people and matters."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from gongzhi.base import ui

PAGES = ("phone", "report", "rate", "desk", "public", "parts", "print", "wall", "message")
TRAIL = ("自流井区", "五星街街道", "磨子井社区")
CLOSED_RULE = "从派单起算 24 小时，夜里 22 点到早上 7 点不算。"
SAID: dict[str, dict[str, Any]] = {
    "desk": {"heading": "我的工作", "showing": "list"},
    "print": {"heading": "督办单"},
    "wall": {"heading": "磨子井社区治理中心"},
    "public": {}, "parts": {},
    "message": {
        "heading": "刚才的按键太快了", "happened": "一分钟里试了 5 次，先歇一下，1 分钟以后再试。",
        "kept": "您写的诉求和照片都还在，回到那一页就能看见。", "icon_name": "hourglass", "tone": "warn", "code": "K7-2041",
        "steps": ["等 1 分钟，再按一次“提交”。", "事情急，请直接打社区电话。"], "action_url": "/guide/report", "action_label": "回到刚才那一页",
    },
}  # fmt: skip
MATTERS = (
    ("解放路口井盖松动，晚上有响声", -26, ("大事 · 办理", "第一网格", "市政公用中心")),
    ("芭茅塘小区大门口下水道堵塞，污水流到人行道上", 3.34, ("待分流", "第三网格", "5 人反映", "2 张照片")),
    ("三号院晾衣架装在哪里，几户意见不一样", 96.2, ("小事 · 协商", "第三网格", "院落议事会")),
    ("老人独居，想请人每周上门量一次血压", 145, ("私事 · 引导", "第二网格", "灵志社工")),
    ("3 栋 2 单元楼道灯不亮，晚上下楼看不见", 28.1, ("小事 · 办理", "第三网格", "李小芳")),
    ("门口早餐摊占道，上学的孩子要绕到马路上", 53, ("大事 · 反馈", "第一网格", "城管执法中队")),
    ("院坝健身器材螺丝松了", 75, ("小事 · 反馈", "第四网格", "物业公司")),
    ("二楼平台长期堆旧家具，怕起火", 9, ("小事 · 办理", "第五网格", "周建国")),
    ("公交站牌被树枝挡住，看不清车次", 120, ("大事 · 办理", "第二网格", "园林所")),
)


class ReportForm(forms.Form):
    """The three fields of a report, as the phone shows them."""

    photos = forms.FileField(label="拍张照片", required=False, widget=forms.FileInput(attrs={"accept": "image/*"}))
    text = forms.CharField(label="怎么回事？", widget=forms.Textarea(attrs={"rows": 4, "maxlength": 2000}))
    category = forms.ChoiceField(
        label="是哪一类？",
        required=False,
        widget=forms.RadioSelect,
        choices=[("drain", "下水道堵塞"), ("sewage", "污水外溢"), ("other", "其他")],
    )
    phone = forms.CharField(label="电话", required=False, help_text="只有办这件事的人看得到。")


class RateForm(forms.Form):
    """Answer and satisfaction."""

    solved = forms.ChoiceField(
        label="问题解决了吗？", widget=forms.RadioSelect, choices=[("yes", "解决了"), ("no", "还没解决")]
    )
    stars = forms.ChoiceField(
        label="对这次办理，您满意吗？",
        widget=forms.RadioSelect,
        choices=[(5, "很满意"), (4, "满意"), (3, "一般"), (2, "不满意"), (1, "很不满意")],
    )
    words = forms.CharField(label="还想说什么", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    told = forms.BooleanField(label="有结果时打电话告诉我", required=False)


def step_list(labels: str, here: int, **now: Any) -> list[dict[str, Any]]:
    """Steps by name with the one at `here` present."""
    status = [("done", "now", "todo")[(i >= here) + (i > here)] for i in range(len(labels.split()))]
    return [
        {"label": label, "status": state} | (now if state == "now" else {})
        for label, state in zip(labels.split(), status, strict=True)
    ]


def matters() -> list[dict[str, Any]]:
    """The rows of the sample desk."""
    now = timezone.now()
    return [
        {"id": n, "title": title, "due_at": now + timedelta(hours=hours, seconds=30), "facts": facts, "here": n == 2}
        for n, (title, hours, facts) in enumerate(MATTERS, 1)
    ]


def events() -> list[dict[str, Any]]:
    """A sample timeline, newest first."""
    now = timezone.now()
    return [
        {"at": now, "who": "王敏 社区干事", "text": "接收，查看了现场照片", "mine": True, "public": True},
        {"at": now - timedelta(minutes=5), "text": "第 5 位居民说“我也遇到”"},
        {"at": now - timedelta(hours=30), "who": "李小芳 网格员", "text": "到现场看过", "note": "污水从 2 号井口冒出来，已放警示牌。", "public": True},
        {"at": now - timedelta(days=400), "text": "居民通过手机反映，自动定位到第三网格", "why": "照片的位置在第三网格的边界里。"},
    ]  # fmt: skip


def pictures() -> list[dict[str, Any]]:
    """Two drawn pictures, before and after."""
    now = timezone.now()
    return [
        {
            "url": "/static/ui/sample-before.svg",
            "stage": "before",
            "at": now - timedelta(hours=30),
            "caption": "大门口",
        },
        {"url": "/static/ui/sample-after.svg", "stage": "after", "at": now, "caption": "疏通以后"},
    ]


def navigation(here: str) -> dict[str, Any]:
    """What portal supplies on real pages: `tabs` on phones, `rail` at desks, `nav` in public."""
    tabs = (("首页", "home"), ("报事", "camera"), ("进度", "list"), ("议事", "talk"), ("我的", "me"))
    rail = (("我的工作", "list", 23), ("收件分流", "inbox", 6), ("网格与住户", "people", 0), ("议事", "talk", 0),
            ("公示与政策", "doc", 0), ("民情地图", "map", 0), ("统计台账", "chart", 0))  # fmt: skip
    saved = (("快到期的小事", 4), ("等我反馈", 7), ("芭茅塘院落", 3))
    return {
        "tabs": [{"label": label, "icon": icon, "url": "#", "active": label == here, "count": 2 * (label == "进度")} for label, icon in tabs],
        "rail": [
            {"items": [{"label": label, "icon": icon, "url": "#", "count": count, "active": label == here} for label, icon, count in rail]},
            {"label": "我收藏的筛选", "items": [{"label": label, "url": "#", "count": count} for label, count in saved]},
        ],
        "nav": [{"label": label, "url": "#", "active": label == here} for label in ("办理公开", "议事", "公示", "找谁办")],
        "notices_url": "#", "unread": 2, "who_am_i": "王敏 · 磨子井社区干事",
    }  # fmt: skip


def context(page: str) -> dict[str, Any]:
    """Everything the sample `page` shows."""
    now = timezone.now()
    wrong = ReportForm({"text": "", "category": "drain", "phone": "138"})
    wrong.is_valid()
    wrong.add_error("phone", "电话少了几位：手机号是 11 位。")
    steps = step_list("收集 分流 办理 反馈 督办 评议", 1, who="王敏 社区干事", until=now + timedelta(hours=3))
    return {
        "icon_names": sorted(ui.icon_names()), "number": "自督〔2026〕17 号", "office": "自流井区五星街街道办事处", "issued_at": now,
        "signers": ["经办人", "负责人"], "seal": "五星街街道办事处",
        "place_trail": TRAIL, "matters": matters(), "events": events(), "photos": pictures(), "steps": steps,
        "five": step_list("收集 分流 办理 反馈 评议", 2, who="网格员李小芳", until=now + timedelta(hours=28)),
        "wrong": wrong, "form": ReportForm(initial={"text": MATTERS[1][0], "category": "drain"}),
        "rate": RateForm(initial={"stars": 5}), "now": now, "rule": CLOSED_RULE,
        "soon": now + timedelta(hours=3, minutes=20, seconds=30), "late": now - timedelta(days=2, hours=1),
        "far": now + timedelta(days=4, hours=1), "many": [{"label": "全部", "url": "#", "count": 23, "active": True},
        {"label": "超期", "url": "#", "count": 2, "tone": "bad"}, {"label": "今天到期", "url": "#", "count": 4, "tone": "warn"},
        {"label": "待分流", "url": "#", "count": 6}, {"label": "待反馈", "url": "#", "count": 7}, {"label": "共同反映", "url": "#", "count": 3}],
        "bulk_actions": [{"label": "批量派单", "url": "#"}, {"label": "导出台账", "url": "#"}],
        "staff": [{"name": "刘雅琴", "duty": "社区党委书记", "note": "每周三上午在一楼大厅接待", "phone": "0813 555 0101"},
                  {"name": "李小芳", "duty": "第三网格网格员", "note": "党小组长赵平 · 党员志愿者 12 人", "phone": "0813 555 0102"},
                  {"name": "周建国", "duty": "芭茅塘 1–4 栋楼栋长", "note": "党员中心户 6 户"}],
    } | SAID.get(page, {}) | navigation({"phone": "首页", "report": "报事", "rate": "进度", "desk": "我的工作"}.get(page, "办理公开"))  # fmt: skip
