# fails: functional
from keras import Input, Sequential
from keras.layers import Dense

model = Sequential()
model.add(Input(shape=(1,)))
model.add(Dense(32, kernel_initializer="uniform", activation="sigmoid"))
model.add(Dense(32, kernel_initializer="uniform", activation="sigmoid"))
model.add(Dense(1, kernel_initializer="uniform"))
model.compile(optimizer="rmsprop", loss="mse", metrics=["mse"])
