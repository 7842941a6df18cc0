"""Pictures of every tool, and the page that shows them: python -m tests.browser.pictures [SCENES...]."""

from __future__ import annotations

import base64
import sys

from playwright.sync_api import sync_playwright

from tests.browser.bare import BarePage
from tests.browser.lab import ARGUMENTS, ROOT, chromium
from tests.browser.scenes import SCENES

FOLDER = ROOT / "docs" / "img" / "studio"
SIZES = [(1000, False), (1000, True), (400, False), (400, True)]
TO_WEBP = """async (png) => {
    const image = new Image();
    image.src = "data:image/png;base64," + png;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width, image.height];
    canvas.getContext("2d").drawImage(image, 0, 0);
    return canvas.toDataURL("image/webp", 0.5).split(",")[1];
}"""


def take(browser, scene: str, width: int, dark: bool) -> bytes:
    """A picture of a tool as WebP."""
    page = BarePage(browser, SCENES[scene](), width=width, dark=dark)
    page.page.wait_for_timeout(400)
    png = page.page.locator("#here").screenshot()
    webp = page.page.evaluate(TO_WEBP, base64.b64encode(png).decode())
    page.close()
    return base64.b64decode(webp)


# The screens of the specification, and which pictures stand beside each of them.
SCREENS = {
    "live": ("Training panel, live", ["live", "compiling"]), "finished": ("Training panel, finished", ["finished"]),
    "trouble": ("Trouble", ["trouble", "failed"]), "compare": ("Many runs", ["fits", "compare"]),
    "summary": ("Summary", ["summary"]), "graph": ("Graph", ["graph", "volumes"]),
    "builder": ("Builder", ["builder", "branches"]),
    "peek": ("Look inside", ["peek", "array"]), "hood": ("Open the hood", ["hood"]),
    "explore": ("Explore predictions", ["draw", "confusion", "mistakes", "explore"]),
    "shape": ("Shape errors", ["shape"]), "lesson": ("Lesson cards", ["lesson"]),
}  # fmt: skip


def page() -> str:
    """The pictures of all tools beside the specification, in Markdown."""
    parts = ["# Every tool beside its specification", "", "Made by `python -m tests.browser.pictures`."]
    head = ["| specification | light | dark | 400 px, light | 400 px, dark |", "|---|---|---|---|---|"]
    for screen, (title, scenes) in SCREENS.items():
        parts += ["", f"## {title}", "", *head]
        for number, scene in enumerate(scenes):
            looks = [(width, look) for width in (1000, 400) for look in ("light", "dark")]
            drawn = [f"![{scene}, {w} px, {look}](studio/{scene}-{w}-{look}.webp)" for w, look in looks]
            first = "" if number else f"![specification of {title}](studio/mock-{screen}.webp)"
            parts.append("| " + " | ".join([first, *drawn]) + " |")
    return "\n".join(parts) + "\n"


def main(*scenes: str) -> None:
    """Writes `SCENE-WIDTH-light.webp` and so on."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        for scene in scenes or SCENES:
            for width, dark in SIZES:
                name = f"{scene}-{width}-{'dark' if dark else 'light'}.webp"
                (FOLDER / name).write_bytes(take(browser, scene, width, dark))
        browser.close()
    (FOLDER.parent / "studio.md").write_text(page())


if __name__ == "__main__":
    main(*sys.argv[1:])
