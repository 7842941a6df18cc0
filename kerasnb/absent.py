"""Names of Keras that kerasnb does not have yet: who asks for one reads so, not that it does not exist.

`hasattr` is False for them, and `dir` and `import *` leave them out.
"""

from __future__ import annotations

import opcode
import sys
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any, NoReturn

_IMPORT_FROM = opcode.opmap["IMPORT_FROM"]
_LOADED = "A model that Keras has saved loads with `keras.models.load_model`."
_ONE_DEVICE = "kerasnb computes on one device."
_IN_KERAS = "Save the model, and do it in Keras."

#: The names by package, each with a hint, where there is one.
ABSENT: dict[str, dict[str, str]] = {
    "": {
        "Quantizer": _IN_KERAS, "applications": _LOADED, "distillation": "", "distribution": _ONE_DEVICE,
        "export": _IN_KERAS, "legacy": "", "preprocessing": "", "quantizers": _IN_KERAS, "visualization": "",
        "wrappers": "",
    },
    "callbacks": dict.fromkeys(("BackupAndRestore", "OrbaxCheckpoint", "RemoteMonitor", "SwapEMAWeights",
                                "TensorBoard"), ""),
    "datasets": dict.fromkeys(("boston_housing", "california_housing", "cifar10", "cifar100", "fashion_mnist", "imdb",
                               "reuters"), ""),
    "initializers": dict.fromkeys(("STFT", "STFTInitializer", "stft"), ""),
    "layers": dict.fromkeys((
        "AugMix", "AutoContrast", "CategoryEncoding", "CenterCrop", "ContrastLimitedAdaptiveHistogramEqualization",
        "CutMix", "Discretization", "Equalization", "HashedCrossing", "Hashing", "IntegerLookup",
        "MaxNumBoundingBoxes", "MelSpectrogram", "MixUp", "Normalization", "Pipeline", "RandAugment",
        "RandomBrightness", "RandomColorDegeneration", "RandomColorJitter", "RandomContrast", "RandomCrop",
        "RandomElasticTransform", "RandomErasing", "RandomFlip", "RandomGaussianBlur", "RandomGrayscale", "RandomHue",
        "RandomInvert", "RandomPerspective", "RandomPosterization", "RandomRotation", "RandomSaturation",
        "RandomSharpness", "RandomShear", "RandomTranslation", "RandomZoom", "Resizing", "STFTSpectrogram",
        "Solarization", "StringLookup", "TextVectorization",
    ), "Preprocess the data before the model, for example with NumPy or `keras.ops`."),
    "optimizers": {"legacy": ""},
    "saving": {"KerasFileEditor": ""},
    "utils": dict.fromkeys((
        "Config", "FeatureSpace", "PyDataset", "Sequence", "array_to_img", "audio_dataset_from_directory",
        "bounding_boxes", "image_dataset_from_directory", "img_to_array", "legacy", "load_img",
        "pad_sequences", "save_img", "split_dataset", "text_dataset_from_directory",
        "timeseries_dataset_from_array",
    ), ""),
}  # fmt: skip


#: Names that are looked for in the wrong place, and where they are.
ELSEWHERE = {("", "GradientTape"): "keras.backend.GradientTape"}


class NotHereYet(AttributeError):
    """A name of Keras that kerasnb does not have yet."""


def explaining(package: str) -> Callable[[str], Any]:
    """Returns the `__getattr__` of a package, which says of names of Keras that they are not here yet.

    Args:
        package: The package's `__name__`.
    """

    def __getattr__(name: str) -> NoReturn:
        refuse(package, name, sys._getframe(1))

    return __getattr__


def refuse(package: str, name: str, frame: Any) -> NoReturn:
    """Raises the error for a name that a package does not have.

    Args:
        package: The package's `__name__`.
        name: What was asked for.
        frame: The frame that asks: `from ... import` takes an AttributeError for a name that does not exist, and drops
            what it says.

    Raises:
        AttributeError: If the name is asked for as an attribute.
        ImportError: If it is imported.
    """
    within = package.partition(".")[2]
    if name not in ABSENT.get(within, ()):
        raise AttributeError(f"module {package!r} has no attribute {name!r}{_near(package, within, name)}", name=name)
    hint = ABSENT[within][name]
    path = ".".join(part for part in ("keras", within, name) if part)
    message = f"`{path}` is not in kerasnb yet.{hint and ' ' + hint}"
    if frame.f_code.co_code[frame.f_lasti] == _IMPORT_FROM:
        raise ImportError(message, name=name)
    raise NotHereYet(message, name=name)


def _near(package: str, within: str, name: str) -> str:
    """What may be meant by a name that does not exist, such as `Conv2d`, for the end of the error."""
    if name.startswith("_"):
        return ""  # inspection, not a person
    if (within, name) in ELSEWHERE:
        return f". Did you mean `{ELSEWHERE[within, name]}`?"
    public = {known.lower(): known for known in dir(sys.modules[package]) if not known.startswith("_")}
    near = get_close_matches(name.lower(), public, n=2, cutoff=0.8)
    return f". Did you mean {' or '.join(repr(public[key]) for key in near)}?" if near else ""
