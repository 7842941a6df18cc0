"""Errors of loading a model."""

from __future__ import annotations

from kerasnb.serialization.brief import cut


class LoadingError(ValueError, TypeError):
    """A file's config cannot be turned into a model."""


class MissingFileError(FileNotFoundError, ValueError):
    """There is no file to load. Keras raises the one error for weights, and the other for models."""


def loading_error(problem: Exception, source: str) -> LoadingError:
    """The error of loading a model.

    Args:
        problem: What was raised.
        source: The file, and the part of it, as text.
    """
    return LoadingError(f"The model could not be created from {source}:\n{cut(str(problem))}")
