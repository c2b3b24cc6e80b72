"""Damaged files: refused with a clear line, never a traceback, and soon."""

from __future__ import annotations

import os
import random
import struct
import time
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from operator_examples import EXAMPLES, X, example, int8, relu
from tflite_builder import Builder, G, S

from mcu_convert.errors import ModelError, UnsupportedError
from mcu_convert.tflite.reader import read_model

ROOT = Path(__file__).parents[1]
MODELS = Path(os.environ.get("MCU_CONVERT_MODELS", ROOT.parent / "shared" / "models"))
MODEL = relu(
    int8("t", 4, data=[1, 2, 3, 4]),
    signatures=[S("s", {"a": "in"}, {"b": "out"})],
    metadata={"m": b"1"},
    description="d",
)


def refusal(data: bytes) -> str:
    with pytest.raises(ModelError) as caught:
        read_model(data, "vww")
    return str(caught.value)


@pytest.mark.parametrize(
    "data",
    [b"", b"TFL3", b"hello, this is a text file\n", b"PK\3\4" + bytes(99), MODEL[:7]],
)
def test_what_is_no_model(data: bytes) -> None:
    assert refusal(data) == "vww is no TFLite model: it lacks the identifier TFL3"


def test_the_root_is_outside() -> None:
    data = struct.pack("<I", 5000) + MODEL[4:]
    assert refusal(data) == (
        f"vww is damaged: the model table at byte 5000 reaches beyond the file's end"
        f" ({len(data)} bytes)"
    )


def field(data: bytes, slot: int) -> int:
    """Return where the model's table keeps a field."""
    (table,) = struct.unpack_from("<I", data)
    (back,) = struct.unpack_from("<i", data, table)
    (offset,) = struct.unpack_from("<H", data, table - back + 4 + 2 * slot)
    return int(table + offset)


def patched(data: bytes, position: int, number: int) -> bytes:
    packed = struct.pack("<I", number)
    return data[:position] + packed + data[position + len(packed) :]


@pytest.mark.parametrize(
    ("slot", "name"),
    [
        (1, "vector of operator codes"),
        (2, "vector of subgraphs"),
        (3, "description"),
        (4, "vector of buffers"),
        (6, "vector of metadata"),
        (7, "vector of signatures"),
    ],
)
def test_a_vector_is_too_long(slot: int, name: str) -> None:
    at = field(MODEL, slot)
    start = at + struct.unpack_from("<I", MODEL, at)[0]
    data = patched(MODEL, start, 1 << 30)
    assert refusal(data) == (
        f"vww is damaged: the {name} of the model at byte {start + 4} reaches beyond"
        f" the file's end ({len(data)} bytes)"
    )


@pytest.mark.parametrize("slot", [1, 2, 3, 4, 6, 7])
def test_a_reference_leads_outside(slot: int) -> None:
    assert "reaches beyond" in refusal(patched(MODEL, field(MODEL, slot), 0xFFFFFFF0))


def test_a_list_of_fields_has_an_odd_size() -> None:
    (table,) = struct.unpack_from("<I", MODEL)
    (back,) = struct.unpack_from("<i", MODEL, table)
    damaged = bytearray(MODEL)
    damaged[table - back] = 7
    assert refusal(bytes(damaged)) == (
        f"vww is damaged: the model table at byte {table} has an impossible list of"
        " fields (7 bytes)"
    )


def test_every_truncation_is_refused_or_read() -> None:
    for length in range(len(MODEL)):
        survives(MODEL[:length])


class Repeating(Builder):
    """Write each vector of tables many times over, all of one table."""

    def _vector(self, offsets: Sequence[int]) -> int:
        return super()._vector(list(offsets) * 2000)


def test_tables_that_overlap_cost_neither_time_nor_memory() -> None:
    """2000 subgraphs of 2000 tensors each, in a file of some 40 kB."""
    graph = G([X], [], ["x"], ["x"])
    data = Repeating([graph]).build()
    tracemalloc.start()
    start = time.process_time()
    assert "overlap so much that they sum up to more than 2 times" in refusal(data)
    assert time.process_time() - start < 2
    assert tracemalloc.get_traced_memory()[1] < 50e6
    tracemalloc.stop()


def test_a_number_at_the_end_of_the_file_is_cut_off() -> None:
    """What the tables' structure cannot tell is caught where it is read."""
    fields = struct.pack("<HHH2x", 6, 8, 4)
    version = struct.pack("<i", 8) + b"\3"
    data = struct.pack("<I4s", 16, b"TFL3") + fields + version
    assert "vww is damaged: part of it cannot be read (unpack" in refusal(data)
    assert refusal(data + bytes(3)) == "vww: the model has no subgraph"


def survives(data: bytes) -> bool:
    """Read damaged bytes; any error must be one with a message, and come soon."""
    start, message = time.process_time(), ""
    try:
        read_model(data, "fuzzed")
    except (ModelError, UnsupportedError) as error:
        message = str(error)
    assert time.process_time() - start < 2
    assert not message or message.startswith("fuzzed")
    assert len(message.splitlines()) < 2
    return not message


def flip_a_bit(data: bytearray, chance: random.Random) -> None:
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def change_a_byte(data: bytearray, chance: random.Random) -> None:
    data[chance.randrange(len(data))] = chance.randrange(256)


def change_a_word(data: bytearray, chance: random.Random) -> None:
    """Write a number that is at the edge of something."""
    at = chance.randrange(len(data) // 4) * 4
    edges = [0, 1, 2**31 - 1, 2**31, 2**32 - 1, len(data) - at, chance.randrange(64)]
    struct.pack_into("<I", data, at, chance.choice(edges))


def copy_a_word(data: bytearray, chance: random.Random) -> None:
    """Make two references of one, often of another kind."""
    to, source = (chance.randrange(len(data) // 4) * 4 for _ in range(2))
    data[to : to + 4] = data[source : source + 4]


def cut_off(data: bytearray, chance: random.Random) -> None:
    del data[chance.randrange(8, len(data)) :]


DAMAGES: Sequence[Callable[[bytearray, random.Random], None]] = [
    flip_a_bit,
    change_a_byte,
    change_a_word,
    copy_a_word,
]


def damaged(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8))):
        chance.choice(DAMAGES)(changed, chance)
    if chance.random() < 0.05:
        cut_off(changed, chance)
    return bytes(changed)


@pytest.mark.parametrize("name", EXAMPLES)
def test_any_damage_to_a_small_model(name: str) -> None:
    chance, model = random.Random(name), example(name)
    results = {survives(damaged(model, chance)) for _ in range(500)}
    assert results == {True, False}


@pytest.mark.skipif(not MODELS.exists(), reason=f"no models in {MODELS}")
def test_any_damage_to_real_models() -> None:
    files = sorted(MODELS.glob("*/*.tflite"), key=lambda path: path.stat().st_size)
    models = [path.read_bytes() for path in files[:60]]
    chance = random.Random(1)
    results = [survives(damaged(chance.choice(models), chance)) for _ in range(9000)]
    assert 900 < sum(results) < 8100
