import keras
from keras.layers import Dense, Input, concatenate


def build_two_inputs():
    in1 = Input((1,))
    in2 = Input((1,))
    d1 = Dense(32, activation="sigmoid", kernel_initializer="uniform")(in1)
    d2 = Dense(20, activation="sigmoid", kernel_initializer="uniform")(in2)
    both = concatenate([d1, d2])
    # 52 values come in, so I took 52 units
    d3 = Dense(52, activation="sigmoid", kernel_initializer="uniform")(both)
    out = Dense(1, kernel_initializer="uniform")(d3)
    model = keras.Model(inputs=[in1, in2], outputs=out)
    model.compile(optimizer="rmsprop", loss="mse")
    return model
