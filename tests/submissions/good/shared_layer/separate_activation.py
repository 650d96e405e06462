"""One shared Dense without activation, followed by one Activation layer for each call."""

from keras import Input, Model
from keras.layers import Activation, Concatenate, Dense


def build_model():
    u, v = Input(shape=(1,)), Input(shape=(1,))
    common = Dense(32, kernel_initializer="uniform")
    cu = Activation("sigmoid")(common(u))
    cv = Activation("sigmoid")(common(v))
    w = Concatenate()([cu, cv])
    w = Activation("sigmoid")(Dense(32, kernel_initializer="uniform")(w))
    w = Dense(1, kernel_initializer="uniform")(w)
    model = Model(inputs=[u, v], outputs=w)
    model.compile(optimizer="rmsprop", loss="mse")
    return model
