"""SVG pictures as PNG or PDF, with whichever of four programs is there."""

from __future__ import annotations

import importlib
import pathlib
import shutil
import subprocess
import tempfile

_SECONDS = 60
_MISSING = (
    "Writing a {0} picture needs a program that converts SVG, and none was found: the package cairosvg "
    "(`pip install cairosvg`), rsvg-convert, inkscape or chromium. An SVG picture needs none of them: use "
    "`to_file='model.svg'`."
)
_CHROMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def converted(picture: str, form: str, scale: float) -> bytes:
    """The bytes of a picture in another format.

    Args:
        picture: The text of an SVG document.
        form: `"png"` or `"pdf"`.
        scale: Float, dots for each unit of the picture.

    Raises:
        ImportError: If no program for it is there.
    """
    with tempfile.TemporaryDirectory() as folder:
        source, target = pathlib.Path(folder, "model.svg"), pathlib.Path(folder, f"model.{form}")
        source.write_text(picture, encoding="utf-8")
        for convert in (_with_cairosvg, _with_rsvg, _with_inkscape, _with_chromium):
            if convert(source, target, form, scale) and target.is_file():
                return target.read_bytes()
    raise ImportError(_MISSING.format(form.upper()))


def _with_cairosvg(source: pathlib.Path, target: pathlib.Path, form: str, scale: float) -> bool:
    try:
        cairosvg = importlib.import_module("cairosvg")
    except (ImportError, OSError):  # the package, or the library that it loads
        return False
    getattr(cairosvg, f"svg2{form}")(url=str(source), write_to=str(target), scale=scale)
    return True


def _with_rsvg(source: pathlib.Path, target: pathlib.Path, form: str, scale: float) -> bool:
    return _run("rsvg-convert", "-f", form, "-z", f"{scale:.3f}", "-o", str(target), str(source))


def _with_inkscape(source: pathlib.Path, target: pathlib.Path, form: str, scale: float) -> bool:
    dpi = f"--export-dpi={scale * 96:.0f}"
    return _run("inkscape", str(source), f"--export-type={form}", f"--export-filename={target}", dpi)


def _with_chromium(source: pathlib.Path, target: pathlib.Path, form: str, scale: float) -> bool:
    """A picture of the page that shows the drawing alone; printed pages have another size, so there is no PDF."""
    program = next((name for name in _CHROMES if shutil.which(name)), None)
    if program is None or form != "png":
        return False
    text = source.read_text(encoding="utf-8")
    width, height = (int(part.split('"')[1]) for part in text.split(" ")[2:4])
    page = source.with_suffix(".html")
    page.write_text(f'<body style="margin:0">{text}', encoding="utf-8")
    return _run(
        program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
        "--default-background-color=00000000", f"--force-device-scale-factor={scale:.3f}",
        f"--window-size={width},{height}", f"--user-data-dir={source.parent / 'profile'}", f"--screenshot={target}",
        page.as_uri(),
    )  # fmt: skip


def _run(program: str, *arguments: str) -> bool:
    """Whether a program is there and ran without an error."""
    path = shutil.which(program)
    if path is None:
        return False
    try:
        return subprocess.run([path, *arguments], capture_output=True, timeout=_SECONDS, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
