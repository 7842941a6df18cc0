"""What stands inside a model: activations, the arithmetic of one unit, weights and gradients."""
