"""Published networks for microcontrollers, as values, as Keras models, as int8 files.

They are what a search is measured against, and what memory planning is measured on.
A network is described by a `Network`, which needs no TensorFlow; `keras_model` and
`int8_file` import it where they use it.
"""

from nas_keras.networks.block import InvertedBottleneck
from nas_keras.networks.catalog import NETWORKS, network
from nas_keras.networks.network import Network

__all__ = ["NETWORKS", "InvertedBottleneck", "Network", "network"]
