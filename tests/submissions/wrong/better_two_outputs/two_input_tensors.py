# fails: inputs
from keras import Input, Model
from keras.layers import Dense

a, b = Input(shape=(1,)), Input(shape=(1,))
sine = Dense(1)(Dense(32, activation="tanh")(Dense(32, activation="tanh")(a)))
exponential = Dense(1)(Dense(8, activation="tanh")(Dense(8, activation="tanh")(b)))
model = Model(inputs=[a, b], outputs=[sine, exponential])
model.compile(optimizer="rmsprop", loss="mse")
