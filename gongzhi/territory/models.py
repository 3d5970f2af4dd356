"""The tree of places: from the city down to a household, with boundaries and history.

Codes follow the statistical division codes of the National Bureau of Statistics (12 digits down to the community);
grids carry the community's code and a serial of three digits that is never given twice (GB/T 34300, grid practice).
A path is place ids with a closing slash, never codes, so that area 1 does not match area 10.
"""

import datetime
import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongzhi.base.text import clean_text, fold, search_terms

SLASH = Value("/", output_field=models.TextField())
OWN_END = Concat(SLASH, Cast("id", models.TextField()), SLASH, output_field=models.TextField())
NONE_BELOW_CITY = Q(district_id=None, street_id=None, community_id=None, grid_id=None)
HAS_STREET = Q(district_id__isnull=False, street_id__isnull=False)
HAS_COMMUNITY = HAS_STREET & Q(community_id__isnull=False)
HAS_GRID = HAS_COMMUNITY & Q(grid_id__isnull=False)


class Kind(models.TextChoices):
    """Levels of the tree (REQUIREMENTS.md R0). A group 组 is the rural grid, an estate 小区 stands beside the grids."""

    CITY = "city", _("市")
    DISTRICT = "district", _("区县")
    STREET = "street", _("街道（乡镇）")
    COMMUNITY = "community", _("社区（村）")
    GRID = "grid", _("网格")
    GROUP = "group", _("组")
    ESTATE = "estate", _("小区")
    BUILDING = "building", _("楼栋（院落）")
    HOUSEHOLD = "household", _("户")


DIVISIONS = (Kind.CITY, Kind.DISTRICT, Kind.STREET, Kind.COMMUNITY)
GRIDS = (Kind.GRID, Kind.GROUP)

PARENTS: dict[str, tuple[str, ...]] = {
    Kind.CITY: (),
    Kind.DISTRICT: (Kind.CITY,),
    Kind.STREET: (Kind.DISTRICT,),
    Kind.COMMUNITY: (Kind.STREET,),
    Kind.GRID: (Kind.COMMUNITY,),
    Kind.GROUP: (Kind.COMMUNITY, Kind.GRID),
    Kind.ESTATE: (Kind.COMMUNITY,),
    Kind.BUILDING: (Kind.GRID, Kind.GROUP),
    Kind.HOUSEHOLD: (Kind.BUILDING,),
}
"""Which kinds may stand directly above. Grids and estates may cross, therefore buildings hang below a grid."""

ROOTS = (Kind.CITY, Kind.DISTRICT)
"""An installation begins with a city or with a single district."""


class PlaceQuerySet(models.QuerySet["Place"]):
    """Questions about places, in the words of the field."""

    def living(self, at: datetime.date | None = None) -> "PlaceQuerySet":
        """Places in force on the day `at` (today in Shanghai when not given)."""
        day = at or timezone.localdate()
        return self.filter(Q(valid_to=None) | Q(valid_to__gt=day), valid_from__lte=day)

    def below(self, place: "Place") -> "PlaceQuerySet":
        """The place itself and everything below it."""
        return self.filter(path__startswith=place.path)

    def ancestors(self, place: "Place") -> "PlaceQuerySet":
        """The places above, from the root down, without the place itself."""
        return self.filter(pk__in=place.path_ids[:-1]).order_by("path")

    def children(self, place: "Place") -> "PlaceQuerySet":
        """The places directly below, in the order an office lists them."""
        return self.filter(parent=place).order_by("position", "pk")

    def named(self, query: str) -> "PlaceQuerySet":
        """Places by any two neighbouring characters of name, full name, aliases or address, by pinyin, by its first
        letters, or by the beginning of the code; nothing for fewer than two signs."""
        text = fold(clean_text(query[:80], lines=False))
        terms = search_terms(text)
        if not terms:
            return self.none()
        found = Q(search__contains=terms)
        if text.isascii():
            latin = text.replace(" ", "")
            found |= Q(pinyin__startswith=latin) | Q(initials__startswith=latin) | Q(code__startswith=latin)
        return self.filter(found)

    def by_token(self, token: str) -> "Place | None":
        """The living building whose QR code carries `token`; None for anything else."""
        if len(token) != TOKEN_LENGTH or not token.isascii():
            return None
        return self.living().filter(token=token).first()


TOKEN_LENGTH = 22


class Place(models.Model):
    """One place, of one kind, in force from `valid_from` until the day before `valid_to`.

    `name` is the short name shown everywhere (磨子井社区), `full_name` the official one (磨子井社区居民委员会).
    The four level ids name the place's district, street, community and grid, itself included; a group directly
    below a village is its own grid. Coordinates are CGCS2000 degrees; `boundary` repeats the boundary in force.
    """

    code = models.CharField(_("编码"), max_length=24, blank=True, default="", db_collation="C")
    name = models.CharField(_("名称"), max_length=60)
    full_name = models.CharField(_("全称"), max_length=100, blank=True, default="")
    aliases = ArrayField(models.CharField(max_length=60), verbose_name=_("俗称"), blank=True, default=list)
    address = models.CharField(_("门牌地址"), max_length=120, blank=True, default="")
    kind = models.CharField(_("类别"), max_length=10, choices=Kind)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("上级")
    )
    estate = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("小区")
    )
    path = models.CharField(_("路径"), max_length=240, db_collation="C")
    district_id = models.BigIntegerField(_("所在区县"), null=True, blank=True)
    street_id = models.BigIntegerField(_("所在街道"), null=True, blank=True)
    community_id = models.BigIntegerField(_("所在社区"), null=True, blank=True)
    grid_id = models.BigIntegerField(_("所在网格"), null=True, blank=True)
    position = models.CharField(_("排序"), max_length=240, db_collation="C", default="", blank=True)
    pinyin = models.CharField(_("拼音"), max_length=240, db_collation="C", default="", blank=True)
    initials = models.CharField(_("拼音首字母"), max_length=60, db_collation="C", default="", blank=True)
    search = ArrayField(models.CharField(max_length=8), verbose_name=_("检索字"), default=list, blank=True)
    boundary = models.JSONField(_("边界"), null=True, blank=True)
    min_lon = models.FloatField(_("西界"), null=True, blank=True)
    min_lat = models.FloatField(_("南界"), null=True, blank=True)
    max_lon = models.FloatField(_("东界"), null=True, blank=True)
    max_lat = models.FloatField(_("北界"), null=True, blank=True)
    lon = models.FloatField(_("经度"), null=True, blank=True)
    lat = models.FloatField(_("纬度"), null=True, blank=True)
    households = models.PositiveIntegerField(_("户数"), default=0)
    token = models.CharField(_("二维码"), max_length=TOKEN_LENGTH, blank=True, default="", db_collation="C")
    last_serial = models.PositiveIntegerField(_("已用网格序号"), default=0)
    valid_from = models.DateField(_("启用日期"), default=timezone.localdate)
    valid_to = models.DateField(_("停用日期"), null=True, blank=True)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("地点")
        verbose_name_plural = _("地点")
        ordering = ("path",)
        indexes = [
            models.Index(fields=["path"], name="place_path"),
            models.Index(fields=["parent", "position", "id"], name="place_children"),
            models.Index(fields=["estate"], name="place_estate", condition=Q(estate__isnull=False)),
            models.Index(fields=["kind", "position", "id"], name="place_kind"),
            models.Index(fields=["pinyin"], name="place_pinyin"),
            models.Index(fields=["initials"], name="place_initials"),
            models.Index(fields=["lon", "lat"], name="place_point", condition=Q(kind="building")),
            GinIndex(fields=["search"], name="place_search"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="place_kind_known"),
            models.CheckConstraint(condition=~Q(name=""), name="place_has_a_name"),
            models.UniqueConstraint(
                fields=["code"], condition=Q(valid_to=None) & ~Q(code=""), name="place_code_once_among_the_living"
            ),
            models.UniqueConstraint(
                fields=["code"], condition=Q(kind__in=GRIDS) & ~Q(code=""), name="place_grid_code_never_reused"
            ),
            models.UniqueConstraint(fields=["token"], condition=~Q(token=""), name="place_token_once"),
            models.CheckConstraint(
                condition=~Q(kind__in=DIVISIONS) | Q(code="") | Q(code__regex=r"^[0-9]{12}$"),
                name="place_division_code_12_digits",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=GRIDS) | Q(code="") | Q(code__regex=r"^[0-9]{15}$"),
                name="place_grid_code_15_digits",
            ),
            models.CheckConstraint(condition=Q(path__regex=r"^(/[0-9]+)+/$"), name="place_path_shape"),
            models.CheckConstraint(
                condition=Q(path__endswith=OWN_END),
                name="place_path_ends_with_itself",
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=False) | Q(kind__in=ROOTS), name="place_only_a_root_has_no_parent"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="place_validity_in_order"
            ),
            models.CheckConstraint(
                condition=Q(estate=None) | Q(kind=Kind.BUILDING), name="place_only_a_building_names_an_estate"
            ),
            models.CheckConstraint(condition=~Q(kind=Kind.BUILDING) | ~Q(token=""), name="place_building_has_a_token"),
            models.CheckConstraint(condition=~Q(kind=Kind.CITY) | NONE_BELOW_CITY, name="place_city_levels"),
            models.CheckConstraint(
                condition=~Q(kind=Kind.DISTRICT)
                | Q(district_id__isnull=False, district_id=F("id"), street_id=None, community_id=None, grid_id=None),
                name="place_district_levels",
            ),
            models.CheckConstraint(
                condition=~Q(kind=Kind.STREET) | HAS_STREET & Q(street_id=F("id"), community_id=None, grid_id=None),
                name="place_street_levels",
            ),
            models.CheckConstraint(
                condition=~Q(kind=Kind.COMMUNITY) | HAS_COMMUNITY & Q(community_id=F("id"), grid_id=None),
                name="place_community_levels",
            ),
            models.CheckConstraint(
                condition=~Q(kind=Kind.GRID) | HAS_GRID & Q(grid_id=F("id")), name="place_grid_has_a_community"
            ),
            models.CheckConstraint(
                condition=~Q(kind=Kind.ESTATE) | HAS_COMMUNITY & Q(grid_id=None), name="place_estate_levels"
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=[Kind.GROUP, Kind.BUILDING, Kind.HOUSEHOLD]) | HAS_GRID,
                name="place_building_has_a_grid",
            ),
            models.CheckConstraint(
                condition=Q(lon=None, lat=None)
                | Q(lon__isnull=False, lat__isnull=False, lon__range=(-180.0, 180.0), lat__range=(-90.0, 90.0)),
                name="place_point_on_earth",
            ),
            models.CheckConstraint(
                condition=Q(boundary__isnull=True, min_lon=None, min_lat=None, max_lon=None, max_lat=None)
                | Q(boundary__isnull=False, min_lon__isnull=False, max_lon__isnull=False)
                & Q(min_lat__isnull=False, max_lat__isnull=False, min_lon__lte=F("max_lon"), min_lat__lte=F("max_lat")),
                name="place_box_goes_with_boundary",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def path_ids(self) -> list[int]:
        """Ids from the root down to the place itself."""
        return [int(part) for part in self.path.split("/") if part]

    def is_living(self, at: datetime.date | None = None) -> bool:
        """Whether the place is in force on the day `at` (today when not given)."""
        day = at or timezone.localdate()
        return self.valid_from <= day and (self.valid_to is None or self.valid_to > day)


class LinkKind(models.TextChoices):
    """How one place follows another."""

    MERGE = "merge", _("合并")
    SPLIT = "split", _("拆分")
    RENAME = "rename", _("更名")


class PlaceLink(models.Model):
    """A place that took over from another. A duty at the successor covers the predecessor's matters.

    A plain change of name keeps the place and needs no link; `rename` links places when a list of divisions
    gives the old place a new code as well.
    """

    predecessor = models.ForeignKey(Place, models.PROTECT, related_name="links_on", verbose_name=_("原地点"))
    successor = models.ForeignKey(Place, models.PROTECT, related_name="links_back", verbose_name=_("现地点"))
    kind = models.CharField(_("方式"), max_length=10, choices=LinkKind)
    at = models.DateField(_("日期"))
    reason = models.CharField(_("原因"), max_length=500)

    class Meta:
        verbose_name = _("地点沿革")
        verbose_name_plural = _("地点沿革")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=LinkKind.values), name="placelink_kind_known"),
            models.CheckConstraint(condition=~Q(predecessor=F("successor")), name="placelink_not_to_itself"),
            models.UniqueConstraint(fields=["predecessor", "successor"], name="placelink_once"),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor_id} → {self.successor_id}"


class PlaceBoundary(models.Model):
    """One boundary of a place and the days it was in force, so that a point can be asked as of a day.

    `geometry` is a GeoJSON Polygon or MultiPolygon (RFC 7946, degrees CGCS2000). `is_invented` marks boundaries
    drawn for demonstration: no official grid boundaries are published, and the page says so.
    """

    place = models.ForeignKey(Place, models.PROTECT, related_name="boundaries", verbose_name=_("地点"))
    geometry = models.JSONField(_("图形"))
    min_lon = models.FloatField(_("西界"))
    min_lat = models.FloatField(_("南界"))
    max_lon = models.FloatField(_("东界"))
    max_lat = models.FloatField(_("北界"))
    valid_from = models.DateField(_("启用日期"))
    valid_to = models.DateField(_("停用日期"), null=True, blank=True)
    source = models.CharField(_("来源"), max_length=200, blank=True, default="")
    is_invented = models.BooleanField(_("演示用"), default=False)

    class Meta:
        verbose_name = _("边界")
        verbose_name_plural = _("边界")
        indexes = [models.Index(fields=["min_lon", "max_lon", "min_lat", "max_lat"], name="boundary_box")]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="boundary_validity_in_order"
            ),
            models.CheckConstraint(
                condition=Q(min_lon__lte=F("max_lon"), min_lat__lte=F("max_lat")), name="boundary_box_in_order"
            ),
            models.UniqueConstraint(fields=["place"], condition=Q(valid_to=None), name="boundary_one_in_force"),
        ]

    def __str__(self) -> str:
        return f"{self.place_id} {self.valid_from}"


class PlaceChange(models.Model):
    """What was done to a place, by whom, why. Append-only: the database refuses to change or delete a row."""

    class What(models.TextChoices):
        ADD = "add", _("新增")
        EDIT = "edit", _("更正资料")
        RENAME = "rename", _("更名")
        MOVE = "move", _("调整上级")
        MERGE = "merge", _("合并")
        SPLIT = "split", _("拆分")
        END = "end", _("停用")
        BOUNDARY = "boundary", _("调整边界")

    place = models.ForeignKey(Place, models.PROTECT, related_name="changes", verbose_name=_("地点"))
    what = models.CharField(_("事项"), max_length=10, choices=What)
    before = models.JSONField(_("变更前"), default=dict)
    after = models.JSONField(_("变更后"), default=dict)
    by_id = models.BigIntegerField(_("办理人"), null=True)
    duty_id = models.BigIntegerField(_("依据的岗位"), null=True)
    by_name = models.CharField(_("办理人姓名"), max_length=60, blank=True, default="")
    at = models.DateTimeField(_("时间"), default=timezone.now)
    reason = models.CharField(_("原因"), max_length=500, blank=True, default="")

    class Meta:
        verbose_name = _("地点变更记录")
        verbose_name_plural = _("地点变更记录")
        indexes = [models.Index(fields=["place", "id"], name="placechange_place")]
        constraints = [
            models.CheckConstraint(
                condition=Q(what__in=["add", "edit", "rename", "move", "merge", "split", "end", "boundary"]),
                name="placechange_what_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place_id} {self.get_what_display()}"


class TreeStamp(models.Model):
    """One row whose stamp changes with every change of the tree; each process keeps the tree by its stamp.

    A random stamp, not a counter: a counter rolled back with its transaction would be given out twice.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    stamp = models.UUIDField(_("版本"))

    class Meta:
        verbose_name = _("地点树版本")
        verbose_name_plural = _("地点树版本")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="treestamp_only_one")]

    def __str__(self) -> str:
        return str(self.stamp)


class PlaceUpload(models.Model):
    """A list or a set of boundaries uploaded for import, kept between its preview and the import, a day at most."""

    class What(models.TextChoices):
        LIST = "list", _("地点名单")
        BOUNDARIES = "boundaries", _("网格边界")

    uid = models.UUIDField(primary_key=True, default=uuid.uuid4)
    what = models.CharField(_("内容"), max_length=10, choices=What)
    name = models.CharField(_("文件名"), max_length=200)
    content = models.BinaryField(_("文件"))
    source = models.CharField(_("来源"), max_length=200, blank=True, default="")
    is_invented = models.BooleanField(_("演示用"), default=False)
    valid_from = models.DateField(_("启用日期"), null=True)
    by_id = models.BigIntegerField(_("上传人"))
    at = models.DateTimeField(_("时间"), default=timezone.now)

    class Meta:
        verbose_name = _("待导入的文件")
        verbose_name_plural = _("待导入的文件")
        constraints = [
            models.CheckConstraint(condition=Q(what__in=["list", "boundaries"]), name="placeupload_what_known"),
        ]

    def __str__(self) -> str:
        return self.name
