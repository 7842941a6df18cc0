"""The base class of layers."""
