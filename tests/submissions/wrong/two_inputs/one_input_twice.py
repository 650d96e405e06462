# fails: inputs, graph
from keras import Input, Model
from keras.layers import Dense, concatenate

x0 = Input(shape=(1,))
left = Dense(32, kernel_initializer="uniform", activation="sigmoid")(x0)
right = Dense(20, kernel_initializer="uniform", activation="sigmoid")(x0)
x2 = concatenate([left, right])
x3 = Dense(32, kernel_initializer="uniform", activation="sigmoid")(x2)
x4 = Dense(1, kernel_initializer="uniform")(x3)
model = Model(inputs=x0, outputs=x4)
model.compile(optimizer="rmsprop", loss="mse")
