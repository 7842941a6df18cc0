"""The public names of Keras that are still to come; sorted, compared exactly by test_names.py."""
MISSING = {
    "activations": [],
    "ops": [
        "cholesky", "cholesky_inverse",
        "corrcoef", "correlate", "ctc_decode", "det", "eig",
        "eigh", "fft", "fft2", "ifft2", "inv", "irfft", "istft", "jvp", "linalg",
        "logdet", "lstsq", "lu_factor", "matrix_rank", "multi_hot", "norm", "numpy", "pinv", "polar",
        "psnr", "qr", "rearrange", "rfft", "slogdet", "solve", "solve_triangular", 
        "stft", "svd", "vectorize", "view_as_complex", "view_as_real",
    ],
    "random": [],
}  # fmt: skip
