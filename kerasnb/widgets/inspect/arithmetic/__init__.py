"""How one number of a layer's output comes about, in NumPy and float64: one file for each kind of layer."""
