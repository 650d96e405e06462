import numpy as np
from tensorflow import keras
from tensorflow.keras.layers import Dense
from tensorflow.keras.models import Sequential

X = np.linspace(0, 1, 1000)
y = np.sin(2 * np.pi * X)

# exercise: one_input
model = Sequential()
model.add(Dense(32, input_dim=1, kernel_initializer='uniform', activation='sigmoid'))
model.add(Dense(32, kernel_initializer='uniform', activation='sigmoid'))
model.add(Dense(1, kernel_initializer='uniform'))
model.compile(optimizer='rmsprop', loss='mse', metrics=['mse'])
model.summary()

model.fit(X, y, epochs=100, batch_size=32)
