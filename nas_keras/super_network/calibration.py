"""The statistics that one network of a super-network is to be run with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from keras import ops

from nas_keras.super_network.code import Code
from nas_keras.super_network.statistics import Statistics
from nas_keras.super_network.super_network import SuperNetwork

Tensor = Any


def calibrate(
    network: SuperNetwork,
    code: Code,
    batches: Iterable[Tensor],
    run: Callable[[Tensor, Code], object] | None = None,
) -> None:
    """Store the mean over batches of each batch's statistics, for one network.

    Without it a network of a trained super-network is at chance: the others have quite
    different ones.

    Args:
        network: The super-network.
        code: The network's code.
        batches: Of images; the paper takes 20 of 64.
        run: A compiled call with `Statistics.GATHER`.
    """
    stored = [
        variable for n in network.normalizations for variable in (n.mean, n.variance)
    ]
    for variable in stored:
        variable.assign(ops.zeros_like(variable))
    count = 0
    for images in batches:
        if run is None:
            network(images, code=code, statistics=Statistics.GATHER)
        else:
            run(images, code)
        count += 1
    for variable in stored:
        variable.assign(variable / count)
