from keras import Input, Model
from keras.layers import Dense

def build_one_input():
    x0 = Input(shape=(1,))
    x1 = Dense(32, activation="sigmoid", kernel_initializer="uniform")(x0
    x2 = Dense(32, activation="sigmoid", kernel_initializer="uniform")(x1)
    x3 = Dense(1, kernel_initializer="uniform")(x2)
    model = Model(inputs=x0, outputs=x3)
    model.compile(optimizer="rmsprop", loss="mse")
    return model
