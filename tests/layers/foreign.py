"""The layers of Keras that wrap models of other frameworks: each raises an error here."""

from kerasnb import layers

FOREIGN = (layers.TFSMLayer, layers.JaxLayer, layers.FlaxLayer, layers.TorchModuleWrapper)
