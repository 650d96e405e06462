"""A program for every code of a note: what provokes it, and, where words alone say what to do, the program after that."""

from __future__ import annotations

from dataclasses import dataclass

START = """\
import numpy as np
import keras
from keras import layers
from keras.layers import Dense, Input
from keras.models import Model
import tensorflow
tensorflow.config.run_functions_eagerly(True)
x = np.linspace(0, 1, 24).astype('float32')
y = np.sin(x)

def two(**settings):
    i = Input((1,))
    h = Dense(4)(i)
    return Model(i, [Dense(1, name='sine')(h), Dense(1, name='exp')(h)])

def inputs(count, columns=1):
    given = [Input((columns,)) for _ in range(count)]
    joined = layers.concatenate(given) if count > 1 else given[0]
    m = Model(given if count > 1 else given[0], Dense(1)(joined))
    m.compile('sgd', 'mse')
    return m
"""


@dataclass(frozen=True)
class Wrong:
    """`by_hand`: the program as somebody makes it who reads the note; empty where its line is to be taken literally."""

    code: str
    program: str
    by_hand: str = ""


FIT_ONE = "i1 = Input((1,))\nm1 = Model(i1, Dense(1)(i1))\nm1.compile('sgd', 'mse')\n"
FIT_TWO = "m2 = two()\nm2.compile('sgd', ['mse', 'mse'])\n"

WRONG = (
    # older Keras
    Wrong("keras2-import", "from keras.layers.merge import concatenate\nconcatenate([Input((1,)), Input((1,))])"),
    Wrong("keras2-import", "from keras.layers.core import Dense as D\nD(3)"),
    Wrong("keras2-import", "from keras.utils import np_utils\nnp_utils.to_categorical([1])"),
    Wrong("keras2-import", "keras.layers.merge.add([Input((1,)), Input((1,))])"),
    Wrong("keras2-import", "from keras.engine.topology import Layer, Input as Given\nLayer, Given"),
    Wrong("keras2-name", "from keras.initializers import uniform\nDense(3, kernel_initializer=uniform())"),
    Wrong("keras2-name", "from keras import losses\nlosses.mse"),
    Wrong("keras2-backend", "from keras import backend as K\nK.exp(x)"),
    Wrong("keras2-backend", "from keras import backend as K\nModel(i44 := Input((1,)), K.concatenate([i44, Dense(2)(i44)]))"),
    Wrong("keras2-import", "from keras.objectives import mean_squared_error as squares\nsquares(x, x)"),
    Wrong("keras2-import", "from keras import objectives\nobjectives.mean_squared_error(x, x)"),
    Wrong("keras2-session", "from keras import backend as K\nK.set_learning_phase(1)\nx", "x"),
    Wrong("keras2-session", "from keras.backend.tensorflow_backend import set_session\nx", "x"),
    Wrong("keras2-session", "tensorflow.compat.v1.keras.backend.set_session(None)\nx", "x"),
    Wrong("missing-file", "np.loadtxt('lost.txt')", "x"),
    Wrong("misspelt-name", "np.int(3)"),
    Wrong("misspelt-name", "np.asarray([1], np.float)"),
    Wrong("misspelt-name", "np.zeros(3, dtype=np.object)"),
    Wrong("misspelt-name", "2 * np.Inf"),
    Wrong("image-generator", "from keras.preprocessing import ImageDataGenerator\nx", "keras.utils.image_dataset_from_directory"),
    Wrong("missing-file", "keras.models.load_model('lost.h5')", "Model"),
    Wrong("missing-file", "inputs(1).load_weights('lost.h5')", "Model"),
    Wrong("missing-file", "keras.models.load_model('lost_folder')", "Model"),
    Wrong(
        "saved-model-folder",
        "import os\nos.makedirs('saved', exist_ok=True)\nkeras.models.load_model('saved')",
        "inputs(1).save('saved.keras')\nkeras.models.load_model('saved.keras')",
    ),
    Wrong("callback-object", "from keras.callbacks import EarlyStopping\ninputs(1).fit(x, y, callbacks=[EarlyStopping])"),
    Wrong("callback-object", "inputs(1).fit(x, y, callbacks=keras.callbacks.TerminateOnNaN)"),
    Wrong(
        "callback-object",
        "stop = [keras.callbacks.TerminateOnNaN]\ninputs(1).fit(x, y, callbacks=stop)",
        "stop = [keras.callbacks.TerminateOnNaN()]\ninputs(1).fit(x, y, callbacks=stop)",
    ),
    Wrong(
        "callback-object",
        "def told(epoch, logs): print(epoch)\ninputs(1).fit(x, y, callbacks=[told])",
        "def told(epoch, logs): print(epoch)\ncalled = keras.callbacks.LambdaCallback(on_epoch_end=told)\ninputs(1).fit(x, y, callbacks=[called])",
    ),
    Wrong(
        "callback-object",
        "class Progress:\n    pass\ninputs(1).fit(x, y, callbacks=[Progress()])",
        "class Progress(keras.callbacks.Callback):\n    pass\ninputs(1).fit(x, y, callbacks=[Progress()])",
    ),
    Wrong("lambda-shape", "layers.Lambda(lambda t: np.sin(t))(Input((2,)))", "layers.Lambda(lambda t: np.sin(t), output_shape=(2,))(Input((2,)))"),
    Wrong(
        "lambda-shape",
        "through = layers.Lambda(lambda t: tensorflow.py_function(lambda z: z[:, :1], [t], 'float32'))\nthrough(Input((2,)))",
        "through = layers.Lambda(lambda t: tensorflow.py_function(lambda z: z[:, :1], [t], 'float32'), output_shape=(1,))\nthrough(Input((2,)))",
    ),
    Wrong("keras2-removed", "keras.optimizers.legacy.SGD()"),
    Wrong("keras2-removed", "from keras.layers import CuDNNLSTM\nCuDNNLSTM(3)"),
    Wrong("keras2-removed", "from keras.wrappers.scikit_learn import KerasRegressor"),
    Wrong(
        "image-generator",
        "from keras.preprocessing.image import ImageDataGenerator",
        "from keras.utils import image_dataset_from_directory",
    ),
    Wrong("other-keras", "import tf_keras as another\nanother.Input"),
    Wrong("keras2-method", FIT_ONE + "m1.fit_generator((one for one in [(x, y)]), steps_per_epoch=1, epochs=1, verbose=0)"),
    Wrong("keras2-method", FIT_ONE + "m1.predict_classes(x)"),
    Wrong("keras2-metrics", "two().compile('sgd', 'mse', metrics='mse')"),
    Wrong("metrics-third", "inputs(1).compile('sgd', 'mse', ['mae'])"),
    Wrong("keras1-name", "i36 = Input((1,))\nModel(input=i36, output=Dense(1)(i36))", "i36 = Input((1,))\nModel(i36, Dense(1)(i36))"),
    Wrong("keras1-name", "Dense(output_dim=3, init='normal')", "Dense(3, kernel_initializer='normal')"),
    Wrong(
        "keras1-name",
        "i3 = Input((1,))\nlayers.merge([i3, i3], mode='concat', concat_axis=-1)",
        "i3 = Input((1,))\nlayers.concatenate([i3, i3])",
    ),
    Wrong("optimizer-lr", "keras.optimizers.Adam(lr=0.01)"),
    Wrong("optimizer-decay", "keras.optimizers.SGD(0.01, decay=1e-3)"),
    Wrong("initializer-alias", "Dense(3, kernel_initializer='uniform')\nDense(3, kernel_initializer='random_uniform')"),
    Wrong("tensorflow-python-keras", "from tensorflow.python.keras.layers import Dense as Private\nPrivate(3)"),
    Wrong("keras-and-tf-keras", "from tensorflow.keras.layers import Dense"),
    # compile
    Wrong("metrics-count", "m4 = two()\nm4.compile('sgd', loss='mse', metrics=['mse'])\nm4.fit(x, [y, y], verbose=0)"),
    Wrong("metrics-by-position", "two().compile('sgd', loss='mse', metrics=['mse', 'mae'])"),
    Wrong("loss-single-for-many", "two().compile('sgd', loss=['mse'])"),
    Wrong("loss-count", "m5 = two()\nm5.compile('sgd', loss=['mse'] * 3)\nm5.fit(x, [y, y], verbose=0)"),
    Wrong(
        "loss-weights-need-list",
        "m6 = two()\nm6.compile('sgd', loss='mse', loss_weights=[1, .2])\nm6.fit(x, [y, y], verbose=0)",
    ),
    Wrong("loss-weights-need-list", "two().compile('sgd', loss='mse', loss_weights={'sine': 1, 'exp': .2})"),
    Wrong("output-names", "two().compile('sgd', loss={'sinus': 'mse', 'exp': 'mae'})"),
    Wrong("output-names", "two().compile('sgd', 'mse', metrics={'sin': 'mae'})"),
    Wrong("unknown-name", "Dense(4, activation='rellu')"),
    Wrong("unknown-name", "two().compile(optimizer='adm', loss='mse')"),
    Wrong("unknown-name", "two().compile('sgd', loss='mes')"),
    Wrong("class-for-object", "two().compile(keras.optimizers.Adam, 'mse')"),
    Wrong(
        "loss-weights-count",
        "two().compile('sgd', ['mse'] * 2, loss_weights=[0,1, 0,9])",
        "two().compile('sgd', ['mse'] * 2, loss_weights=[0.1, 0.9])",
    ),
    Wrong(
        "inputs-are-no-inputs",
        "i7 = Input((1,))\nh7 = Dense(3)(i7)\nModel(h7, Dense(1)(h7)).compile('sgd', 'mse')",
        "i7 = Input((1,))\nh7 = Dense(3)(i7)\nModel(i7, Dense(1)(h7)).compile('sgd', 'mse')",
    ),
    Wrong(
        "duplicate-outputs",
        "a8, b8, d8 = Input((1,)), Input((1,)), Dense(1, name='head')\nModel([a8, b8], [d8(a8), d8(b8)]).compile('sgd', 'mse')",
        "a8, b8, d8 = Input((1,)), Input((1,)), Dense(1, name='head')\n"
        "Model([a8, b8], [d8(a8), layers.Identity(name='second')(d8(b8))]).compile('sgd', 'mse')",
    ),
    Wrong("input-dim-ignored", "i9 = Input((1,))\nh9 = Dense(3, input_dim=7)(i9)\nModel(i9, h9).compile('sgd', 'mse')"),
    # fit
    Wrong("target-shape-broadcast", FIT_ONE + "ys1 = np.c_[y, y]\nm1.fit(x, ys1, verbose=0)"),
    Wrong("target-shape-broadcast", FIT_ONE + "row37 = y.reshape(1, -1)\nm1.fit(x, row37, verbose=0)"),
    Wrong(
        "target-shape-broadcast",
        "i10 = Input((1,))\nm10 = Model(i10, Dense(3)(i10))\nm10.compile('sgd', 'mse')\nm10.fit(x, y.reshape(-1, 1), verbose=0)",
    ),
    Wrong("arrays-for-inputs", "inputs(2).fit(x, y, verbose=0)"),
    Wrong("arrays-for-inputs", "inputs(2).fit(np.c_[x, x], y=y, verbose=0)"),
    Wrong("arrays-for-inputs", "inputs(2).fit(np.array([x, x]), y, verbose=0)"),
    Wrong("arrays-for-inputs", "inputs(2).fit([x, x], y, validation_data=(x, y), verbose=0)"),
    Wrong("arrays-for-inputs", "inputs(2).fit([x, x, x], y, verbose=0)", "inputs(2).fit([x, x], y, verbose=0)"),
    Wrong("arrays-for-outputs", FIT_TWO + "ys2 = np.c_[y, y]\nm2.fit(x, ys2, verbose=0)"),
    Wrong("arrays-for-outputs", FIT_TWO + "m2.fit(x, y, verbose=0)", FIT_TWO + "m2.fit(x, [y, np.exp(x)], verbose=0)"),
    Wrong("input-shape", "i11 = Input(shape=(3,))\nm11 = Model(i11, Dense(1)(i11))\nm11.compile('sgd', 'mse')\nm11.fit(x, y, verbose=0)"),
    Wrong("input-shape", FIT_ONE + "m1.fit(np.c_[x, x], y, verbose=0)"),
    Wrong("input-shape", FIT_ONE + "m1.fit(x.reshape(1, -1), y.reshape(-1, 1), verbose=0)"),
    Wrong("data-not-array", FIT_ONE + "m1.fit([0.1, 0.2], y[:2], verbose=0)"),
    Wrong("data-names", FIT_ONE + "m1.fit(x, {'wave': y}, verbose=0)"),
    Wrong("data-names", FIT_TWO + "m2.fit(x, {'sinus': y, 'exp': y}, verbose=0)"),
    Wrong(
        "data-names",
        FIT_TWO + "both = {'sinus': y, 'exp': y}\nm2.fit(x, both, verbose=0)",
        FIT_TWO + "m2.fit(x, [y, y], verbose=0)",
    ),
    # other calls
    Wrong("merge-widths", "layers.add([Dense(32)(Input((1,))), Dense(20)(Input((1,)))])"),
    Wrong("merge-widths", "from keras.layers import add\nadd([Dense(3)(Input((1,))), Dense(2)(Input((1,)))])"),
    Wrong("merge-widths", "layers.Multiply()([Dense(3)(Input((1,))), Dense(2)(Input((1,)))])"),
    Wrong("merge-widths", "Dense(3)(Input((1,))) + Dense(2)(Input((1,)))", "layers.concatenate([Dense(3)(Input((1,))), Dense(2)(Input((1,)))])"),
    Wrong("merge-axis", "layers.concatenate([Dense(32)(Input((1,))), Dense(20)(Input((1,)))], axis=0)"),
    Wrong("merge-axis", "layers.Concatenate(axis=0)([Dense(32)(Input((1,))), Dense(20)(Input((1,)))])"),
    Wrong("tensor-called", "t12 = Dense(3)(Input((1,)))\nt12(Input((1,)))", "t12 = Dense(3)\nt12(Input((1,)))"),
    Wrong("numpy-on-tensors", "i13 = Input((1,))\nnp.concatenate([i13, i13])"),
    Wrong("tensorflow-on-tensors", "i41 = Input((1,))\ntensorflow.concat([i41, i41], axis=1)"),
    Wrong("list-for-tensor", "i42 = Input((1,))\nDense(3)([i42, i42])"),
    Wrong("list-for-tensor", "i43 = Input((1,))\nboth43 = [i43, i43]\nDense(3)(both43)"),
    Wrong("units-no-integer", "Dense('32')"),
    Wrong("units-no-integer", "Dense(np.prod((4, 8)), activation='relu')"),
    Wrong("function-not-called", "made14 = two\nmade14.summary()"),
    Wrong("merge-needs-list", "i15 = Input((1,))\nlayers.concatenate(i15, i15)"),
    Wrong("merge-needs-list", "layers.Add()(Dense(2)(Input((1,))), Dense(2)(Input((1,))))"),
    Wrong("tensor-as-setting", "i16 = Input((1,))\nDense(4, i16)"),
    Wrong("input-left-out", "a17, b17 = Input((1,)), Input((1,))\nModel(b17, layers.add([b17, a17]))"),
    Wrong("model-inputs-first", "i18 = Input((1,))\nModel(inputs=Dense(1)(i18), outputs=i18)"),
    Wrong("input-shape-number", "Input(shape=(1))"),
    Wrong("input-shape-number", "n19 = 3\nInput(shape=n19)"),
    Wrong("layer-shape-attribute", "l20 = Dense(4)\nl20(Input((1,)))\nl20.output_shape"),
    Wrong("never-called", "p21 = keras.Sequential([Dense(3)])\np21.output", "p21 = keras.Sequential([Dense(3)])\np21(Input((1,)))"),
    Wrong("layer-not-called", "b22 = Dense(3)\nDense(2)(b22)", "b22 = Dense(3)(Input((1,)))\nDense(2)(b22)"),
    Wrong("weights-file-name", "inputs(1).save_weights('a.h5')"),
    Wrong("model-file-name", "inputs(1).save('folder')"),
    Wrong("load-model-compile", "inputs(1).save('old.h5')\nkeras.models.load_model('old.h5')"),
    Wrong(
        "weights-do-not-fit",
        "inputs(1).save_weights('one.weights.h5')\ninputs(1, 3).load_weights('one.weights.h5')",
        "inputs(1).save_weights('one.weights.h5')\ninputs(1).load_weights('one.weights.h5')",
    ),
    Wrong(
        "lambda-in-file",
        "s23 = keras.Sequential([Input((1,)), layers.Lambda(lambda v: v + 1)])\ns23.save('l.keras')\nkeras.models.load_model('l.keras')",
        "s23 = keras.Sequential([Input((1,)), layers.Rescaling(1, 1)])\ns23.save('l.keras')\nkeras.models.load_model('l.keras')",
    ),
    Wrong(
        "history-key",
        FIT_TWO + "h24 = m2.fit(x, [y, y], verbose=0)\nh24.history['dense_6_loss']",
        FIT_TWO + "h24 = m2.fit(x, [y, y], verbose=0)\nh24.history['sine_loss']",
    ),
    Wrong("history-entry", FIT_ONE + "h25 = m1.fit(x, y, verbose=0)\nh25.history['mse']"),
    Wrong("history-entry", FIT_ONE + "h26 = m1.fit(x, y, verbose=0)\nh26['loss']"),
    Wrong(
        "history-entry",
        FIT_ONE + "h27 = m1.fit(x, y, verbose=0)\nh27.history['val_loss']",
        FIT_ONE + "h27 = m1.fit(x, y, validation_data=(x, y), verbose=0)\nh27.history['val_loss']",
    ),
    Wrong("history-entry", FIT_ONE + "h37 = m1.fit(x, y, verbose=0)\nh37.losses['loss']"),
    Wrong("history-entry", FIT_ONE + "h38 = m1.fit(x, y, verbose=0)\nh38.loss[-1]"),
    # files
    Wrong("no-network", "import urllib.request\nurllib.request.urlopen('https://example.org/sine.csv')", "np.sin(x)"),
    Wrong("no-network", "np.loadtxt('https://example.org/sine.csv')", "np.sin(x)"),
    Wrong("missing-file", "np.load('/content/drive/sine.npz')", "np.savez('sine.npz', x)\nnp.load('sine.npz')"),
    Wrong(
        "missing-file",
        "open('out/result.txt', 'w')",
        "import os\nos.makedirs('out', exist_ok=True)\nopen('out/result.txt', 'w')",
    ),
    Wrong("missing-file", "open('/content/out/result.txt', 'w')", "open('result.txt', 'w')"),
    Wrong(
        "missing-file",
        "import pandas\npandas.DataFrame([1]).to_csv('tables/result.csv')",
        "import os, pandas\nos.makedirs('tables', exist_ok=True)\npandas.DataFrame([1]).to_csv('tables/result.csv')",
    ),
    # mistakes
    Wrong("misspelt-name", "npp.zeros(3)"),
    Wrong("misspelt-name", "layers.Densee(4)"),
    Wrong("misspelt-name", "from keras.layers import adam"),
    Wrong("misspelt-name", "from keras.optimizer import Adam"),
    Wrong("misspelt-name", "import kears"),
    Wrong("misspelt-name", FIT_ONE + "hist28 = m1.fit(x, y, verbose=0)\nhist29.history['loss']"),
    Wrong("misspelt-name", FIT_ONE + "m1.fit(x, y, verbose=0).histroy"),
    Wrong("not-imported", "Dropout(0.5)"),
    Wrong("not-imported", "Dense(4, activation=sigmoid)"),
    Wrong("not-imported", "if True:\n    plt.plot(x)"),
    Wrong("defined-later", "GRU(3)\nfrom keras.layers import GRU", "from keras.layers import GRU\nGRU(3)"),
    Wrong("none-returned", "def build30():\n    i = Input((1,))\n    m = Model(i, Dense(1)(i))\n\nm30 = build30()\nm30.summary()"),
    Wrong("none-returned", "def build36():\n    i = Input((1,))\n    net = Model(i, Dense(1)(i))\n    return\n\nm36 = build36()\nm36.summary()"),
    Wrong("none-returned", "def branch31(t):\n    h = Dense(3)(t)\n\nDense(1)(branch31(Input((1,))))"),
    Wrong("none-returned", "def build32():\n    i = Input((1,))\n    Model(i, Dense(1)(i))\n\nm32 = build32()\nm32.summary()"),
    Wrong(
        "none-returned",
        "i33 = Input((1,))\nm33 = Model(i33, Dense(1)(i33)).compile('sgd', 'mse')\nm33.summary()",
        "i33 = Input((1,))\nm33 = Model(i33, Dense(1)(i33))\nm33.compile('sgd', 'mse')\nm33.summary()",
    ),
    Wrong("argument-unknown", "Dense(4, activations='relu')"),
    Wrong("argument-unknown", "m34 = two()\nm34.compile(optimiser='sgd', loss='mse')"),
    Wrong("argument-unknown", FIT_TWO + "m2.fit(x, [y, y], loss_weights=[1, 1], verbose=0)"),
    Wrong("model-takes-two", "i50 = Input((1,))\nh50 = Dense(4)(i50)\no50 = Dense(1)(h50)\nModel([i50, h50, o50], name='m50')"),
    Wrong("model-takes-two", "i51 = [Input((1,)), Input((1,))]\no51 = layers.concatenate(i51)\nModel(inputs=[i51, o51])"),
    Wrong("model-takes-two", "i52 = Input((1,))\nh52 = Dense(4)(i52)\nModel(i52, h52, Dense(1)(h52))",
          "i52 = Input((1,))\nh52 = Dense(4)(i52)\nModel(i52, Dense(1)(h52))"),
    Wrong("model-takes-two", "i53 = Input((1,))\na53, b53 = Dense(1)(i53), Dense(1)(i53)\nModel(i53, a53, b53)"),
    Wrong("no-arguments", "import sys\nn55 = int(sys.argv[1])", "n55 = int('3')"),
    Wrong("numpy-seed", "np.random.seed(7)"),
    Wrong("input-answered", "n35 = input('how many? ')", "n35 = '3'"),
)
