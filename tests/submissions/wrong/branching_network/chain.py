# fails: merge, graph, learns
from keras import Input, Model
from keras.layers import Dense

x = x0 = Input(shape=(1,))
for units in (16, 32, 16, 20, 32):
    x = Dense(units, kernel_initializer="uniform", activation="sigmoid")(x)
x = Dense(1, kernel_initializer="uniform")(x)
model = Model(inputs=x0, outputs=x)
model.compile(optimizer="rmsprop", loss="mse")
