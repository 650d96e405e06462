# fails: runs
import numpy as np
from keras import Input, Model
from keras.layers import Dense, concatenate
left, right = Input((1,)), Input((1,))
a = Dense(32, activation='sigmoid', kernel_initializer='uniform')(left)
b = Dense(20, activation='sigmoid', kernel_initializer='uniform')
c = concatenate([a, b])
two_inputs = Model([left, right], Dense(1)(c))
