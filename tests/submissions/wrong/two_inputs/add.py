# fails: widths, merge, graph
from keras import Input, Model
from keras.layers import Dense, add

x0_left = Input(shape=(1,))
x0_right = Input(shape=(1,))
x1_left = Dense(32, kernel_initializer="uniform", activation="sigmoid")(x0_left)
x1_right = Dense(32, kernel_initializer="uniform", activation="sigmoid")(x0_right)
x2 = add([x1_left, x1_right])
x3 = Dense(32, kernel_initializer="uniform", activation="sigmoid")(x2)
x4 = Dense(1, kernel_initializer="uniform")(x3)
model = Model(inputs=[x0_left, x0_right], outputs=x4)
model.compile(optimizer="rmsprop", loss="mse")
