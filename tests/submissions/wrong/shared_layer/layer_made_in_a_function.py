# fails: shared, graph
import numpy as np
from keras import Input, Model, layers
def encoder(x):
    return layers.Dense(32, activation='sigmoid', kernel_initializer='uniform')(x)
a, b = Input((1,), name='a'), Input((1,), name='b')
m = layers.concatenate([encoder(a), encoder(b)])
h = layers.Dense(32, activation='sigmoid', kernel_initializer='uniform')(m)
shared_layer = Model([a, b], layers.Dense(1, kernel_initializer='uniform')(h))
shared_layer.compile('rmsprop', 'mse')
X = np.linspace(0,1,1000)
shared_layer.fit([X, X], np.sin(2*np.pi*X), epochs=400, verbose=0)
