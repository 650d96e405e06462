# Layers made in a comprehension, called in a generator, joined from a reversed list, and fed by name.
import numpy as np, keras
from keras import layers as L
K = dict(kernel_initializer='random_uniform')
trunk = [L.Dense(u, activation=keras.activations.sigmoid, **K) for u in (32, 20, 32)]
class Net:
    def __init__(self): self.model = None
    def build(self, *names):
        ins = [keras.Input((1,), name=n) for n in names]
        a, b = (t(i) for t, i in zip(trunk, ins))
        merged = keras.layers.Concatenate(axis=1)([b, a][::-1])
        self.model = keras.Model({n: i for n, i in zip(names, ins)}, L.Dense(1, **K)(trunk[2](merged)))
        return self.model
net = Net()
two_inputs = net.build("p", "q")
two_inputs.compile(optimizer=keras.optimizers.RMSprop(), loss=keras.losses.MeanSquaredError())
X = np.linspace(0,1,1000)
two_inputs.fit({"p": X, "q": X}, np.sin(2*np.pi*X), epochs=400, batch_size=32, verbose=0)
