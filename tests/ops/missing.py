"""The public names of Keras that are still to come; sorted, compared exactly by test_names.py."""

MISSING = {
    "activations": [],
    "ops": [],
    "random": [],
}  # fmt: skip
