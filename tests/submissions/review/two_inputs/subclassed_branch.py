# review: the class `Branch` of `branch` may contain layers; scores: 4
import keras
from keras import layers


class Branch(keras.Model):
    def __init__(self, units):
        super().__init__()
        self.dense = layers.Dense(units, kernel_initializer="uniform", activation="sigmoid")

    def call(self, x):
        return self.dense(x)


left, right = keras.Input(shape=(1,)), keras.Input(shape=(1,))
x = layers.concatenate([Branch(32)(left), Branch(20)(right)])
x = layers.Dense(32, kernel_initializer="uniform", activation="sigmoid")(x)
model = keras.Model(inputs=[left, right], outputs=layers.Dense(1, kernel_initializer="uniform")(x))
model.compile(optimizer="rmsprop", loss="mse")
