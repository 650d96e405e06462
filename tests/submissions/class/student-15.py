import numpy as np
import keras
from keras.layers import Dense, Input
from keras.models import Model

X_train = np.linspace(0, 1, 1000)
Y_train = [np.sin(2*np.pi*X_train), np.exp(X_train)]

def network():
    x0 = Input(shape=(1,))
    x = Dense(20, kernel_initializer='uniform', activation='sigmoid')(x0)
    x = Dense(20, kernel_initializer='uniform', activation='sigmoid')(x)
    left = Dense(20, kernel_initializer='uniform', activation='sigmoid')(x)
    left = Dense(20, kernel_initializer='uniform', activation='sigmoid')(left)
    right = Dense(30, kernel_initializer='uniform', activation='sigmoid')(x)
    right = Dense(30, kernel_initializer='uniform', activation='sigmoid')(right)
    return Model(inputs=x0, outputs=[Dense(1, kernel_initializer='uniform')(left),
                                     Dense(1, kernel_initializer='uniform')(right)])

two_outputs = network()
two_outputs.compile(optimizer='rmsprop', loss=['mse', 'mse'], loss_weights=[1, 1])
two_outputs.fit(X_train, Y_train, epochs=300, batch_size=32, verbose=0)

weighted_losses = network()
weighted_losses.compile(optimizer='rmsprop', loss=['mse', 'mae'])
weighted_losses.fit(X_train, Y_train, epochs=300, batch_size=32, verbose=0)
