"""The public names of Keras that are still to come; sorted, compared exactly by test_names.py."""

MISSING = {
    "activations": [],
    "ops": [
        "adaptive_average_pool", "adaptive_max_pool", "associative_scan", "cholesky", "cholesky_inverse",
        "cond", "corrcoef", "correlate", "ctc_decode", "custom_gradient", "depth_to_space", "det", "eig",
        "eigh", "fft", "fft2", "fold", "fori_loop", "ifft2", "image", "inv", "irfft", "istft", "jvp", "linalg",
        "logdet", "lstsq", "lu_factor", "map", "matrix_rank", "multi_hot", "norm", "numpy", "pinv", "polar",
        "psnr", "qr", "rearrange", "rfft", "scan", "slogdet", "solve", "solve_triangular", "space_to_depth",
        "stft", "svd", "switch", "unfold", "vectorize", "vectorized_map", "view_as_complex", "view_as_real",
        "while_loop",
    ],
    "random": [],
}  # fmt: skip
