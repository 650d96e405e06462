# fails: shared, graph
from keras import Input, Model
from keras.layers import Dense, concatenate

left, right = Input(shape=(1,)), Input(shape=(1,))
a = Dense(32, kernel_initializer="uniform", activation="sigmoid")(left)
b = Dense(32, kernel_initializer="uniform", activation="sigmoid")(right)
x = concatenate([a, b])
x = Dense(32, kernel_initializer="uniform", activation="sigmoid")(x)
x = Dense(1, kernel_initializer="uniform")(x)
model = Model(inputs=[left, right], outputs=x)
model.compile(optimizer="rmsprop", loss="mse")
