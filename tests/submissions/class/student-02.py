# Tutorial part 3: two inputs
import numpy as np
from keras.models import Model
from keras.layers import Dense
from keras import Input
from keras.layers.merge import concatenate

np.random.seed(7)

N = 1000
X_train = np.linspace(0.0, 1.0, N)
y_train = np.sin(2*np.pi*X_train)
X_val = np.sort(np.random.rand(100))
y_val = np.sin(2*np.pi*X_val)

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
model.fit([X_train, X_train], y_train, epochs=400, batch_size=32, validation_data=([X_val, X_val], y_val))
