"""Pictures of every tool for docs/: python -m tests.browser.pictures [FOLDER] [SCENES...]."""

from __future__ import annotations

import base64
import pathlib
import sys

from playwright.sync_api import sync_playwright

from tests.browser.bare import BarePage
from tests.browser.lab import ARGUMENTS, chromium
from tests.browser.scenes import SCENES

SIZES = [(1000, False), (1000, True), (400, False), (400, True)]
TO_WEBP = """async (png) => {
    const image = new Image();
    image.src = "data:image/png;base64," + png;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width, image.height];
    canvas.getContext("2d").drawImage(image, 0, 0);
    return canvas.toDataURL("image/webp", 0.8).split(",")[1];
}"""


def take(browser, scene: str, width: int, dark: bool) -> bytes:
    """A picture of a tool as WebP."""
    page = BarePage(browser, SCENES[scene](), width=width, dark=dark)
    page.page.wait_for_timeout(400)
    png = page.page.locator("#here").screenshot()
    webp = page.page.evaluate(TO_WEBP, base64.b64encode(png).decode())
    page.close()
    return base64.b64decode(webp)


def main(folder: str = "docs/img/studio", *scenes: str) -> None:
    """Writes `SCENE-WIDTH-light.webp` and so on."""
    target = pathlib.Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        for scene in scenes or SCENES:
            for width, dark in SIZES:
                name = f"{scene}-{width}-{'dark' if dark else 'light'}.webp"
                (target / name).write_bytes(take(browser, scene, width, dark))
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
