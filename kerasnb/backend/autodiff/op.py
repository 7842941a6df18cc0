"""Op: dispatch. Everything that is computed passes `Op.__call__`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasnb.backend.autodiff import recording
from kerasnb.backend.compile.codegen import on_cpu
from kerasnb.backend.tensor import device, dtypes, scopes
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Spec, Tensor, size_of, to_tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.backend.typing import TensorLike

REGISTRY: dict[str, Op] = {}
_FEW = 32  # no shape has more extents
_INTEGERS = ("int32", "int64")


class Op:
    """One operation: its meaning and its implementations. A file of kernels/ ends with this record.

    Args:
        name: String, unique.
        spec: Function of the input specs and attributes, returns a `Spec` or a tuple of them; None where the operation
            only writes into variables.
        reference: Function of NumPy arrays and attributes, returns an array or a tuple of them. It is
            the meaning of the operation, the judge in tests, and the NumPy implementation.
        cpu: The CPU implementation: function `(ins, outs, **attrs)` that returns calls, a list of (function,
            arguments).
        cuda: The CUDA implementation: the same for arrays in GPU memory.
        vjp: Function `(record, *dys)` that returns a gradient or None for each input; `dys` are the upstream gradients
            of the outputs.
        view: Boolean, whether the output is the input's memory under another shape.
        mutates: Integer, how many of the first inputs are Variables that are written into.
        elementwise: The scalar function, for operations that a plan may fuse.

    Attributes:
        fold: None, or a function `(record, followers)` for plans: the records that compute the operation together with
            the elementwise ones that follow it, the last of which has the results of the last follower; None where that
            does not pay.
    """

    def __init__(
        self,
        name: str,
        *,
        spec: Callable | None,
        reference: Callable,
        cpu: Callable | None = None,
        cuda: Callable | None = None,
        vjp: Callable | None = None,
        view: bool = False,
        mutates: int = 0,
        elementwise: Callable | None = None,
    ) -> None:
        self.name, self.reference, self.vjp = name, reference, vjp
        self.spec: Any = spec
        self.implementations = {
            "numpy": self._reference_calls,
            "cpu": cpu or self._reference_calls,
            "cuda": cuda or self._host_calls,
        }
        self.has_implementation = {"numpy": True, "cpu": cpu is not None, "cuda": cuda is not None}
        self.view, self.mutates, self.elementwise = view, mutates, elementwise
        self.fold: Callable | None = None
        if name in REGISTRY:
            raise ValueError(f"An operation named {name!r} exists already")
        REGISTRY[name] = self

    def __repr__(self) -> str:
        return f"<Op {self.name}>"

    def __call__(self, *inputs: TensorLike, **attrs: Any) -> Any:
        """Computes, or records, the operation.

        Args:
            *inputs: Tensors or what can be converted to them; Variables where the operation writes into them.
            **attrs: Its static arguments.

        Returns:
            A Tensor or a tuple of them, None where it only writes; KerasTensors where an input is one.
        """
        ins = tuple(self._input(i, x) for i, x in enumerate(inputs))
        specs = self.spec(*(Spec(t.shape, t.dtype) for t in ins), **attrs) if not self.mutates else ()
        specs = (specs,) if isinstance(specs, Spec) else specs
        if any(isinstance(t, KerasTensor) for t in ins):
            symbols = tuple(KerasTensor(s.shape, s.dtype) for s in specs)
            return symbols[0] if len(symbols) == 1 else symbols
        if self.mutates and (scope := scopes.stateless()) is not None:
            written, read = ins[: self.mutates], ins[self.mutates :]
            return scope.mutated(lambda *copies: self(*copies, *read, **attrs), written)
        if self._is_of_sizes(ins, specs):
            with recording.unrecorded():
                outs = self._run(ins, attrs, specs)
            return outs[0] if len(outs) == 1 else outs
        if recording.current() is not None:
            _keep_values(ins)
            outs, where = tuple(Tensor(None, *s) for s in specs), recording.where()
        else:
            outs, where = self._run(ins, attrs, specs), ""
        record = recording.Record(self, ins, attrs, outs, where=where)
        for open_tape in recording.tapes():
            open_tape.append(record)
        self._note_writes(ins)
        return outs[0] if len(outs) == 1 else (outs or None)

    def _input(self, position, x):
        if isinstance(x, Variable):
            return x if position < self.mutates else x.value
        return x if isinstance(x, (Tensor, KerasTensor)) else to_tensor(x)

    def _is_of_sizes(self, ins, specs) -> bool:
        """Whether this is arithmetic of extents in a recording: of few integers, all of which are constants.

        It is computed at once, so that its result may be a shape, or a number of repetitions.
        """
        return (
            recording.current() is not None
            and bool(ins)
            and not self.mutates
            and all(type(t) is Tensor and t.data is not None and t.owner is None for t in ins)
            and all(size_of(t.shape) <= _FEW and t.dtype in _INTEGERS for t in (*ins, *specs))
        )

    def _note_writes(self, ins):
        current = recording.current()
        if current is not None:
            for variable in ins[: self.mutates]:
                current.written(variable)

    def _run(self, ins, attrs, specs):
        runtime = device.runtime()
        if self.view and ins[0].owner is None:
            return (Tensor(runtime.reshape(ins[0].data, specs[0].shape), *specs[0]),)
        for variable in ins[: self.mutates]:
            variable.release()
        arrays = [t.data for t in ins]
        outs = [runtime.empty(s.shape, dtypes.numpy_dtype(s.dtype)) for s in specs]
        for function, args in self.prepare(arrays, outs or arrays[: self.mutates], attrs):
            function(*args)
        return tuple(Tensor(a, *s) for a, s in zip(outs, specs, strict=True))

    def prepare(self, ins: Sequence, outs: Sequence, attrs: dict) -> list[tuple]:
        """The calls that compute `outs` from `ins` (arrays of the current device)."""
        name = device.current()
        if name == "cpu" and not all(on_cpu(a.dtype.name) for a in (*ins, *outs)):
            name = "numpy"  # Numba has no half precision on the CPU
        elif name == "cuda" and any(a.dtype.name == "bfloat16" for a in (*ins, *outs)):
            return self._host_calls(ins, outs, **attrs)
        return self.implementations[name](ins, outs, **attrs)

    def _reference_calls(self, ins, outs, **attrs):
        attrs = {k: _wide(v) for k, v in attrs.items()}

        @np.errstate(all="ignore")  # infinities and NaN are results like others, as in compiled kernels
        def run():
            results = self.reference(*map(_widened, ins), **attrs)
            results = results if isinstance(results, tuple) else (results,)
            for out, result in zip(outs, results, strict=True):
                np.copyto(out, self._checked(result, out), casting="unsafe")

        run.__name__ = self.name
        return [(run, ())]

    def _checked(self, result, out) -> np.ndarray:
        """The result of the reference, if it has the shape of the spec."""
        result = np.asarray(result)
        if result.shape != tuple(out.shape):
            raise ValueError(f"{self.name}: the reference has shape {result.shape}, the spec {tuple(out.shape)}")
        return result

    def _host_calls(self, ins, outs, **attrs):
        """For an operation without a CUDA implementation: through the host, with one visible warning."""
        device.warn_host_fallback(self.name)
        runtime = device.runtime()

        def run():
            host = [_widened(np.array(runtime.to_host(a))) for a in ins]
            with np.errstate(all="ignore"):
                results = self.reference(*host, **{k: _wide(v) for k, v in attrs.items()})
                results = results if isinstance(results, tuple) else (results,)
                values = [self._checked(r, o).astype(o.dtype) for r, o in zip(results, outs, strict=True)]
            for out, value in zip(outs, values, strict=True):
                runtime.copy_into(out, np.ascontiguousarray(value))

        return [(run, ())]


def _keep_values(ins) -> None:
    """Tensors that were read of a variable before the recording keep their numbers in each replay."""
    for tensor in ins:
        if isinstance(tensor, Tensor) and tensor.data is not None and tensor.owner is not None:
            tensor.owner.release()


# --- bfloat16 is a way to store numbers: references compute in float32, and their results are rounded


def _widened(array):
    return array.astype(np.float32) if array.dtype.name == "bfloat16" else array


def _wide(attribute):
    return "float32" if isinstance(attribute, str) and attribute == "bfloat16" else attribute
