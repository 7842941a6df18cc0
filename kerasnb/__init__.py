"""kerasnb: the Keras 3 API on an engine you can read."""
