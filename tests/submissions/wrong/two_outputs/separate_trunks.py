# fails: shared_trunk, widths, graph, learns
from keras import Input, Model
from keras.layers import Dense

x0 = Input(shape=(1,))
outputs = []
for units in (20, 30):
    x = Dense(20, kernel_initializer="uniform", activation="sigmoid")(x0)
    x = Dense(20, kernel_initializer="uniform", activation="sigmoid")(x)
    x = Dense(units, kernel_initializer="uniform", activation="sigmoid")(x)
    x = Dense(units, kernel_initializer="uniform", activation="sigmoid")(x)
    outputs.append(Dense(1, kernel_initializer="uniform")(x))
model = Model(inputs=x0, outputs=outputs)
model.compile(optimizer="rmsprop", loss=["mse", "mse"], loss_weights=[1, 1])
