"""Tensors, variables, dtypes, shapes, devices."""
