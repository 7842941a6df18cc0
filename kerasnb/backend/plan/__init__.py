"""The plan: a recorded step as a list of kernel calls."""
