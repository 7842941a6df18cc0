"""`keras.saving`: models and their parts as configs and files."""
from kerasnb.backend.registry import from_config as deserialize_keras_object, to_config as serialize_keras_object
def _later(*a, **k): raise NotImplementedError
save_model = save_weights = load_weights = load_model = _later
