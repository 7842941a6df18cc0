"""Models: layers as one object that is trained, with its data, steps and runs."""
