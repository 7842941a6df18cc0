"""From the arguments of `fit` to batches."""
