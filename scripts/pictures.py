"""Takes the pictures of README and handbook from a running demonstration: `scripts/pictures.py [--address …] [--only …]`.

Start `make demo` first. Phones are 390 px wide, desks 1280 px; each PNG is reduced until it is under 150 kB.
One concern is sent on the way, because the page "it arrived" shows its code only then.
"""

import argparse
import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
CHROMIUM = "/usr/bin/chromium"
PASSWORD = "gongzhi-2026"  # the one published with the demonstration
MOST_BYTES = 150_000
RESIDENT, GRID, CLERK = "mozijing-jumin1", "mozijing-wangge1", "mozijing-ganshi1"
SECRETARY, SUPERVISOR = "mozijing-shuji", "wuxingjiejiedao-duban"
OFFICER, ADMINISTRATOR = "ziliujingqu-shizhenggongyongzhongx-jb", "ziliujingqu-guanli"
Step = Callable[[Page], None]


@dataclass(frozen=True)
class Picture:
    """One picture: who looks ("" for a stranger), at which address, on what, after which step."""

    name: str
    who: str
    path: str
    step: Step | None = None

    @property
    def is_phone(self) -> bool:
        """By its name."""
        return self.name.endswith("-phone")


def follow(*selectors: str) -> Step:
    """Press the first link or button of each selector in turn; wait until the page is quiet."""

    def pressed(page: Page) -> None:
        for selector in selectors:
            page.locator(selector).first.click()
            page.wait_for_load_state("networkidle")

    return pressed


def choose_place(page: Page) -> None:
    """Search for a building and take the first hit."""
    page.fill("#where-q", "芭茅塘")
    page.locator("button[value^='pick:']").first.click()
    page.locator("input[type=hidden][name=place]").wait_for(state="attached")


def write(page: Page) -> None:
    """A concern as somebody would write it."""
    page.fill("[name=text]", "三楼的楼道灯不亮，晚上上楼看不见路，老人怕摔。")
    choose_place(page)
    page.wait_for_timeout(1200)
    page.evaluate("window.scrollTo(0, 0)")


def send(page: Page) -> None:
    """Write and send it; whatever looks the same is passed by."""
    write(page)
    page.locator("button.primary").last.click()
    page.wait_for_load_state("networkidle")
    if "/report/done/" not in page.url:
        page.get_by_text("都不是").first.click()
        page.wait_for_load_state("networkidle")


def first_row(page: Page) -> None:
    """Open the first matter beside the list."""
    page.locator("[data-row] a.row-title").first.click()
    page.locator("#detail .detail-head").wait_for()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(800)


def triage(page: Page) -> None:
    """The form of triage of the first matter."""
    first_row(page)
    page.goto(page.locator("#detail a[href*='/triage/']").first.get_attribute("href") or "")
    page.wait_for_load_state("networkidle")


PICTURES = (
    Picture("home-phone", RESIDENT, "/?home=1"),
    Picture("report-phone", "", "/report/", write),
    Picture("done-phone", "", "/report/", send),
    Picture("concerns-phone", RESIDENT, "/concerns/"),
    Picture("concern-phone", RESIDENT, "/concerns/", follow("main a[href^='/concerns/']")),
    Picture("rate-phone", RESIDENT, "/concerns/", follow("a[href*='/rate/']")),
    Picture("place-phone", "", "/open/?q=磨子井", follow("main a[href^='/at/']")),
    Picture("today-phone", GRID, "/today/"),
    Picture("patrol-phone", GRID, "/patrol/"),
    Picture("matter-phone", GRID, "/today/", follow("main a[href^='/matters/']")),
    Picture("work-desk", CLERK, "/work/", first_row),
    Picture("matter-desk", CLERK, "/work/?f=sorting", first_row),
    Picture("triage-desk", CLERK, "/work/?f=sorting", triage),
    Picture("intake-desk", CLERK, "/intake/"),
    Picture("place-desk", "", "/open/?q=磨子井", follow("main a[href^='/at/']")),
    Picture("officer-desk", OFFICER, "/work/", first_row),
    Picture("supervision-desk", SUPERVISOR, "/supervision/"),
    Picture("charge-desk", SECRETARY, "/charge/"),
    Picture("places-desk", ADMINISTRATOR, "/places/"),
    Picture("people-desk", ADMINISTRATOR, "/people"),
    Picture("settings-desk", ADMINISTRATOR, "/settings/cases/rules/"),
)


def take(browser: Browser, address: str, picture: Picture) -> None:
    """Sign in, go there, do the step, keep the picture."""
    width, height, scale = (390, 844, 1.5) if picture.is_phone else (1280, 800, 1)
    context = browser.new_context(
        base_url=address, viewport={"width": width, "height": height}, device_scale_factor=scale, locale="zh-CN",
        timezone_id="Asia/Shanghai", color_scheme="light",
    )  # fmt: skip
    context.set_default_timeout(10_000)
    page = context.new_page()
    if picture.who:
        page.goto("/sign-in")
        page.fill("[name=identifier]", picture.who)
        page.fill("[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/sign-in" not in url)
    page.goto(picture.path, wait_until="networkidle")
    if picture.step is not None:
        picture.step(page)
    keep(picture.name, page.screenshot(animations="disabled"))
    context.close()


def keep(name: str, png: bytes) -> None:
    """Reduce colours until the picture is small enough."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    for colours in (256, 128, 64, 32):
        small = io.BytesIO()
        image.quantize(colours, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
        if small.tell() < MOST_BYTES:
            break
    (FOLDER / f"{name}.png").write_bytes(small.getvalue())
    print(f"{name}: {small.tell() // 1000} kB, {colours} colours")


def main() -> int:
    """Take all or some; 1 when one failed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--address", default="http://127.0.0.1:8000")
    options.add_argument("--only", nargs="*", default=[])
    chosen = options.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    failed = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for picture in PICTURES:
            if chosen.only and picture.name not in chosen.only:
                continue
            try:
                take(browser, chosen.address, picture)
            except Exception as problem:  # noqa: BLE001 - the other pictures are still wanted
                failed.append(picture.name)
                print(f"{picture.name}: {str(problem).splitlines()[0]}", file=sys.stderr)
        browser.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
