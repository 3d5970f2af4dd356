"""Where something is, as people say it: estate, building, gate, road, farmyard."""

import random

from gongzhi.portal.demo.cast import Local
from gongzhi.territory.models import Place

GATES = ("大门口", "东门", "西门", "侧门", "后门", "车库入口")
YARDS = ("坝子", "中庭", "花台边", "休闲亭", "晾晒区", "楼下空地")
ROAD = ("路口", "中段", "公交站旁", "菜市场那段", "学校那段", "坡上", "桥头")
SHOPS = ("楼下那家馆子", "门口的小超市", "转角的烧烤店", "菜市边的卤菜摊", "早餐店", "药店", "理发店")


def building(place: Place) -> str:
    """和平花苑3栋, 盐马路12号院."""
    return f"{place.estate.name if place.estate else ''}{place.name}"


def where(kind: str, local: Local, place: Place, dice: random.Random) -> str:
    """The place in the words that fit this kind of trouble."""
    if local.spot.is_village:
        group = f"{place.parent.name if place.parent else ''}{place.name}"
        spot = dice.choice(("", "", "边上", "下头", "路口", "坎上"))
        return f"{dice.choice((local.top.name, '我们村', ''))}{group}{spot if kind != 'home' else ''}"
    own, road = building(place), dice.choice(local.spot.roads)
    near = f"{own}门前" if place.estate else f"{road}{dice.choice(ROAD)}"
    if kind == "unit":
        return f"{own}{dice.choice('1234')}单元"
    if kind == "gate":
        return f"{place.estate.name if place.estate else own}{dice.choice(GATES)}"
    if kind == "yard":
        return f"{own}{dice.choice(YARDS)}"
    if kind == "road":
        return dice.choice((near, f"{road}{dice.choice(ROAD)}"))
    if kind == "shop":
        return f"{dice.choice((road, own))}{dice.choice(SHOPS)}"
    if kind == "community":
        return f"{local.top.name}{dice.choice(('', '', place.parent.name if place.parent else '', '文化站', '党群服务中心'))}"
    return own
