"""The Builder without a browser: the layers with their shapes and parameters, and the code."""

from __future__ import annotations

import html as escape

from kerasnb.widgets.builder import view
from kerasnb.widgets.builder.workshop import Workshop
from kerasnb.widgets.kit.card import card, headline

MOST_ROWS = 60  # so that a saved notebook stays small
CELL = 'style="text-align:left;padding:2px 10px 2px 0;vertical-align:top;overflow-wrap:anywhere"'
RIGHT = 'style="text-align:right;padding:2px 0"'


def html(shop: Workshop, code: str) -> str:
    """The layers as a table, then the code."""
    cards, is_chain = view.cards(shop), shop.plan.is_chain()
    rows = "".join(_row(c, "" if is_chain else _from(c)) for c in cards[:MOST_ROWS])
    if len(cards) > MOST_ROWS:
        rows += f'<tr><td {CELL} colspan="3">{_more(len(cards))}</td></tr>'
    head = f"<tr><th {CELL}>Layer</th><th {CELL}>Output shape</th><th {RIGHT}>Parameters</th></tr>"
    table = f'<table style="border-collapse:collapse;font-size:13px"><thead>{head}</thead><tbody>{rows}</tbody></table>'
    table = f'<div style="overflow-x:auto">{table}</div>'
    source = f'<pre style="font-size:12.5px;overflow-x:auto;margin:8px 0 0">{escape.escape(_cut(code))}</pre>'
    odd = "".join(f'<div style="margin:4px 0">! {escape.escape(words)}</div>' for words in shop.odd())
    return card(headline("Builder", _title(shop)) + odd + table + source, text(shop, code))


def text(shop: Workshop, code: str) -> str:
    """The same as text."""
    cards = view.cards(shop)
    shown = cards[:MOST_ROWS]
    width = max(len(f"{c['key']} {c['brief']}") for c in shown)
    lines = [f"  {c['key'] + ' ' + c['brief']:<{width}}  {c['shape']:<22} {c['params']:>12,}" for c in shown]
    lines += [f"  {_more(len(cards))}"] if len(cards) > MOST_ROWS else []
    odd = [f"! {words}" for words in shop.odd()]
    return "\n".join([f"Builder: {_title(shop)}", *odd, *lines, "", _cut(code)])


def _title(shop: Workshop) -> str:
    return f"{shop.model.name} · {view.total(shop):,} parameters"


def _row(one: dict, source: str) -> str:
    return (
        f"<tr><td {CELL}><b>{escape.escape(one['key'])}</b> {escape.escape(one['brief'])}{source}</td>"
        f"<td {CELL}>{escape.escape(one['shape'])}</td><td {RIGHT}>{one['params']:,}</td></tr>"
    )


def _more(count: int) -> str:
    return f"{count - MOST_ROWS} more layers: the live view shows them, and so does builder.model.summary()."


def _cut(code: str) -> str:
    """The code, or its start where it is too long for a saved notebook."""
    lines = code.split("\n")
    if len(lines) <= MOST_ROWS:
        return code
    return "\n".join([*lines[:MOST_ROWS], f"# {len(lines) - MOST_ROWS} more lines: print(builder.code)"])


def _from(row: dict) -> str:
    return f" ← {escape.escape(', '.join(row['from']))}" if row["from"] else ""
