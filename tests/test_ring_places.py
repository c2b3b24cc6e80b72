"""Where in a stream's scratch rings, accumulators and kernels' scratch lie."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import assume, find, given, settings
from stream_networks import chain, networks
from stream_simulator import Home, Layer, Network, survives
from test_streams import streamed

from mcu_convert.memory.ring_places import NOWHERE, Needs, Places, places_of
from mcu_convert.memory.streams import RowLayer, RowRead, RowTensor, stream_of

QUIET = settings(max_examples=400, deadline=None, derandomize=True, database=None)


def needs_of(network: Network) -> Needs:
    rings = streamed(network).rings
    return Needs(
        {name: rows * network.row_bytes[name] for name, rows in rings.items()},
        {layer.output: layer.kept for layer in network.layers if layer.kept},
        {layer.output: layer.scratch for layer in network.layers if layer.scratch},
    )


def placed(network: Network) -> Places:
    return places_of(streamed(network), needs_of(network))


def total(needs: Needs) -> int:
    """Add up the bytes, each aligned to 4."""
    sizes = [
        n for kind in (needs.rings, needs.kept, needs.scratch) for n in kind.values()
    ]
    return sum(-(-size // 4) * 4 for size in sizes)


def test_rows_that_take_turns_share_bytes():
    # The first 1x1 is done when the 3x3 runs: its row lies where the other lay.
    network = chain(8, (1, 1, 0), (1, 1, 0), (3, 1, 1), (1, 1, 0))
    places = placed(network)
    assert places.rings == {"t1": 0, "t2": 4, "t3": 0}
    assert places.size == 8


def test_row_lies_over_the_row_that_it_is_made_of():
    network = chain(8, (1, 1, 0), (1, 1, 0), (1, 1, 0))
    assert placed(network).rings == {"t1": 0, "t2": 0}
    apart = replace(network, layers=tuple(map(without_distance, network.layers)))
    assert placed(apart).rings == {"t1": 0, "t2": 4}


def without_distance(layer: Layer) -> Layer:
    reads = tuple(replace(window, distance=None) for window in layer.reads)
    return replace(layer, reads=reads)


def test_scratch_lies_beside_what_its_kernel_reads_and_writes_only():
    each = tuple((y, y) for y in range(4))
    layers = [
        RowLayer((RowRead("in", each),), "a"),
        RowLayer((RowRead("a", each),), "b"),
        RowLayer((RowRead("b", each),), "out"),
    ]
    tensors = {name: RowTensor(4, 8) for name in ("in", "a", "b", "out")}
    stream = stream_of(layers, tensors, ["out"])
    places = places_of(stream, Needs({"a": 8, "b": 8}, {}, {"a": 4, "out": 12}))
    # "a" is read before "out" is made: that kernel's scratch may lie over it.
    assert places.scratch == {"out": 0, "a": 8}
    assert places.rings == {"a": 0, "b": 12}
    assert places.size == 20


def test_stream_may_need_nothing():
    stream = stream_of([RowLayer((), "in")], {"in": RowTensor(4, 8)}, ["in"])
    assert places_of(stream, Needs({}, {}, {})) == NOWHERE


@QUIET
@given(network=networks())
def test_nothing_is_lost_where_things_share_bytes(network):
    assume(all(streamed(network).rings.values()))
    places = placed(network)
    home = Home(places.rings, places.kept, places.scratch)
    assert survives(network, streamed(network).rings, home=home)
    assert places.size <= total(needs_of(network))


def test_networks_are_drawn_in_which_much_is_shared():
    def shares_half(network: Network) -> bool:
        if not all(streamed(network).rings.values()):
            return False
        needs = needs_of(network)
        some = len(needs.rings) > 1 and needs.kept and needs.scratch
        return bool(some) and placed(network).size * 2 <= total(needs)

    find(networks(), shares_half, settings=QUIET)
