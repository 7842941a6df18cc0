"""The public names of Keras that are still to come; sorted, compared exactly by test_names.py."""

MISSING = {
    "activations": [],
    "ops": [
        
        "corrcoef", "correlate", 
        "fft", "fft2", "ifft2", "irfft", "istft", 
        "multi_hot", "numpy", 
        "psnr", "rearrange", "rfft", 
        "stft", "vectorize", 
    ],
    "random": [],
}  # fmt: skip
