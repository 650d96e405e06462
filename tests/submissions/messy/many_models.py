import keras
import numpy as np
from keras import layers

x = np.linspace(0, 1, 64)


def build_two_inputs():
    left, right = keras.Input(shape=(1,)), keras.Input(shape=(1,))
    return keras.Model([left, right], layers.concatenate([left, right]), name="pair")


def build_model(units):
    raise RuntimeError("needs an argument, so nobody calls it")


def build_three_inputs():
    return undefined_name


class Plain(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = layers.Dense(2)

    def call(self, inputs):
        return self.dense(inputs)


class Wrapped(keras.Model):
    def __init__(self, units):
        inputs = keras.Input(shape=(1,))
        super().__init__(inputs, layers.Dense(units)(inputs))


class Scale(layers.Layer):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def call(self, inputs):
        return inputs * self.factor


# exercise: one_input
model = keras.Sequential()
model.add(layers.Dense(4, input_dim=1))
model.add(layers.Dense(2))
# exercise: two_outputs
trunk = keras.Input(shape=(1,))
model = keras.Model(trunk, [layers.Dense(1, name="sine")(trunk), layers.Dense(1, name="exp")(trunk)])
model.compile("rmsprop", loss={"sine": "mse", "exp": keras.losses.MeanAbsoluteError()}, loss_weights=[0.1, 0.9])
model.compile(keras.optimizers.Adam(0.01), loss=["mse"])
history = model.fit(x, {"exp": x, "sine": x}, epochs=40, validation_split=0.25, verbose=0)
assert len(history.history["val_loss"]) == len(history.epoch) == 40
# exercise: none
plain = Plain()
wrapped = Wrapped(5)
scaled = keras.Model(trunk, Scale(3)(trunk))
secret = keras.Model(trunk, layers.Lambda(lambda t: t + 1)(trunk))
by_width = {}
for units in range(3):
    by_width[f"width_{units}"] = keras.Sequential([keras.Input((1,)), layers.Dense(units + 1)])
copy = keras.models.clone_model(wrapped)
wide = keras.Model(trunk, layers.Dense(3)(trunk))
wide.compile(loss="mse", metrics="mae")
wide.fit(x, x[:, None], verbose=0)
try:
    keras.Model(trunk, "nonsense")
except Exception:
    pass
keras.utils.plot_model(wide)
lost = layers.Dense(7, "sigmoid", name="lost")(trunk)
