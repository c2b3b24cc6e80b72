"""One network of a super-network by itself: a plain Keras model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nas_keras.networks.keras_model import keras_model
from nas_keras.space import Architecture
from nas_keras.super_network.code import BlockCode
from nas_keras.super_network.elastic_block import ElasticBlock
from nas_keras.super_network.normalization import Normalization
from nas_keras.super_network.super_network import SuperNetwork

if TYPE_CHECKING:
    import keras

Array = npt.NDArray[np.float32]


def extract(network: SuperNetwork, architecture: Architecture) -> keras.Model:
    """Build an architecture's network with its part of the weights.

    It computes what the super-network does for that architecture.  Its statistics are
    those that are stored.
    """
    described = network.space.network(architecture, network.classes)
    model = keras_model(described)
    model.set_weights(list(_weights(network, architecture)))
    return model


def _weights(network: SuperNetwork, architecture: Architecture) -> Iterator[Array]:
    """Yield all weights in the order in which Keras lists those of the model."""
    yield _array(network.stem)
    yield from _normalization(network.stemmed)
    yield _array(network.first_filters)
    yield from _normalization(network.first_filtered)
    yield _array(network.first_project)
    yield from _normalization(network.first_projected)
    codes = network.coded(architecture).tolist()
    for block, row in zip(network.blocks, codes, strict=True):
        code = BlockCode(*row)
        if code.is_active:
            yield from _block(block, code)
    yield _array(network.scores)[: codes[-1][4]]
    yield _array(network.bias)


def _block(block: ElasticBlock, code: BlockCode) -> Iterator[Array]:
    filters = _array(block.filters)
    cut = (filters.shape[0] - code.kernel) // 2
    inside = slice(cut, filters.shape[0] - cut)
    yield _array(block.expand)[:, :, : code.inputs, : code.hidden]
    yield from _normalization(block.expanded, code.hidden)
    yield filters[inside, inside, : code.hidden]
    yield from _normalization(block.filtered, code.hidden)
    yield _array(block.project)[:, :, : code.hidden, : code.outputs]
    yield from _normalization(block.projected, code.outputs)


def _normalization(
    layer: Normalization, channels: int | None = None
) -> Iterator[Array]:
    for variable in (layer.gamma, layer.beta, layer.mean, layer.variance):
        yield _array(variable)[:channels]


def _array(variable: Any) -> Array:
    from keras import ops

    return np.asarray(ops.convert_to_numpy(variable), np.float32)
