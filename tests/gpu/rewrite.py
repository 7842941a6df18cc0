"""From a GPU kernel to a function of one thread that Numba can compile for the CPU.

Coordinates become arguments, barriers become `yield <number of the place>`, shuffles and votes become
an exchange between two barriers, shared arrays become arguments, and what is left of `cuda` becomes a
call of a small compiled function of lane.py. Device functions that need to know their thread are
written into the kernel; others are compiled on their own. The types stay those that Numba infers.
"""

from __future__ import annotations

import ast
import builtins
import math
from typing import NamedTuple

import numba
import numpy as np

from tests.gpu import lane
from tests.gpu.scheduler import BLOCK, OPTIONS, WARP
from tests.gpu.source import Place, Shared, Unsupported, definition, expression, names_of, numpy_type, plain, statements

COORDINATES = ["_tid", "_at", "_grid", "_block", "_masks", "_exchange"]
AXES = "xyz"


class Rewriter(ast.NodeTransformer):
    """Rewrites one kernel and the device functions written into it."""

    def __init__(self, function):
        self.function = function
        self.names = names_of(function)
        self.local = set(function.__code__.co_varnames) | set(function.__code__.co_cellvars)
        self.taken = self.local  # of the kernel itself, where device functions are written in
        self.bound = {"_np": np, "_lane": lane, "range": range}  # the globals of the rewritten function
        self.places = [Place(BLOCK, "start", 0)]
        self.shared: list[Shared] = []
        self.before: list[ast.stmt] = []  # statements that must run before the one being rewritten
        self.threaded = False  # whether anything depends on the thread
        self.fresh = 0

    # --- names ---------------------------------------------------------------------------------

    def new(self, stem: str) -> str:
        self.fresh += 1
        return f"_{stem}{self.fresh}"

    def fail(self, node, text):
        raise Unsupported(f"{self.function.__code__.co_filename}:{node.lineno}: {text}")

    def path(self, node) -> tuple | None:
        """("shared", "array") for `cuda.shared.array`, None for what does not begin with `cuda`."""
        parts = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        is_cuda = isinstance(node, ast.Name) and node.id == "cuda" and "cuda" not in self.local
        return tuple(reversed(parts)) if is_cuda else None

    def static(self, node):
        """The value of an expression of constants and globals."""
        try:
            code = compile(ast.Expression(node), "<constant>", "eval")
            return eval(code, {"math": math, **self.names})
        except NameError as problem:
            self.fail(node, f"shapes and dtypes must be constants of the module: {problem}")

    def visit_Name(self, node):
        if isinstance(node.ctx, ast.Load) and node.id not in self.local and node.id in self.names:
            if node.id == "cuda":
                self.fail(node, "`cuda` can only be used as `cuda.something`")
            return ast.copy_location(ast.Name(self.bind(node.id), ast.Load()), node)
        return node

    def bind(self, name: str) -> str:
        """Binds a global of the function being rewritten in the result, and returns its name there."""
        value = self.names[name]
        if getattr(value, "py_func", None) is not None:
            value = device_function(plain(value))
        if isinstance(value, np.float16):
            value = np.float32(value)
        if name not in self.taken and self.bound.setdefault(name, value) is value:
            return name
        other = self.new(name)
        self.bound[other] = value
        return other

    # --- statements ----------------------------------------------------------------------------

    def visit(self, node):
        if isinstance(node, ast.stmt) and not isinstance(node, ast.FunctionDef):
            return self.statement(node)
        if isinstance(node, (ast.IfExp, ast.BoolOp, ast.ListComp, ast.GeneratorExp)):
            return self.unconditional(node)
        return super().visit(node)

    def statement(self, node):
        outer, self.before = self.before, []
        visit = getattr(self, f"visit_{type(node).__name__}", self.generic_visit)
        made = visit(node)
        made = made if isinstance(made, list) else [made]
        made, self.before = [*self.before, *made], outer
        for line in made:
            ast.copy_location(line, node)
        return made

    def unconditional(self, node):
        """What may not be evaluated cannot hold a barrier: hoisting would make it certain."""
        count = len(self.before)
        node = self.generic_visit(node)
        if len(self.before) > count:
            self.fail(node, "a shuffle, a vote or a barrier stands in a conditional expression")
        return node

    def body(self, lines) -> list[ast.stmt]:
        made = [new for line in lines for new in self.statement(line)]
        return made or [ast.Pass() for _ in lines[:1]]

    def visit_If(self, node):
        node.test = self.visit(node.test)
        node.body, node.orelse = self.body(node.body), self.body(node.orelse)
        return node

    def visit_For(self, node):
        node.iter, node.target = self.visit(node.iter), self.visit(node.target)
        node.body, node.orelse = self.body(node.body), self.body(node.orelse)
        return node

    def visit_While(self, node):
        outer, self.before = self.before, []
        test, before, self.before = self.visit(node.test), self.before, outer
        node.body, node.orelse = self.body(node.body), self.body(node.orelse)
        if not before:
            node.test = test
            return node
        if node.orelse:
            self.fail(node, "`while ... else` with a shuffle or a vote in its condition")
        stop = ast.If(ast.UnaryOp(ast.Not(), test), [ast.Break()], [])
        node.test, node.body = ast.Constant(True), [*before, stop, *node.body]
        return node

    def visit_Expr(self, node):
        value = self.visit(node.value)
        return [] if value is None else ast.Expr(value)

    def visit_Nested(self, node):
        self.fail(node, f"`{type(node).__name__}` inside a kernel")

    visit_FunctionDef = visit_Lambda = visit_With = visit_Try = visit_Global = visit_Nested

    # --- what threads know and do --------------------------------------------------------------

    def visit_Attribute(self, node):
        path = self.path(node)
        if ast.unparse(node) == "np.float16":  # half precision is computed as float32, see runtime.widened
            return expression("_np.float32")
        if path is None:
            return self.generic_visit(node)
        self.threaded = True
        if len(path) == 2 and path[1] in AXES and path[0] in ("threadIdx", "blockIdx"):
            return expression(f"_at[{AXES.index(path[1]) + (0 if path[0] == 'threadIdx' else 3)}]")
        if len(path) == 2 and path[1] in AXES and path[0] in ("blockDim", "gridDim"):
            return expression(f"{'_block' if path[0] == 'blockDim' else '_grid'}[{AXES.index(path[1])}]")
        if path == ("laneid",):
            return expression("_np.int32(_tid % 32)")
        if path == ("warpsize",):
            return expression("_np.int32(32)")
        return self.fail(node, f"the simulator does not know cuda.{'.'.join(path)}")

    def visit_Call(self, node):
        path = self.path(node.func)
        if path is None:
            return self.call(node)
        if path[0] == "atomic" and len(path) == 2:
            return self.helper(node, f"atomic_{path[1].strip('_')}")
        if path[0] == "libdevice" and len(path) == 2:
            return self.helper(node, path[1].removesuffix("f"))
        special = getattr(self, f"cuda_{'_'.join(path)}", None)
        if special is not None:
            return special(node)
        if path[0] in SHUFFLES:
            return self.shuffle(node, path[0])
        if path[0] in VOTES:
            return self.vote(node, path[0])
        return (
            self.helper(node, path[-1])
            if len(path) == 1
            else self.fail(node, f"the simulator does not know cuda.{'.'.join(path)}")
        )

    def helper(self, node, name):
        """A call of the compiled function of lane.py that does the same."""
        if not hasattr(lane, name):
            self.fail(node, f"the simulator does not know {ast.unparse(node.func)}")
        return ast.Call(expression(f"_lane.{name}"), [self.visit(a) for a in node.args], [])

    def cuda_grid(self, node):
        self.threaded = True
        index = "_np.int64(_at[3 + {i}]) * _np.int64(_block[{i}]) + _np.int64(_at[{i}])"
        return self.per_axis(node, index)

    def cuda_gridsize(self, node):
        self.threaded = True
        return self.per_axis(node, "_np.int64(_grid[{i}]) * _np.int64(_block[{i}])")

    def per_axis(self, node, text):
        parts = [text.format(i=i) for i in range(self.static(node.args[0]))]
        return expression(parts[0] if len(parts) == 1 else f"({', '.join(parts)})")

    def array_of(self, node):
        """(shape, dtype) of `cuda.shared.array(...)` or `cuda.local.array(...)`."""
        given = dict(zip(("shape", "dtype", "alignment"), node.args, strict=False))
        given |= {k.arg: k.value for k in node.keywords}
        shape = self.static(given["shape"])
        shape = tuple(int(e) for e in shape) if isinstance(shape, tuple) else (int(shape),)
        if 0 in shape:
            self.fail(node, "shared memory whose size is given at the launch")
        return shape, numpy_type(self.static(given["dtype"]))

    def cuda_shared_array(self, node):
        self.threaded = True
        self.shared.append(Shared(self.new("shared"), *self.array_of(node)))
        return ast.Name(self.shared[-1].name, ast.Load())

    def cuda_local_array(self, node):
        shape, dtype = self.array_of(node)
        name = f"_{dtype.name}"
        self.bound[name], self.bound[f"{name}_poison"] = dtype.type, lane.poison(dtype)
        return expression(f"_np.full({shape}, {name}_poison, {name})")

    def cuda_const_array_like(self, node):
        return self.visit(node.args[0])

    # --- barriers ------------------------------------------------------------------------------

    def wait(self, kind, name, node) -> str:
        """The source of a yield at a new place."""
        self.threaded = True
        self.places.append(Place(kind, name, node.lineno))
        return f"yield {len(self.places) - 1}\n"

    def cuda_syncthreads(self, node):
        self.before += statements(self.wait(BLOCK, "syncthreads", node))

    def cuda_syncwarp(self, node):
        mask = self.visit(node.args[0]) if node.args else ast.Constant(0xFFFFFFFF)
        text = "_masks[_tid] = _np.int64(mask) & 0xFFFFFFFF\n" + self.wait(WARP, "syncwarp", node)
        self.before += statements(text, mask=mask)

    def exchanged(self, node, kind, name, value, mask, result):
        """Publishes `value`, waits, evaluates `result`, waits: the common part of shuffles and votes."""
        own, got = self.new("own"), self.new("got")
        text = f"{own} = value\n_exchange[_tid] = _lane.to_bits({own})\n_masks[_tid] = _np.int64(mask) & 0xFFFFFFFF\n"
        text += self.wait(kind, name, node) + f"{got} = {result.format(own=own)}\n" + self.wait(kind, name, node)
        self.before += statements(text, value=value, mask=mask)
        return ast.Name(got, ast.Load())

    def shuffle(self, node, name):
        mask, value, distance = (self.visit(a) for a in node.args)
        moved = self.new("lane")
        self.before += statements(f"{moved} = distance", distance=distance)
        source = f"_lane.{SHUFFLES[name]}(_tid, {moved})"
        got = "_lane.from_bits(_lane.read(_exchange, _masks, _tid, " + source + "), {own})"
        return self.exchanged(node, WARP, name, value, mask, got)

    def vote(self, node, name):
        kind, result = VOTES[name]
        mask, value = node.args if kind == WARP else (ast.Constant(0xFFFFFFFF), node.args[0])
        value = expression("_np.int64(bool(value))", value=self.visit(value))
        return self.exchanged(node, kind, name, value, self.visit(mask), result)

    # --- device functions ----------------------------------------------------------------------

    def call(self, node):
        if ast.unparse(node.func) in OF_MATH and self.names.get("math") is math:
            return self.helper(node, node.func.attr)
        target = (
            self.names.get(node.func.id) if isinstance(node.func, ast.Name) and node.func.id not in self.local else None
        )
        inner = Rewriter(plain(target)) if getattr(target, "py_func", None) is not None else None
        if inner is None or not inner.needs_thread():
            return self.generic_visit(node)
        if node.keywords:
            self.fail(node, "keyword arguments for a device function that knows its thread")
        return self.written_in(node, plain(target))

    def needs_thread(self) -> bool:
        self.body(definition(self.function).body)
        return self.threaded

    def written_in(self, node, function):
        """The body of a device function in place of its call; its names get a prefix of their own."""
        tree, prefix = definition(function), self.new("in")
        if len(node.args) != len(tree.args.args):
            self.fail(node, f"{function.__name__} takes {len(tree.args.args)} arguments")
        for argument, value in zip(tree.args.args, node.args, strict=True):
            self.before += [ast.Assign([ast.Name(f"{prefix}_{argument.arg}", ast.Store())], self.visit(value))]
        result = _only_return(self, tree)
        outer = self.function, self.names, self.local
        self.function, self.names = function, names_of(function)
        self.local = set(function.__code__.co_varnames)
        lines = self.body(tree.body)
        held, self.before = self.before, []
        made = self.visit(result) if result is not None else None
        lines, self.before = lines + self.before, held
        prefixed = _Prefix(prefix, self.local)
        self.function, self.names, self.local = outer
        self.before += [prefixed.visit(line) for line in lines]
        return prefixed.visit(made) if made is not None else None


class _Prefix(ast.NodeTransformer):
    def __init__(self, prefix, local):
        self.prefix, self.local = prefix, local

    def visit_Name(self, node):
        return (
            ast.copy_location(ast.Name(f"{self.prefix}_{node.id}", node.ctx), node) if node.id in self.local else node
        )


def _only_return(rewriter, tree):
    """Takes the last `return` off a device function; there may be no other."""
    last = tree.body[-1]
    result = tree.body.pop().value if isinstance(last, ast.Return) else None
    if any(isinstance(node, ast.Return) for line in tree.body for node in ast.walk(line)):
        rewriter.fail(last, "a device function that knows its thread may only return at its end")
    return result


# Functions of math that numba.cuda knows and Numba does not know on the CPU, or gives other types there.
OF_MATH = {f"math.{name}" for name in ("floor", "ceil", "trunc", "fmod", "exp2", "nextafter")}
SHUFFLES = {"shfl_sync": "at_lane", "shfl_up_sync": "up", "shfl_down_sync": "down", "shfl_xor_sync": "crossed"}
VOTES = {
    "ballot_sync": (WARP, "_lane.ballot(_exchange, _masks, _tid)"),
    "any_sync": (WARP, "_lane.ballot(_exchange, _masks, _tid) != 0"),
    "all_sync": (WARP, "_lane.all_voted(_exchange, _masks, _tid)"),
    "syncthreads_count": (BLOCK, "_lane.votes(_exchange, _block)"),
    "syncthreads_or": (BLOCK, "_np.int32(_lane.votes(_exchange, _block) != 0)"),
    "syncthreads_and": (BLOCK, "_np.int32(_lane.votes(_exchange, _block) == _block[0] * _block[1] * _block[2])"),
}


class Rewritten(NamedTuple):
    """A kernel as a function of one thread."""

    function: object
    places: list[Place]
    shared: list[Shared]
    text: str


def _compiled(tree, rewriter) -> tuple:
    tree.body = tree.body or [ast.Pass()]
    module = ast.fix_missing_locations(ast.Module([tree], []))
    names = {"__builtins__": builtins, **rewriter.bound}
    exec(compile(module, rewriter.function.__code__.co_filename, "exec"), names)
    return names[tree.name], ast.unparse(module)


def rewrite(kernel) -> Rewritten:
    """The kernel as a function of one thread: a generator where threads wait for each other."""
    function = plain(kernel)
    rewriter, tree = Rewriter(function), definition(function)
    tree.body = rewriter.body(tree.body)
    extra = [*COORDINATES, *(s.name for s in rewriter.shared)]
    tree.args.args = [ast.arg(name) for name in extra] + tree.args.args
    made, text = _compiled(tree, rewriter)
    return Rewritten(made, rewriter.places, rewriter.shared, text)


_device_functions: dict = {}


def device_function(function):
    """A device function that needs no thread, compiled for the CPU on its own."""
    if function not in _device_functions:
        rewriter, tree = Rewriter(function), definition(function)
        tree.body = rewriter.body(tree.body)
        if not rewriter.threaded:
            _device_functions[function] = numba.njit(boundscheck=True, no_cpython_wrapper=True, **OPTIONS)(
                _compiled(tree, rewriter)[0]
            )
    return _device_functions.get(function, function)
