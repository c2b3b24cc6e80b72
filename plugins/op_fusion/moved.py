"""Constants through operators that only move elements."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from mcu_convert.ir import Op, Tensor
from mcu_convert.ops.activation import Activation
from mcu_convert.ops.broadcast_args import BroadcastArgs
from mcu_convert.ops.concatenation import Concatenation
from mcu_convert.ops.index_map import IndexMap
from mcu_convert.ops.known import Known
from mcu_convert.ops.movement import Movement
from mcu_convert.ops.pack import Pack
from mcu_convert.ops.split import Split, Unpack

Array = npt.NDArray[np.generic]


def moved(
    op: Op, sources: Sequence[Tensor], targets: Sequence[Tensor]
) -> Sequence[Array]:
    """Return the outputs' elements; nothing for an operator that does more."""
    tensors = (*sources, *targets)
    if len({t.dtype for t in tensors}) > 1 or not all(t.dtype.is_in_c for t in tensors):
        return []
    if isinstance(op, Known):
        elements = np.array(op.elements, targets[0].dtype.value)
        return [np.broadcast_to(elements, targets[0].shape)]
    arrays = [source.array for source in sources]
    if isinstance(op, BroadcastArgs):
        return [_broadcast(*arrays)]
    match op:
        case Movement():
            return [_picked(op.index_map(sources[0].shape), arrays[0])]
        case Concatenation(axis, Activation.NONE):
            return [np.concatenate(arrays, axis)]
        case Pack(axis):
            return [np.stack(arrays, axis)]
    return _parts(op, arrays)


def _parts(op: Op, arrays: Sequence[Array]) -> Sequence[Array]:
    match op:
        case Split(axis, sizes):
            return np.split(arrays[0], list(accumulate(sizes))[:-1], axis)
        case Unpack(axis):
            return list(np.moveaxis(arrays[0], axis, 0))
    return []


def _picked(way: IndexMap, source: Array) -> Array:
    places = [
        np.array(axis.places or np.arange(axis.length) * axis.stride)
        for axis in way.axes
    ]
    index = reduce(np.add.outer, places, np.array(way.start))
    return np.asarray(source.ravel()[index]).reshape(way.shape)


def _broadcast(first: Array, second: Array) -> Array:
    """As TF-Micro does, which does not ask whether the lengths agree."""
    longer, shorter = (first, second) if first.size >= second.size else (second, first)
    lead = np.ones(longer.size - shorter.size, longer.dtype)
    return np.where(longer == 1, np.append(lead, shorter), longer)
