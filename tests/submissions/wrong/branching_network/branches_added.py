# fails: widths, merge, graph
from keras import Input, Model
from keras.layers import Add, Dense

x0 = Input(shape=(1,))
x1 = Dense(16, kernel_initializer="uniform", activation="sigmoid")(x0)
long = Dense(32, kernel_initializer="uniform", activation="sigmoid")(x1)
long = Dense(20, kernel_initializer="uniform", activation="sigmoid")(long)
short = Dense(20, kernel_initializer="uniform", activation="sigmoid")(x1)
x = Add()([long, short])
x = Dense(32, kernel_initializer="uniform", activation="sigmoid")(x)
x = Dense(1, kernel_initializer="uniform")(x)
model = Model(inputs=x0, outputs=x)
model.compile(optimizer="rmsprop", loss="mse")
