"""From an exception to its story: which side says what, and what mends it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from kerasnb.widgets.errors.story import Chain, Line, Node, Story, call_of, chain_of, family, kind_of, size_of, text_of

SHAPE = r"(\([^()]*\))"
TARGETS = re.compile(rf"target\.shape={SHAPE},? (?:and )?output\.shape={SHAPE}")
LAYER = re.compile(
    rf"Input \d+ with name '[^']*' of layer '([^']+)' is incompatible.*?received(?:: | input with shape ){SHAPE}",
    re.DOTALL | re.IGNORECASE,
)
MODEL = re.compile(rf"Expected shape {SHAPE}, but input has incompatible shape {SHAPE}")
ADD = re.compile(rf"Inputs have incompatible shapes\. Received shapes {SHAPE} and {SHAPE}")
JOIN = re.compile(r"requires inputs with matching shapes.*?input_shape=\[(.*)\]", re.DOTALL)
COUNTS = re.compile(r"Data cardinality is ambiguous.*?'(\w+)' sizes: (\d+).*?'(\w+)' sizes: (\d+)", re.DOTALL)
CLASS = re.compile(r"class id that the model's (\d+) outputs do not have.*?(\w+)(?:\[[^\]]*\])?=(-?\d+)", re.DOTALL)
HINT = re.compile(r"Hint: (.*)", re.DOTALL)
SPATIAL = ("Conv", "Pool", "UpSampling", "ZeroPadding", "Cropping", "SeparableConv", "DepthwiseConv")
RECURRENT = ("LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional")


def story_of(message: str, model: Any = None) -> Story | None:
    """The story of an error, or None where its message is not about shapes.

    Args:
        message: String, what the error says.
        model: The model that failed; of a merge the list of its branches; or None.
    """
    readers: dict[re.Pattern, Callable[[Any, str, Any], Story | None]] = {
        TARGETS: _targets, LAYER: _layer, MODEL: _model, ADD: _merge, JOIN: _join, COUNTS: _counts, CLASS: _class,
    }  # fmt: skip
    for pattern, read in readers.items():
        found = pattern.search(message)
        if found:
            return read(found, message, model)
    return None


def is_a_merge(message: str) -> bool:
    """Whether branches do not fit together."""
    return bool(ADD.search(message) or JOIN.search(message))


def _hint(message: str) -> str:
    found = HINT.search(message)
    return found[1].strip().splitlines()[0] if found else ""


def _shape(text: str) -> tuple:
    return tuple(ast.literal_eval(text))


def _is(layer: Any, names: tuple[str, ...]) -> bool:
    return layer is not None and any(name in type(layer).__name__ for name in names)


# --- outputs and labels


def _targets(found: Any, message: str, model: Any) -> Story:
    target, output = _shape(found[1]), _shape(found[2])
    chain = chain_of(model) if model is not None else Chain([None], [None])
    last = chain.layers[-1]
    between = f"the output of {last.name if last is not None else 'the model'} and the labels"
    if len(output) > len(target) and len(output) > 2:
        place = _first_dense_on_places(chain)
        told = _recurrent(chain) if place is None else _flatten(chain, place)
        if told is not None:
            return told(between, target, output)
    return _loss_or_units(chain, message, between, target, output)


def _labels(target: tuple, edge: str) -> Node:
    return Node("labels", "y", text_of(target), "shape", "bad", edge)


def _first_dense_on_places(chain: Chain) -> int | None:
    """The place of the first Dense layer whose input still has axes of places."""
    for i, layer in enumerate(chain.layers[1:], 1):
        before = chain.shapes[i - 1]
        if _is(layer, ("Dense",)) and before is not None and len(before) > 2:
            return None if any(_is(earlier, RECURRENT) for earlier in chain.layers[:i]) else i
    return None


def _flatten(chain: Chain, place: int) -> Callable[[str, tuple, tuple], Story]:
    def told(between: str, target: tuple, output: tuple) -> Story:
        dense, before = chain.layers[place], chain.shapes[place - 1]
        flat, nodes = size_of(before), chain.nodes()
        at = len(nodes) - (len(chain.layers) - place)
        nodes[at:at] = [Node("+ flatten", "proposed", text_of((None, flat)), "shape", "new")]
        nodes[-1] = nodes[-1]._replace(state="bad")
        apart = f"{len(output)} axes against {len(target)}: one answer per place, one label per sample"
        earlier = chain.layers[place - 1]
        after = type(earlier).__name__ if earlier is not None else "the input"
        places = " × ".join(str(e) for e in before[1:-1])
        lines = [Line("", f"{call_of(earlier)},")] if earlier is not None else []
        return Story(
            between, [*nodes, _labels(target, apart)], "Dense works on the last axis.",
            f"After {after} it answers for each of the {places} places. The loss needs one answer per sample.",
            [*lines, Line("+", "layers.Flatten(),"), Line("", f"{call_of(dense)},")], "layers.Flatten(),",
            _pooled(before, dense, flat),
        )  # fmt: skip

    return told


def _pooled(before: tuple, dense: Any, flat: int | None) -> str:
    """The other mend: pooling over all places, and what it saves."""
    units, rank = getattr(dense, "units", None), len(before) - 2
    if units is None or flat is None or not 1 <= rank <= 3:
        return ""
    few, many = (before[-1] + 1) * units, (flat + 1) * units
    return f"Or GlobalAveragePooling{rank}D(): {few:,} parameters in {dense.name} instead of {many:,}."


def _recurrent(chain: Chain) -> Callable[[str, tuple, tuple], Story] | None:
    """A recurrent layer that returns each step, where the last one is wanted."""
    place = next((i for i in range(len(chain.layers) - 1, 0, -1) if _is(chain.layers[i], RECURRENT)), None)
    if place is None:
        return None

    def told(between: str, target: tuple, output: tuple) -> Story:
        layer, nodes = chain.layers[place], chain.nodes()
        at = len(nodes) - (len(chain.layers) - place)
        nodes[at] = nodes[at]._replace(state="new", kind=f"{nodes[at].kind}, return_sequences=False")
        nodes[-1] = nodes[-1]._replace(state="bad") if at != len(nodes) - 1 else nodes[-1]
        whole = call_of(layer)
        apart = f"{len(output)} axes against {len(target)}: one answer per step, one label per sample"
        return Story(
            between, [*nodes, _labels(target, apart)], f"{type(layer).__name__} returns each step.",
            "The loss needs one answer per sample: let the layer return its last step only.",
            [Line("-", f"{whole[:-1]}, return_sequences=True),"), Line("+", f"{whole},")], f"{whole},",
        )  # fmt: skip

    return told


def _loss_or_units(chain: Chain, message: str, between: str, target: tuple, output: tuple) -> Story:
    """Labels of another kind than the loss takes, or of another number of columns."""
    hint, nodes = _hint(message), chain.nodes()
    nodes[-1] = nodes[-1]._replace(state="bad", shape=text_of(output))
    last, classes = chain.layers[-1], output[-1] if output else 0
    edge = f"{text_of(output)} against {text_of(target)}"
    if "one-hot vectors" in hint:
        head, why = "The labels are one-hot vectors.", "The loss takes class ids."
        fix = 'loss="categorical_crossentropy"'
        lines = [Line("-", 'model.compile(loss="sparse_categorical_crossentropy")'), Line("+", f"model.compile({fix})")]
    elif "class ids" in hint:
        head, why = "The labels are class ids.", "The loss takes one-hot vectors."
        fix = 'loss="sparse_categorical_crossentropy"'
        lines = [Line("-", 'model.compile(loss="categorical_crossentropy")'), Line("+", f"model.compile({fix})")]
    else:
        units = target[-1] if len(target) == len(output) else 1
        head, why = "The last layer has another number of units.", f"It gives {classes} numbers; a label has {units}."
        was = call_of(last) if last is not None else f"layers.Dense({classes})"
        fix = re.sub(r"\(\d+", f"({units}", was, count=1) + ","
        lines = [Line("-", f"{was},"), Line("+", fix)]
    return Story(between, [*nodes, _labels(target, edge)], head, why, lines, fix)


def _class(found: Any, message: str, model: Any) -> Story:
    """A class id that no output stands for."""
    classes, label = int(found[1]), int(found[3])
    chain = chain_of(model) if model is not None else Chain([None], [None])
    nodes, last = chain.nodes(), chain.layers[-1]
    nodes[-1] = nodes[-1]._replace(state="bad")
    was = call_of(last) if last is not None else f"layers.Dense({classes})"
    fix = re.sub(r"\(\d+", f"({label + 1}", was, count=1) + ","
    labels = Node("labels", found[2], f"class {label}", "shape", "bad", f"{classes} outputs against class {label}")
    return Story(
        f"the {classes} outputs of {last.name if last is not None else 'the model'} and the labels", [*nodes, labels],
        "A label names a class without an output.",
        f"Class ids count from 0: {classes} outputs are the classes 0 to {classes - 1}.",
        [Line("-", f"{was},"), Line("+", fix)], fix,
        "Or count the labels from 0: y - y.min()." if label == classes else "",
    )  # fmt: skip


# --- inputs


def _layer(found: Any, message: str, model: Any) -> Story:
    """A layer that does not take what comes in."""
    name, shape = found[1], _shape(found[2])
    chain = chain_of(model) if model is not None else Chain([None], [shape])
    at = chain.place(name)
    layer = chain.layers[at] if at is not None else None
    nodes = chain.nodes(at)
    arrived = text_of(shape) if nodes[-1].shape == "?" or at == 1 else nodes[-1].shape
    nodes[-1] = nodes[-1]._replace(state="bad", shape=arrived)
    mend = _mend(layer, chain.layers[at - 1] if at else None, shape, message)
    edge = f"{text_of(shape)} arrives: {_apart(message, shape)}"
    own = (kind_of(layer), family(layer)) if layer is not None else ("layer", "core")
    node = Node(name, own[0], _wanted(message), own[1], "bad", "" if mend.node else edge)
    proposed = [mend.node._replace(edge=edge)] if mend.node else []
    kind = type(layer).__name__ if layer is not None else "The layer"
    return Story(f"{nodes[-1].name} and {name}", [*nodes, *proposed, node], f"{kind} cannot take this shape.",
                 mend.why, mend.lines, mend.fix, mend.other)  # fmt: skip


class Mend(NamedTuple):
    """What mends a layer: the proposed box, the reason, the code, what is copied, and another way."""

    node: Node | None
    why: str
    lines: list[Line]
    fix: str
    other: str = ""


def _wanted(message: str) -> str:
    found = re.search(r"expected (min_ndim|ndim|max_ndim)=(\d+)", message)
    if found:
        return f"needs {'at least ' if found[1] == 'min_ndim' else ''}{found[2]} axes"
    found = re.search(r"expected axis (-?\d+) of input shape to have value (\d+)", message)
    return f"needs {found[2]} in axis {found[1]}" if found else ""


def _apart(message: str, shape: tuple) -> str:
    found = re.search(r"expected axis (-?\d+) of input shape to have value (\d+)", message)
    if found:
        return f"{shape[int(found[1])]} numbers against {found[2]}"
    return f"{len(shape)} axes"


def _mend(layer: Any, before: Any, shape: tuple, message: str) -> Mend:
    """What mends a layer, by the hint in the message."""
    hint = _hint(message)
    own = [Line("", f"{call_of(layer)},")] if layer is not None else []
    if "channel axis is missing" in hint:
        new = (*shape[1:], 1)
        node, fix = Node("+ reshape", "proposed", text_of((None, *new)), "shape", "new"), f"layers.Reshape({new}),"
        why = "It needs the channels as the last axis. Grey images have one."
        return Mend(node, why, [Line("+", fix), *own], fix, "Or in the data: x = x[..., np.newaxis].")
    if "Flatten()" in hint:
        fix, flat = "layers.Flatten(),", size_of(shape)
        node = Node("+ flatten", "proposed", text_of((None, flat)), "shape", "new")
        return Mend(node, "The inputs still have axes of places. Flatten makes one row of numbers of them.",
                    [Line("+", fix), *own], fix)  # fmt: skip
    if "return_sequences=True" in hint:
        return _steps(before, shape, own)
    found = re.search(r"expected axis -?\d+ of input shape to have value (\d+)", message)
    if found and len(shape) == 2:
        fix = f"keras.Input(({shape[-1]},)),"
        node = Node("+ input", "proposed", text_of(shape), "shape", "new")
        why = f"It was built for {found[1]} numbers per sample; your data have {shape[-1]}."
        return Mend(node, why, [Line("-", f"keras.Input(({found[1]},)),"), Line("+", fix)], fix,
                    "Or look for columns of x that are missing, or too many.")  # fmt: skip
    code = re.findall(r"`([^`]+)`", hint)
    return Mend(None, hint or message.splitlines()[0], [Line("+", code[0])] if code else own, code[0] if code else "")


def _steps(before: Any, shape: tuple, own: list[Line]) -> Mend:
    """A recurrent layer without steps: the layer before must return all of its own, or make some."""
    if _is(before, RECURRENT):
        was = call_of(before)
        fix = f"{was[:-1]}, return_sequences=True),"
        node = Node("+ return_sequences=True", "proposed", f"(None, steps, {shape[-1]})", "rec", "new")
        why = f"{type(before).__name__} returns its last step only, and this layer reads steps."
        return Mend(node, why, [Line("-", f"{was},"), Line("+", fix), *own], fix)
    fix = f"layers.Reshape(({shape[-1]}, 1)),"
    node = Node("+ reshape", "proposed", f"(None, {shape[-1]}, 1)", "shape", "new")
    why = "A recurrent layer reads steps: it needs the axes batch, steps, features."
    return Mend(node, why, [Line("+", fix), *own], fix, "Or layers.RepeatVector(steps): the same numbers in each step.")


def _model(found: Any, message: str, model: Any) -> Story:
    """A model that was made for other inputs."""
    expected, shape = _shape(found[1]), _shape(found[2])
    chain = chain_of(model, expected) if model is not None else Chain([None], [expected])
    first = chain.layers[1] if len(chain.layers) > 1 else None
    hint = _hint(message)
    passed = Node("x", "passed", text_of(shape), "shape", "bad")
    proposed, lines, fix = _model_mend(expected, shape, hint)
    edge = f"{text_of(shape)} against {text_of(expected)}"
    at = Node("input", "Input", text_of(expected), "shape", "bad", "" if proposed else edge)
    rest = [chain._node(1)] if first is not None else []
    nodes = [passed, *([proposed._replace(edge=edge)] if proposed is not None else []), at, *rest]
    head, same = "The model was made for inputs of another shape.", "The number of values is the same" in hint
    why = "The number of values is the same: give them the axes that the model expects." if same else ""
    first_in_model = "Or put layers.Flatten() first in the model." if len(expected) == 2 and same else ""
    return Story("x and the input of the model", nodes, head, why, lines, fix, first_in_model)


def _model_mend(expected: tuple, shape: tuple, hint: str) -> tuple[Node | None, list[Line], str]:
    code = re.findall(r"`(x[^`]*)`", hint)
    fix = f"x = {code[-1]}" if code else ""
    if not fix:
        new = f"keras.Input({tuple(shape[1:])}),"
        return None, [Line("-", f"keras.Input({tuple(expected[1:])}),"), Line("+", new)], new
    node = Node(f"+ {code[-1]}", "proposed", text_of(expected), "shape", "new")
    return node, [Line("+", fix)], fix


def _counts(found: Any, message: str, model: Any) -> Story:
    """Arrays of different lengths."""
    (x, many), (y, others) = (found[1], int(found[2])), (found[3], int(found[4]))
    least = min(many, others)
    fix = f"{x}, {y} = {x}[:{least}], {y}[:{least}]"
    nodes = [Node(x, "samples", f"({many}, …)", "shape", "bad"),
             Node(y, "labels", f"({others}, …)", "shape", "bad", f"{many:,} samples against {others:,}")]  # fmt: skip
    return Story(f"{x} and {y}", nodes, "Each sample needs one label.",
                 f"`{x}` has {many:,} rows and `{y}` has {others:,}. Look first where {abs(many - others):,} got lost.",
                 [Line("+", fix)], fix)  # fmt: skip


# --- branches that do not merge


def _merge(found: Any, message: str, model: Any) -> Story:
    return _branches([(None, *_shape(found[1])), (None, *_shape(found[2]))], "the merge needs equal shapes", model)


def _join(found: Any, message: str, model: Any) -> Story:
    shapes = [_shape(text) for text in re.findall(SHAPE, found[1])]
    return _branches(shapes, "only the axis that is joined may differ", model)


class Branch(NamedTuple):
    """A branch that goes into a merge: what the code calls it, and the layer that it comes from."""

    name: str
    layer: Any


def _branches(shapes: list[tuple], rule: str, branches: Any) -> Story:
    known = isinstance(branches, list) and len(branches) == len(shapes)
    named = branches if known else [Branch(f"branch_{i}", None) for i in range(1, len(shapes) + 1)]
    boxes = [_end(branch, shape) for branch, shape in zip(named, shapes, strict=True)]
    edge = f"{text_of(shapes[0])} and {text_of(shapes[1])}: {rule}"
    fix, wanted, why, lines, other = _fitted(shapes, named)
    proposed = Node(f"+ {fix}", "proposed", wanted, "core", "new", edge)
    between = f"{boxes[0].name} and {boxes[1].name}"
    return Story(between, [*boxes, proposed, Node("merge", "", "", "core", "bad")],
                 "Two branches do not fit together.", why, lines, lines[0].code, other)  # fmt: skip


def _end(branch: Branch, shape: tuple) -> Node:
    if branch.layer is None:
        return Node(branch.name, "", text_of(shape), "shape", "bad")
    return Node(branch.layer.name, kind_of(branch.layer), text_of(shape), family(branch.layer), "bad")


def _fitted(shapes: list[tuple], named: list[Branch]) -> tuple[str, str, str, list[Line], str]:
    """What lets branches fit: windows that keep the size of maps, or a layer of the same width."""
    if len(shapes[0]) > 2 and len({len(s) for s in shapes}) == 1:
        fix = 'padding="same"'
        layer = next((b.layer for b in named if _is(b.layer, SPATIAL)), None)
        call = f"{call_of(layer)[:-1]}, {fix})" if layer is not None else f"layers.Conv2D(filters, size, {fix})"
        why = "Their maps have different sizes. Windows that keep the size, in both branches, mend that."
        wanted = text_of((None, *["same"] * (len(shapes[0]) - 2), shapes[1][-1]))
        return fix, wanted, why, [Line("+", f"{call}  # in both branches")], ""
    units = shapes[0][-1]
    fix = f"layers.Dense({units})"
    why = f"Added numbers need partners: {shapes[0][-1]} against {shapes[1][-1]}. Give both the same width."
    line = Line("+", f"{named[1].name} = {fix}({named[1].name})")
    return fix, text_of((None, units)), why, [line], "Or layers.Concatenate(): it takes branches of any width."
