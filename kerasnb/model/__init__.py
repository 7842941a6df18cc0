"""How layers become one thing that learns: models, batches, steps, runs."""
