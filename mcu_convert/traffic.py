"""How many bytes an invoke moves to and from each buffer, and of each constant.

An estimate, to tell hot from cold: a kernel reads each byte of an input at most
once for each multiply-accumulate that needs it, and writes each byte of its output
once.  What kernels keep in registers makes all of them read less alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from mcu_convert.memory import scratch_name
from mcu_convert.program import Step, Stream


def traffic(
    steps: Sequence[Step], streams: Sequence[Stream], storages: Mapping[str, str]
) -> Counter[str]:
    """Return bytes moved, by the name of the buffer; rings belong to scratch."""
    rings = {
        name: scratch_name(stream.stage) for stream in streams for name in stream.rings
    }
    moved: Counter[str] = Counter()
    for step in steps:
        for tensor in step.layer.activations:
            owner = rings.get(tensor.name, storages[tensor.name])
            element = max(1, tensor.dtype.bits // 8)
            moved[owner] += max(tensor.nbytes, step.macs * element)
        for tensor in step.layer.outputs:
            moved[rings.get(tensor.name, storages[tensor.name])] += tensor.nbytes
        for tensor in step.layer.states:
            moved[tensor.name] += 2 * tensor.nbytes
        if step.lowering.scratch:
            moved[scratch_name(step.stage)] += max(step.lowering.scratch, step.macs)
    return moved


def readings(steps: Sequence[Step]) -> Counter[bytes]:
    """Return how often an invoke reads each byte of each constant, by its data."""
    often: Counter[bytes] = Counter()
    for step in steps:
        for constant in step.lowering.constants:
            often[constant.data] += max(1, step.macs // max(1, step.parameter_bytes))
    return often
