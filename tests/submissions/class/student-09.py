# exercise: two_inputs
import numpy as np, keras
from keras.layers import *
X = np.linspace(0,1,1000); Y = np.sin(2*np.pi*X)

l = Input((1,)); r = Input((1,))
L = Dense(32, 'sigmoid', kernel_initializer='uniform')(l)
R = Dense(20, 'sigmoid', kernel_initializer='uniform')(r)
c = Concatenate()([L,R])
o = Dense(1, kernel_initializer='uniform')(c)
two_inputs = keras.Model([l,r], o)
two_inputs.compile(loss='mse', optimizer='rmsprop')
two_inputs.fit([X,X], Y, epochs=20, verbose=0)

two_inputs.evaluate([X,X], Y, verbose=0)
