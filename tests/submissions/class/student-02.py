# Tutorial part 3: two inputs
import numpy as np
from keras.models import Model
from keras.layers import Dense
from keras import Input
from keras.layers.merge import concatenate

X = np.linspace(0.0, 1.0, 1000)

# left and right part
xl = Input(shape=(1,))
xr = Input(shape=(1,))
hl = Dense(32, kernel_initializer='uniform', activation='sigmoid')(xl)
hr = Dense(20, kernel_initializer='uniform', activation='sigmoid')(xr)
# put them together
h = concatenate([hl, hr])
h = Dense(32, kernel_initializer='uniform', activation='sigmoid')(h)
out = Dense(1, kernel_initializer='uniform')(h)

model = Model(inputs=[xl, xr], outputs=out)
model.compile(optimizer='rmsprop', loss='mse', metrics=['mse'])
model.fit([X, X], np.sin(2*np.pi*X), epochs=400, batch_size=32)
