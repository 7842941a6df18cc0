"""The commands and their arguments."""

from __future__ import annotations

import argparse
import importlib
import os
import sys

from kerasnb.version import __version__


def doctor(arguments: argparse.Namespace) -> int:
    """Prints what is here, what is missing, and how to install it."""
    # Commands are imported when they are chosen: `--version` and `--help` need none of them.
    command = importlib.import_module("kerasnb.cli.doctor")
    print(command.operations() if arguments.ops else command.report())
    return 0


def warmup(arguments: argparse.Namespace) -> int:
    """Compiles the kernels of common models into the cache."""
    try:
        importlib.import_module("kerasnb.cli.warmup").run()
    except ValueError as problem:  # the requested device cannot be used
        print(f"kerasnb: {problem}", file=sys.stderr)
        return 1
    return 0


def nbclean(arguments: argparse.Namespace) -> int:
    """Removes from notebooks what must not be saved: widget state, and outputs that need a kernel."""
    clean = importlib.import_module("kerasnb.widgets.notebook.nbclean").clean
    failed = 0
    for path in arguments.files:
        try:
            print(f"{path}: {'cleaned' if clean(path) else 'was clean'}")
        except (OSError, ValueError) as problem:
            print(f"{path}: {problem}", file=sys.stderr)
            failed = 1
    return failed


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    root = argparse.ArgumentParser("kerasnb", description="The Keras 3 API on an engine you can read.")
    root.add_argument("--version", action="version", version=f"kerasnb {__version__}")
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in (doctor, warmup, nbclean):
        text = str(command.__doc__).rstrip(".")
        commands.add_parser(command.__name__, help=text, description=text).set_defaults(run=command)
    commands.choices["doctor"].add_argument("--ops", action="store_true", help="list operations without a GPU kernel")
    commands.choices["nbclean"].add_argument("files", nargs="+", metavar="FILE", help="a notebook (.ipynb)")
    return root


def main(argv: list[str] | None = None) -> int:
    """Runs a command.

    Args:
        argv: List of strings; `sys.argv` by default.

    Returns:
        The exit status: 0 when all went well.
    """
    arguments = parser().parse_args(argv)
    try:
        status = arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough (`| head`); nothing more can be printed, at exit neither
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status
