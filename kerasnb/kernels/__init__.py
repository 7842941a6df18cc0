"""How numbers are made: one room per family of operations, NumPy and Numba only, nothing of Keras."""
