"""`keras.callbacks`: objects whose hooks `fit`, `evaluate` and `predict` call."""

from kerasnb import absent
from kerasnb.callbacks.callback import Callback
from kerasnb.callbacks.callback_list import CallbackList
from kerasnb.callbacks.csv_logger import CSVLogger
from kerasnb.callbacks.early_stopping import EarlyStopping
from kerasnb.callbacks.history import History
from kerasnb.callbacks.lambda_callback import LambdaCallback
from kerasnb.callbacks.learning_rate import LearningRateScheduler, ReduceLROnPlateau
from kerasnb.callbacks.model_checkpoint import ModelCheckpoint
from kerasnb.callbacks.progbar_logger import ProgbarLogger
from kerasnb.callbacks.terminate_on_nan import TerminateOnNaN

__all__ = [
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "ProgbarLogger",
    "ReduceLROnPlateau",
    "TerminateOnNaN",
]

__getattr__ = absent.explaining(__name__)
