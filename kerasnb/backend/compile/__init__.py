"""Compiling kernels with Numba, and keeping them on disk."""
