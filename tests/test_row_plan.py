"""Streams that differ in names only are planned once, and named as they should be."""

from __future__ import annotations

import dataclasses

from mcu_convert.convert import compile_model
from mcu_convert.memory.ring_places import Needs, places_of
from mcu_convert.memory.row_plan import OwnBytes, _numbered_plan, row_plan
from mcu_convert.memory.streams import (
    RowLayer,
    RowRead,
    RowTensor,
    stream_of,
    window_rows,
)
from mcu_convert.options import Options
from nas_keras.networks import InvertedBottleneck, network
from nas_keras.networks.graph import planning_model

SLIDING, EACH = window_rows(8, 8, 3, before=1), window_rows(8, 8, 1)


def bottleneck(source: str, wide: str, slid: str, out: str):
    """Return a stream's layers and tensors; the last adds the source."""
    layers = (
        RowLayer((RowRead(source, EACH, 0),), wide),
        RowLayer((RowRead(wide, SLIDING),), slid),
        RowLayer((RowRead(slid, EACH, 0), RowRead(source, EACH, 0)), out),
    )
    sizes = {source: 8, wide: 48, slid: 48, out: 8}
    return layers, {name: RowTensor(8, size) for name, size in sizes.items()}


OWN = (OwnBytes(0, 16), OwnBytes(20, 0), OwnBytes(0, 0))


def test_a_plan_is_that_of_the_stream_under_its_own_names():
    layers, tensors = bottleneck("x", "b", "a", "sum")
    plan = row_plan(layers, OWN, tensors, ["sum"])
    stream = stream_of(layers, tensors, ["sum"])
    assert plan.rings == stream.rings == {"b": 3, "a": 1}
    assert plan.distances == stream.distances == {("sum", "x"): 0}
    rings = {"b": 3 * 48, "a": 48}
    assert plan.places == places_of(stream, Needs(rings, {"a": 20}, {"b": 16}))


def test_names_do_not_make_a_stream_another_one():
    first = row_plan(*spread(*bottleneck("x", "b", "a", "sum")), ["sum"])
    misses = _numbered_plan.cache_info().misses
    again = row_plan(*spread(*bottleneck("sum", "0", "1", "y")), ["y"])
    assert _numbered_plan.cache_info().misses == misses
    assert again.rings == {"0": 3, "1": 1}
    assert again.distances == {("y", "sum"): 0}
    assert again.places.rings["0"] == first.places.rings["b"]


def test_what_nobody_needs_makes_no_plan():
    layers, tensors = bottleneck("x", "b", "a", "sum")
    assert row_plan(layers[:2], OWN[:2], tensors, ["b"]) is None


def spread(layers, tensors):
    return layers, OWN, tensors


def test_a_network_of_300_layers_has_few_different_streams(plugins):
    blocks = tuple(
        InvertedBottleneck(channels, 3, 6, 2 if first and channels > 16 else 1)
        for channels in (16, 24, 32, 64, 96)
        for first in (True, *(False,) * 14)
    )
    deep = dataclasses.replace(
        network("mobilenet_v2_w0.3_r64"), name="deep", blocks=blocks
    )
    model = planning_model(deep)
    assert len(model.main.nodes) > 295
    before = _numbered_plan.cache_info()
    program = compile_model(model, plugins.board("host"), Options(), plugins)
    after = _numbered_plan.cache_info()
    assert program.plan.size == program.plan.lower_bound
    assert (after.misses - before.misses) * 3 < after.hits - before.hits
