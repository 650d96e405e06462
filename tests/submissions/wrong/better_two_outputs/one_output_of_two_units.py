# fails: heads
from keras import Input, Model
from keras.layers import Dense

x = Input(shape=(1,))
h = Dense(32, activation="tanh")(x)
h = Dense(32, activation="tanh")(h)
model = Model(inputs=x, outputs=Dense(2)(h))
model.compile(optimizer="rmsprop", loss="mse")
