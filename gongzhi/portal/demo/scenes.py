"""Flat pictures of what people report, before and after: drawn, so that nobody's street is shown without being asked."""

import math
import random
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFilter, ImageOps

SIZE = (960, 720)
Colour = tuple[int, int, int]
GRASS, EARTH, ROAD, KERB = (126, 168, 104), (158, 128, 96), (110, 114, 120), (196, 196, 190)
BRICK, PLASTER, WINDOW, WOOD = (190, 112, 86), (222, 208, 184), (120, 158, 184), (150, 104, 66)
DARK, WHITE, RED, YELLOW = (52, 54, 60), (246, 246, 242), (196, 62, 52), (240, 190, 60)


class Sheet:
    """A sheet to draw on, with dice of its own."""

    def __init__(self, name: str, is_after: bool, variant: int) -> None:
        self.image = Image.new("RGB", SIZE, (206, 224, 236))
        self.draw = ImageDraw.Draw(self.image, "RGBA")
        self.dice = random.Random(f"{name}{is_after}{variant}")
        self.town = random.Random(f"{name}{variant}")
        self.is_after = is_after

    def box(self, x: float, y: float, width: float, height: float, colour: Colour, radius: float = 0) -> None:
        """A filled rectangle."""
        self.draw.rounded_rectangle((x, y, x + width, y + height), radius, fill=colour)

    def blob(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """A filled ellipse around a centre."""
        self.draw.ellipse((x - width, y - height, x + width, y + height), fill=colour)

    def line(self, points: list[tuple[float, float]], colour: Colour, width: int) -> None:
        """A broad line."""
        self.draw.line(points, fill=colour, width=width, joint="curve")

    def sky(self, top: Colour = (168, 204, 232), low: Colour = (232, 240, 244)) -> None:
        """From blue to haze."""
        for y in range(0, SIZE[1], 6):
            part = y / SIZE[1]
            mixed = tuple(int(a + (b - a) * part) for a, b in zip(top, low, strict=True))
            self.draw.rectangle((0, y, SIZE[0], y + 6), fill=mixed)

    def houses(self, base: float = 430) -> None:
        """A row of blocks with windows."""
        x = -30.0
        while x < SIZE[0]:
            width, height = self.town.randint(150, 230), self.town.randint(200, 350)
            wall = self.town.choice((PLASTER, (206, 190, 172), (226, 218, 204), (198, 178, 160)))
            self.box(x, base - height, width, height, wall)
            for column in range(18, width - 40, 50):
                for row in range(22, height - 40, 62):
                    self.box(x + column, base - height + row, 30, 38, WINDOW, 3)
            x += width + 6

    def street(self) -> None:
        """Houses, pavement, road."""
        self.sky()
        self.houses()
        self.box(0, 430, 960, 80, (190, 184, 172))
        self.box(0, 505, 960, 10, KERB)
        self.box(0, 515, 960, 205, ROAD)
        for x in range(20, 960, 180):
            self.box(x, 606, 90, 9, (224, 222, 210))

    def yard(self) -> None:
        """A courtyard with paving."""
        self.sky()
        self.houses(400)
        self.box(0, 400, 960, 320, (200, 192, 176))
        for y in range(400, 720, 64):
            self.line([(0, y), (960, y)], (184, 176, 160), 3)
        for x in range(-200, 1200, 130):
            self.line([(480 + (x - 480) * 0.6, 400), (x, 720)], (184, 176, 160), 3)

    def corridor(self, light: float = 1.0) -> None:
        """A stairwell."""
        shade = [tuple(int(c * (0.34 + 0.66 * light)) for c in colour) for colour in
                 ((228, 222, 206), (150, 178, 160), (176, 170, 158))]  # fmt: skip
        self.box(0, 0, 960, 720, shade[0])  # type: ignore[arg-type]
        self.box(0, 330, 960, 250, shade[1])  # type: ignore[arg-type]
        self.box(0, 580, 960, 140, shade[2])  # type: ignore[arg-type]
        door = tuple(int(c * (0.4 + 0.6 * light)) for c in (132, 92, 66))
        self.box(90, 210, 190, 370, door, 6)  # type: ignore[arg-type]
        for step in range(7):
            grey = tuple(int(c * (0.4 + 0.6 * light)) for c in (150 + step * 9,) * 3)
            self.box(560 + step * 40, 580 - step * 44, 420, 44, grey)  # type: ignore[arg-type]

    def wallpiece(self) -> None:
        """A wall from near."""
        self.box(0, 0, 960, 720, PLASTER)
        for y in range(0, 620, 46):
            for x in range(-60 + (y // 46 % 2) * 45, 960, 92):
                tone = self.town.randint(-8, 8)
                self.box(x + 2, y + 2, 88, 42, (208 + tone, 188 + tone, 160 + tone))
        self.box(0, 620, 960, 100, (176, 170, 158))

    def country(self) -> None:
        """Hills, fields, an earth road."""
        self.sky()
        self.blob(220, 470, 420, 190, (120, 158, 118))
        self.blob(760, 480, 460, 230, (104, 146, 108))
        self.box(0, 440, 960, 280, GRASS)

    def puddle(self, x: float, y: float, width: float) -> None:
        """Dirty water."""
        self.blob(x, y, width, width * 0.26, (92, 84, 70))
        self.blob(x - width * 0.2, y - 4, width * 0.5, width * 0.1, (124, 116, 100))

    def bag(self, x: float, y: float) -> None:
        """A rubbish bag."""
        colour = self.dice.choice(((58, 60, 66), (72, 96, 78), (206, 200, 190), (176, 74, 64)))
        self.blob(x, y, 42, 36, colour)
        self.box(x - 8, y - 48, 16, 18, colour)

    def bin(self, x: float, y: float, colour: Colour) -> None:
        """A wheeled bin."""
        self.box(x, y, 86, 120, colour, 8)
        self.box(x - 6, y - 14, 98, 20, tuple(int(c * 0.8) for c in colour), 6)  # type: ignore[arg-type]

    def car(self, x: float, y: float, colour: Colour) -> None:
        """A small car from the side."""
        self.box(x + 46, y - 56, 150, 70, colour, 30)
        self.box(x, y, 250, 62, colour, 20)
        self.box(x + 66, y - 42, 50, 38, WINDOW, 8)
        self.box(x + 126, y - 42, 54, 38, WINDOW, 8)
        for wheel in (56, 192):
            self.blob(x + wheel, y + 62, 28, 28, DARK)
            self.blob(x + wheel, y + 62, 11, 11, KERB)

    def cone(self, x: float, y: float) -> None:
        """A traffic cone."""
        self.draw.polygon([(x - 26, y), (x + 26, y), (x, y - 74)], fill=(232, 110, 44))
        self.box(x - 16, y - 36, 32, 12, WHITE)


def lamp(s: Sheet) -> None:
    """A stairwell without light, and lit."""
    s.corridor(1.0 if s.is_after else 0.12)
    s.line([(420, 0), (420, 70)], DARK, 6)
    if s.is_after:
        for size, alpha in ((260, 26), (180, 40), (110, 70)):
            s.draw.ellipse((420 - size, 104 - size, 420 + size, 104 + size), fill=(255, 236, 160, alpha))
    s.blob(420, 104, 40, 40, (255, 244, 190) if s.is_after else (78, 76, 70))


def manhole(s: Sheet) -> None:
    """A manhole open, and covered."""
    s.street()
    s.blob(470, 628, 150, 54, (70, 72, 76))
    if s.is_after:
        s.blob(470, 628, 134, 46, (134, 134, 132))
        for x in range(370, 580, 34):
            s.line([(x, 606), (x, 650)], (98, 98, 98), 7)
    else:
        s.blob(470, 632, 126, 42, (22, 22, 24))
        s.draw.polygon([(560, 560), (720, 590), (690, 660), (540, 620)], fill=(134, 134, 132))
        s.cone(270, 664)


def drain(s: Sheet) -> None:
    """A drain overflowing, and clear."""
    s.yard()
    s.box(390, 520, 180, 60, (80, 82, 84), 4)
    for x in range(404, 560, 24):
        s.box(x, 526, 12, 48, (30, 32, 34))
    if not s.is_after:
        s.puddle(480, 600, 330)
        for _ in range(9):
            s.blob(s.dice.randint(220, 740), s.dice.randint(570, 650), 16, 8, (120, 96, 60))


def pipe(s: Sheet) -> None:
    """A pipe leaking, and dry."""
    s.wallpiece()
    s.box(200, 120, 44, 500, (148, 156, 164), 8)
    s.box(200, 300, 460, 44, (148, 156, 164), 8)
    s.blob(640, 322, 50, 50, (60, 104, 168))
    if not s.is_after:
        for x in (410, 430, 452, 470):
            s.line([(x, 344), (x + s.dice.randint(-30, 30), 640)], (120, 176, 220), 9)
        s.puddle(440, 660, 250)


def cable(s: Sheet) -> None:
    """Cables hanging, and tied up."""
    s.street()
    for x in (140, 800):
        s.box(x, 90, 26, 420, (120, 112, 104))
    for at in range(6):
        low = 150 + at * 12 if s.is_after else 300 + at * 46 + s.dice.randint(-20, 20)
        s.line([(152, 110 + at * 8), (330, (110 + low) / 2 + 30), (480, low), (650, (110 + low) / 2 + 20),
                (812, 110 + at * 8)], DARK, 4)  # fmt: skip


def road(s: Sheet) -> None:
    """Holes in the road, and patches."""
    s.street()
    for x, y, width in ((220, 590, 96), (520, 650, 140), (780, 580, 84)):
        s.blob(x, y, width, width * 0.3, (92, 95, 100) if s.is_after else (82, 70, 58))
        if not s.is_after:
            s.blob(x, y + 4, width * 0.7, width * 0.17, (134, 148, 156))


def bench(s: Sheet) -> None:
    """A broken bench, and a whole one."""
    s.yard()
    s.blob(160, 300, 120, 130, (92, 142, 86))
    for y in (440, 476, 520):
        if s.is_after or y != 476:
            s.box(300, y, 380, 24, WOOD, 6)
    if not s.is_after:
        s.draw.polygon([(320, 600), (560, 640), (556, 664), (316, 624)], fill=WOOD)
    for x in (330, 620):
        s.box(x, 540, 22, 90, DARK)


def sign(s: Sheet) -> None:
    """A bent sign, and a straight one."""
    s.street()
    tilt = 0 if s.is_after else 90
    s.line([(470, 560), (470 + tilt, 190)], (150, 154, 160), 16)
    x, y = 470 + tilt, 190
    s.draw.polygon([(x - 130, y - 60 + tilt * 0.5), (x + 130, y - 60 - tilt * 0.5), (x + 140, y + 40 - tilt * 0.5),
                    (x - 120, y + 40 + tilt * 0.5)], fill=(44, 104, 176) if s.is_after else (110, 132, 150))  # fmt: skip
    s.line([(x - 80, y - 12 + tilt * 0.3), (x + 90, y - 12 - tilt * 0.3)], WHITE, 16)


def rubbish(s: Sheet) -> None:
    """Bins overflowing, and emptied."""
    s.yard()
    for at, colour in enumerate(((70, 122, 82), (60, 96, 150), (150, 70, 62), (96, 98, 104))):
        s.bin(250 + at * 122, 440, colour)
    if not s.is_after:
        for _ in range(26):
            s.bag(s.dice.randint(200, 780), s.dice.randint(520, 660))


def bulky(s: Sheet) -> None:
    """Old furniture, and a cleared place."""
    s.yard()
    if s.is_after:
        s.box(330, 450, 8, 110, (120, 120, 120))
        s.box(240, 380, 190, 84, (60, 120, 84), 8)
        return
    s.box(220, 500, 300, 90, (156, 92, 82), 26)
    s.box(220, 440, 300, 76, (172, 104, 92), 26)
    s.draw.polygon([(540, 640), (640, 420), (700, 440), (610, 660)], fill=WOOD)
    for _ in range(16):
        x, y = s.dice.randint(560, 820), s.dice.randint(580, 670)
        s.box(x, y, s.dice.randint(26, 64), s.dice.randint(16, 40), s.dice.choice((BRICK, KERB, WOOD)))


def stall(s: Sheet) -> None:
    """Stalls on the pavement, and none."""
    s.street()
    if s.is_after:
        s.line([(0, 470), (960, 470)], YELLOW, 10)
        return
    for at, colour in enumerate((RED, (60, 120, 170), (70, 140, 90))):
        x = 110 + at * 260
        s.draw.polygon([(x, 380), (x + 110, 320), (x + 220, 380)], fill=colour)
        s.box(x + 10, 380, 8, 140, DARK)
        s.box(x + 202, 380, 8, 140, DARK)
        s.box(x, 470, 220, 50, WOOD)
        for fruit in range(9):
            s.blob(x + 20 + fruit * 22, 462, 12, 12, s.dice.choice((RED, YELLOW, (104, 164, 74))))


def advert(s: Sheet) -> None:
    """Stickers on a wall, and a clean one."""
    s.wallpiece()
    for _ in range(0 if s.is_after else 26):
        x, y = s.dice.randint(60, 800), s.dice.randint(60, 520)
        s.box(x, y, s.dice.randint(60, 120), s.dice.randint(50, 90), s.dice.choice((WHITE, YELLOW, (236, 170, 170))))
        s.line([(x + 10, y + 20), (x + 52, y + 20)], DARK, 6)


def tree(s: Sheet) -> None:
    """A broken tree, and a pruned one."""
    s.yard()
    s.box(450, 330, 46, 300, (112, 84, 60))
    crown = (
        ((480, 230, 150, 110),) if s.is_after else ((480, 230, 240, 150), (290, 250, 150, 100), (690, 270, 150, 110))
    )
    for x, y, width, height in crown:
        s.blob(x, y, width, height, (84, 136, 80))
    if not s.is_after:
        s.line([(490, 340), (640, 470), (700, 600)], (112, 84, 60), 22)
        s.blob(700, 600, 110, 50, (98, 146, 84))


def pest(s: Sheet) -> None:
    """Flies over flowers, and none."""
    s.yard()
    s.box(250, 520, 460, 70, (150, 112, 84), 8)
    for x in range(280, 700, 46):
        s.blob(x, 500, 40, 46, (92, 142, 86))
    for _ in range(0 if s.is_after else 90):
        x, y = s.dice.randint(240, 720), s.dice.randint(300, 500)
        s.blob(x, y, 4, 3, (40, 40, 44))
    if not s.is_after:
        s.puddle(480, 640, 160)


def dog(s: Sheet) -> None:
    """Stray dogs, and a notice."""
    s.yard()
    if s.is_after:
        s.box(420, 420, 12, 190, (120, 120, 120))
        s.box(370, 380, 112, 96, (60, 130, 90), 8)
        return
    for x, y, colour in ((240, 560, (170, 122, 72)), (560, 600, (92, 80, 70))):
        s.box(x, y, 150, 62, colour, 28)
        s.blob(x + 160, y - 8, 36, 32, colour)
        for leg in (18, 44, 104, 128):
            s.box(x + leg, y + 50, 14, 52, colour)
        s.line([(x + 6, y + 14), (x - 40, y - 26)], colour, 12)


def river(s: Sheet) -> None:
    """A dirty river, and a clean one."""
    s.country()
    s.draw.polygon(
        [(330, 440), (520, 440), (800, 720), (120, 720)], fill=(104, 156, 172) if s.is_after else (92, 96, 74)
    )
    for _ in range(0 if s.is_after else 40):
        x, y = s.dice.randint(300, 620), s.dice.randint(520, 710)
        s.blob(x, y, 16, 7, s.dice.choice((WHITE, (92, 150, 84), (190, 80, 70), YELLOW)))


def wall(s: Sheet) -> None:
    """A cracked wall, and a mended one."""
    s.wallpiece()
    if s.is_after:
        s.box(240, 140, 460, 330, (216, 204, 182), 4)
        return
    s.line([(430, 0), (470, 120), (410, 240), (500, 360), (440, 500), (490, 620)], (66, 56, 48), 12)
    for x, y in ((300, 220), (560, 300), (520, 130)):
        s.blob(x, y, 84, 60, (150, 128, 104))
    for _ in range(12):
        s.box(s.dice.randint(300, 640), s.dice.randint(620, 680), 40, 22, (196, 176, 150))


def gate(s: Sheet) -> None:
    """A door off its hinge, and closed."""
    s.corridor(0.9)
    s.box(360, 120, 300, 470, (96, 104, 112), 6)
    for x in (380, 510):
        s.box(x, 140, 120, 440, (132, 162, 178), 4)
    if s.is_after:
        s.blob(500, 360, 12, 40, YELLOW)
    else:
        s.draw.polygon([(510, 140), (640, 190), (640, 660), (510, 590)], fill=(58, 60, 64))
        s.blob(496, 360, 16, 16, RED)


def lift(s: Sheet) -> None:
    """A lift stuck half open, and closed and lit."""
    s.corridor(0.95)
    s.box(350, 110, 300, 480, (168, 174, 180), 6)
    s.box(372, 140, 256, 450, (40, 42, 48) if not s.is_after else (206, 222, 230))
    for x, width in ((372, 127), (501, 127)) if s.is_after else ((372, 70), (560, 68)):
        s.box(x, 140, width, 450, (150, 158, 166))
    s.box(690, 320, 44, 90, (96, 102, 110), 6)
    s.blob(712, 350, 11, 11, (90, 180, 110) if s.is_after else RED)
    s.box(440, 84, 120, 22, (30, 32, 36), 4)
    s.box(470, 90, 60, 10, (240, 120, 60) if s.is_after else (80, 30, 26))


def shed(s: Sheet) -> None:
    """A shed in a courtyard, and none."""
    s.yard()
    if s.is_after:
        return
    s.box(300, 420, 380, 200, (110, 150, 186))
    for x in range(300, 680, 26):
        s.line([(x, 420), (x, 620)], (92, 130, 166), 4)
    s.draw.polygon([(270, 424), (490, 340), (710, 424)], fill=(176, 74, 64))


def parking(s: Sheet) -> None:
    """Cars everywhere, and in their bays."""
    s.street()
    if s.is_after:
        for x in (90, 350, 610):
            s.line([(x, 520), (x + 60, 700)], WHITE, 8)
        s.car(380, 590, (72, 112, 160))
        return
    for x, y, colour in ((40, 430, RED), (330, 450, WHITE), (620, 434, (72, 112, 160)), (200, 600, (92, 96, 104))):
        s.car(x, y, colour)


def charge(s: Sheet) -> None:
    """A charging cable on the stairs, and a socket."""
    s.corridor(0.85)
    if s.is_after:
        s.box(380, 240, 150, 190, (60, 130, 90), 10)
        for x in (400, 445, 490):
            s.blob(x + 10, 330, 14, 14, WHITE)
        return
    s.line([(480, 0), (460, 260), (520, 470)], RED, 8)
    for x in (330, 520):
        s.blob(x, 610, 44, 44, DARK)
        s.blob(x + 140, 610, 44, 44, DARK)
        s.box(x - 10, 530, 170, 50, (60, 110, 170), 18)
        s.line([(x + 140, 600), (x + 120, 450), (x + 160, 450)], DARK, 10)


def dust(s: Sheet) -> None:
    """A dusty site, and a covered one."""
    s.street()
    s.line([(640, 430), (640, 60), (320, 90)], YELLOW, 16)
    s.line([(360, 92), (360, 210)], DARK, 4)
    s.box(60, 380, 500, 130, (92, 150, 112) if s.is_after else (176, 148, 112))
    for _ in range(0 if s.is_after else 34):
        x, y = s.dice.randint(0, 960), s.dice.randint(280, 640)
        s.draw.ellipse((x - 90, y - 40, x + 90, y + 40), fill=(190, 168, 134, 60))


def extinguisher(s: Sheet) -> None:
    """An empty fire cabinet, and a full one."""
    s.corridor(0.95)
    s.box(330, 300, 260, 290, RED, 8)
    s.box(350, 320, 220, 250, (222, 226, 228), 4)
    if s.is_after:
        for x in (380, 470):
            s.box(x, 390, 62, 160, (206, 48, 40), 16)
            s.box(x + 20, 366, 24, 30, DARK)
    else:
        s.line([(350, 330), (500, 480), (430, 560)], (120, 126, 130), 5)
        for x in (300, 400, 520):
            s.box(x, 560, 110, 90, (178, 140, 96))


def firework(s: Sheet) -> None:
    """Fireworks, and a quiet yard."""
    s.yard() if s.is_after else s.sky((22, 26, 52), (60, 58, 84))
    if s.is_after:
        return
    s.box(0, 560, 960, 160, (48, 46, 56))
    for x, y, colour in ((300, 220, RED), (620, 170, YELLOW), (470, 340, (110, 170, 220))):
        for at in range(18):
            turn = at * 0.349
            s.line([(x, y), (x + 120 * math.cos(turn), y + 120 * math.sin(turn))], colour, 5)
    for _ in range(60):
        s.box(s.dice.randint(0, 940), s.dice.randint(580, 700), 18, 8, RED)


def slope(s: Sheet) -> None:
    """A slid slope, and a built one."""
    s.country()
    s.draw.polygon([(0, 720), (0, 300), (420, 420), (620, 720)], fill=(116, 120, 118) if s.is_after else EARTH)
    if s.is_after:
        for y in range(340, 720, 52):
            s.line([(0, y), (min(600, y * 0.86), y)], (90, 94, 92), 4)
        return
    for _ in range(34):
        x, y = s.dice.randint(300, 900), s.dice.randint(600, 700)
        s.blob(
            x,
            y,
            s.dice.randint(14, 46),
            s.dice.randint(10, 30),
            s.dice.choice((EARTH, (136, 112, 86), (120, 116, 108))),
        )


SCENES: dict[str, Callable[[Sheet], None]] = {
    scene.__name__: scene
    for scene in (
        lamp, manhole, drain, pipe, cable, road, bench, sign, rubbish, bulky, stall, advert, tree, pest, dog, river,
        wall, gate, lift, shed, parking, charge, dust, extinguisher, firework, slope,
    )
}  # fmt: skip


def draw(name: str, is_after: bool, variant: int = 0) -> Image.Image:
    """One scene as a picture, soft at the edges like a phone's; the odd variant is seen from the other side."""
    sheet = Sheet(name, is_after, variant)
    SCENES[name](sheet)
    image = sheet.image.filter(ImageFilter.GaussianBlur(0.7))
    return ImageOps.mirror(image) if variant % 2 else image
