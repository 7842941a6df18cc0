"""`fit`, `evaluate` and `predict`: compile, train step, epoch loop."""
