"""The public names of Keras that are still to come; sorted, compared exactly by test_names.py."""
MISSING = {
    "activations": [],
    "ops": [
        "adaptive_average_pool", "adaptive_max_pool", "cholesky", "cholesky_inverse",
        "corrcoef", "correlate", "ctc_decode", "depth_to_space", "det", "eig",
        "eigh", "fft", "fft2", "fold", "ifft2", "image", "inv", "irfft", "istft", "jvp", "linalg",
        "logdet", "lstsq", "lu_factor", "matrix_rank", "multi_hot", "norm", "numpy", "pinv", "polar",
        "psnr", "qr", "rearrange", "rfft", "slogdet", "solve", "solve_triangular", "space_to_depth",
        "stft", "svd", "unfold", "vectorize", "view_as_complex", "view_as_real",
    ],
    "random": [],
}  # fmt: skip
