import keras
from keras import Input
from keras.layers import Dense, concatenate

x0_left = Input(shape=(1,), name="left")
x0_right = Input(shape=(1,), name="right")

x1_left = Dense(32, kernel_initializer="uniform", activation="sigmoid")(x0_left)
x1_right = Dense(20, kernel_initializer="uniform", activation="sigmoid")(x0_left)

x2 = concatenate([x1_left, x1_right])
x3 = Dense(32, kernel_initializer="uniform", activation="sigmoid")(x2)
x4 = Dense(1, kernel_initializer="uniform")(x3)

two_inputs = keras.Model(inputs=[x0_left, x0_right], outputs=x4)
two_inputs.compile(optimizer="rmsprop", loss="mse", metrics=["mse"])
print(two_inputs.input_shape, two_inputs.output_shape)
