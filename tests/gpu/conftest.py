"""The processes that test_standin.py reads: started first, so that they run beside the tests of other workers."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

from tests.gpu.standin import driver

MODULES = ("train", "implementations")


class Beside:
    """A module that runs in a process of its own, with the stand-in as its driver."""

    def __init__(self, module: str, folder: pathlib.Path):
        self.module, self.folder = module, folder
        command = [sys.executable, "-m", f"tests.gpu.standin.{module}", str(folder)]
        self.errors = (folder / "errors.txt").open("w+")
        self.process = subprocess.Popen(command, env=driver.environment(folder), stdout=self.errors, stderr=self.errors)

    def results(self) -> pathlib.Path:
        """The folder of its results, once it has ended."""
        code = self.process.wait(timeout=600)
        self.errors.seek(0)
        assert code == 0, f"{self.module} ended with {code}: {self.errors.read()[-4000:]}"
        return self.folder

    def end(self) -> None:
        """Ends the process if nobody waited for it."""
        self.process.kill()
        self.process.wait()
        self.errors.close()


def pytest_collection_modifyitems(items):
    """What waits for processes comes first; the workers share the rest."""
    items.sort(key=lambda item: item.path.name != "test_standin.py")


@pytest.fixture(scope="session")
def beside(tmp_path_factory):
    """The processes by module, started once: in the worker whose tests read their results."""
    started = {name: Beside(name, tmp_path_factory.mktemp(name)) for name in MODULES}
    yield started
    for process in started.values():
        process.end()
