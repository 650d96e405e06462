"""Networks as teaching material builds them; nothing here is trained."""

import keras
import numpy as np
from keras import Input, Model, layers, ops

# Two inputs by name, one of them scaled, and two heads by name.
table = {"age": Input((1,), name="age"), "room": Input((1,), dtype="string", name="room")}
scale = layers.Normalization()
scale.adapt(np.arange(8.0).reshape(-1, 1))
rooms = layers.StringLookup(vocabulary=["garden", "kitchen", "hall"], output_mode="one_hot")
both = layers.concatenate([scale(table["age"]), rooms(table["room"])])
heads = {"price": layers.Dense(1)(both), "sold": layers.Dense(1, activation="sigmoid")(both)}
by_name = Model(table, heads, name="by_name")
by_name.compile("adam", loss={"price": "mse", "sold": "binary_crossentropy"}, loss_weights={"price": 1.0, "sold": 0.3})


class Mixture(layers.Layer):
    """Weighs the parts that it gets as a dict, and also says how."""

    def build(self, shapes):
        self.share = self.add_weight(shape=(len(shapes),), initializer="ones")

    def call(self, parts):
        values = [parts[name] for name in sorted(parts)]
        weights = ops.softmax(self.share)
        return sum(weights[i] * value for i, value in enumerate(values)), weights

    def compute_output_spec(self, parts):
        first = next(iter(parts.values()))
        return keras.KerasTensor(first.shape), keras.KerasTensor((len(parts),))


# A layer of one's own, called on a dict, of which one of two results is used; then a Lambda, then a plain layer.
left, right = Input((6,)), Input((6,))
mixed, _ = Mixture()({"right": right, "left": left})
scaled = layers.Lambda(lambda x: x * 2, output_shape=(6,))(mixed)
own_layers = Model([left, right], layers.Dense(3, activation=lambda x: x * x)(layers.Dense(4)(scaled)))

# An encoder whose states start a decoder, with attention on all that the encoder saw.
source, target = Input((None, 12)), Input((None, 9))
seen, *states = layers.Bidirectional(layers.LSTM(8, return_sequences=True, return_state=True))(source)
start = [layers.concatenate(states[0::2]), layers.concatenate(states[1::2])]
said = layers.LSTM(16, return_sequences=True)(target, initial_state=start)
looked = layers.MultiHeadAttention(2, 4)(said, seen)
translator = Model([source, target], layers.TimeDistributed(layers.Dense(9, activation="softmax"))(looked + said))

# One tower for two pictures, and the distance of what it says of them.
picture = Input((16, 16, 3))
x = layers.RandomFlip()(picture)
x = layers.SeparableConv2D(4, 3, strides=2, padding="same")(x)
x = layers.GlobalAveragePooling2D()(layers.BatchNormalization()(x))
tower = Model(picture, x, name="tower")
first, second = Input((16, 16, 3)), Input((16, 16, 3))
difference = tower(first) - tower(second)
distance = ops.sqrt(ops.sum(ops.square(difference), axis=1, keepdims=True) + 1e-6)
siamese = Model([first, second], distance)

# Operations, some of which the grader cannot train.
a, b = Input((6, 4)), Input((6, 4))
upper, lower = ops.split(a, 2, axis=1)
chosen = ops.where(ops.greater(a, b), a, ops.append(b[..., :2], b[:, :, 2:], axis=-1))
operations = Model(
    [a, b], [upper, lower, chosen, ops.swapaxes(a, 1, 2), ops.einsum("bij,bkj->bik", a, b), a[:, -1] ** 2]
)

# Films, cells and frames.
film = Input((5, 8, 8, 3))
moving = layers.ConvLSTM2D(4, 3, padding="same", return_sequences=True)(film)
frames = layers.TimeDistributed(keras.Sequential([Input((8, 8, 4)), layers.Flatten(), layers.Dense(7)]))(moving)
recurrent = Model(film, layers.RNN([layers.GRUCell(6), layers.GRUCell(5)])(frames))

# Models in models, twelve deep, with names that are not English; and a model that fixes the size of its batches.
inner = Input((3,), name="entrée")
nested = Model(inner, layers.Dense(3, name="隐藏 层")(inner), name="ядро")
for _ in range(12):
    outer = Input((3,))
    nested = Model(outer, nested(outer))
fixed = Model(batch := Input(batch_shape=(4, 7, 2)), layers.LSTM(3, stateful=True)(batch))
