"""Programs for classes of tests: right ones, and such as differ from a right one in a width."""

from __future__ import annotations

_ONE_INPUT = """
from keras import Input, Model
from keras.layers import Dense
x0 = Input((1,))
x1 = Dense(32, activation='sigmoid', kernel_initializer='uniform')(x0)
x2 = Dense({width}, activation='sigmoid', kernel_initializer='uniform')(x1)
one_input = Model(x0, Dense({head}, kernel_initializer='uniform')(x2))
one_input.compile('rmsprop', 'mse')
"""


def one_input(width: int = 32, head: int = 1) -> str:
    """The program of `one_input`, right as it stands; with another width of its second layer, or of its head, wrong."""
    return _ONE_INPUT.format(width=width, head=head)
