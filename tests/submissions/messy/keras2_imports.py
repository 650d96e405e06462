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
from keras.utils.np_utils import to_categorical
from keras.utils.vis_utils import plot_model
from tensorflow.keras.layers.merge import add

import keras

assert Dense is keras.layers.Dense and Model is keras.Model and add is keras.layers.add
