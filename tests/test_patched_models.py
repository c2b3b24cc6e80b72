"""Real models in patches: their bytes, their memory, and what is computed again."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from firmware_boards import needs_arm
from real_models import SAMPLE, model_path
from test_benchmark_models import FAST, SANITIZED, golden_outputs, run_on_host

from mcu_convert.convert import compile_model
from mcu_convert.errors import UnsupportedError
from mcu_convert.ir import Graph, Node
from mcu_convert.ops.crop import Crop
from mcu_convert.ops.depthwise_conv_2d import DepthwiseConv2D
from mcu_convert.ops.paste import Paste
from mcu_convert.options import Interface, Options, Patches
from mcu_convert.patches.unroll import front_of
from mcu_convert.plugin_manager import load_plugins
from mcu_convert.program import Program
from mcu_convert.tflite.reader import load_model


def compiled(name: str, patches: str | None, io: Interface = Interface.INT8) -> Program:
    plugins = load_plugins()
    options = Options(io=io, patches=patches and Patches.parse(patches))
    host = plugins.board("host")
    return compile_model(load_model(model_path(name)), host, options, plugins)


@pytest.mark.parametrize(
    ("name", "patches"),
    [
        ("mlperf_tiny/vww_96_int8", "2x2@5"),
        ("mlperf_tiny/vww_96_int8", "1x3@9"),
        ("mlperf_tiny/vww_96_int8", "4x4"),
        ("mlperf_tiny/kws_ref_model", "5x2@7"),
        ("mlperf_tiny/pretrainedResnet_quant", "2x2@4"),
        ("mlperf_tiny/pretrainedResnet_quant", "3x2@12"),
        ("tf_micro/person_detect", "2x2@8"),
        ("tf_micro/person_detect", "3x1@15"),
        ("mcunet/vww", "2x2@6"),
        ("mcunet/vww", "3x3@17"),
        ("mcunet/mcunetv2_large", "4x4@9"),
    ],
)
def test_outputs_are_those_of_tf_micro(name, patches, tmp_path):
    path = model_path(name)
    flags = FAST if "large" in name else SANITIZED
    program, outputs = run_on_host(
        path, tmp_path, flags=flags, patches=Patches.parse(patches)
    )
    wanted = golden_outputs(path, len(outputs), len(program.graph.outputs))
    assert outputs == wanted


@needs_arm
@pytest.mark.parametrize(
    ("name", "patches"),
    [("mlperf_tiny/vww_96_int8", "2x2@5"), ("mlperf_tiny/kws_ref_model", "1x2@5")],
)
def test_bytes_on_an_emulated_board(name, patches, command):
    code, out, _ = command(
        *("validate", model_path(name), "--on", "mps2-an500", "--runs", "1"),
        *("--patches", patches, "--json"),
    )
    assert code == 0
    assert json.loads(out)["mismatching_bytes"] == 0


def test_layer_by_layer_too(command):
    """What patches make up together is the tensor that the model's file has."""
    arguments = ("validate", SAMPLE, "--layerwise", "--runs", "1", "--json")
    code, out, _ = command(*arguments, "--patches", "2x2@5")
    assert code == 0
    whole = json.loads(command(*arguments)[1])
    assert 0 < json.loads(out)["tensors"] < whole["tensors"]


def macs_beyond_edges(front: Sequence[Node], graph: Graph, patches: Patches) -> int:
    """Return a chain's multiply-accumulates if every patch were amid the image."""
    _, rows, columns, _ = graph.outputs_of(front[-1])[0].shape
    down, across = rows // patches.rows, columns // patches.columns
    total = 0
    for node in reversed(front):
        inputs, (output,) = graph.inputs_of(node), graph.outputs_of(node)
        pixels = output.shape[1] * output.shape[2]
        total += down * across * (node.op.macs(inputs, (output,)) // pixels)
        reach = node.op.footprint(inputs)
        down = (down - 1) * reach.down.stride + reach.down.extent
        across = (across - 1) * reach.across.stride + reach.across.extent
    return total * patches.rows * patches.columns


@pytest.mark.parametrize(
    ("name", "patches", "millions"),
    [("mcunet/vww", "2x2@5", 0.33), ("mcunet/mcunetv2_large", "4x4@8", 8.83)],
)
def test_less_is_computed_again_than_in_tinyengine(name, patches, millions):
    """TinyEngine's patches are all of one size, and reach beyond the image's edges.

    It does so many million multiply-accumulates more than without patches: 11.93
    instead of 11.60, 226.77 instead of 217.94.  Here what lies outside is padding.
    """
    asked = Patches.parse(patches)
    whole = compiled(name, None).graph
    front = front_of(whole, asked)
    alone = sum(n.op.macs(whole.inputs_of(n), whole.outputs_of(n)) for n in front)
    beyond = macs_beyond_edges(front, whole, asked) - alone
    assert beyond / 1e6 == pytest.approx(millions, abs=0.01)
    assert 0 < compiled(name, patches).recomputed_macs < beyond


@pytest.mark.parametrize(
    ("name", "patches", "most", "percent"),
    [
        # What a model of MCUNetV2 with in-place depthwise convolutions takes.
        ("mlperf_tiny/vww_96_int8", "4x4", 38_296, 24),
        ("tf_micro/person_detect", "2x2", 34_480, 6),
        ("mlperf_tiny/pretrainedResnet_quant", "2x2", 17_200, 21),
    ],
)
def test_arena_is_no_larger_than(name, patches, most, percent):
    program = compiled(name, patches, Interface.MODEL)
    assert program.plan.size <= most
    assert 0 < program.recompute_percent <= percent


@pytest.mark.parametrize(
    ("patches", "last"), [("1x2@4", DepthwiseConv2D), ("2x2@4", Paste)]
)
def test_patches_run_as_streams_of_rows(patches, last):
    """From the crop to a patch's last layer, or to the paste, row by row."""
    program = compiled("mlperf_tiny/vww_96_int8", patches, Interface.MODEL)
    streams = [
        [type(step.layer.op) for step in stream.steps] for stream in program.streams
    ]
    assert any(kinds[0] is Crop and kinds[-1] is last for kinds in streams)


def test_squeeze_and_excitation_needs_the_whole_image():
    with pytest.raises(UnsupportedError, match=r"MEAN_PAIR.*possible are @1,.* @8$"):
        compiled("mcunet/mcunetv2_large", "4x4@18")
