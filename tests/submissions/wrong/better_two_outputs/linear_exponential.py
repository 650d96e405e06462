# fails: learns_exponential
from keras import Input, Model
from keras.layers import Dense

x = Input(shape=(1,))
sine = Dense(1)(Dense(32, activation="tanh")(Dense(32, activation="tanh")(x)))
exponential = Dense(1)(x)
model = Model(inputs=x, outputs=[sine, exponential])
model.compile(optimizer="rmsprop", loss=["mse", "mse"])
