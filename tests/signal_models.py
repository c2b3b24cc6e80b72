"""One small model for each operator of TF-Micro's signal library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from host import Case
from tflite_builder import build_model
from tflite_parts import Op, T

RNG = np.random.default_rng(5)
TYPES = {"int16": 7, "int32": 2, "float32": 0}
"""What the option ``T`` of the transforms calls them."""


def random(dtype: str, *shape: int) -> np.ndarray:
    """Return values over the whole range, of all sizes, and the extremes."""
    if dtype == "float32":
        return RNG.normal(size=shape).astype(dtype)
    limits = np.iinfo(dtype)
    bits = RNG.integers(1, limits.bits + 1, shape)
    values = RNG.integers(limits.min, limits.max, shape, dtype, endpoint=True)
    values = values >> np.array(limits.bits - bits).astype(dtype)
    if values.size > 1:
        values.ravel()[:2] = limits.min, limits.max
    return np.asarray(values, dtype)


def model(
    name: str, inputs: Sequence[T], outputs: Sequence[T], custom: Mapping[str, Any]
) -> bytes:
    operator = Op(
        name, [t.name for t in inputs], [t.name for t in outputs], custom=custom
    )
    computed = [t.name for t in inputs if t.data is None]
    tensors = [*inputs, *outputs]
    return build_model(tensors, [operator], computed, [t.name for t in outputs])


def case(
    name: str,
    inputs: Sequence[T],
    outputs: Sequence[T],
    custom: Mapping[str, Any],
    runs: int = 3,
) -> Case:
    computed = [t for t in inputs if t.data is None]
    feeds = [[random(t.dtype, *t.shape) for t in computed] for _ in range(runs)]
    return Case(model(name, inputs, outputs, custom), feeds)


def window(frames: int, samples: int, shift: int) -> Case:
    weights = T("w", "int16", (samples,), random("int16", samples))
    ends = [T(name, "int16", (frames, samples)) for name in "xy"]
    return case("SignalWindow", [ends[0], weights], ends[1:], {"shift": shift})


def transform(
    name: str, dtype: str, length: int, frames: int, samples: int = 0
) -> Case:
    spectrum = T("f", dtype, (frames, length + 2))
    signal = T("s", dtype, (frames, samples or length))
    ends = [signal, spectrum] if name == "SignalRfft" else [spectrum, signal]
    options = {"T": TYPES[dtype], "fft_length": length}
    return case(name, ends[:1], ends[1:], options, runs=4)


def filter_bank(channels: int, energies: int) -> Case:
    widths = RNG.integers(0, 6, channels + 1)
    places = np.cumsum([0, *widths[:-1]])
    starts = RNG.integers(0, energies - 6, channels + 1)
    weights = random("int16", int(widths.sum()) + 2)
    rest = random("int16", weights.size)
    tables = {"w": weights, "u": rest, "f": starts, "p": places, "n": widths}
    constants = [T(n, "int16", (v.size,), v.tolist()) for n, v in tables.items()]
    ends = T("x", "uint32", (energies,)), T("y", "uint64", (channels,))
    options = {"num_channels": channels}
    return case("SignalFilterBank", [ends[0], *constants], ends[1:], options)


def subtraction(**changes: Any) -> Case:
    options = {
        "alternate_one_minus_smoothing": 15401,
        "alternate_smoothing": 983,
        "clamping": False,
        "min_signal_remaining": 819,
        "num_channels": 7,
        "one_minus_smoothing": 15975,
        "smoothing": 409,
        "smoothing_bits": 10,
        "spectral_subtraction_bits": 14,
        **changes,
    }
    ends = [T(name, "uint32", (7,)) for name in ("x", "y", "noise")]
    return case("SignalFilterBankSpectralSubtraction", ends[:1], ends[1:], options, 5)


def pcan(shift: int) -> Case:
    ends = [T(name, "uint32", (64,)) for name in ("x", "noise", "y")]
    gains = T("g", "int16", (125,), np.abs(random("int16", 125) // 8).tolist())
    return case("SignalPCAN", [*ends[:2], gains], ends[2:], {"snr_shift": shift})


def logarithm(bits: int, scale: int) -> Case:
    ends = T("x", "uint32", (64,)), T("y", "int16", (64,))
    options = {"input_correction_bits": bits, "output_scale": scale}
    return case("SignalFilterBankLog", ends[:1], ends[1:], options)


def square_root() -> Case:
    ends = T("x", "uint64", (64,)), T("b", "int32"), T("y", "uint32", (64,))
    found = case("SignalFilterBankSquareRoot", ends[:2], ends[2:], {})
    edges = [n + k for n in (0, 1 << 32, 1 << 63) for k in range(3)]
    edges += [(1 << 32) - 1, (1 << 64) - 1, 0xFFFF0001, 65535**2, (2**32 - 1) ** 2]
    energies = [random("uint64", 64) for _ in range(3)]
    for values in energies:
        values[: len(edges)] = edges
    bits = [np.array(n, np.int32) for n in (0, 3, 15)]
    return Case(found.model, [[e, b] for e, b in zip(energies, bits, strict=True)])


def delay(channels: int, frame: int, length: int) -> Case:
    ends = [T(name, "int16", (channels, frame)) for name in "xy"]
    return case("SignalDelay", ends[:1], ends[1:], {"delay_length": length}, runs=5)


def framer(samples: int, frame: int, step: int, prefill: bool) -> Case:
    outputs = T("y", "int16", (2, samples // step, frame)), T("valid", "bool")
    options = {"frame_size": frame, "frame_step": step, "prefill": prefill}
    return case("SignalFramer", [T("x", "int16", (2, samples))], outputs, options, 6)


def stacker(channels: int, left: int, right: int, step: int) -> Case:
    frames = left + 1 + right
    outputs = T("y", "int16", (frames * channels,)), T("valid", "bool")
    options = {
        "num_channels": channels,
        "stacker_left_context": left,
        "stacker_right_context": right,
        "stacker_step": step,
    }
    return case("SignalStacker", [T("x", "int16", (channels,))], outputs, options, 9)


def overlap_add(dtype: str, frames: int, frame: int, step: int) -> Case:
    ends = T("x", dtype, (2, frames, frame)), T("y", dtype, (2, frames * step))
    options = {"T": TYPES[dtype], "frame_step": step}
    return case("SignalOverlapAdd", ends[:1], ends[1:], options, runs=4)
