"""Channels in the order of their importance, so that the first ones are the best."""

from __future__ import annotations

import numpy as np
from keras import ops

from nas_keras.super_network.elastic_block import ElasticBlock
from nas_keras.super_network.super_network import SuperNetwork


def sort_channels(network: SuperNetwork) -> None:
    """Reorder the channels inside each block; the largest network computes the same.

    A channel counts as much as the weights that read it, by the sum of magnitudes.
    Source: H. Cai and others, "Once for All", ICLR 2020,
    https://arxiv.org/abs/1908.09791.
    """
    for block in network.blocks:
        _sort(block)


def _sort(block: ElasticBlock) -> None:
    project = ops.convert_to_numpy(block.project)
    importance = np.abs(project).sum(axis=(0, 1, 3))
    order = np.argsort(-importance, kind="stable")
    block.project.assign(project[:, :, order])
    block.expand.assign(ops.convert_to_numpy(block.expand)[..., order])
    block.filters.assign(ops.convert_to_numpy(block.filters)[:, :, order])
    for layer in (block.expanded, block.filtered):
        for variable in (layer.gamma, layer.beta, layer.mean, layer.variance):
            variable.assign(ops.convert_to_numpy(variable)[order])
