"""Building a model step by step: the real one, as cards and as code."""
