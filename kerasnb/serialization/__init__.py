"""Objects to configs and back."""
