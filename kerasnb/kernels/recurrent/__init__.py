"""Rooms: recurrent cells over time."""

from kerasnb.kernels.recurrent.lstm import lstm as lstm
from kerasnb.kernels.recurrent.lstm import lstm_grad as lstm_grad
