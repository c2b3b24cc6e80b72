"""Weights in words, and the instructions that multiply them, run in Python."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from mcu_convert_plugins.kernels.armv7e_m.block_weights import words_of_blocks
from mcu_convert_plugins.kernels.armv7e_m.row_products import (
    Load,
    Product,
    pairs_of,
    products_of,
    row_program,
)

RANDOM = np.random.default_rng(7)


def halves(word):
    """Return a word's two signed halfwords."""
    return [((int(word) >> shift) + 0x8000) % 0x10000 - 0x8000 for shift in (0, 16)]


def low_bytes(word):
    return [(half + 128) % 256 - 128 for half in halves(word)]


def dual(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("inputs", [1, 3, 4, 8, 27])
def test_a_block_of_four_channels_makes_their_sums(inputs):
    """As the assembly does: pair sums, low sums, and their differences."""
    weights = RANDOM.integers(-127, 128, (1, 4, inputs))
    weights[0, :2, 0] = -127
    values = RANDOM.integers(-128, 128, inputs)
    padded = np.append(values, [0] * (-inputs % 4)).reshape(-1, 4)
    words = iter(words_of_blocks(weights)[0])
    pair, low = [0, 0], [0, 0]
    for group, step in itertools.product(padded, (0, 1)):
        x = group[step].item(), group[step + 2].item()
        for channels in (0, 1):
            word = next(words)
            pair[channels] += dual(halves(word), x)
            low[channels] += dual(low_bytes(word), x)
    found = [low[0], (pair[0] - low[0]) / 256, low[1], (pair[1] - low[1]) / 256]
    assert found == (weights[0] @ values).tolist()


@pytest.mark.parametrize("taps", range(1, 8))
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("outputs", [1, 2, 3, 4])
def test_a_row_of_windows(taps, stride, outputs):
    weights = RANDOM.integers(-127, 128, taps).tolist()
    elements = RANDOM.integers(-128, 128, (outputs - 1) * stride + taps + 1).tolist()
    pairs = pairs_of(taps, stride)
    program = row_program(products_of(taps, stride, outputs), len(pairs), 0, 0)
    memory = {
        "taps": [(weights[a], 0 if b is None else weights[b]) for a, b in pairs],
        "window": [tuple(elements[n : n + 2]) for n in range(0, len(elements), 2)],
    }
    assert run(program, memory, outputs) == [
        sum(w * elements[n * stride + tap] for tap, w in enumerate(weights))
        for n in range(outputs)
    ]


def run(program, memory, outputs):
    """Run instructions on words of two numbers each."""
    registers: dict[str, tuple[int, int]] = {}
    sums = [0] * outputs
    for step in program:
        if isinstance(step, Load):
            for n, name in enumerate(step.registers):
                registers[name] = memory[step.base][step.place // 4 + n]
        else:
            assert isinstance(step, Product)
            x, w = registers[f"x{step.word % 2}"], registers[f"w{step.pair}"]
            sums[step.output] += {
                "smlad": x[0] * w[0] + x[1] * w[1] if len(x) == 2 else x[0] * w[0],
                "smlatb": x[-1] * w[0],
                "smlabt": x[0] * w[1],
            }[step.mnemonic]
    return sums
