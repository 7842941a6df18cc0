"""What a compiled model keeps when its layers change: how it is compiled, and the slots of weights that stay."""

from __future__ import annotations

from typing import Any


def recompile(model: Any, kept: list) -> None:
    """Compiles a changed model as it was compiled before; its optimizer goes on with the weights that stayed.

    Args:
        model: The model.
        kept: List of variables that were in the model before.
    """
    if not model.compiled or model._compile_config is None:
        return
    optimizer = model.optimizer
    if optimizer is not None and optimizer.built:
        _carry_over(optimizer, model.trainable_variables, kept)
    model.compile(**model._compile_config)


def _carry_over(optimizer: Any, variables: list, kept: list) -> None:
    """Gives an optimizer slots for a model's variables; those of variables that stayed keep their values."""
    if _same(optimizer, variables):
        return
    if not hasattr(optimizer, "_trainable_variables") or hasattr(optimizer, "inner_optimizer"):
        twin = type(optimizer).from_config(optimizer.get_config())
        vars(optimizer).update(vars(twin))  # one around others starts anew
        return
    before = {v.name: v for v in optimizer.variables}
    prefixes = {f"{v.path.replace('/', '_')}_": v for v in variables}
    stayed = {id(v) for v in kept}
    twin = type(optimizer).from_config(optimizer.get_config())
    twin.build(variables)
    for slot in twin.variables:
        owner = max((p for p in prefixes if slot.name.startswith(p)), key=len, default=None)
        old = before.get(slot.name)
        if old is not None and old.shape == slot.shape and (owner is None or id(prefixes[owner]) in stayed):
            slot.assign(old.value)
    vars(optimizer).update(vars(twin))


def _same(optimizer: Any, variables: list) -> bool:
    return [id(v) for v in getattr(optimizer, "_trainable_variables", [])] == [id(v) for v in variables]
