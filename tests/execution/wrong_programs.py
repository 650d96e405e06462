"""The table of all hints: by code the programs that provoke it, and with them those that a reader makes of the words.

A program alone is corrected by the line that its hint quotes, taken literally.
"""

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

PROGRAMS: dict[str, tuple[str | tuple[str, str], ...]] = {
    "keras2-spelling": (
        "from keras.layers.merge import concatenate\nconcatenate([Input((1,)), Input((1,))])",
        "from keras.utils import np_utils\nnp_utils.to_categorical([1])",
        "from keras.engine.topology import Layer, Input as Given\nLayer, Given",
        "from keras.initializers import uniform\nDense(3, kernel_initializer=uniform())",
        "from keras.objectives import mean_squared_error as squares\nsquares(x, x)",
        "two().compile('sgd', 'mse', metrics='mse')",
        "inputs(1).compile('sgd', 'mse', metrics='mae')",
        "two().compile('sgd', ['mse'] * 2, [['mse'], ['mae']], [1, 2])",
        "from keras.losses import mse\ninputs(1).compile('sgd', mse)",
    ),
    "keras2-removed": (
        "from keras.optimizers.legacy import SGD\ns21 = SGD()\ninputs(1).compile(s21, 'mse')",
        "l20 = Dense(4)\nl20(Input((1,)))\nl20.output_shape",
    ),
    "not-compiled": (
        "i132 = Input((1,))\nm132 = Model(i132, Dense(1)(i132))\nm132.compile('sgd', 'mse')\nm132 = Model(i132, Dense(1)(Dense(2)(i132)))\nm132.fit(x, y, verbose=0)",
    ),
    "layer-not-called": (
        ("b22 = Dense(3)\nDense(2)(b22)", "b22 = Dense(3)(Input((1,)))\nDense(2)(b22)"),
        ('def build23():\n    i23 = Input((1,))\n    l23 = Dense(1)\n    o23 = l23(i23)\n    return Model(i23, l23)\n\nbuild23()', 'def build23():\n    i23 = Input((1,))\n    l23 = Dense(1)\n    o23 = l23(i23)\n    return Model(i23, o23)\n\nbuild23()'),
        ("def build25():\n    i25 = Input((1,))\n    h25 = Dense(4)\n    o25 = Dense(1)\n    return Model(i25, o25)\n\nbuild25()", "i25 = Input((1,))\nModel(i25, Dense(1)(Dense(4)(i25)))"),
        "a26 = Input((1,))\nc26 = keras.layers.Concatenate([a26, a26], name='c26')\nDense(2)(c26)",
        ("Model(inputs=Input((1,)), outputs=Dense(1))", "i24 = Input((1,))\nModel(inputs=i24, outputs=Dense(1)(i24))"),
    ),
    "other-keras": ("import tf_keras as another\nanother.Input",),
    "metrics-count": ("m4 = two()\nm4.compile('sgd', loss='mse', metrics=['mse'])\nm4.fit(x, [y, y], verbose=0)",),
    "loss-count": (
        ("m5 = two()\nm5.compile('sgd', loss=['mse'] * 3)\nm5.fit(x, [y, y], verbose=0)", "m5 = two()\nm5.compile('sgd', loss=['mse'] * 2)\nm5.fit(x, [y, y], verbose=0)"),
        "m6 = two()\nm6.compile('sgd', loss='mse', loss_weights=[1, .2])\nm6.fit(x, [y, y], verbose=0)",
        "two().compile('sgd', loss='mse', loss_weights={'sine': 1, 'exp': .2})",
        "m7 = two()\nm7.compile('sgd', loss=['mse'], loss_weights=[1, .2])\nm7.fit(x, [y, y], verbose=0)",
        ("two().compile('sgd', ['mse'] * 2, loss_weights=[0,1, 0,9])", "two().compile('sgd', ['mse'] * 2, loss_weights=[0.1, 0.9])"),
        ("inputs(1).compile('sgd', loss=['mse', 'mae'])", "inputs(1).compile('sgd', loss='mse')"),
    ),
    "output-names": (
        ("two().compile('sgd', loss={'sinus': 'mse', 'exp': 'mae'})", "two().compile('sgd', loss={'sine': 'mse', 'exp': 'mae'})"),
        ("i94 = Input((1,))\nm94 = Model(i94, [Dense(1)(i94), Dense(1)(i94)])\nm94.compile('sgd', 'mse', metrics={'a': 'mae'})", "i94 = Input((1,))\nm94 = Model(i94, [Dense(1, name='a')(i94), Dense(1, name='b')(i94)])\nm94.compile('sgd', 'mse', metrics={'a': 'mae'})"),
        ("two().compile('sgd', 'mse', metrics={'sin': 'mae'})", "two().compile('sgd', 'mse', metrics={'sine': 'mae'})"),
    ),
    "unknown-name": (
        "Dense(4, activation='rellu')",
        "Dense(4, 'uniform')",
        "Dense(4, activation='he_normal')",
        ("Dense(4, 'uniform', kernel_initializer='uniform')", "Dense(4, 'relu', kernel_initializer='uniform')"),
        "if True:\n    Dense(4, activation='rellu')\n    Dense(4, activation='rellu')",
        "two().compile(optimizer='adm', loss='mse')",
        "two().compile('sgd', loss='mes')",
        "two().compile('sgd', loss=['mse' 'mae'], loss_weights=[1, .2])",
        "two().compile('sgd', loss='mse', metrics=[['msee'], ['acc']])",
    ),
    "inputs-are-no-inputs": (
        ("i7 = Input((1,))\nh7 = Dense(3)(i7)\nModel(h7, Dense(1)(h7)).compile('sgd', 'mse')", "i7 = Input((1,))\nh7 = Dense(3)(i7)\nModel(i7, Dense(1)(h7)).compile('sgd', 'mse')"),
    ),
    "target-shape-broadcast": (
        "row15 = y.reshape(1, -1)\ninputs(1).fit(x, row15, verbose=0)",
        (FIT_ONE + "m1.fit(x, np.c_[y, y], verbose=0)", FIT_ONE + "m1.fit(x, np.c_[y, y][:, 0], verbose=0)"),
        ("i10 = Input((1,))\nm10 = Model(i10, Dense(3)(i10))\nm10.compile('sgd', 'mse')\nm10.fit(x, y.reshape(-1, 1), verbose=0)", "i10 = Input((1,))\nm10 = Model(i10, Dense(1)(i10))\nm10.compile('sgd', 'mse')\nm10.fit(x, y.reshape(-1, 1), verbose=0)"),
    ),
    "arrays-count": (
        "m88 = two()\nm88.compile('sgd', 'mse')\ny88 = np.array([y, y])\nm88.fit(x, y88, verbose=0)",
        "inputs(2).fit({'a': x, 'b': x}, y, verbose=0)",
        "inputs(2).fit(np.array([x, x]), y, verbose=0)",
        "inputs(2).fit([x, x], y, validation_data=([x, x, y]), verbose=0)",
        FIT_TWO + "m2.fit([y, y], x, verbose=0)",
        "inputs(2).predict(x, verbose=0)",
        "m2x = inputs(2)\nprint(x, m2x.predict(x, verbose=0))",
        "inputs(2).fit(x, y, verbose=0)",
        "inputs(2).fit(np.c_[x, x], y=y, verbose=0)",
        ("inputs(2).fit([x, y, x], y, verbose=0)", "inputs(2).fit([x, x], y, verbose=0)"),
        FIT_TWO + "ys2 = np.c_[y, y]\nm2.fit(x, ys2, verbose=0)",
        (FIT_TWO + "m2.fit(x, y, verbose=0)", FIT_TWO + "m2.fit(x, [y, np.exp(x)], verbose=0)"),
        "def fit57():\n    m57 = two()\n    m57.compile('sgd', 'mse')\n    s57, e57 = np.sin(x), np.exp(x)\n    m57.fit(x, y, verbose=0)\n\nfit57()",
        "inputs(2).fit(x, x, y, verbose=0)",
        "m27 = inputs(2)\nm27.fit(x, x, y, batch_size=32, validation_data=(x, x, y), verbose=0)",
        "inputs(2).fit(x, y, validation_data=(x, y), verbose=0)",
        FIT_TWO + "m2.fit(x, y,  np.exp(x), verbose=0)",
        "inputs(2).fit([x, x, x], y, verbose=0)",
        FIT_TWO + "m2.fit(x, [y, y], validation_data=(x, y, y), verbose=0)",
        FIT_TWO + "both = (x, np.c_[y, y])\nm2.fit(x, [y, y], validation_data=both, verbose=0)",
        "inputs(2).fit([x, x], y, validation_data=(x, [y, y]), verbose=0)",
        (FIT_TWO + "m2.fit(x, [y, y], validation_data=(x, y), verbose=0)", FIT_TWO + "m2.fit(x, [y, y], validation_data=(x, [y, y]), verbose=0)"),
        "inputs(2).evaluate(x, y, verbose=0)",
        "data92 = (x, y)\ninputs(2).fit(*data92, verbose=0)",
        "def fit93(m, data): m.fit(*data, verbose=0)\n\nfit93(inputs(2), [x, y])",
        "inputs(2).fit(\n    x,\n    {'y': y},\n    validation_data=(x, {'y': y}),\n    verbose=0,\n)",
        "i89 = Input((1,))\nm89 = Model(i89, [Dense(1, name='s')(i89), Dense(1, name='e')(i89)])\nm89.compile('sgd', 'mse')\nm89.fit([x, x], {'s': y, 'e': y}, verbose=0)",
        "m90 = inputs(2)\nm90.fit({'i': x}, y, verbose=0)",
        ("a91, b91 = Input((1,), name='a91'), Input((1,), name='b91')\nm91 = Model([a91, b91], Dense(1)(layers.concatenate([a91, b91])))\nm91.compile('sgd', 'mse')\nm91.fit({'b19': y, 'a91': x}, y, verbose=0)", "a91, b91 = Input((1,), name='a91'), Input((1,), name='b91')\nm91 = Model([a91, b91], Dense(1)(layers.concatenate([a91, b91])))\nm91.compile('sgd', 'mse')\nm91.fit([x, y], y, verbose=0)"),
    ),
    "input-shape": (
        "row13 = x.reshape(1, -1)\ninputs(1).fit(row13, y, verbose=0)",
        "row14 = x.reshape(1, -1)\ninputs(2).fit([row14, row14], y, verbose=0)",
        "i11 = Input(shape=(3,))\nm11 = Model(i11, Dense(1)(i11))\nm11.compile('sgd', 'mse')\nm11.fit(x, y, verbose=0)",
        FIT_ONE + "m1.fit(np.c_[x, x], y, verbose=0)",
        FIT_ONE + "m1.fit(x.reshape(1, -1, 1), y, verbose=0)",
    ),
    "sample-count": (
        FIT_TWO + "x184 = x[:12]\ny184, e184 = np.sin(x), np.exp(x184)\nm2.fit(x, [y184, e184], verbose=0)",
        FIT_ONE + "y180 = np.sin(x[:10])\nm1.fit(x, y180, verbose=0)",
        "both181 = np.concatenate([x, x])\ninputs(2).fit([both181, x], y, verbose=0)",
        FIT_ONE + "m1.fit(x, y, validation_data=(x[:8], y), verbose=0)",
    ),
    "data-not-array": (
        "m175, i175 = inputs(1), Input((1,))\nlayers.add([m175.predict(i175, verbose=0), i175])",
        ("i143 = Input((1,))\nm143 = Model(i143, Dense(1)(i143))\nm143.predict(i143, verbose=0)", "i143 = Input((1,))\nm143 = Model(i143, Dense(1)(i143))\nm143.predict(x, verbose=0)"),
        "d58 = np.linspace(0, 1, 24)\nd58 = Input((1,))\nm58 = Model(d58, Dense(1)(d58))\nm58.compile('sgd', 'mse')\nm58.fit(d58, y, verbose=0)",
        FIT_ONE + "m1.fit([0.1, 0.2], y[:2], verbose=0)",
        "inputs(2).fit([[0.1, 0.2], x[:2]], y[:2], verbose=0)",
        FIT_ONE + "m1.predict(0.5, verbose=0)",
    ),
    "merge-arguments": (
        "i15 = Input((1,))\nlayers.concatenate(i15, i15)",
        "i16 = Input((1,))\nlayers.concatenate(\n    i16, i16, name='c16')",
        "i17, j17 = Input((1,)), Input((1,))\nlayers.Concatenate(i17, j17)",
        "p18 = [Input((1,)), Input((1,))]\nlayers.Concatenate()(*p18)",
        "i19, j19 = Input((1,)), Input((2,))\nlayers.concatenate([i19, j19], axis=0)",
        "i20, j20 = Input((1,)), Input((2,))\nlayers.Concatenate(axis=0)([i20, j20])",
        "i94, add94 = Input((1,)), layers.Add()\nadd94(i94, i94)",
        "i96 = Input((1,))\nlayers.concatenate(Dense(2)(i96), i96)",
        ("p95 = [Input((3,)), Input((2,))]\nlayers.add(p95)", "p95 = [Input((3,)), Input((2,))]\nlayers.concatenate(p95)"),
        ("i92 = Input((2,))\nh92 = Dense(3)(i92)\nlayers.Average()([i92, h92])", "i92 = Input((2,))\nh92 = Dense(3)(i92)\nlayers.Concatenate()([i92, h92])"),
    ),
    "layer-again": (
        ('l45, i45 = Dense(5), Input((1,))\nl45(l45(i45))', 'l45, i45 = Dense(5), Input((1,))\nDense(5)(l45(i45))'),
        ("i99, j99, s99 = Input((2,)), Input((1,)), Dense(3)\na99 = s99(i99)\nb99 = s99(j99)", "i99, j99, s99 = Input((1,)), Input((1,)), Dense(3)\na99 = s99(i99)\nb99 = s99(j99)"),
    ),
    "model-arguments": (
        "i65, j65 = Input((1,)), Input((1,))\no65 = layers.add([i65, j65])\nold65 = Dense(1)(i65)\nModel(i65, o65)",
        "i59 = Input((1,))\no59 = Dense(1)(i59)\nModel(i59, o59)\ni59 = Input((1,))\no60 = Dense(1)(i59)\nModel(i59, o59)",
        "i60 = Input((1,))\nh60 = Dense(2)(i60)\nModel(i60, h60)\ni60 = Input((1,))\nh61 = Dense(2)(i60)\no61 = Dense(1)(h60)\nModel(i60, o61)",
        "i63, j63 = Input((1,)), Input((1,))\nModel(i63, layers.add([i63, j63]))",
        "i64, j64, k64 = Input((1,)), Input((1,)), Input((1,))\nModel(inputs=[i64, j64], outputs=layers.add([i64, j64, k64]))",
        ('i124 = Input((1,))\nh124 = Dense(3)(i124)\no124 = Dense(1)(h124)\nModel([i124, h124, o124])', 'i124 = Input((1,))\nh124 = Dense(3)(i124)\no124 = Dense(1)(h124)\nModel(i124, o124)'),
        ("i62 = Input((1,))\na62, b62 = Dense(1)(i62), Dense(1)(i62)\nModel(i62, a62, b62)", "i62 = Input((1,))\na62, b62 = Dense(1)(i62), Dense(1)(i62)\nModel(i62, [a62, b62])"),
    ),
    "input-shape-number": (
        "Input(shape=(1))",
        "Input(name='i23')",
        "Input(1)",
    ),
    "history-entry": (
        FIT_ONE + "h25 = m1.fit(x, y, verbose=0)\nh25.history['mse']",
        FIT_ONE + "h86 = m1.fit(x, y, verbose=0)\nh86['loss']",
        (FIT_ONE + "h27 = m1.fit(x, y, verbose=0)\nh27.history['val_loss']", FIT_ONE + "h27 = m1.fit(x, y, validation_data=(x, y), verbose=0)\nh27.history['val_loss']"),
        (FIT_TWO + "h30 = m2.fit(x, [y, y], verbose=0)\nh30.history['dense_99_loss']", FIT_TWO + "h30 = m2.fit(x, [y, y], verbose=0)\nh30.history['sine_loss']"),
    ),
    "misspelt-name": (
        "xq_val = 1\nprint(xq_validation)",
        "h181 = Dense(3)(np1)\nModel(np1, h181)",
        "def f301():\n    i301 = Input((1,))\n\nf301()\nm301 = Model(i301, i301)",
        "i174 = input(shape=(1,))\nDense(1)(i174)",
        "m147 = inputs(1)\nm147.add(Dense(2))",
        'N79 = 3\nNN79 = 1\nN79 + NN79 + xx\n',
        "from keras.models import Model, GRUCell",
        ("def b52():\n    i = Input((1,))\n    return {'model': Model(i, Dense(1)(i)), 'units': 3}\n\nm52 = b52()\nm52.summary()", "def b52():\n    i = Input((1,))\n    return {'model': Model(i, Dense(1)(i)), 'units': 3}\n\nm52 = b52()['model']\nm52.summary()"),
        "class Net411:\n    def __init__(self):\n        self.m411 = None\n\n    def build(self):\n        m411 = inputs(1)\n        return m411\n\nn411 = Net411()\nn411.build()\nn411.m411.summary()",
        "class Net412:\n    def build(self):\n        m412 = inputs(1)\n\nn412 = Net412()\nn412.build()\nn412.m412.summary()",
        "class Net413:\n    def __init__(self):\n        self.held = inputs(1)\n\nn413 = Net413()\nn413.predict(x, verbose=0)",
        "m416 = inputs(1)\np416 = m416.fit(x, y, verbose=0).predict(x, verbose=0)",
        ("m53 = inputs(1)\nm53 = m53.fit(x, y, verbose=0)\nm53.predict(x)", "m53 = inputs(1)\nhistory = m53.fit(x, y, verbose=0)\nm53.predict(x)"),
        "d48 = {'right': Dense(3), 7: Dense(3)}\nd48['rihgt'](Input((1,)))",
        "npp.zeros(3)",
        "layers.Densee(4)",
        "from keras.optimizer import Adam",
        "import kears",
        "from keras.layers import Densee",
        "from keras.layers import dense, Reshape",
        ("def make31():\n    return two()\n\nmade31 = make31\nmade31.summary()", "def make31():\n    return two()\n\nmade31 = make31()\nmade31.summary()"),
        "if True:\n    a31 = Imput((1,))\n    b31 = Imput((1,))",
        "if True:\n    from keras.layers import Dropuot\n    Dropuot(0.5)",
        "two().comple('sgd')",
        ("i33 = Input((1,))\nm33 = Model(i33, Dense(3)(i33))\nm33.add(Dense(1))", "i33 = Input((1,))\nm33 = Model(i33, Dense(1)(Dense(3)(i33)))"),
        "def both35():\n    m = two()\n    return m, 'history'\n\nm35 = both35()\nm35.summary()",
        "left1, right1 = Input((1,)), Input((1,))\nlayers.concatenate([left1, rigth])",
        "seven = np.ones(7)\nzeros_of_seven = np.zeros(7)\ninputs(1).fit(seven, target_of_seven, verbose=0)",
    ),
    "not-imported": (
        "Dropout(0.5)",
        "np.sin(pi)",
        "Dense(4, activation=sigmoid)",
        "if True:\n    plt.plot(x)",
        "if True:\n    Flatten()\n    Flatten()",
        ("inputs(1).compile(nadam, 'mse')", "from keras.optimizers import Nadam\ninputs(1).compile(Nadam(), 'mse')"),
    ),
    "none-returned": (
        ("def build150():\n    i = Input((1,))\n    m = Model(i, Dense(1)(i)).compile('sgd', 'mse')\n    return m\n\nm150 = build150()\nm150.summary()", "def build150():\n    i = Input((1,))\n    m = Model(i, Dense(1)(i))\n    m.compile('sgd', 'mse')\n    return m\n\nm150 = build150()\nm150.summary()"),
        ("i151 = Input((1,))\nm151 = (\n    Model(i151, Dense(1)(i151))\n    .compile('sgd', 'mse')\n    .fit(x, y, verbose=0)\n)\nprint(m151)", "i151 = Input((1,))\nm151 = Model(i151, Dense(1)(i151))\nm151.compile('sgd', 'mse')\nm151.fit(x, y, verbose=0)\nprint(m151)"),
        "def b141(t):\n    Dense(3)(t)\n\nDense(2)(b141(Input((1,))))",
        "def build31():\n    i31 = Input((1,))\n    return Model(i31, Dense(1)(i31)).compile('sgd', 'mse')\n\nbuild31().summary()",
        "class Net94:\n    def build94(self):\n        self.model = inputs(1)\n\ndef built94():\n    return Net94().build94()\n\nm94 = built94()\nm94.summary()",
        "def block118(t, n=3):\n    t = Dense(n)(t)\n    print(n)\n\ndef build118():\n    t118 = block118(Input((1,)))\n    t118 = block118(t118, 2)\n    return Dense(1)(t118)\n\nbuild118()",
        "def hidden105(t):\n    t = Dense(3)(t)\n\ndef build105():\n    t105 = hidden105(Input((1,)))\n    return Dense(1)(t105)\n\nt105 = np.sin(1)\nbuild105()",
        ("x84 = np.array([2, 1]).sort()\nx84 + 1", "x84 = np.array([2, 1])\nx84.sort()\nx84 + 1"),
        "def block86(t, *sizes):\n    for n in sizes:\n        t = Dense(n)(t)\n\ni86 = Input((1,))\nh86 = block86(i86, 3)\nblock86(h86, 4)",
        'def d78(units, x):\n    Dense(units)(x)\n\ni78 = Input((1,))\nd78(3, d78(3, i78))',
        "def build76():\n    i76 = Input((1,))\n    m76 = Model(i76, Dense(1)(i76))\n    return m76.compile('sgd', 'mse')\n\nnet76 = build76()\nnet76.summary()",
        "def b55(x):\n    x = Dense(3)(x)\n    Dense(1)(x)\n\ni55 = Input((1,))\nModel(i55, b55(i55))",
        "def b56(n):\n    Dense(n)\n\nb56(3)(Input((1,)))",
        "def build30():\n    i = Input((1,))\n    m = Model(i, Dense(1)(i))\n\nm30 = build30()\nm30.summary()",
        "def build32():\n    i = Input((1,))\n    Model(i, Dense(1)(i))\n\nm32 = build32()\nm32.summary()",
        ("i98 = Input((1,))\nm98 = Model(i98, Dense(1)(i98))\nm98 = m98.compile('sgd', 'mse')\nm98.summary()", "i98 = Input((1,))\nm98 = Model(i98, Dense(1)(i98))\nm98.compile('sgd', 'mse')\nm98.summary()"),
    ),
    "argument-unknown": (
        "layers.Dense(in_features=1, out_features=32)",
        "layers.concatenate([Input((1,)), Input((1,))], dim=1)",
        "layers.Add(mode='sum')",
        "keras.optimizers.RMSprop(lr=0.001, rho=0.9, epsilon=None, decay=0.0)",
        "m34 = two()\nm34.compile(optimiser='sgd', loss='mse')",
        "i36 = Input((1,))\nModel(input=i36, output=Dense(1)(i36))",
        FIT_ONE + "m1.fit(x, y, nb_epoch=1, verbose=0)",
        "keras.optimizers.Adam(lr=0.01)",
        FIT_ONE + "m1.fit(x, y, loss_weights=[1.0], verbose=0)",
        ("m39 = two()\nm39.compile('sgd', 'mse', epochs=3)", "m39 = two()\nm39.compile('sgd', 'mse')"),
        "i38 = Input((1,))\nd38 = [Dense(3, activations='relu')(i38),\n    Dense(4, activations='tanh')(i38)]",
        "if True:\n    i39 = Input((1,))\n    m39 = Model(input=i39, output=Dense(1)(i39))\n    Model(input=i39, output=m39(i39))",
        "kw40 = dict(activation='relu', kernel_initialiser='uniform')\nd40 = [Dense(3, **kw40), Dense(4, **kw40)]",
        "kw41 = {'activation': 'relu',\n    \"kernel_init\": 'uniform'}\nDense(3, **kw41)",
        "layers.Conv1D(3, 2, initializer='uniform')",
        "kw43 = {'activation': 'relu'}\nDense(3, kw43)",
        "def dense42(n, **kw):\n    return Dense(n, activations='relu', **kw)\n\ndense42(3, kernel_initialiser='uniform')",
        "def branch34(t):\n    return Dense(3, activations='relu')(t)\n\nbranch34(Input((1,)))",
    ),
    "syntax-error": (
        "two().compile('sgd', loss='mse', 'mae', loss_weights=0.1, 0.9)",
        "def f70()\n    return 1",
        ("i125, j125, o125 = 1, 2, 3\nModel(inputs=i125, j125, outputs=o125)", "i125 = Input((1,))\nModel(inputs=[i125], outputs=Dense(1)(i125))"),
        "x.sum()\n|\nx.sum()",
        "i72 = Input(shape=(1,)\nh72 = Dense(3)(i72)",
        "i74 = Input((1,))\nlayers.concatenate([i74, Dense(3)(i74))",
        "np.sin(x))",
        "Dense(3 activation='relu')",
        "i75, j75 = Input((1,)), Input((1,))\nlayers.concatenate([i75 j75])",
        "i160 = Input((1,)\nDense(3, 'relu'(i160)",
        "def f161()\n    a = 1\n      return a",
        "for n in (1, 2):\nDense(n)",
        "Dense(3, activation='relu)",
        ("i180 = Input((1,))\nModel(inputs=i180, i180)", "i180 = Input((1,))\nModel(inputs=i180, outputs=i180)"),
        ("def f181():\n    return inputs(1)\n\nm181 = f181()\nreturn m181", "def f181():\n    return inputs(1)\n\nm181 = f181()"),
        "Dense(3, activation='relu, kernel_initializer='uniform')",
        "inputs(1).compile(optimizer=sgd', loss='mse')",
        ("def f162():\n    i = Input((1,))\nm = Model(i, Dense(1)(i))\nreturn m", "def f162():\n    i = Input((1,))\n    m = Model(i, Dense(1)(i))\n    return m"),
    ),
    "weights-copied": ("a190, b190, i190 = Dense(2), Dense(2), Input((1,))\nc190 = Dense(2)\nd190 = Dense(2)\nc190(i190), d190(i190)\nd190.set_weights(c190.get_weights())",),
    "not-needed": (
        "inputs(1).fit(x, y, validation_data=(x305, y305), verbose=0)",
        "inputs(1)\nprint(inputs(1).score(x, y))",
        "rows96 = [[0.0, 1.0], [2.0, 3.0]]\nrows96[:, 0]",
        "np.random.normal(0, -1, 10)",
        "m415 = inputs(1)\nm415.train()",
        "for n414 in [1]:\n    np.random.normal(0, -1, 10)",
        "a171, b171 = np.float64(3)\nprint(a171 + b171)",
        "p182 = [[1]]\nprint(p182[:, 0]); print(p182)",
        "p183 = [[1]]\nprint(p183); print(p183[:, 0])",
    ),
    "input-answered": (("n35 = input('how many? ')", "n35 = '3'"),),
    "no-network": (("import urllib.request\nurllib.request.urlopen('https://example.org/sine.csv')", "np.sin(x)"),),
    "missing-file": (
        ("np.loadtxt('lost.txt')", "x"),
        ("keras.models.load_model('lost.h5')", "Model"),
        ("np.load('/content/drive/sine.npz')", "np.savez('sine.npz', x)\nnp.load('sine.npz')"),
        ("open('out/result.txt', 'w')", "import os\nos.makedirs('out', exist_ok=True)\nopen('out/result.txt', 'w')"),
        ("import pandas\npandas.DataFrame([1]).to_csv('tables/result.csv')", "import os, pandas\nos.makedirs('tables', exist_ok=True)\npandas.DataFrame([1]).to_csv('tables/result.csv')"),
    ),
}  # fmt: skip
WRONG = tuple(
    Wrong(code, entry) if isinstance(entry, str) else Wrong(code, *entry)
    for code, programs in PROGRAMS.items()
    for entry in programs
)
# Of which nothing is noted: what is right, what only looks like a mistake, and what several changes would correct.
RIGHT = (
    "def of184(i):\n    return Model(i, Dense(1)(i))\n\ni184 = Input((1,))\nj184 = int('no number')\nm184 = of184([i184, j184])",
    "cfg182 = {}\ncfg182['units'] = int('32 units')",
    "def f183():\n    i183 = Input((1,))\n    return 1\n\nf183()\nm183 = Model(i183, i183)",
    "i127, d127, e127 = Input((1,)), Dense(3), Dense(1)\nd127(i127)\ne127(d127.output)\nModel(i127, e127.output)",
    "i128, d128 = Input((1,)), Dense(3)\nd128(i128)\nModel(i128, d128(i128))",
    "i129, s129 = Input((1,)), keras.Sequential([Dense(3)])\ns129(i129)",
    "i = Input((1,))\nboth = Model(i, [Dense(1)(i), Dense(2)(i)])\nj = Input((1,))\nModel(j, both(j)).compile('sgd', 'mse')",
    "inputs(1).fit(x, y, verbose=0)\ninputs(1).fit(x.reshape(-1, 1), y.reshape(-1, 1), verbose=0)",
    "i = Input((1,))\nm = Model(i, Dense(2, activation='softmax')(i))\nm.compile('sgd', 'categorical_crossentropy')\nm.fit(x, np.c_[y, 1 - y], verbose=0)",
    "i = Input((1,))\nm = Model(i, Dense(1)(i))\nm.compile('sgd', 'mse')\nm.fit(x, y, validation_data=(x, y, y), verbose=0)\nm.evaluate(x, y, verbose=0)",
    "two().compile('sgd', 'mse', metrics={'exp': 'mae'})",
    "i94, j94 = Input((1,)), Input((1,))\nm94 = Model({'a': i94, 'b': j94}, Dense(1)(layers.add([i94, j94])))\nm94.compile('sgd', 'mse')\nm94.fit({'a': x, 'b': x}, y, verbose=0)",
    "i = Input((1,))\nm = Model(i, [Dense(2, activation='softmax', name='a')(i), Dense(1, name='b')(i)])\nm.compile('sgd', {'b': 'mse', 'a': 'sparse_categorical_crossentropy'})\nm.fit(x, [(y > 0) * 1, y], verbose=0)",
    "layers.concatenate(Dense(4)(Input((1,))))(Input((1,)))",
    "layers.Dot(axes=1)([Input((3,)), Input((2,))])",
    "block96 = lambda t: Dense(-1)(t)\nblock96(Input((1,)))",
    "two().compile('sgd', ['mse', 'mae'], loss_weights=[1, 0.5], metrics=[['mse'], ['mae']])",
    "layers.Concatenate()([Input((1,)), 3])",
    "from google.colab import drive\ndrive.mount('/content/drive')",
    "try:\n    import google.colab\n    in_colab = True\nexcept ImportError:\n    in_colab = False\nassert not in_colab",
)  # fmt: skip
