"""Each branch is a Sequential model of its own; only the joining is functional."""

from keras import Input, Model, Sequential, layers


def branch(units):
    return Sequential([Input((1,)), layers.Dense(units, kernel_initializer="uniform"), layers.Activation("sigmoid")])


def build_two_inputs():
    left, right = Input((1,)), Input((1,))
    joined = layers.concatenate([branch(32)(left), branch(20)(right)])
    head = layers.Dense(32, activation="sigmoid", kernel_initializer="uniform")(joined)
    head = layers.Dense(1, kernel_initializer="uniform")(head)
    model = Model([left, right], head)
    model.compile(loss="mse", optimizer="rmsprop")
    return model
