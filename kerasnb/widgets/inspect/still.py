"""The static picture of Peek: a picture of each row, its numbers, and the chosen unit."""

from __future__ import annotations

import html as escape_
from typing import Any

import numpy as np

from kerasnb.widgets.inspect import rows as rows_
from kerasnb.widgets.inspect.pixels import grey, palette, stacked
from kerasnb.widgets.kit.card import card, headline, picture
from kerasnb.widgets.kit.few import ends, fitted, left_out
from kerasnb.widgets.kit.words import number

WHERE = "kw.peek(model, x)"
PIXELS, SHOWN = 24_000, 16  # of all pictures together: the saved card stays small
RIGHT = 'style="text-align:right;padding:2px 8px;white-space:nowrap"'


def html(tool: Any) -> str:
    """Peek without scripts."""
    of, answer, sure = tool.headline()
    said = f" · answer {answer}" + (f" ({sure})" if sure else "") if answer else ""
    rest = _output(tool.output()) + _unit(tool.unit)

    def page(most: int | None) -> str:
        first, left, last = ends(list(zip(tool.rows, tool.silent, strict=True)), most)
        budget = PIXELS // max(1, len(first) + len(last))
        parts = ["".join(_row(row, silent, budget) for row, silent in part) for part in (first, last)]
        gap = f'<div style="font-size:13px;padding:4px 0">{left_out(left, WHERE)}</div>' if left else ""
        return card(f"{headline(tool.model.name, f'{of}{said}')}{parts[0]}{gap}{parts[1]}{rest}", text(tool, most))

    return fitted(page, len(tool.rows))


def _row(row: rows_.Row, silent: dict | None, budget: int) -> str:
    described = row.describe()
    name = f"<b>{escape_.escape(row.name)}</b> {escape_.escape(described['activation'])}"
    facts = [described["shape"], described["range"], *([silent["words"]] if silent and silent["count"] else [])]
    words = "<br>".join(escape_.escape(f) for f in facts)
    indent = f"padding-left:{16 * described['depth']}px"
    left = f'<div style="flex:0 0 180px;{indent}">{name}<br><span style="font-size:12px">{words}</span></div>'
    right = f'<div style="flex:1 1 300px;min-width:0">{drawn(row, budget)}</div>'
    return f'<div style="display:flex;flex-wrap:wrap;gap:2px 12px;padding:4px 0;font-size:13px">{left}{right}</div>'


def drawn(row: rows_.Row, budget: int) -> str:
    """The maps of a row as one picture of at most so many pixels."""
    pictures = row.layout.pictures(row.values)
    if not pictures.size:
        return ""
    pictures = pictures[:SHOWN]
    step = max(1, int(np.ceil(np.sqrt(pictures.size / budget))))
    pictures = pictures[:, ::step, ::step]
    alt = f"{row.name}: {row.range()}"
    image = row.layout.kind == "image"
    if image and pictures.shape[0] == 3:
        tiles = grey(np.moveaxis(pictures, 0, -1))
    elif image:
        tiles = 255 - grey(pictures[0])
    else:
        return _maps(pictures, alt, row)
    height = max(16, round(96 * tiles.shape[0] / tiles.shape[1]))
    return picture(stacked(tiles, 96, min(height, 192)), alt, 96)


def _maps(pictures: np.ndarray, alt: str, row: rows_.Row) -> str:
    count, rows, columns = pictures.shape
    scale = rows_.top(pictures) or 1.0
    if row.layout.kind == "maps":
        across = min(count, 8)
        sheet = np.full((-(-count // across) * (rows + 1) - 1, across * (columns + 1) - 1), np.nan)
        for i, one in enumerate(pictures):
            top, left = i // across * (rows + 1), i % across * (columns + 1)
            sheet[top : top + rows, left : left + columns] = one
        width = 48 * across
    else:
        sheet = pictures[0]
        width = min(480, max(24, columns * (10 if columns <= 48 else 6)))
    cell = width / sheet.shape[1]
    line = cell if row.layout.kind == "maps" else min(max(cell, 2), 12 if sheet.shape[0] > 1 else 20)
    height = sheet.shape[0] * line
    return picture(stacked(palette(sheet / scale), width, max(12, round(height))), alt, width)


def _output(output: dict) -> str:
    if not output:
        return ""
    rows = "".join(
        f'<tr><td style="padding:2px 8px 2px 0"><b>{escape_.escape(n)}</b></td><td {RIGHT}>{t}</td></tr>'
        for n, t in zip(output["names"], output_texts(output), strict=True)
    )
    more = f"<tr><td colspan=2>and {output['rest']:,} more</td></tr>" if output["rest"] else ""
    title = f'<div style="font-size:12px;margin-top:6px"><b>{escape_.escape(output["title"])}</b></div>'
    return f'{title}<table style="border-collapse:collapse;font-size:13px"><tbody>{rows}{more}</tbody></table>'


def output_texts(output: dict) -> list[str]:
    """The numbers of the output as text."""
    if not output["shares"]:
        return [number(v) for v in output["values"]]
    return ["NaN" if v is None else "<.1 %" if 0 < v < 0.001 else f"{100 * v:.1f} %" for v in output["values"]]


def _unit(unit: dict | None) -> str:
    if not unit:
        return ""
    lines = "<br>".join(escape_.escape(line) for line in unit_lines(unit)[1:])
    return (
        f'<div style="font-size:12px;margin-top:6px"><b>One unit: {escape_.escape(unit["title"])}</b></div>'
        f'<div style="font-size:13px">{lines}</div>'
    )


def unit_lines(unit: dict) -> list[str]:
    """The arithmetic of a unit as lines of text."""
    made = [f"One unit: {unit['title']}"]
    for plane in unit.get("planes", [])[:1]:
        captions = (*unit["captions"], "products")
        for caption, key in zip(captions, ("field", "weights", "products"), strict=True):
            if plane[key] is not None:
                rows = " / ".join(" ".join("pad" if v is None else number(v) for v in r) for r in plane[key])
                made.append(f"{caption}{' of ' + plane['name'] if plane['name'] else ''}: {rows}")
    for term in unit.get("terms", []):
        by = "" if term["weight"] is None else f" × {number(term['weight'])} = {number(term['product'])}"
        made.append(f"{term['name']}: {'pad' if term['field'] is None else number(term['field'])}{by}")
    if unit.get("rest", [0])[0]:
        made.append(f"the other {unit['rest'][0]:,}: {number(unit['rest'][1])}")
    made += [f"{words}: {number(value)}" for words, value in unit["rows"]]
    if "note" in unit:
        return [*made, f"value: {number(unit['engine'])}", unit["note"]]
    formula = f" = {unit['formula']}" if unit["formula"] else ""
    return [*made, f"value{formula}: {number(unit['value'])}", unit["words"]]


def text(tool: Any, most: int | None = None) -> str:
    """Peek as text; at most so many rows."""
    of, answer, sure = tool.headline()
    said = f" · answer {answer}" + (f" ({sure})" if sure else "") if answer else ""
    made = [f"{tool.model.name}: {of}{said}"]
    first, left, last = ends(list(zip(tool.rows, tool.silent, tool.strips, strict=True)), most)
    for shown in [*first, *([None] if left else []), *last]:
        if shown is None:
            made.append(f"  {left_out(left, WHERE)}")
            continue
        row, silent, strips = shown
        described = row.describe()
        parts = [described["name"], described["activation"], described["shape"], described["range"]]
        if silent and silent["count"]:
            parts.append(silent["words"])
        made.append("  " * (described["depth"] + 1) + "  ".join(p for p in parts if p))
        made += ["  " * (described["depth"] + 2) + strip_text(s) for s in strips]
    output = tool.output()
    if output:
        made.append(output["title"])
        made += [f"  {n}: {t}" for n, t in zip(output["names"], output_texts(output), strict=True)]
    return "\n".join([*made, *(unit_lines(tool.unit) if tool.unit else [])])


def strip_text(strip: dict) -> str:
    """The spread of one weight in words."""
    weight, gradient = strip["weight"], strip["gradient"]
    words = f"{strip['name']}: rms {number(weight['rms'])}, largest {number(weight['top'])}"
    return words + (f", gradient rms {number(gradient['rms'])}" if gradient else "")
