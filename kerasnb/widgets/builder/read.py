"""Code as a model: the calls that a text makes, found without running it. Only Keras' own constructors are called."""

from __future__ import annotations

import ast
import inspect
import operator
from typing import Any

from kerasnb import (
    activations,
    constraints,
    initializers,
    layers,
    losses,
    metrics,
    optimizers,
    regularizers,
    tree,
)  # fmt: skip
from kerasnb.backend.autodiff.operation import Operation
from kerasnb.layers.base.layer import Layer
from kerasnb.model.surgery.own import knowing
from kerasnb.model.surgery.plan import Call, Plan, Ref
from kerasnb.optimizers import schedules
from kerasnb.widgets.builder import checks, compiling, operations
from kerasnb.widgets.builder.made import CodeError, Made, Several, Tensors, gives_several
from kerasnb.widgets.builder.palette import NEEDS_PYTHON, classes, fresh_names

LONGEST = 100_000
FLOATS = ('float("inf")', 'float("-inf")', 'float("nan")')
MOST_LAYERS = 500  # each takes some milliseconds, in which the kernel does nothing else
SAFE = {
    "initializers": initializers, "regularizers": regularizers, "constraints": constraints, "optimizers": optimizers,
    "losses": losses, "metrics": metrics, "activations": activations, "optimizers.schedules": schedules,
}  # fmt: skip
NUMBERS = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
}  # fmt: skip


class Parsed:
    """What a text says: calls, the kind and name of the model, and how it is compiled and seeded."""

    def __init__(self) -> None:
        self.plan: Plan | None = None
        self.is_sequential = True
        self.name: str | None = None
        self.trainable = True
        self.settings: dict = {}
        self.seed: int | None = None
        self.named: set[int] = set()  # ids of layers whose name the text gives


def parse(text: str, own: dict[str, Any] | None = None, several: frozenset[str] = frozenset()) -> Parsed:
    """Reads a text.

    Args:
        text: String.
        own: Optional dict of the user's own classes, functions and objects by name.
        several: Names of the user's classes of layers whose calls give several tensors.

    Raises:
        CodeError: If a line is no part of a model.
    """
    if len(text) > LONGEST:
        raise CodeError(f"The code has {len(text):,} characters; {LONGEST:,} are the most.", 1)
    try:
        module = ast.parse(text)
    except SyntaxError as problem:
        raise CodeError(f"{problem.msg[:1].upper()}{problem.msg[1:]}.", problem.lineno or 1) from None
    with fresh_names():
        return _Reader(own or {}, several).read(module)


def literal(text: str, own: dict[str, Any] | None = None) -> Any:
    """A typed value: a Python literal, a call such as `keras.regularizers.L2(0.01)`, a name of the user's, or a word.

    Raises:
        ValueError: If it is none of them.
    """
    words = text.strip()
    if words == "":
        return None
    try:
        node = ast.parse(words, mode="eval").body
    except SyntaxError:
        raise ValueError(f"{words!r} is no value: type a number, a word, or (3, 3).") from None
    if isinstance(node, ast.Name):
        return (own or {}).get(words, words)
    with fresh_names(), knowing(own or {}):
        return _Reader(own or {}).value(node)


class _Reader(Tensors):
    """Walks through the statements of one text."""

    def __init__(self, own: dict[str, Any], several: frozenset[str] = frozenset()) -> None:
        self.own, self.several = own, several
        self.names: dict[str, Any] = {}
        self.roots = {"keras": "", "kerasnb": "", "layers": "layers", "K": ""}
        self.calls: dict[int, Call] = {}
        self.parsed = Parsed()
        self.model: Made | None = None  # the newest one
        self.count = 0

    def read(self, module: ast.Module) -> Parsed:
        for statement in module.body:
            try:
                self.statement(statement)
            except CodeError:
                raise
            except (ValueError, TypeError, NotImplementedError, MemoryError, ArithmeticError, KeyError) as problem:
                raise CodeError(str(problem).split("\n")[0] or type(problem).__name__, statement.lineno) from None
        if self.model is None:
            last = module.body[-1].lineno if module.body else 1
            raise CodeError("No line makes a model: model = keras.Sequential([...]).", last)
        if self.model.stack is not None:
            self.check_stack(self.model)
        model, parsed = self.model, self.parsed
        parsed.plan, parsed.is_sequential = model.plan(), model.stack is not None
        parsed.name, parsed.trainable = model.name, model.trainable
        return parsed

    def check_stack(self, model: Made) -> None:
        stack, line = model.stack or [], model.line
        if not stack or not isinstance(stack[0], layers.InputLayer):
            raise CodeError("The first entry must be keras.Input(...): the Builder needs the shape.", line)
        if any(isinstance(layer, layers.InputLayer) for layer in stack[1:]):
            raise CodeError("A Sequential has one keras.Input, at its start; keras.Model takes several.", line)
        twice = next((layer for i, layer in enumerate(stack) if any(layer is other for other in stack[:i])), None)
        if twice is not None:
            raise CodeError(f"{twice.name} stands in the Sequential twice; keras.Model can share it.", line)

    # --- statements

    def statement(self, node: ast.stmt) -> None:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            self.imported(node)
        elif isinstance(node, ast.Assign) and len(node.targets) == 1:
            self.assigned(node.targets[0], node)
        elif isinstance(node, ast.Expr) and isinstance(node.value, (ast.Subscript, ast.BinOp, ast.Compare)):
            self.value(node.value)  # it uses up a name
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            pass  # a text alone
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            self.method(node.value)
        else:
            raise CodeError("This line neither creates nor compiles a model.", node.lineno)

    def assigned(self, target: ast.expr, node: ast.Assign) -> None:
        value = self.value(node.value)
        if isinstance(target, ast.Name):
            self.names[target.id] = value
        elif isinstance(target, ast.Tuple) and isinstance(value, Several):
            for place, one in enumerate(target.elts):
                if not isinstance(one, ast.Name):
                    raise CodeError("Only names can stand on the left here.", node.lineno)
                self.names[one.id] = Ref(value.call, place)
        elif isinstance(target, ast.Attribute) and target.attr == "trainable" and isinstance(value, bool):
            thing = self.value(target.value)
            if not isinstance(thing, (Layer, Made)):
                raise CodeError(f"{ast.unparse(target.value)} is neither a layer nor a model.", node.lineno)
            thing.trainable = value
        else:
            raise CodeError("This line neither creates nor compiles a model.", node.lineno)

    def imported(self, node: Any) -> None:
        for alias in node.names:
            source = f"{getattr(node, 'module', None) or ''}.{alias.name}".strip(".")
            root, _, rest = source.partition(".")
            if root not in ("keras", "kerasnb"):
                raise CodeError(f"Only keras can be imported here, not {source}.", node.lineno)
            self.roots[alias.asname or alias.name.split(".")[-1]] = rest

    def method(self, node: ast.Call) -> None:
        path = self.path(node.func)
        if path == "utils.set_random_seed":
            self.parsed.seed = self.seed(node)
            return
        if path is not None and path.startswith("ops."):
            self.value(node)  # it uses up a name
            return
        target: Any = node.func
        on_model = isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name)
        model = self.names.get(target.value.id) if on_model else None
        if not isinstance(model, Made):
            raise CodeError("This line neither creates nor compiles a model.", node.lineno)
        if target.attr == "compile":
            self.parsed.settings = self.compiled(node)
        elif target.attr == "add" and model.stack is not None:
            model.stack += [self.entry(x) for x in self.one_layer(node)]
            model.line = node.lineno
        elif target.attr not in ("fit", "summary"):
            raise CodeError(f"model.{target.attr} is no step of the Builder.", node.lineno)

    def seed(self, node: ast.Call) -> int:
        args, kwargs = self.arguments(node)
        given = [*args, *kwargs.values()]
        if len(given) != 1 or type(given[0]) is not int or not 0 <= given[0] < 2**32:
            raise CodeError("keras.utils.set_random_seed takes one whole number from 0 on.", node.lineno)
        return given[0]

    def compiled(self, node: ast.Call) -> dict:
        args, kwargs = self.arguments(node)
        known = compiling.DEFAULTS
        settings = dict(zip(known, args, strict=False)) | kwargs
        wrong = next((key for key in settings if key not in known), None)
        if wrong is not None or len(args) > len(known):
            what = f"no argument `{wrong}`" if wrong else f"{len(known)} arguments, not {len(args)}"
            raise CodeError(f"model.compile has {what}.", node.lineno)
        checks.check_compile(settings, list(self.own.values()))
        return {"optimizer": known["optimizer"], "loss": None, **settings}

    def one_layer(self, node: ast.Call) -> list:
        args, kwargs = self.arguments(node)
        given = [*args, *kwargs.values()]
        if len(given) != 1:
            raise CodeError(f"model.add takes one layer, not {len(given)}.", node.lineno)
        return given

    # --- expressions

    def value(self, node: ast.expr) -> Any:
        if isinstance(node, (ast.Tuple, ast.List)):
            return (tuple if isinstance(node, ast.Tuple) else list)(self.value(x) for x in node.elts)
        if isinstance(node, ast.Dict):
            return {self.value(k): self.value(v) for k, v in zip(node.keys, node.values, strict=True) if k}
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name) and node.id in self.names:
            return self.names[node.id]
        if isinstance(node, ast.Name) and node.id in self.own:
            return self.own[node.id]
        if isinstance(node, (ast.UnaryOp, ast.BinOp)):
            return self.number(node)
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            return self.operator(node.ops[0], [self.value(node.left), self.value(node.comparators[0])], node)
        if isinstance(node, ast.Subscript):
            return self.part(node)
        if isinstance(node, ast.Slice):
            return slice(*(None if x is None else self.value(x) for x in (node.lower, node.upper, node.step)))
        if isinstance(node, ast.Call):
            return self.call(node)
        if isinstance(node, ast.Attribute):
            return self.function(node)
        if isinstance(node, ast.Name):
            raise CodeError(f"{node.id} is not known here.", node.lineno)
        raise CodeError("Only numbers, words, lists and Keras' own constructors can stand here.", node.lineno)

    def number(self, node: Any) -> Any:
        parts = [node.operand] if isinstance(node, ast.UnaryOp) else [node.left, node.right]
        values = [self.value(part) for part in parts]
        if all(isinstance(v, (int, float)) for v in values):
            if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
                return -values[0]
            if isinstance(node, ast.BinOp) and type(node.op) in NUMBERS:
                return NUMBERS[type(node.op)](*values)
        return self.operator(node.op, values, node)

    def path(self, node: Any) -> str | None:
        """The dotted name below `keras`, or None."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in self.roots or node.id in self.names:
            return None
        return ".".join(part for part in [self.roots[node.id], *reversed(parts)] if part)

    def function(self, node: ast.Attribute) -> Any:
        path = self.path(node) or ""
        module, _, name = path.rpartition(".")
        found = checks.public(SAFE[module], name) if module in SAFE else None
        if found is None:
            raise CodeError(f"{ast.unparse(node)} is not known here.", node.lineno)
        return found

    def call(self, node: ast.Call) -> Any:
        args, kwargs = self.arguments(node)
        path = self.path(node.func)
        if path is None:
            return self.own_call(node, args, kwargs)
        module, _, name = path.rpartition(".")
        if path in ("Input", "layers.Input", "layers.InputLayer"):
            return self.input(args, kwargs)
        if path in ("Sequential", "models.Sequential"):
            return self.sequential(node, args, kwargs)
        if path in ("Model", "models.Model"):
            return self.functional(node, args, kwargs)
        if module == "layers":
            return self.layer(node, name, args, kwargs)
        if path.startswith("ops."):
            return self.operation(path, args, kwargs, node)
        found = checks.public(SAFE[module], name) if module in SAFE else None
        if not inspect.isclass(found):
            raise CodeError(f"keras.{path} is no constructor that the Builder knows.", node.lineno)
        return found(*args, **kwargs)

    def arguments(self, node: ast.Call) -> tuple[list, dict]:
        if any(isinstance(x, ast.Starred) for x in node.args) or any(k.arg is None for k in node.keywords):
            raise CodeError("Arguments with * cannot stand here.", node.lineno)
        names = [str(k.arg) for k in node.keywords]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise CodeError(f"Argument `{twice}` is given twice.", node.lineno)
        return [self.value(x) for x in node.args], {str(k.arg): self.value(k.value) for k in node.keywords}

    def layer(self, node: ast.Call, name: str, args: list, kwargs: dict) -> Layer:
        function = args[0] if args else kwargs.get("function")
        is_own = name == "Lambda" and any(function is one for one in self.own.values())
        if name in NEEDS_PYTHON and not is_own:
            raise CodeError(NEEDS_PYTHON[name], node.lineno)
        cls = getattr(layers, name, None)
        if not inspect.isclass(cls) or cls.__name__ not in classes():
            raise CodeError(f"layers.{name} is no layer of Keras.", node.lineno)
        return self.made(node, cls, args, kwargs)

    def made(self, node: ast.Call, cls: type, args: list, kwargs: dict) -> Layer:
        self.count += 1
        if self.count > MOST_LAYERS:
            raise CodeError(f"The code makes more than {MOST_LAYERS} layers, too many for the Builder.", node.lineno)
        try:
            checks.check_layer_arguments(cls, args, kwargs, list(self.own.values()))
            layer = cls(*args, **kwargs)
        except (ValueError, TypeError, NotImplementedError) as problem:
            raise CodeError(f"{cls.__name__}: {str(problem).splitlines()[0]}", node.lineno) from None
        if "name" in kwargs:
            self.parsed.named.add(id(layer))
        return layer

    def own_call(self, node: ast.Call, args: list, kwargs: dict) -> Any:
        if ast.unparse(node).replace("'", '"') in FLOATS:
            return float(args[0])
        if isinstance(node.func, ast.Name) and node.func.id in ("abs", "slice") and node.func.id not in self.names:
            return slice(*args) if node.func.id == "slice" else self.operation("ops.absolute", args, kwargs, node)
        layer = self.value(node.func)
        if isinstance(layer, type) and any(layer is one for one in self.own.values()):
            return self.made(node, layer, args, kwargs)
        layer = layer.layer() if isinstance(layer, Made) else layer
        if not isinstance(layer, Operation):
            raise CodeError(f"{ast.unparse(node.func)} cannot be called here.", node.lineno)
        if any(isinstance(x, Several) for x in tree.flatten([args, kwargs])):
            raise CodeError("One of these gives several tensors: choose one, as in x[0].", node.lineno)
        if not operations.has_refs([args, kwargs]):
            raise CodeError(f"{layer.name} is called without a tensor.", node.lineno)
        number = len(self.calls)
        self.calls[number] = Call(layer, tuple(args), kwargs)
        return Several(number) if gives_several(layer, kwargs, self.several) else Ref(number)

    def input(self, args: list, kwargs: dict) -> Ref:
        layer = layers.Input(*args, **kwargs)._keras_history.operation
        checks.check_extents(layer.batch_shape[1:])
        if kwargs.get("name"):
            self.parsed.named.add(id(layer))
        number = len(self.calls)
        self.calls[number] = Call(layer)
        return Ref(number)

    def sequential(self, node: ast.Call, args: list, kwargs: dict) -> Any:
        entries = args[0] if args else kwargs.get("layers")
        self.model = Made(kwargs.get("name"), node.lineno)
        self.model.stack = [self.entry(x) for x in entries or []]
        self.model.named = self.parsed.named
        return self.model

    def entry(self, x: Any) -> Layer:
        """What stands in a Sequential: a layer, or that of an input."""
        x = x.layer() if isinstance(x, Made) else x
        if isinstance(x, Ref):
            x = self.calls[x.call].operation
            if not isinstance(x, layers.InputLayer):
                raise ValueError("A Sequential holds layers, not what they return.")
        if not isinstance(x, Layer):
            raise ValueError(f"A Sequential holds layers. Received: {x!r}")
        return x

    def functional(self, node: ast.Call, args: list, kwargs: dict) -> Any:
        given = dict(zip(("inputs", "outputs", "name"), args, strict=False)) | kwargs
        inputs, outputs = given.get("inputs"), given.get("outputs")
        ends = tree.flatten([inputs, outputs])
        if not ends or not all(isinstance(x, Ref) for x in ends):
            raise CodeError("keras.Model takes inputs and outputs.", node.lineno)
        plan = Plan(self.calls, inputs, outputs)
        needed = set().union(*(plan.ancestors(ref.call) for ref in ends))
        calls = {n: c for n, c in self.calls.items() if n in needed}
        self.model = Made(given.get("name"), node.lineno)
        self.model.graph, self.model.named = Plan(calls, inputs, outputs), self.parsed.named
        return self.model
