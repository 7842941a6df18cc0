"""Static pictures of tools: HTML that a reader without trust shows, and the same as text."""

from __future__ import annotations

import base64
import html

# One picture for light and for dark pages: colours that can be told from both grounds.
BLUE, ORANGE, GREY = "#2f7fe0", "#d4620f", "#808080"
# A class that JupyterLab's style sheet hides. Next to a style that shows, it has no effect; but a sanitizer that
# removes styles (nbconvert --sanitize-html) prints <img> and <details> as text, and then the text below is visible.
STYLED = 'class="jp-FileSize-hidden" style="display:block;'


def card(content: str, text: str, width: int = 1120) -> str:
    """HTML for pages that allow styles and images, and the same as text for pages that do not.

    Args:
        content: String, HTML.
        text: String, the same in words and numbers.
        width: Integer, the largest width in pixels.
    """
    twin = f'<pre style="display:none"><code>{html.escape(text)}</code></pre>'
    return f'<div {STYLED}max-width:{width}px">{content}</div>{twin}'


def headline(name: str, rest: str = "") -> str:
    """The first line of a static picture: a name in bold and what there is to say; escapes both."""
    return f'<div style="font-size:13px;overflow-wrap:anywhere"><b>{html.escape(name)}</b> {html.escape(rest)}</div>'


def picture(svg: str, alt: str, width: int) -> str:
    """An SVG document as an `<img>`, which untrusted notebooks show; `<svg>` itself is removed there.

    Args:
        svg: String, a whole SVG document.
        alt: String, the picture in words.
        width: Integer, its width in pixels; it becomes narrower on a narrow page.
    """
    return (
        f'<img alt="{html.escape(alt)}" width="{width}" style="max-width:100%;height:auto;vertical-align:top" '
        f'src="{address(svg)}">'
    )


def address(svg: str) -> str:
    """An SVG document as a data URL."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
