# fails: heads, graph, learns
from keras import Input, Model
from keras.layers import Dense

x0 = Input(shape=(1,))
x1 = Dense(32, kernel_initializer="uniform", activation="sigmoid")(x0)
x2 = Dense(32, kernel_initializer="uniform", activation="sigmoid")(x1)
x3 = Dense(1, kernel_initializer="uniform", activation="sigmoid")(x2)
model = Model(inputs=x0, outputs=x3)
model.compile(optimizer="rmsprop", loss="mse")
