from keras.engine.topology import Layer
from keras.engine.training import Model
from keras.layers.advanced_activations import LeakyReLU
from keras.layers.convolutional import Conv2D
from keras.layers.core import Dense
from keras.layers.embeddings import Embedding
from keras.layers.merge import concatenate
from keras.layers.normalization import BatchNormalization
from keras.layers.pooling import MaxPooling2D
from keras.layers.recurrent import LSTM
from keras.models import Input
from keras.initializers import normal, uniform
from keras.utils.np_utils import to_categorical
from keras.utils.vis_utils import plot_model
from tensorflow.keras.layers.merge import add

import keras
import tensorflow as tf

assert keras.layers.merge.concatenate is tf.keras.layers.merge.concatenate is concatenate
assert keras.engine.topology.Layer is Layer and Input is keras.Input
assert type(uniform()) is type(tf.keras.initializers.uniform()) is keras.initializers.RandomUniform
assert normal is keras.initializers.RandomNormal
assert Dense is keras.layers.Dense and Model is keras.Model and add is keras.layers.add
