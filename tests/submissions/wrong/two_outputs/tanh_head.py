# fails: heads, graph
from keras import Input, Model
from keras.layers import Dense

x0 = Input(shape=(1,))
x1 = Dense(20, kernel_initializer="uniform", activation="sigmoid")(x0)
x2 = Dense(20, kernel_initializer="uniform", activation="sigmoid")(x1)
left = Dense(20, kernel_initializer="uniform", activation="sigmoid")(x2)
left = Dense(20, kernel_initializer="uniform", activation="sigmoid")(left)
right = Dense(30, kernel_initializer="uniform", activation="sigmoid")(x2)
right = Dense(30, kernel_initializer="uniform", activation="sigmoid")(right)
sine = Dense(1, kernel_initializer="uniform", activation="tanh")(left)
exponential = Dense(1, kernel_initializer="uniform")(right)
model = Model(inputs=x0, outputs=[sine, exponential])
model.compile(optimizer="rmsprop", loss=["mse", "mse"], loss_weights=[1, 1])
