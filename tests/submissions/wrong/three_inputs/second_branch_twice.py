# fails: inputs, widths, merge, graph
from keras import Input, Model
from keras.layers import Dense, concatenate

left, right, third = Input(shape=(1,)), Input(shape=(1,)), Input(shape=(1,))
a = Dense(32, kernel_initializer="uniform", activation="sigmoid")(left)
b = Dense(20, kernel_initializer="uniform", activation="sigmoid")(right)
c = Dense(10, kernel_initializer="uniform", activation="sigmoid")(third)
x = concatenate([a, b, b])
x = Dense(32, kernel_initializer="uniform", activation="sigmoid")(x)
x = Dense(1, kernel_initializer="uniform")(x)
model = Model(inputs=[left, right, third], outputs=x)
model.compile(optimizer="rmsprop", loss="mse")
