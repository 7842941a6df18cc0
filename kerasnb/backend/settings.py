"""Settings of the process: the image data format, limits of runs, what is printed, and Keras' configuration file."""

from __future__ import annotations

import json
import os
from typing import Any

from kerasnb.backend.tensor import dtypes

FORMATS = ("channels_last", "channels_first")


class _Settings:
    image_data_format = FORMATS[0]
    max_epochs: int | None = None
    max_steps_per_epoch: int | None = None
    flash_attention: bool | None = None
    interactive_logging = True
    traceback_filtering = True


_settings = _Settings()


# --- images


def image_data_format() -> str:
    """Returns the default order of the axes of images: `"channels_last"` or `"channels_first"`.

    Example:

    >>> keras.config.image_data_format()
    'channels_last'
    """
    return _settings.image_data_format


def set_image_data_format(data_format: str) -> None:
    """Sets the default order of the axes of images, for layers and operations whose `data_format` is None.

    Args:
        data_format: `"channels_last"` or `"channels_first"`.

    Raises:
        ValueError: If it is neither.

    Example:

    >>> keras.config.set_image_data_format("channels_last")
    """
    _settings.image_data_format = standardize_data_format(str(data_format))


def standardize_data_format(data_format: str | None) -> str:
    """The data format as a lower-case string; the default one for None.

    Raises:
        ValueError: If it is none of the two.
    """
    if data_format is None:
        return _settings.image_data_format
    name = str(data_format).lower()
    if name not in FORMATS:
        raise ValueError(
            "The `data_format` argument must be one of {'channels_first', 'channels_last'}. "
            f"Received: data_format={name}"
        )
    return name


# --- limits, for trying out a program


def max_epochs() -> int | None:
    """Returns the most epochs that `fit` runs, None without a limit.

    Example:

    >>> keras.config.max_epochs() is None
    True
    """
    return _settings.max_epochs


def set_max_epochs(max_epochs: int | None) -> None:
    """Limits the epochs of every `fit`, to try out a program; so does the environment variable `KERAS_MAX_EPOCHS`.

    Args:
        max_epochs: Integer, or None for no limit.

    Example:

    >>> keras.config.set_max_epochs(None)
    """
    _settings.max_epochs = max_epochs


def max_steps_per_epoch() -> int | None:
    """Returns the most batches of an epoch of `fit`, `evaluate` and `predict`, None without a limit.

    Example:

    >>> keras.config.max_steps_per_epoch() is None
    True
    """
    return _settings.max_steps_per_epoch


def set_max_steps_per_epoch(max_steps_per_epoch: int | None) -> None:
    """Limits the batches of every epoch of `fit`, `evaluate` and `predict`, to try out a program.

    The environment variable `KERAS_MAX_STEPS_PER_EPOCH` does so too.

    Args:
        max_steps_per_epoch: Integer, or None for no limit.

    Example:

    >>> keras.config.set_max_steps_per_epoch(None)
    """
    _settings.max_steps_per_epoch = max_steps_per_epoch


# --- what runs and what is shown


def enable_flash_attention() -> None:
    """Allows attention layers to use flash attention, which is the default.

    There is one kernel of attention here, whatever the setting: it is for programs that ask for it.
    """
    _settings.flash_attention = None


def disable_flash_attention() -> None:
    """Forbids attention layers to use flash attention.

    There is one kernel of attention here, whatever the setting: it is for programs that ask for it.
    """
    _settings.flash_attention = False


def is_flash_attention_enabled() -> bool | None:
    """Returns False where flash attention is disabled, None where layers decide, as in Keras.

    Example:

    >>> keras.config.is_flash_attention_enabled() is None
    True
    """
    return _settings.flash_attention


def is_nnx_enabled() -> bool:
    """Returns False: Flax NNX is a part of JAX, which is not used here.

    Example:

    >>> keras.config.is_nnx_enabled()
    False
    """
    return False


def enable_interactive_logging() -> None:
    """Prints progress and summaries to stdout, which is the default.

    Example:

    >>> keras.config.enable_interactive_logging()
    """
    _settings.interactive_logging = True


def disable_interactive_logging() -> None:
    """Sends progress and summaries to the logger `"kerasnb"` of Python's `logging`, at the level `INFO`.

    For programs without anybody in front of the screen. Nothing is shown before `logging` is configured.
    """
    _settings.interactive_logging = False


def is_interactive_logging_enabled() -> bool:
    """Returns whether progress and summaries are printed to stdout.

    Example:

    >>> keras.config.is_interactive_logging_enabled()
    True
    """
    return _settings.interactive_logging


def enable_traceback_filtering() -> None:
    """Leaves the frames of kerasnb out of the tracebacks of errors, so that your own remain; this is the default."""
    _settings.traceback_filtering = True


def disable_traceback_filtering() -> None:
    """Shows all frames in the tracebacks of errors, those of kerasnb too."""
    _settings.traceback_filtering = False


def is_traceback_filtering_enabled() -> bool:
    """Returns whether tracebacks of errors leave out the frames of kerasnb."""
    return _settings.traceback_filtering


# --- what is set outside of the program


def keras_home() -> str:
    """The folder that is shared with Keras: `$KERAS_HOME`, else `~/.keras`."""
    return os.path.expanduser(os.environ.get("KERAS_HOME") or os.path.join("~", ".keras"))


def _config_file() -> dict:
    """The content of `keras.json`, empty where there is no such file or it is no JSON object."""
    try:
        with open(os.path.join(keras_home(), "keras.json"), encoding="utf-8") as file:
            config = json.load(file)
    except (OSError, ValueError):
        return {}
    return config if isinstance(config, dict) else {}


def _checked(config: dict, name: str, expected: str, is_valid: Any) -> Any:
    if not is_valid(config[name]):
        raise ValueError(
            f"Invalid `{name}` configuration in {os.path.join(keras_home(), 'keras.json')}. Expected {expected}. "
            f"Received: {name}={config[name]}"
        )
    return config[name]


def load() -> None:
    """Reads the settings in `keras.json` and in the environment; the backend stands in `KERASNB_BACKEND` alone.

    Raises:
        ValueError: If a value is none that the setting can have.
    """
    config = _config_file()
    if "floatx" in config:
        expected = f"one of {set(dtypes.FLOATS)}"
        dtypes.set_floatx(_checked(config, "floatx", expected, lambda x: x in dtypes.FLOATS))
    if "epsilon" in config:
        dtypes.set_epsilon(_checked(config, "epsilon", "a float", lambda x: isinstance(x, float)))
    if "image_data_format" in config:
        expected = f"one of {set(FORMATS)}"
        set_image_data_format(_checked(config, "image_data_format", expected, lambda x: x in FORMATS))
    for name in ("max_epochs", "max_steps_per_epoch"):
        if limit := os.environ.get(f"KERAS_{name.upper()}"):
            setattr(_settings, name, int(limit))


load()
