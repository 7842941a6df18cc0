"""What a training looks like from inside: decision boundary, predictions, weights, gradients."""
