# fails: merge, graph
from keras import Input, Model
from keras.layers import Dense

left, right = Input(shape=(1,)), Input(shape=(1,))
shared = Dense(32, kernel_initializer="uniform", activation="sigmoid")
x = shared(left) + shared(right)
x = Dense(32, kernel_initializer="uniform", activation="sigmoid")(x)
x = Dense(1, kernel_initializer="uniform")(x)
model = Model(inputs=[left, right], outputs=x)
model.compile(optimizer="rmsprop", loss="mse")
