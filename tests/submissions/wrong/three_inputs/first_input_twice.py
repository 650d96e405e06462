# fails: inputs, graph
import numpy as np
from keras import Input, Model
from keras.layers import Dense, concatenate
u = dict(kernel_initializer='uniform', activation='sigmoid')
i1, i2, i3 = Input((1,)), Input((1,)), Input((1,))
a = Dense(32, **u)(i1)
b = Dense(20, **u)(i2)
c = Dense(20, **u)(i1)
d = Dense(32, **u)(concatenate([a, b, c]))
three_inputs = Model([i1, i2, i3], Dense(1, kernel_initializer='uniform')(d))
three_inputs.compile('rmsprop', 'mse')
X = np.linspace(0,1,1000)
three_inputs.fit([X,X,X], np.sin(2*np.pi*X), epochs=400, verbose=0)
