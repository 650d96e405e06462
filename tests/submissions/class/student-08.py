import numpy as np
from keras import Input, Model
from keras.layers import Dense

x = np.linspace(0, 1, 1000)
y = np.sin(2 * np.pi * x)

i = Input(shape=(1,))
d1 = Dense(32, kernel_initializer="uniform", activation="sigmoid")(i)
d2 = Dense(32, kernel_initializer="uniform", activation="sigmoid")(d1)
o = Dense(1, kernel_initializer="uniform", activation="sigmoid")(d2)
one_input = Model(inputs=i, outputs=o)
one_input.compile(optimizer="rmsprop", loss="mse", metrics=["mse"])
one_input.fit(x, y, epochs=400, batch_size=32, verbose=0)
# TODO why is the loss stuck at 0.25??
