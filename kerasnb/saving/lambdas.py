"""Lambdas: functions without a name, saved as code. Reading them runs code of the file's author."""

from __future__ import annotations

import base64
import marshal
import types

from kerasnb import activations, ops


def dump(function) -> list:
    """Code, defaults and closure of a function, for JSON."""
    closure = [cell.cell_contents for cell in function.__closure__] if function.__closure__ else None
    code = base64.encodebytes(marshal.dumps(function.__code__)).decode("ascii")
    return [code, list(function.__defaults__) if function.__defaults__ else None, closure]


def load(value):
    """The function that `dump` was given. The caller has checked that this is allowed."""
    code, defaults, closure = (value, None, None) if isinstance(value, str) else value
    cells = None if closure is None else tuple(types.CellType(v) for v in closure)
    made = marshal.loads(base64.b64decode(code))
    return types.FunctionType(
        made, {"ops": ops, "activations": activations}, name=made.co_name,
        argdefs=None if defaults is None else tuple(defaults), closure=cells,
    )  # fmt: skip
