"""Running compiled kernels: programs, threads, BLAS."""
