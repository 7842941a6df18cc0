"""Recurrent cells over time."""

from kerasnb.kernels.recurrent.gru import gru as gru
from kerasnb.kernels.recurrent.gru import gru_grad as gru_grad
from kerasnb.kernels.recurrent.lstm import lstm as lstm
from kerasnb.kernels.recurrent.lstm import lstm_grad as lstm_grad
from kerasnb.kernels.recurrent.simple import simple_rnn as simple_rnn
from kerasnb.kernels.recurrent.simple import simple_rnn_grad as simple_rnn_grad
