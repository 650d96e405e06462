# fails: widths, merge, graph
from keras import Input, Model
from keras.layers import Average, Dense

inputs = [Input(shape=(1,)) for _ in range(3)]
branches = [Dense(32, kernel_initializer="uniform", activation="sigmoid")(x) for x in inputs]
x = Average()(branches)
x = Dense(32, kernel_initializer="uniform", activation="sigmoid")(x)
x = Dense(1, kernel_initializer="uniform")(x)
model = Model(inputs=inputs, outputs=x)
model.compile(optimizer="rmsprop", loss="mse")
