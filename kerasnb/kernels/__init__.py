"""The numbers: one file per family of operations, with NumPy and Numba only, nothing of Keras."""
