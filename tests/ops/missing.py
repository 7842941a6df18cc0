"""The public names of Keras that are still to come; sorted, compared exactly by test_names.py."""

MISSING = {
    "activations": [],
    "ops": [
        
        "corrcoef", "correlate", 
        
        "multi_hot", "numpy", 
        "psnr", "rearrange", 
        "vectorize", 
    ],
    "random": [],
}  # fmt: skip
