"""SeedGenerator: a state that advances with every draw, also inside a recorded step."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from kerasnb.backend import Variable
from kerasnb.backend.autodiff import recording
from kerasnb.backend.tensor import device, naming, seed
from kerasnb.backend.tensor.tensor import Tensor, from_host
from kerasnb.ops.numpy.elementwise.arithmetic import add, mod, multiply

STATE_DTYPE = "uint32"


#: What random functions take as `seed`: an integer, a generator, the state of a seed, or None for the global generator.
Seed: TypeAlias = "int | SeedGenerator | Tensor | None"


def initial_state(value: int) -> np.ndarray:
    """The state of a generator that has not drawn yet."""
    return np.array([value & 0xFFFFFFFF, 0], dtype=STATE_DTYPE)


class SeedGenerator:
    """Generates a new seed for each call of a random function.

    The functions of `keras.random` are stateless: an integer seed gives the same numbers at every call.
    A generator gives other numbers at every call, and the same sequence again from the same start.

    Args:
        seed: Optional integer, the start of the sequence. Defaults to a random one.
        name: Optional string.

    Raises:
        ValueError: If `seed` is no integer.

    Example:

    >>> generator = keras.random.SeedGenerator(seed=42)
    >>> first = keras.random.normal((2,), seed=generator)
    >>> second = keras.random.normal((2,), seed=generator)
    >>> bool(keras.ops.all(first == second))
    False
    """

    def __init__(self, seed: int | None = None, name: str | None = None, **kwargs: Any) -> None:
        if kwargs:
            raise ValueError(f"Unrecognized keyword arguments: {kwargs}")
        self.name = name or naming.auto_name("SeedGenerator")
        self._initial_seed = seed
        start = _fresh_seed() if seed is None else seed
        if isinstance(start, bool) or not isinstance(start, (int, np.integer)):
            raise ValueError(f"Argument `seed` must be an integer. Received: seed={seed}")
        with naming.name_scope(self.name):
            self.state = Variable(
                initial_state(int(start)), dtype=STATE_DTYPE, trainable=False, name="seed_generator_state"
            )  # fmt: skip

    def next(self, ordered: bool = True) -> Tensor:
        """Returns the seed to use now, and advances the state.

        Args:
            ordered: Boolean, whether the following seeds count upwards; otherwise they jump about.

        Returns:
            A uint32 tensor of shape `(2,)`.
        """
        current = self.state.value
        if ordered:
            self.state.assign(add(current, _pair(0, 1)))
        else:
            self.state.assign(mod(multiply(add(current, _pair(1, 1)), _pair(5387, 5387)), _pair(933199, 933199)))
        return current

    def get_config(self) -> dict:
        """Returns the arguments that build a generator with the same sequence."""
        return {"seed": self._initial_seed, "name": self.name}

    @classmethod
    def from_config(cls, config: dict) -> SeedGenerator:
        """Builds a generator from its config.

        Args:
            config: Dict, as returned by `get_config`.

        Returns:
            A generator at the start of its sequence.
        """
        return cls(**config)


def _fresh_seed() -> int:
    return seed.make_default_seed()


def _pair(first: int, second: int) -> Tensor:
    return from_host(np.array([first, second], dtype=STATE_DTYPE), STATE_DTYPE)


class _Global:
    generator: SeedGenerator | None = None
    device: str | None = None  # where the generator's state lies
    seed: int | None = None  # what `set_random_seed` left for it, whether or not it exists yet


def global_seed_generator() -> SeedGenerator:
    """The generator of all calls without a seed, on the current device."""
    if _Global.generator is None or _Global.device != device.current():
        with recording.unrecorded():
            _Global.generator = SeedGenerator(_Global.seed, name="global_seed_generator")
        _Global.device = device.current()
    return _Global.generator


def restart_global_seed_generator() -> None:
    """Restarts the generator of calls without a seed from the seed set by `set_random_seed`.

    The state is written in place, so that steps which were recorded before follow it.
    """
    _Global.seed = _fresh_seed()  # drawn first and always: what follows must not depend on what ran before
    if _Global.generator is not None and _Global.device == device.current():
        _Global.generator.state.assign(initial_state(_Global.seed))
    else:
        _Global.generator = None


def draw_seed(seed: Seed) -> Tensor:
    """The seed state for one call of a random function.

    Args:
        seed: Integer, `SeedGenerator`, seed state, or None for the global generator.

    Raises:
        ValueError: If it is something else.
    """
    if seed is None:
        return global_seed_generator().next()
    if isinstance(seed, SeedGenerator):
        return seed.next()
    if isinstance(seed, Tensor) and seed.dtype == STATE_DTYPE and seed.shape == (2,):
        return seed
    if isinstance(seed, (int, np.integer)) and not isinstance(seed, bool):
        return from_host(initial_state(int(seed)), STATE_DTYPE)
    raise ValueError(
        "Argument `seed` must be either an integer or an instance of `SeedGenerator`. "
        f"Received: seed={seed} (of type {type(seed)})"
    )
