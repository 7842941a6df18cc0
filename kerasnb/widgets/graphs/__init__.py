"""The graph of a model: layers and what goes from one to the next, as a picture that answers."""
