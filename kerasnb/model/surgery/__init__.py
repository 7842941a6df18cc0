"""Changing a model's layers while the others keep their weights."""
