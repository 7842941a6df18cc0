"""`keras.models`."""

from kerasnb import absent
from kerasnb.model.cloning import clone_model
from kerasnb.model.functional import Functional as Functional
from kerasnb.model.model import Model, model_from_json
from kerasnb.model.sequential import Sequential
from kerasnb.saving import load_model, save_model

__all__ = ["Model", "Sequential", "clone_model", "load_model", "model_from_json", "save_model"]

__getattr__ = absent.explaining(__name__)
