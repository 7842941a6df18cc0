"""The record of a training run, and its text."""
