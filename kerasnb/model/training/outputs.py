"""Outputs of a model: their places, and the targets, weights, losses and metrics that belong to each."""

from __future__ import annotations

from typing import Any

from kerasnb import tree


def places(structure: Any, path: tuple = ()) -> list[tuple]:
    """The path of each leaf of a structure, in the order of `tree.flatten`: keys and positions."""
    if not tree.is_nested(structure):
        return [path]
    keys = sorted(structure) if isinstance(structure, dict) else range(len(structure))
    return [place for key in keys for place in places(structure[key], (*path, key))]


def leaf_names(results: dict) -> list[str]:
    """The name of each leaf of a step's results, in the order of `tree.flatten`.

    Results in a dict of their own, such as those of one metric, are reported by their own names, as in Keras.
    """
    names = []
    for path in places(results):
        last = max(i for i, key in enumerate(path) if isinstance(key, str))
        names.append("_".join(map(str, path[last:])))
    return names


def below(path: tuple, among: list[tuple]) -> list[int]:
    """The numbers of the leaves at a path or below it."""
    return [i for i, place in enumerate(among) if place[: len(path)] == path]


def is_flat(structure: Any) -> bool:
    """Whether a structure is one list or dict of leaves."""
    return tree.is_nested(structure) and not any(map(tree.is_nested, tree._children(structure)))


def names_of(y_pred: Any, output_names: list[str] | None) -> list:
    """The name of each output, None where it has none: keys of a dict, or the model's names for them."""
    leaves = places(y_pred)
    if isinstance(y_pred, dict) and is_flat(y_pred):
        return [key for (key,) in leaves]
    return list(output_names) if output_names and len(output_names) == len(leaves) else [None] * len(leaves)


def sketch(structure: Any) -> str:
    """The form of a structure, for error messages."""
    return str(tree.map_structure_in_order(structure, lambda _: "*")).replace("'*'", "*")


def aligned(values: Any, y_pred: Any, names: list, argument: str, needed: list[int] | None = None) -> list:
    """The value that belongs to each output, None where there is none.

    Args:
        values: The values in the structure of the outputs, in a list or dict of their names, or for the needed ones.
        y_pred: The outputs.
        names: The names of the outputs.
        argument: The name of the values in error messages.
        needed: The numbers of the outputs that need a value, all by default.

    Raises:
        ValueError: If it is unclear which value belongs to which output.
    """
    leaves = places(y_pred)
    count = len(leaves)
    flat = tree.flatten(values)
    if isinstance(values, dict):
        if isinstance(y_pred, dict):
            return [at(values, path) for path in _checked(values, y_pred, leaves, argument)]
        if set(values) <= set(names):
            return [values.get(name) for name in names]
    elif not isinstance(y_pred, dict) and tree.is_nested(values) and places(values) == leaves:
        return flat
    if len(flat) == count and (count == 1 or is_flat(values)) and not isinstance(values, dict):
        return flat
    needed = list(range(count)) if needed is None else needed
    if len(flat) == len(needed) and not isinstance(values, dict):
        by_output = dict(zip(needed, flat, strict=True))
        return [by_output.get(i) for i in range(count)]
    raise ValueError(
        f"{argument} and y_pred have different structures.\n{argument}: {sketch(values)}\ny_pred: {sketch(y_pred)}"
    )


def _checked(values: dict, y_pred: Any, leaves: list[tuple], argument: str) -> list[tuple]:
    unknown = [path for path in places(values) if path not in leaves]
    if unknown:
        raise ValueError(
            f"{argument} and y_pred have different structures: the model has no output at {unknown[0]}.\n"
            f"{argument}: {sketch(values)}\ny_pred: {sketch(y_pred)}"
        )
    return leaves


def at(structure: Any, path: tuple) -> Any:
    """The part of a structure at a path, or None."""
    for key in path:
        if isinstance(structure, dict):
            structure = structure.get(key)
        elif isinstance(structure, (list, tuple)) and isinstance(key, int) and key < len(structure):
            structure = structure[key]
        else:
            return None
    return structure


def shared(weights: Any, y_pred: Any, names: list) -> list:
    """The sample weights of each output: one array serves all."""
    if not tree.is_nested(weights):
        return [weights] * len(places(y_pred))
    leaves = tree.flatten(weights)
    if len(leaves) == 1 and not isinstance(weights, dict):
        return leaves * len(places(y_pred))
    return aligned(weights, y_pred, names, "sample_weight")


def check_present(y_pred: Any) -> None:
    """Checks that the call of a model returned something.

    Raises:
        ValueError: If it returned None.
    """
    if y_pred is None:
        raise ValueError(
            "The model must return tensors to compute a loss of, or to predict. Received: None\n"
            "Hint: Does the `call()` of the model, or that of its last layer, end with `return`?"
        )
