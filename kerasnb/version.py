"""The version, in one place."""

__version__ = "0.1.0"


def version() -> str:
    """The version of kerasnb.

    Example:

    >>> keras.version()
    '0.1.0'
    """
    return __version__
