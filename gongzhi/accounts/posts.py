"""The posts 岗位 a duty can name: where each may be held and, in words, what it lets a person see.

Source: REQUIREMENTS.md rows C2, C3 and F2 (grid staff, triage desk, secretaries of three levels) and issue 2.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class UnknownPost(LookupError):
    """A post code that is not in the registry: always a mistake in the program, never a user's."""


@dataclass(frozen=True)
class Post:
    """One post: `levels` are kinds of `territory.Place`; a post without levels is held in an organisation."""

    code: str
    label: str | Promise
    levels: tuple[str, ...]
    sees: str | Promise

    @property
    def in_organisation(self) -> bool:
        """True when the duty names an organisation instead of a place."""
        return not self.levels


_ALL = (
    Post("grid_member", _("网格员"), ("grid", "group"), _("看到本网格内的事项、楼栋和待办，可以上报、办理和回复。")),
    Post(
        "captain",
        _("楼栋长"),
        ("building", "group", "estate"),
        _("看到本楼栋或本小组公开的和自己上报的事项，可以上报和跟进。"),
    ),
    Post("grid_leader", _("网格党小组长"), ("grid", "group"), _("看到本网格内的事项和进度，可以上报和督促。")),
    Post("clerk", _("社区干事"), ("community",), _("看到本社区内的诉求和事项，可以登记、分流、派办、反馈和确认居民。")),
    Post(
        "community_secretary",
        _("社区党委书记"),
        ("community",),
        _("看到本社区内的全部事项、期限和满意度，可以领办、派办和把关。"),
    ),
    Post("street_clerk", _("街道经办人"), ("street",), _("看到本街道内报上来的事项，可以派办、协调和批复延期。")),
    Post(
        "street_secretary",
        _("街道党工委书记"),
        ("street",),
        _("看到本街道内的全部事项、期限和满意度，可以领办和督促。"),
    ),
    Post(
        "district_clerk", _("区治理中心经办人"), ("district",), _("看到本区内报上来的事项，可以派给部门、协调和批复。")
    ),
    Post(
        "district_secretary",
        _("区委书记"),
        ("district",),
        _("看到本区内的全部事项、期限和满意度，可以领办和督促。"),
    ),
    Post("supervisor", _("督办员"), ("street", "district"), _("看到本辖区内的期限、超期和原因，可以发督办单。")),
    Post(
        "operator",
        _("接线员"),
        ("district", "street", "community"),
        _("接电话、登记来访和转来的诉求，看到本辖区内的事项办到哪一步，好给来电人说清楚；可以约回电，不能分流和派办。"),
    ),
    Post("officer", _("部门经办人"), (), _("看到派给本部门的事项，可以办理、回复、退回和申请延期。")),
    Post("organisation_head", _("部门负责人"), (), _("看到派给本部门的全部事项，可以指定经办人和审批。")),
    Post(
        "administrator",
        _("管理员"),
        ("district", "city"),
        _("管理本辖区内的账号、岗位和代办，不因此看到事项内容。"),
    ),
)
POSTS: dict[str, Post] = {item.code: item for item in _ALL}
ADMINISTRATOR = "administrator"
CONFIRMERS = frozenset({"clerk", "community_secretary", "street_clerk", ADMINISTRATOR})
"""Posts that may confirm a resident's telephone face to face or by calling back."""


def post(code: str) -> Post:
    """The post with `code`; raises UnknownPost, so a mistyped post never silently means nobody."""
    try:
        return POSTS[code]
    except KeyError:
        raise UnknownPost(f"there is no post {code!r}; known posts: {', '.join(POSTS)}") from None


def posts(*codes: str) -> frozenset[str]:
    """A checked set of codes, for declarations and decorators."""
    return frozenset(post(code).code for code in codes)


def choices() -> list[tuple[str, str | Promise]]:
    """(code, label) pairs in the order of the registry, for forms."""
    return [(item.code, item.label) for item in _ALL]


def codes(items: Iterable[Post] = _ALL, *, in_organisation: bool) -> list[str]:
    """Codes of the posts held in an organisation, or of those held at a place."""
    return [item.code for item in items if item.in_organisation is in_organisation]
