"""Lambdas: functions without a name, saved as code. Loading them runs code of the file's author."""

from __future__ import annotations

import base64
import marshal
import types
from collections.abc import Callable

NAMES: dict[str, object] = {}  # the globals of a loaded lambda; the packages above add themselves


def dump(function: types.FunctionType) -> list:
    """Code, defaults and closure of a function, for JSON."""
    closure = [cell.cell_contents for cell in function.__closure__] if function.__closure__ else None
    code = base64.encodebytes(marshal.dumps(function.__code__)).decode("ascii")
    return [code, list(function.__defaults__) if function.__defaults__ else None, closure]


def load(value: str | list) -> Callable:
    """The function that `dump` got. The caller has checked that this is allowed."""
    code, defaults, closure = (value, None, None) if isinstance(value, str) else value
    cells = None if closure is None else tuple(types.CellType(v) for v in closure)
    loaded = marshal.loads(base64.b64decode(code))
    argdefs = None if defaults is None else tuple(defaults)
    return types.FunctionType(loaded, dict(NAMES), name=loaded.co_name, argdefs=argdefs, closure=cells)
