# fails: losses
from keras import Input, Model
from keras.layers import Dense

x0 = Input(shape=(1,))
x1 = Dense(20, kernel_initializer="uniform", activation="sigmoid")(x0)
x2 = Dense(20, kernel_initializer="uniform", activation="sigmoid")(x1)
x3_left = Dense(20, kernel_initializer="uniform", activation="sigmoid")(x2)
x3_right = Dense(30, kernel_initializer="uniform", activation="sigmoid")(x2)
x4_left = Dense(20, kernel_initializer="uniform", activation="sigmoid")(x3_left)
x4_right = Dense(30, kernel_initializer="uniform", activation="sigmoid")(x3_right)
x5_left = Dense(1, kernel_initializer="uniform")(x4_left)
x5_right = Dense(1, kernel_initializer="uniform")(x4_right)
model = Model(inputs=x0, outputs=[x5_left, x5_right])
model.compile(optimizer="rmsprop", loss=["mse"])
