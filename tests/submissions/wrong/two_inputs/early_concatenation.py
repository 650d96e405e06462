# fails: widths, merge, graph
from keras import Input, Model
from keras.layers import Dense, concatenate

left = Input(shape=(1,))
right = Input(shape=(1,))
both = concatenate([left, right])
x1 = Dense(52, kernel_initializer="uniform", activation="sigmoid")(both)
x2 = Dense(32, kernel_initializer="uniform", activation="sigmoid")(x1)
x3 = Dense(1, kernel_initializer="uniform")(x2)
model = Model(inputs=[left, right], outputs=x3)
model.compile(optimizer="rmsprop", loss="mse")
