"""`kerasnb warmup`: compiles the kernels of common models before anybody waits for them."""

from __future__ import annotations

from kerasnb.backend.tensor import device
from kerasnb.model.training.warmup import warmup
from kerasnb.utils.progress import Line, bar


def run() -> None:
    """Fills the kernel cache, with one line of progress."""
    if device.current() == "numpy":
        print("The numpy device compiles nothing: there is no cache to fill.")
        return
    line = Line()
    seconds = warmup(lambda text, done, total: line.show(f"{bar(done, total)} {done}/{total} {text}"))
    line.finish(f"{bar(1, 1)} kernel cache is warm after {seconds:.1f} s")
