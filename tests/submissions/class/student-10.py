"""Three inputs."""
from keras.layers import Dense, Input, add
from keras.models import Model


def dense(x, units=32):
    return Dense(units, activation="sigmoid", kernel_initializer="uniform")(x)


def build_three_inputs():
    inputs = [Input((1,)), Input((1,)), Input((1,))]
    # add needs equal lengths, so all three get 32
    x = add([dense(i) for i in inputs])
    x = dense(x)
    model = Model(inputs, Dense(1, kernel_initializer="uniform")(x))
    model.compile("rmsprop", "mse")
    return model


three_inputs = build_three_inputs()
three_inputs.summary()
