"""The hood: which code computes a layer, with its shapes, its time and its reference."""
