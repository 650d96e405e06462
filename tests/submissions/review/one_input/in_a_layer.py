# review: the class `MyBlock` of `my_block` may contain layers; scores: 5
from keras import Input, Model, layers


class MyBlock(layers.Layer):
    def __init__(self):
        super().__init__()
        self.first = layers.Dense(32, kernel_initializer="uniform", activation="sigmoid")
        self.second = layers.Dense(32, kernel_initializer="uniform", activation="sigmoid")

    def call(self, x):
        return self.second(self.first(x))


x = Input(shape=(1,))
model = Model(inputs=x, outputs=layers.Dense(1, kernel_initializer="uniform")(MyBlock()(x)))
model.compile(optimizer="rmsprop", loss="mse")
